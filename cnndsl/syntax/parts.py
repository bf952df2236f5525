"""A text in parts, each of which can be read alone: one for every block, model and recipe.

In a text that parses, a line that starts with `block NAME`, `model NAME` or `recipe NAME` starts
what is defined so: nowhere else can two names stand in a row there. So the text parses if and
only if each part does, and its tree is theirs put together.
"""

from __future__ import annotations

import re

from .tree import File

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeVar

    from .tree import Expression, Statement

    Kept = TypeVar("Kept")

HEADING = re.compile(r"^(?:block|model|recipe)[ \t]+[A-Za-z_]", re.MULTILINE)
COMMENT = re.compile(r"[ \t\f]*#")
OVER_LINES = ("/*", '"""', "'''")
"""What starts a comment or text over several lines in other languages."""


class Known:
    """What earlier versions of a text have been read to be."""

    def __init__(self) -> None:
        self.parts: dict[tuple[int, str], File] = {}
        """The parts that parse, by their places and texts."""
        self.cuts: list[int] = []
        """Where the text may be cut into sections of whole statements."""
        self.rows: list[int] = []
        """Where it may be cut within long lists."""
        self.sections: dict[tuple[int, str], tuple[Statement, ...]] = {}
        """The sections that parse, likewise."""
        self.read_rows: dict[tuple[int, str], tuple[Expression, ...]] = {}
        """The rows of lists, likewise."""

    def cut(self, places: list[int], rows: list[int]) -> None:
        """Take where a version may be cut, and which of these places are within lists."""
        self.cuts, self.rows = sorted({*places} - {*rows}), rows

    def cuts_in(self, start: int, end: int) -> list[int]:
        """The places within a range where it may be cut."""
        return _within(self.cuts, start, end)

    def rows_in(self, start: int, end: int) -> list[int]:
        """Likewise, within long lists."""
        return _within(self.rows, start, end)

    def keep(self, text: str) -> None:
        """Forget what does not stand in a version."""
        self.parts = _standing(self.parts, text)
        self.sections = _standing(self.sections, text)
        self.read_rows = _standing(self.read_rows, text)


def _within(places: list[int], start: int, end: int) -> list[int]:
    from bisect import bisect_left, bisect_right  # deferred: for editors alone

    return places[bisect_right(places, start) : bisect_left(places, end)] if places else []


def _standing(known: dict[tuple[int, str], Kept], text: str) -> dict[tuple[int, str], Kept]:
    return {key: one for key, one in known.items() if text.startswith(key[1], key[0])}


def parts_of(text: str) -> Iterator[tuple[int, int]]:
    """The ranges of a text's parts, each heading with the comment above it."""
    start = 0
    for match in HEADING.finditer(text):
        heading = _with_comment(text, match.start(), start)
        if heading > start:
            yield start, heading
            start = heading
    yield start, len(text)


def _with_comment(text: str, heading: int, least: int) -> int:
    """Where the comment directly above a heading starts."""
    while heading > least:
        line = text.rfind("\n", least, heading - 1) + 1 or least
        if COMMENT.match(text, line, heading) is None:
            break
        heading = line
    return heading


def recovered_alone(text: str) -> bool:
    """Whether what is wrong in one part of a text says nothing of the others."""
    return not any(one in text for one in OVER_LINES)


def joined(files: Sequence[File]) -> File:
    """The tree of a text from those of its parts."""
    return File(
        min(one.start for one in files),
        max(one.end for one in files),
        tuple(each for one in files for each in one.imports),
        tuple(each for one in files for each in one.definitions),
        tuple(each for one in files for each in one.missing),
        tuple(each for one in files for each in one.doubtful),
        tuple(each for one in files for each in one.defaults),
        tuple(each for one in files for each in one.recipes),
    )
