"""Where the chains of a mesh stand in their rows: near those that they have lines to."""

from __future__ import annotations

from itertools import pairwise

from .measures import BESIDE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .drawing import Mesh
    from .figure import Figure

SWEEPS = 16
"""How often rows are moved, down and up in turns."""
STRAIGHT = 8.0
"""How much more a line counts that passes by two rows, so that it stays straight."""


def placed(mesh: Mesh, rows: Sequence[Sequence[Figure]]) -> tuple[list[list[float]], float]:
    """The spines of all chains, in the order of their rows, and the width of the whole."""
    placing = Placing(mesh, rows)
    for sweep in range(SWEEPS):
        numbers = range(len(rows))
        for number in numbers if sweep % 2 == 0 else reversed(numbers):
            placing.move(number, number - 1 if sweep % 2 == 0 else number + 1)
    spines = placing.spines
    figures = [
        (x, one)
        for xs, row in zip(spines, rows, strict=True)
        for x, one in zip(xs, row, strict=True)
    ]
    left = min(x - one.spine for x, one in figures)
    right = max(x - one.spine + one.width for x, one in figures)
    return [[x - left for x in xs] for xs in spines], right - left


class Placing:
    """Spines in the making. `near` has, for each chain, those of other rows with their weights."""

    def __init__(self, mesh: Mesh, rows: Sequence[Sequence[Figure]]) -> None:
        self.rows = rows
        self.spines = [spread([0.0] * len(row), row) for row in rows]
        self.near: dict[tuple[int, int], list[tuple[int, int, float]]] = {}
        for wire in mesh.wires:
            if 0 < wire.row < len(rows):
                above, below = (
                    mesh.rows[wire.row - 1][wire.source],
                    mesh.rows[wire.row][wire.target],
                )
                weight = 1.0 if above.parts or below.parts else STRAIGHT
                ends = (wire.row - 1, wire.source), (wire.row, wire.target)
                for one, other in (ends, ends[::-1]):
                    self.near.setdefault(one, []).append((*other, weight))

    def move(self, row: int, towards: int) -> None:
        """Move the chains of a row towards what they have lines to in another one."""
        wanted = []
        for place, x in enumerate(self.spines[row]):
            near = [one for one in self.near.get((row, place), ()) if one[0] == towards]
            total = sum(weight for _, _, weight in near)
            sums = sum(self.spines[other][at] * weight for other, at, weight in near)
            wanted.append(sums / total if near else x)
        self.spines[row] = spread(wanted, self.rows[row])


def spread(wanted: Sequence[float], row: Sequence[Figure]) -> list[float]:
    """Spines as near as can be to where they are wanted, without overlaps.

    Neighbours that would overlap are one pool, whose members keep their distances; the pool stands
    at the mean of what they want.
    """
    offsets, total = [0.0], 0.0
    for before, one in pairwise(row):
        total += before.width - before.spine + BESIDE + one.spine
        offsets.append(total)
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        pools.append((want - offset, 1))
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            (second, more), (first, many) = pools.pop(), pools.pop()
            pools.append(((first * many + second * more) / (many + more), many + more))
    shifts = [shift for shift, many in pools for _ in range(many)]
    return [shift + offset for shift, offset in zip(shifts, offsets, strict=True)]
