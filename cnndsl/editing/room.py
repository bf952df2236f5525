"""A text with room behind its parts, so that an edit moves nothing but what it changes.

What is known of a part is known of where it stands. So the last line of each is filled up with
spaces, and an edit uses these up before anything else moves: whatever the text says keeps its row
and column. A part ends with a blank line behind a definition, or within a long one behind some
whole statements.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from operator import is_not

from ..diagnostics.base import Finding
from ..project.loading import in_order
from ..record import Record
from ..syntax.parts import parts_of
from ..syntax.rows import rows_of
from ..syntax.sections import frame_of
from ..text import Location, Source
from .change import between

ROOM = 256
"""The spaces behind a part."""
MORE_ROOM = 2_048
"""Those behind one that has used them up."""
LONGEST = 1_000_000
"""The characters of a text that gets room."""
STATEMENTS = 24
"""How many statements of a long definition are a part of their own."""
LONG_LIST = 2_000
"""The characters of a list that is cut between rows."""
LONG = 3 * STATEMENTS
"""The lines of a definition that is cut into such parts."""


class Unit(Record):
    """A part of the text, and its length with the room behind it."""

    text: str
    length: int

    @property
    def line(self) -> int:
        """Where the room is: behind what stands in the last line."""
        line = last_line(self.text)
        return line + len(self.text[line:].rstrip())

    @property
    def widened(self) -> str:
        room = " " * (self.length - len(self.text))
        return self.text[: self.line] + room + self.text[self.line :]


class Widened(Source):
    """A version with room. `cuts` are where its parts start, but for the first."""

    def __init__(self, name: str, path: str | None, units: Sequence[Unit]) -> None:
        *others, last = units
        text = "".join([*(one.widened for one in others), last.text])
        super().__init__(name, text, path, room=len(text) - sum(len(one.text) for one in units))
        self.cuts = [*accumulate(one.length for one in others)]
        pairs = zip(self.cuts, others, strict=True)
        self.rows = [cut for cut, one in pairs if one.text.rstrip().endswith(",")]
        """Those of them that are within lists."""
        starts = (0, *self.cuts)
        self.gaps = [start + one.line for start, one in zip(starts, others, strict=False)]
        """Where the room starts, in each of them."""

    def settled(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """Findings at places where the text has them, and none in the room or behind it."""
        moved = tuple(map(self._moved, findings))
        return in_order(moved) if any(map(is_not, moved, findings)) else findings

    def _moved(self, finding: Finding) -> Finding:
        location, notes, fix = self._place(finding.location), finding.notes, finding.fix
        if fix is not None:
            edits = tuple((self._offset(a), self._offset(b), new) for a, b, new in fix.edits)
            fix = fix if edits == fix.edits else fix.replaced(edits=edits)
        places = [self._place(one.location) for one in notes]
        if any(place is not one.location for place, one in zip(places, notes, strict=True)):
            notes = tuple(
                one.replaced(location=place) for place, one in zip(places, notes, strict=True)
            )
        if location is finding.location and notes is finding.notes and fix is finding.fix:
            return finding
        return finding.replaced(location=location, notes=notes, fix=fix)

    def _place(self, place: Location) -> Location:
        start, end = self._offset(place.start), self._offset(place.end)
        is_here = place.source is self and (start, end) != (place.start, place.end)
        return Location(self, start, end) if is_here else place

    def _offset(self, offset: int) -> int:
        """The start of the room that a place is in, or right behind."""
        number = bisect_left(self.gaps, offset) - 1
        if number < 0:
            return offset
        gap = self.gaps[number]
        return offset if self.text[gap:offset].strip(" ") else gap


class Room:
    """The versions of one text, in their order."""

    def __init__(self) -> None:
        self.text = ""
        self.units: list[Unit] = []

    def parted(self, text: str) -> list[Unit]:
        """A new version in parts, with room."""
        if len(text) > LONGEST:
            self.text, self.units = "", []
            return [Unit(text, len(text))]
        texts = self.parts(text)
        if not self.fit(texts):
            start, behind = common(texts, [one.text for one in self.units])
            grown = range(len(texts))[start : len(texts) - behind] if self.units else ()
            rooms = [MORE_ROOM if one in grown else ROOM for one in range(len(texts))]
            self.units = [
                Unit(one, len(one) + room) for one, room in zip(texts, rooms, strict=True)
            ]
        self.text = text
        return self.units

    def parts(self, text: str) -> list[str]:
        """The parts of a text, as they were where it has not changed."""
        change = between(self.text, text)
        known = [*accumulate(len(one.text) for one in self.units[:-1])]
        kept = [one for one in known if one < change.start]
        kept += [one + change.shift for one in known if one > change.end]
        ends = {0, len(text)}
        for start, end in parts_of(text):
            if is_blank(text, last_line(text, end), end):
                ends.add(end)
            cuts = set(kept[bisect_right(kept, start) : bisect_left(kept, end)])
            if text.count("\n", start, end) > LONG and (places := places_of(text, start, end)):
                cuts = chosen(places, cuts)
            ends |= cuts
        return [text[start:end] for start, end in pairwise(sorted(ends))] or [text]

    def fit(self, texts: list[str]) -> bool:
        """Let new parts take the place of old ones, if there is enough room."""
        start, behind = common(texts, [one.text for one in self.units])
        while True:
            new, old = texts[start : len(texts) - behind], self.units[start:][: -behind or None]
            fitted = in_place(new, old, behind == 0)
            if fitted is not None:
                self.units[start : len(self.units) - behind] = fitted
                return True
            if not behind or len(old) > len(self.units) // 2:
                return False
            behind -= 1


def chosen(places: list[int], kept: set[int]) -> set[int]:
    """The places where a long definition is cut: as before, and where there is much between."""
    found = {one for one in places if one in kept}
    borders = [0, *(bisect_left(places, one) for one in sorted(found)), len(places)]
    for first, behind in pairwise(borders):
        if behind - first > 2 * STATEMENTS:
            found.update(places[first + STATEMENTS : behind - STATEMENTS : STATEMENTS])
    return found


def places_of(text: str, start: int, end: int) -> list[int]:
    """Where a long definition may be cut: before a statement and the comment above it.

    Room can stand behind what is no comment.
    """
    frame = frame_of(text, start, end)
    if frame is None:
        return []
    found: list[int] = []
    for statement, behind in pairwise((*frame.statements, frame.brace)):
        if statement > frame.statements[0]:
            found += places_above(text, statement)
        if behind - statement > LONG_LIST:
            rows = rows_of(text, statement, behind)
            found += [one for one in rows if "#" not in text[last_line(text, one) : one]]
    return found


def places_above(text: str, statement: int) -> Iterator[int]:
    """Where the comment above a statement starts, if room can stand there."""
    place, line = statement, last_line(text, statement)
    while text[line:place].lstrip().startswith("#"):
        place, line = line, last_line(text, line)
    if "#" not in text[line:place]:
        yield place


def last_line(text: str, end: int | None = None) -> int:
    """Where the last line starts of a text up to some place, which ends it."""
    return text.rfind("\n", 0, (len(text) if end is None else end) - 1) + 1


def is_blank(text: str, start: int, end: int) -> bool:
    return not text[start:end].strip()


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
    each, more = divmod(max(left, 0), len(new))
    *others, last = new
    return [*(Unit(one, len(one) + each) for one in others), Unit(last, len(last) + each + more)]
