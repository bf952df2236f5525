"""Paths side by side."""

from __future__ import annotations

from ..record import Record
from .figure import Figure, Line
from .measures import BEND, BESIDE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .figure import Placed

PREVAILING = 1.6
"""How many times as tall as any other the path is that the others branch off from."""
NEAR = 16.0
"""How near the middle a path is that is moved into it."""


class Path(Record):
    """A path, whether it holds anything, and whether it leads on."""

    figure: Figure
    has_parts: bool
    leads_on: bool


def fork_figure(paths: Sequence[Path], merge: Figure | None, starts: bool, ends: bool) -> Figure:
    """Paths between where they part and where they join, and the merge there.

    Where a fork starts or ends a box, its lines begin or end at the border of that.
    """
    lefts, right = [], 0.0
    for path in paths:
        lefts.append(right)
        right += path.figure.width + BESIDE
    spines = [left + path.figure.spine for left, path in zip(lefts, paths, strict=True)]
    spine = spine_of(paths, spines)
    half = merge.width / 2 if merge is not None else 0
    left, right = min(0.0, spine - half), max(right - BESIDE, spine + half)
    top = 0 if starts else BEND
    height = max(path.figure.height for path in paths)
    bottom = top + height
    joint = bottom + BEND
    lines: list[Line] = []
    parts: list[Placed] = []
    for x, own, path in zip(lefts, spines, paths, strict=True):
        room = (height - path.figure.height) / 2 if path.leads_on else 0
        y = top + room
        parts.append((x - left, y, path.figure))
        if starts or own == spine:
            lines.append(Line(((own, 0), (own, y))))
        else:
            lines.append(Line(((spine, 0), (own, 0), (own, y))))
        end = y + path.figure.height
        if not path.leads_on:
            continue
        if merge is not None:
            lines.append(into(merge, spine, joint, own, end))
        elif ends:
            lines.append(Line(((own, end), (own, bottom))))
        elif own == spine:
            lines.append(Line(((own, end), (own, joint))))
        else:
            lines.append(Line(((own, end), (own, joint), (spine, joint))))
    down = bottom if ends else joint
    if merge is not None:
        parts.append((spine - half - left, joint, merge))
        down = joint + merge.height
    items = tuple(one.moved(-left, 0) for one in lines)
    return Figure(right - left, down, spine - left, items, tuple(parts))


def into(merge: Figure, spine: float, top: float, x: float, y: float) -> Line:
    """The line from a path's end into the top of a merge, or into its side."""
    half = merge.width / 2
    if abs(x - spine) < half - 4:
        return Line(((x, y), (x, top)), True)
    middle = top + merge.height / 2
    side = spine + half if x > spine else spine - half
    return Line(((x, y), (x, middle), (side, middle)), True)


def spine_of(paths: Sequence[Path], spines: Sequence[float]) -> float:
    """Where the line is that the paths branch off from: the tallest path, or the middle."""
    order = sorted(range(len(paths)), key=lambda one: -paths[one].figure.height)
    first, second = order[:2]
    is_only = [path.has_parts for path in paths].count(True) == 1
    if is_only or paths[first].figure.height > PREVAILING * paths[second].figure.height:
        return spines[first]
    middle = (spines[0] + spines[-1]) / 2
    nearest = min(spines, key=lambda one: abs(one - middle))
    return nearest if abs(nearest - middle) < NEAR else middle
