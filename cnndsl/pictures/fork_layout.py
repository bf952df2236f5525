"""Paths side by side."""

from __future__ import annotations

from ..record import Record
from .figure import Figure, Label, Line, Shown, items_of
from .lettering import width_of
from .measures import BEND, BESIDE, SMALL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .figure import Placed

NEAR = 16.0
"""How near the middle a path is that lines part at its spine."""
ROUND = 4.0
"""How much of a merge's top is too round for a line to end there."""


class Path(Record):
    """A path, and whether it leads on."""

    figure: Figure
    leads_on: bool


class ForkLayout:
    """Paths between where they part and where they join, and the merge there.

    `main` is the path that the others branch off from, if there is one. Where a fork starts or
    ends a box, its lines begin or end at the border of that.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        main: int | None,
        merge: Figure | None,
        starts: bool,
        ends: bool,
    ) -> None:
        self.paths = paths
        self.merge = merge
        self.starts = starts
        self.ends = ends and merge is None
        self.lefts, self.right = [], -BESIDE
        for number, path in enumerate(paths):
            left = self.right + BESIDE
            if not path.leads_on and number and not starts:
                left = self._free(paths[:number], path.figure.height) + BESIDE
            self.lefts.append(left)
            self.right = max(self.right, left + path.figure.width)
        pairs = zip(self.lefts, paths, strict=True)
        self.spines = [left + path.figure.spine for left, path in pairs]
        self.spine = spine_of(self.spines, main)
        self.top = 0 if starts else BEND
        self.tall = max(path.figure.height for path in paths)
        self.bottom = self.top + self.tall
        self.joint = self.bottom if self.ends else self.bottom + BEND
        """Where the paths have come together, or the top of the merge."""

    def _free(self, paths: Sequence[Path], height: float) -> float:
        """Behind what there is place, down to a height, beside paths that are in place."""
        reached = 0.0
        for left, path in zip(self.lefts, paths, strict=True):
            found = reach(path.figure, height) if not path.leads_on else path.figure.width
            reached = max(reached, left + found)
        return reached

    def figure(self) -> Figure:
        half = self.merge.width / 2 if self.merge is not None else 0
        left, right = min(0.0, self.spine - half), max(self.right, self.spine + half)
        items = tuple(line.moved(-left, 0) for line in self.lines())
        parts: list[Placed] = [
            (x - left, self.top_of(path), path.figure)
            for x, path in zip(self.lefts, self.paths, strict=True)
        ]
        height = self.joint
        if self.merge is not None:
            parts.append((self.spine - half - left, self.joint, self.merge))
            height += self.merge.height
        return Figure(right - left, height, self.spine - left, items, tuple(parts))

    def top_of(self, path: Path) -> float:
        """Paths that lead on stand in the middle of the height, others at its top."""
        return self.top + ((self.tall - path.figure.height) / 2 if path.leads_on else 0)

    def lines(self) -> Iterator[Line]:
        for x, path in zip(self.spines, self.paths, strict=True):
            top = self.top_of(path)
            is_straight = self.starts or x == self.spine
            yield Line(((x, 0), (x, top)) if is_straight else ((self.spine, 0), (x, 0), (x, top)))
            if path.leads_on:
                yield self.line_out(x, top + path.figure.height)

    def line_out(self, x: float, y: float) -> Line:
        """The line from a path's end to where the paths join."""
        if self.merge is not None:
            return self.line_into(self.merge, x, y)
        if self.ends or x == self.spine:
            return Line(((x, y), (x, self.joint)))
        return Line(((x, y), (x, self.joint), (self.spine, self.joint)))

    def line_into(self, merge: Figure, x: float, y: float) -> Line:
        """The line into the top of the merge, or into its side."""
        half, apart = merge.width / 2, abs(x - self.spine)
        if apart < half - ROUND:
            return Line(((x, y), (x, self.joint)), True)
        if apart < half + BEND:
            near = self.spine + (half - ROUND if x > self.spine else ROUND - half)
            turn = self.bottom + BEND / 3
            return Line(((x, y), (x, turn), (near, turn), (near, self.joint)), True)
        middle = self.joint + merge.height / 2
        side = self.spine + half if x > self.spine else self.spine - half
        return Line(((x, y), (x, middle), (side, middle)), True)


def reach(figure: Figure, height: float) -> float:
    """How far to the right a figure goes, down to a height."""
    ends = [figure.spine]
    for item in items_of(figure):
        if isinstance(item, Line):
            ends += (x for x, y in item.points if y <= height)
        elif item.y <= height:
            ends.append(item.x + (item.width if isinstance(item, Shown) else length_of(item)))
    return max(ends)


def length_of(label: Label) -> float:
    return width_of(label.text, SMALL)


def spine_of(spines: Sequence[float], main: int | None) -> float:
    """Where the line is that the paths branch off from: the main path, or the middle."""
    if main is not None:
        return spines[main]
    middle = (spines[0] + spines[-1]) / 2
    nearest = min(spines, key=lambda one: abs(one - middle))
    return nearest if abs(nearest - middle) < NEAR else middle
