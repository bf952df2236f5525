"""Figures and lines below each other."""

from __future__ import annotations

from .figure import Figure, Label, Line, Shown
from .lettering import width_of
from .measures import SMALL

BESIDE = 5.0
"""How far a shape stands from its line."""
THINNEST = 6.0
ALIKE = 0.65
"""How wide a frame is, at least, of the widest, that is made as wide."""


class Column:
    """A column in the making, whose spine is at 0."""

    def __init__(self) -> None:
        self.y = 0.0
        self.left = self.right = THINNEST / 2
        self.parts: list[tuple[float, Figure]] = []
        self.frames: list[int] = []
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

    def put(self, figure: Figure, is_frame: bool = False) -> None:
        """A figure below; frames are made as wide as each other."""
        if is_frame:
            self.frames.append(len(self.parts))
        self.parts.append((self.y, figure))
        self.y += figure.height

    def figure(self) -> Figure:
        self._widen()
        left = max([self.left, *(one.spine for _, one in self.parts)])
        right = max([self.right, *(one.width - one.spine for _, one in self.parts)])
        lines = tuple(one.moved(left, 0) for one in self.lines)
        labels = tuple(one.moved(left, 0) for one in self.labels)
        parts = tuple((left - one.spine, y, one) for y, one in self.parts)
        return Figure(left + right, self.y, left, (*lines, *labels), parts)

    def _widen(self) -> None:
        """Make frames as wide as the widest, but for those that are much narrower."""
        widest = max((self.parts[place][1].width for place in self.frames), default=0.0)
        places = [one for one in self.frames if self.parts[one][1].width >= ALIKE * widest]
        figures = [self.parts[place][1] for place in places]
        left = max((one.spine for one in figures), default=0.0)
        right = max((one.width - one.spine for one in figures), default=0.0)
        for place in places:
            y, one = self.parts[place]
            self.parts[place] = y, widened(one, left - one.spine, right - one.width + one.spine)


def widened(figure: Figure, left: float, right: float) -> Figure:
    """A frame with more room at its sides."""
    frames = tuple(
        one.replaced(width=one.width + left + right)
        for one in figure.items
        if isinstance(one, Shown)
    )
    parts = tuple((x + left, y, part) for x, y, part in figure.parts)
    width, spine = figure.width + left + right, figure.spine + left
    return Figure(width, figure.height, spine, frames, parts)
