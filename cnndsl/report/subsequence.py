"""Alignments of two sequences: pairs of places that rise in both, where the same stands."""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate, islice, takewhile
from math import isqrt
from operator import eq

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeAlias

    Match: TypeAlias = tuple[int, int]

MOST_MASKS = 256
"""Of so many codes it is kept where they stand."""


def longest_rising(old: Sequence[int], new: Sequence[int]) -> list[Match]:
    """As many pairs as there can be, of sequences in which nothing stands twice."""
    where = {code: place for place, code in enumerate(new)}
    lasts: list[int] = []
    """Of the alignments of each length, the least place in `new` at which one ends."""
    matches: list[Match] = []
    before: list[int] = []
    """Which match stands before each, or -1."""
    ends: list[int] = []
    for place, code in enumerate(old):
        if code in where:
            length = bisect_left(lasts, where[code])
            before.append(ends[length - 1] if length else -1)
            lasts[length : length + 1] = [where[code]]
            ends[length : length + 1] = [len(matches)]
            matches.append((place, where[code]))
    found, number = [], ends[-1] if ends else -1
    while number >= 0:
        found.append(matches[number])
        number = before[number]
    return found[::-1]


def longest_common(old: Sequence[int], new: Sequence[int]) -> list[Match]:
    """As many pairs as there can be. What both begin and end with is not looked at twice."""
    shorter = min(len(old), len(new))
    start = alike(old, new)
    end = min(alike(old[::-1], new[::-1]), shorter - start)
    inner = Table(old[start : len(old) - end], new[start : len(new) - end]).matches()
    head = [(place, place) for place in range(start)]
    middle = [(one + start, other + start) for one, other in inner]
    tail = [(len(old) - place, len(new) - place) for place in range(end, 0, -1)]
    return head + middle + tail


def alike(old: Sequence[int], new: Sequence[int]) -> int:
    """How many pairs from the beginning are the same."""
    return sum(1 for _ in takewhile(bool, map(eq, old, new)))


class Table:
    """The table of a longest common subsequence, a row for each of `old`, a bit for each of `new`.

    A bit of a row is 0 where this place makes the common subsequence of all up to here longer. A
    row follows from that above by a sum of long integers, in microseconds (Hyyro 2004). One row
    in so many is kept, and those between are made again.
    """

    def __init__(self, old: Sequence[int], new: Sequence[int]) -> None:
        self.old = old
        self.width = len(new)
        self.first = (1 << self.width) - 1
        self.step = isqrt(len(old)) + 1
        self.places: dict[int, list[int]] = {}
        for place, code in enumerate(new):
            self.places.setdefault(code, []).append(place)
        self.mask = lru_cache(MOST_MASKS)(self._mask)

    def matches(self) -> list[Match]:
        whole = self.rows(self.first, 0, len(self.old))
        return [*self.backwards([*islice(whole, 0, None, self.step)])][::-1]

    def rows(self, row: int, start: int, end: int) -> Iterator[int]:
        """A row, and those below it."""
        return accumulate(self.old[start:end], self.below, initial=row)

    def below(self, row: int, code: int) -> int:
        found = row & self.mask(code)
        return ((row + found) | (row - found)) & self.first

    def _mask(self, code: int) -> int:
        """Where something stands in `new`, as bits."""
        bits = bytearray(self.width // 8 + 1)
        for place in self.places.get(code, ()):
            bits[place // 8] |= 1 << place % 8
        return int.from_bytes(bits, "little")

    def backwards(self, kept: Sequence[int]) -> Iterator[Match]:
        """The pairs from the last one on: each where a row first has the bit as 0."""
        column = self.width
        for number in range(len(kept) - 1, -1, -1):
            start = number * self.step
            rows = [*self.rows(kept[number], start, start + self.step)]
            for place in range(len(rows) - 1, 0, -1):
                while column and rows[place] >> (column - 1) & 1:
                    column -= 1
                if column and rows[place - 1] >> (column - 1) & 1:
                    column -= 1
                    yield start + place - 1, column
