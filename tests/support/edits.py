"""What one does who is typing, and all that is said of findings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from random import Random

from cnndsl.commands.checker import Checker, Options
from cnndsl.diagnostics.base import Finding
from cnndsl.editing.analysis import Analysis
from cnndsl.editing.versions import Versions
from cnndsl.project.config import Configs
from cnndsl.text import Location, Source

PIECES = (
    "->", "{", "}", "(", ")", "[", "]", ",", "\n", " ", "conv", "let x = ", " as y", " * 3",
    " : 4x4x8", "stride=", "same", "\"", "#", "relu", "add", "in.", "if ", "for i in range(2) {",
    "import a from \"b.cnn\"", "é", "\U0001f600", "-1", "1.5", "output ", "model ", "block b",
)  # fmt: skip

UNIT = """\
    # Number {0}.
    conv({0}, 3x3, pad=same) as c{0}
        -> batch_norm -> relu    : 16x16x{0}

    stage s{0} {{
        conv({0}, 1x1) * 2
    }}
    let side{0} = add(c{0}, s{0})
    dropout(0.5)
"""
"""Statements of a long definition, over several lines, for a number."""


def edited(text: str, random: Random) -> str:
    """The text with a piece put in, taken out or moved, as one does who is typing."""
    start = random.randrange(len(text) + 1)
    kind = random.randrange(4)
    if kind == 0:
        return text[:start] + random.choice(PIECES) + text[start:]
    end = min(len(text), start + random.choice((1, 1, 2, 5, 30)))
    if kind == 1:
        return text[:start] + text[end:]
    if kind == 2:
        return text[:start] + random.choice(PIECES) + text[end:]
    words = list(re.finditer(r"\w+", text))
    if not words:
        return text
    one, other = random.choice(words), random.choice(words)
    return text[: one.start()] + other[0] + text[one.end() :]


def as_checked(
    text: str, versions: Versions, name: str = "net.cnn", path: str | None = None
) -> Analysis:
    """What is known of a version, which is found to be as `check` finds it."""
    analysis = versions.analysis(versions.source(name, text, path))
    expected, _, _ = Checker(Options((name,)), Configs()).findings(Source(name, text, path))
    assert shown(analysis.findings) == shown(expected)
    return analysis


def shown(findings: Iterable[Finding]) -> list[object]:
    """All that is said of findings, by rows and columns."""
    return [
        (
            one.diagnostic,
            one.count,
            place(one.location),
            [(note.text, place(note.location)) for note in one.notes],
            [(frame.call, place(frame.location)) for frame in one.stack],
            [
                (place(Location(one.location.source, start, end)), new)
                for start, end, new in (one.fix.edits if one.fix is not None else ())
            ],
        )
        for one in findings
    ]


def place(one: Location) -> tuple[str, tuple[int, int], tuple[int, int]]:
    return one.source.name, one.source.position(one.start), one.source.position(one.end)
