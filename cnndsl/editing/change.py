"""Where a text differs from an earlier version, and where all else has moved."""

from __future__ import annotations

from collections.abc import Callable

from ..record import Record


class Change(Record):
    """What stood from `start` to `end` is new; whatever is behind it has moved by `shift`."""

    start: int
    end: int
    shift: int

    def before(self, offset: int) -> int | None:
        """Where a place stood in the earlier version, unless it is in or beside what is new."""
        if offset < self.start:
            return offset
        earlier = offset - self.shift
        return earlier if earlier > self.end else None

    def now(self, start: int, end: int) -> tuple[int, int] | None:
        """Where a range of the earlier version stands now, if nothing in it or beside is new."""
        if end < self.start:
            return start, end
        return (start + self.shift, end + self.shift) if start > self.end else None


def between(old: str, new: str) -> Change:
    """The change that makes one text of another."""
    most = min(len(old), len(new))
    start = _largest(most, lambda n: old[:n] == new[:n])
    left = most - start
    same = _largest(left, lambda n: old[len(old) - n :] == new[len(new) - n :])
    return Change(start, len(old) - same, len(new) - len(old))


def _largest(most: int, holds: Callable[[int], bool]) -> int:
    """The largest number up to which something holds."""
    least = 0
    while least < most:
        middle = (least + most + 1) // 2
        if holds(middle):
            least = middle
        else:
            most = middle - 1
    return least
