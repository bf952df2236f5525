"""Rows of chains, with lines between them."""

from __future__ import annotations

from .figure import Figure, Line
from .measures import BEND
from .placing import placed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .drawing import Mesh, Wire
    from .figure import Placed

    Pair = tuple[float, float]
    """Where a line comes from, and where it goes to."""

TRACK = 8.0
"""Room between lines that run beside each other."""
SAME = 0.5
"""What is no further apart is one line."""


def mesh_figure(mesh: Mesh, rows: Sequence[Sequence[Figure]], starts: bool, ends: bool) -> Figure:
    """Rows below each other. Where they start or end a box, lines go to the border of that."""
    spines, width = placed(mesh, rows)
    spine = spine_of(mesh, spines[0], width)
    last = len(rows)
    places = [[spine], *spines, [spine]]
    wires: list[list[Wire]] = [[] for _ in range(last + 1)]
    for wire in mesh.wires:
        wires[wire.row].append(wire)
    y, lines, parts = 0.0, list[Line](), list["Placed"]()
    for number in range(last + 1):
        above, below = places[number], places[number + 1]
        pairs = [(above[one.source], below[one.target]) for one in wires[number]]
        if starts and number == 0:
            pairs = [(below, below) for _, below in pairs]
        if ends and number == last:
            pairs = [(above, above) for above, _ in pairs]
        lines += between(pairs, y)
        y += room_for(pairs)
        if number < last:
            leaving = {wire.source for wire in wires[number + 1]}
            tall = max(one.height for one in rows[number])
            for place, (x, one) in enumerate(zip(below, rows[number], strict=True)):
                parts.append((x - one.spine, y, one))
                if place in leaving and one.height < tall:
                    lines.append(Line(((x, y + one.height), (x, y + tall))))
            y += tall
    return Figure(width, y, spine, tuple(lines), tuple(parts))


def spine_of(mesh: Mesh, first: Sequence[float], width: float) -> float:
    """Where lines enter: above the one chain of the first row that holds boxes, or the middle."""
    filled = [x for x, chain in zip(first, mesh.rows[0], strict=True) if chain.parts]
    return filled[0] if len(filled) == 1 else width / 2


def room_for(pairs: Sequence[Pair]) -> float:
    """The height of the lines between two rows."""
    tracks = tracks_of(pairs)
    return (max(tracks.values()) * TRACK + BEND * 2) if tracks else 0.0


def between(pairs: Sequence[Pair], y: float) -> list[Line]:
    """The lines between two rows, the first of which ends at `y`."""
    tracks, end = tracks_of(pairs), y + room_for(pairs)
    lines = []
    for source, target in pairs:
        if abs(source - target) < SAME:
            lines.append(Line(((source, y), (source, end))))
        else:
            turn = y + BEND + tracks[source] * TRACK
            lines.append(Line(((source, y), (source, turn), (target, turn), (target, end))))
    return lines


def tracks_of(pairs: Sequence[Pair]) -> dict[float, int]:
    """For each source whose lines turn, the number of the track on which they run.

    Those to the right are put first, from the right, then those to the left, from the left, so
    that lines that need not cross do not.
    """
    spans: dict[float, Pair] = {}
    for source, target in pairs:
        if abs(source - target) >= SAME:
            low, high = spans.get(source, (source, source))
            spans[source] = min(low, target), max(high, target)
    tracks: dict[float, int] = {}
    rightward = sorted((one for one in spans if spans[one][1] > one), reverse=True)
    leftward = sorted(one for one in spans if spans[one][1] <= one)
    for source in (*rightward, *leftward):
        low, high = spans[source]
        taken = {
            track
            for other, track in tracks.items()
            if spans[other][0] < high + SAME and low < spans[other][1] + SAME
        }
        tracks[source] = next(one for one in range(len(taken) + 1) if one not in taken)
    return tracks
