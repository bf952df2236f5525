"""Realistic mistakes in specs that hold: the words and forms of other frameworks, and slips."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from cnndsl.ops import OPS
from cnndsl.ops.vocabulary import ATTRIBUTES, LACKING, OTHERWISE, SAME

NAME = re.compile(rf"\b({'|'.join(sorted(OPS, key=len, reverse=True))})\b(?=[ (\n])(?! *=)")
ATTRIBUTE = re.compile(rf"(?<=[(,] )\b({'|'.join(ATTRIBUTES)}) ?=(?!=)")
FORMS = (
    ("->", "=>"),
    ("->", ">>"),
    ("->", ""),
    ("pad=same", 'pad="same"'),
    ("pad=same", "pad=SAME"),
    ("pad=same", "pad: same"),
    ("pad=same", "padding='same'"),
    ("true", "True"),
    ("3x3", "3 x 3"),
    ("3x3", "(3, 3)"),
    (", 3x3", " 3x3"),
    (") *", ") x"),
    ("stage ", "staeg "),
    ("model ", "modle "),
    ("block ", "blok "),
    (" // ", " / "),
    ("max_pool", "max pool"),
    ("batch_norm", "batch norm"),
    (") ->", " ->"),
    (" = ", ": "),
    ("else if", "elif"),
    ("}", "} // the end of it"),
)


def slip(text: str, random: Random) -> tuple[str, str]:
    """The kind of a mistake, and the text with one of it; the text itself where none can be."""
    kind = random.choice((camel, foreign, lacking, attribute, letters, form))
    return kind.__name__, kind(text, random)


def camel(text: str, random: Random) -> str:
    word = random.choice((str.title, str.upper, str.lower, lambda one: one.replace("_", "")))
    return _at_one(NAME, text, random, lambda op: word(op).replace("_", ""))


def foreign(text: str, random: Random) -> str:
    words = {**SAME, **{op: names for op, (names, _) in OTHERWISE.items()}}
    return _at_one(NAME, text, random, lambda op: random.choice(words.get(op, op).split()))


def lacking(text: str, random: Random) -> str:
    return _at_one(NAME, text, random, lambda _: random.choice(list(LACKING)))


def attribute(text: str, random: Random) -> str:
    return _at_one(
        ATTRIBUTE,
        text,
        random,
        lambda one: random.choice(ATTRIBUTES[one[:-1].strip()].split()) + "=",
    )


def letters(text: str, random: Random) -> str:
    def typo(word: str) -> str:
        place = random.randrange(len(word))
        return word[:place] + random.choice(("", "x", word[place] * 2)) + word[place + 1 :]

    return _at_one(re.compile(r"\b[a-z]\w{3,}\b"), text, random, typo)


def form(text: str, random: Random) -> str:
    before, after = random.choice([one for one in FORMS if one[0] in text])
    return _at_one(re.compile(re.escape(before)), text, random, lambda _: after)


def _at_one(
    pattern: re.Pattern[str], text: str, random: Random, change: Callable[[str], str]
) -> str:
    lines = re.sub(r"#[^\n]*", lambda one: " " * len(one[0]), text)
    found = list(pattern.finditer(lines))
    if not found:
        return text
    one = random.choice(found)
    return text[: one.start()] + change(one[0]) + text[one.end() :]
