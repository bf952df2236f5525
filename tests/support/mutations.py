"""Specs with random damage, and what must hold of whatever the checker says of them."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random

from cnndsl.ops import OPS
from cnndsl.project.loading import Loader, check_models
from cnndsl.report.render import render
from cnndsl.syntax.recovery.reading import Reader
from cnndsl.text import Source

ZOO = Path(__file__).parents[2] / "specs" / "cnndsl_zoo"
LONGEST_SECONDS = 1.0
HANG_SECONDS = 5.0
"""What a test calls a hang: a busy machine must not fail it."""

WORDS = [
    *OPS,
    *"in if else for stage as let output input expect block model import from not and or".split(),
    *"-> { } ( ) [ ] , = == < * / // % - + : ; . => & | ! @ # \" ' ` \\ $ ? ...".split(),
    *"0 1 3 7 2.5 3x3 1x0 8x8x3 3 x 3 1e308 1e999 .5 12px 99999999999999999999 4.2G".split(),
    *"true false none True None same valid ceil range min max len main classes x y".split(),
    *'def return lambda elif while modle blok staeg \'same\' "3x3" // /* */ """'.split(),
    *(
        "\n",
        "\n\n",
        "\r\n",
        "\t",
        " ",
        "\x00",
        "\ufeff",
        "\u2028",
        "×",
        "→",
        "é",
        "卷",
        "\U0001f600",
    ),
]


def zoo_texts() -> list[str]:
    return [path.read_text() for path in sorted(ZOO.rglob("*.cnn"))]


def damage_text(text: str, random: Random) -> str:
    """The text with a few characters deleted, inserted, changed, swapped or repeated."""
    for _ in range(random.choice([1, 1, 1, 2, 3, 8])):
        place = random.randrange(len(text) + 1)
        end = min(len(text), place + random.choice([1, 1, 2, 5, 20]))
        kind = random.randrange(6)
        if kind == 0:
            text = text[:place] + text[end:]
        elif kind == 1:
            text = text[:place] + chr(random.randrange(1, 0x250)) + text[place:]
        elif kind == 2:
            text = text[:place] + random.choice(WORDS) + text[end:]
        elif kind == 3:
            other = random.randrange(len(text) + 1)
            text = text[:place] + text[other : other + 30] + text[place:]
        elif kind == 4:
            text = text[:place] + text[place:end] * random.choice([2, 3, 30]) + text[end:]
        else:
            text = text[:place] + random.choice("(){}[]\n,:=->\"'#;") + text[place:]
    return text


def tokens_of(text: str) -> list[str]:
    """The words and symbols of a text, the spaces between them kept in front of each."""
    tokens = Reader(Source("text", text)).read()
    starts = [0, *(token.end for token in tokens)]
    return [text[start : token.end] for start, token in zip(starts, tokens, strict=False)]


def damage_tokens(text: str, random: Random) -> str:
    """The text with a few tokens deleted, inserted, changed, swapped or repeated."""
    tokens = tokens_of(text)
    for _ in range(random.choice([1, 1, 1, 2, 3, 6])):
        if not tokens:
            break
        place, other = random.randrange(len(tokens)), random.randrange(len(tokens))
        kind = random.randrange(6)
        if kind == 0:
            del tokens[place]
        elif kind == 1:
            tokens.insert(place, " " + random.choice(WORDS))
        elif kind == 2:
            tokens[place] = " " + random.choice(WORDS)
        elif kind == 3:
            tokens[place], tokens[other] = tokens[other], tokens[place]
        elif kind == 4:
            tokens[place:place] = tokens[place : place + random.randrange(1, 15)]
        else:
            del tokens[place : place + random.randrange(1, 8)]
    return "".join(tokens)


def damaged(text: str, random: Random) -> str:
    return random.choice([damage_text, damage_tokens])(text, random)


def check(text: str) -> float:
    """Check a text, and what is said of it; the seconds that it took."""
    started = time.process_time()
    module = Loader().module(Source("damaged.cnn", text))
    findings, networks = check_models(module, module.models, {})
    seconds = time.process_time() - started
    for finding in findings[:20]:
        location = finding.location
        if location.source is module.source:
            assert 0 <= location.start <= location.end <= len(text), finding
        assert finding.diagnostic.code, finding
        assert "\n" not in finding.diagnostic.message, finding
        assert finding.diagnostic.help != "", finding
        assert render(finding)
    assert findings or len(networks) == len(module.models)
    return seconds
