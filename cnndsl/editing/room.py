"""A text with room behind its definitions, so that an edit moves nothing but what it changes.

What is known of a definition is known of where it stands. So the blank line behind each one is
filled up with spaces, and an edit uses these up before anything else moves. They are the last in
their lines: whatever the text says keeps its row and column.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..record import Record
from ..syntax.parts import parts_of

ROOM = 256
"""The spaces behind a definition."""
MORE_ROOM = 2_048
"""Those behind one that has used them up."""
LONGEST = 100_000
"""The characters of a text that gets room."""


class Unit(Record):
    """A part of the text, and its length with the room behind it."""

    text: str
    length: int

    @property
    def widened(self) -> str:
        line = last_line(self.text)
        room = " " * (self.length - len(self.text))
        return self.text[:line] + room + self.text[line:]


class Room:
    """The versions of one text, in their order."""

    def __init__(self) -> None:
        self.units: list[Unit] = []

    def widened(self, text: str) -> str:
        """A new version, with room."""
        if len(text) > LONGEST:
            self.units = []
            return text
        texts = list(units_of(text))
        start, behind = common(texts, [one.text for one in self.units])
        old, new = slice(start, len(self.units) - behind), slice(start, len(texts) - behind)
        fitted = in_place(texts[new], self.units[old], behind == 0)
        if fitted is not None:
            self.units[old] = fitted
        else:
            grown = range(len(texts))[new] if self.units else ()
            rooms = [MORE_ROOM if one in grown else ROOM for one in range(len(texts))]
            self.units = [
                Unit(one, len(one) + room) for one, room in zip(texts, rooms, strict=True)
            ]
        *others, last = self.units
        return "".join([*(one.widened for one in others), last.text])


def last_line(text: str) -> int:
    """Where the last line of a text starts, which ends it."""
    return text.rfind("\n", 0, len(text) - 1) + 1


def units_of(text: str) -> Iterator[str]:
    """The parts of a text that end with a blank line, and the last."""
    start = 0
    for _, end in parts_of(text):
        unit = text[start:end]
        if end == len(text) or not unit[last_line(unit) :].strip():
            yield unit
            start = end


def common(new: list[str], old: list[str]) -> tuple[int, int]:
    """How many units are the same at the start and at the end, so that some of both are between."""
    most = max(min(len(new), len(old)) - 1, 0)
    same = next((n for n in range(most) if new[n] != old[n]), most)
    left = most - same
    behind = next((n for n in range(left) if new[~n] != old[~n]), left)
    return same, behind


def in_place(new: list[str], old: list[Unit], is_last: bool) -> list[Unit] | None:
    """New units that take the place of old ones; None if there is not enough room."""
    left = sum(one.length for one in old) - sum(map(len, new))
    if not old or (left < 0 and not is_last):
        return None
    *others, last = new
    return [*(Unit(one, len(one)) for one in others), Unit(last, len(last) + max(left, 0))]
