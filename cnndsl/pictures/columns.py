"""Figures and lines below each other."""

from __future__ import annotations

from .figure import Figure, Label, Line
from .lettering import width_of
from .measures import SMALL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .figure import Placed

BESIDE = 5.0
"""How far a shape stands from its line."""
THINNEST = 6.0


class Column:
    """A column in the making, whose spine is at 0."""

    def __init__(self) -> None:
        self.y = 0.0
        self.left = self.right = THINNEST / 2
        self.parts: list[Placed] = []
        self.lines: list[Line] = []
        self.labels: list[Label] = []

    def line(self, length: float, text: str, has_arrow: bool) -> None:
        """A line down, with a shape beside it."""
        if not length:
            return
        self.lines.append(Line(((0, self.y), (0, self.y + length)), has_arrow))
        if text:
            middle = self.y + (length - 5 if has_arrow else length) / 2
            self.labels.append(Label(BESIDE, middle + SMALL * 0.36, text))
            self.right = max(self.right, BESIDE + width_of(text, SMALL))
        self.y += length

    def put(self, figure: Figure) -> None:
        self.parts.append((-figure.spine, self.y, figure))
        self.left = max(self.left, figure.spine)
        self.right = max(self.right, figure.width - figure.spine)
        self.y += figure.height

    def figure(self) -> Figure:
        items = [one.moved(self.left, 0) for one in (*self.lines, *self.labels)]
        parts = tuple((x + self.left, y, part) for x, y, part in self.parts)
        return Figure(self.left + self.right, self.y, self.left, tuple(items), parts)
