"""Rows of chains, with lines between them."""

from __future__ import annotations

from .figure import Figure, Line
from .measures import BEND, BESIDE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .drawing import Wire
    from .figure import Placed

SWEEPS = 12
"""How often rows are moved towards what they have lines to."""
TRACK = 8.0
"""Room between lines that run beside each other."""
SAME = 0.5
"""What is no further apart is one line."""


def mesh_figure(
    rows: Sequence[Sequence[Figure]], wires: Sequence[Wire], starts: bool, ends: bool
) -> Figure:
    """Rows below each other."""
    spines = placed(rows, wires)
    left = min(
        x - one.spine
        for xs, row in zip(spines, rows, strict=True)
        for x, one in zip(xs, row, strict=True)
    )
    right = max(
        x - one.spine + one.width
        for xs, row in zip(spines, rows, strict=True)
        for x, one in zip(xs, row, strict=True)
    )
    spines = [[x - left for x in xs] for xs in spines]
    width = right - left
    spine = width / 2
    y, lines, parts = 0.0, [], []
    for number in range(len(rows) + 1):
        crossing = [wire for wire in wires if wire.row == number]
        above = spines[number - 1] if number else [spine]
        below = spines[number] if number < len(rows) else [spine]
        straight = (starts and number == 0) or (ends and number == len(rows))
        pairs = [(above[wire.source], below[wire.target]) for wire in crossing]
        if straight:
            pairs = [
                (x, x) for x in ((b for _, b in pairs) if number == 0 else (a for a, _ in pairs))
            ]
        tracks = tracks_of(pairs)
        height = (max(tracks.values(), default=-1) + 1) * TRACK + BEND if not straight else 0
        if number == 0 and not straight:
            height -= BEND / 2
        lines += between(pairs, tracks, y, height)
        y += height
        if number < len(rows):
            tall = max(one.height for one in rows[number])
            leaving = {wire.source for wire in wires if wire.row == number + 1}
            for place, (x, one) in enumerate(zip(below, rows[number], strict=True)):
                parts.append((x - one.spine, y, one))
                if place in leaving and one.height < tall:
                    lines.append(Line(((x, y + one.height), (x, y + tall))))
            y += tall
    return Figure(width, y, spine, tuple(lines), tuple(parts))


def between(
    pairs: Sequence[tuple[float, float]], tracks: dict[float, int], y: float, height: float
) -> list[Line]:
    """The lines between two rows."""
    lines = []
    for source, target in pairs:
        if abs(source - target) < SAME:
            lines.append(Line(((source, y), (source, y + height))))
        else:
            turn = y + BEND / 2 + tracks[source] * TRACK
            lines.append(Line(((source, y), (source, turn), (target, turn), (target, y + height))))
    return lines


def tracks_of(pairs: Sequence[tuple[float, float]]) -> dict[float, int]:
    """For each source whose lines turn, the number of the track on which they run."""
    spans: dict[float, tuple[float, float]] = {}
    for source, target in pairs:
        if abs(source - target) >= SAME:
            low, high = spans.get(source, (source, source))
            spans[source] = min(low, target), max(high, target)
    tracks: dict[float, int] = {}
    for source in sorted(
        spans, key=lambda one: (spans[one][1] <= one, -one if spans[one][1] > one else one)
    ):
        low, high = spans[source]
        taken = {
            tracks[other]
            for other in tracks
            if spans[other][0] < high + SAME and low < spans[other][1] + SAME
        }
        tracks[source] = next(one for one in range(len(taken) + 1) if one not in taken)
    return tracks


def placed(rows: Sequence[Sequence[Figure]], wires: Sequence[Wire]) -> list[list[float]]:
    """The spines of all chains: each near those that it has lines to, in the order of its row."""
    spines = []
    for row in rows:
        xs, x = [], 0.0
        for one in row:
            xs.append(x + one.spine)
            x += one.width + BESIDE
        spines.append([one - (x - BESIDE) / 2 for one in xs])
    for sweep in range(SWEEPS):
        numbers = range(len(rows))
        for number in numbers if sweep % 2 == 0 else reversed(numbers):
            wanted = []
            for place, x in enumerate(spines[number]):
                near = (
                    [
                        spines[number - 1][w.source]
                        for w in wires
                        if w.row == number and w.target == place and number
                    ]
                    if sweep % 2 == 0
                    else [
                        spines[number + 1][w.target]
                        for w in wires
                        if w.row == number + 1 and w.source == place and number + 1 < len(rows)
                    ]
                )
                wanted.append(sum(near) / len(near) if near else x)
            spines[number] = spread(wanted, rows[number])
    return spines


def spread(wanted: Sequence[float], row: Sequence[Figure]) -> list[float]:
    """Spines as near as can be to where they are wanted, without overlaps: by pools that merge."""
    offsets, total = [], 0.0
    for before, one in zip((None, *row), row, strict=False):
        if before is not None:
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
