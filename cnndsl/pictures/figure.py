"""Figures: laid out parts of a picture, to be put beside and below each other.

Lengths are in pixels of a screen, from the left and from the top. A line enters a figure at the
top, at its `spine`, and leaves it there at the bottom.
"""

from __future__ import annotations

from ..record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from .drawing import Box
    from .view import Opened

    Point: TypeAlias = tuple[float, float]
    Item: TypeAlias = "Shown | Line | Label"
    Placed: TypeAlias = "tuple[float, float, Figure]"


class Shown(Record):
    """A box on the picture: a closed one, or the frame of one that is `opened`."""

    x: float
    y: float
    width: float
    height: float
    box: Box
    path: str
    opened: Opened | None = None

    def moved(self, right: float, down: float) -> Shown:
        return self.replaced(x=self.x + right, y=self.y + down)


class Line(Record):
    """A line along points, of which each two that follow each other share a row or column."""

    points: tuple[Point, ...]
    has_arrow: bool = False

    def moved(self, right: float, down: float) -> Line:
        return Line(tuple((x + right, y + down) for x, y in self.points), self.has_arrow)


class Label(Record):
    """A text that begins at a point on its baseline."""

    x: float
    y: float
    text: str

    def moved(self, right: float, down: float) -> Label:
        return Label(self.x + right, self.y + down, self.text)


class Figure(Record):
    """Items, and other figures with how far they are moved."""

    width: float
    height: float
    spine: float
    items: tuple[Item, ...] = ()
    parts: tuple[Placed, ...] = ()


def items_of(figure: Figure) -> Iterator[Item]:
    """All items of a figure where they stand; frames before what is in them."""
    pending: list[Placed] = [(0, 0, figure)]
    while pending:
        right, down, one = pending.pop()
        for item in one.items:
            yield item.moved(right, down)
        pending += [(right + x, down + y, part) for x, y, part in reversed(one.parts)]
