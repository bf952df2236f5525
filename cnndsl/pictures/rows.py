"""Tangled units as a mesh: in rows, with lines from row to row."""

from __future__ import annotations

from itertools import pairwise

from ..record import Record
from .drawing import Chain, Mesh, Wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    from .drawing import Box, Flow

    Place: TypeAlias = int | tuple[int, int]
    """The first of a chain in a row, or (source, row) for what passes by a row."""

START = -1
RAIL = -2
"""Stands for the source of a rail."""
MOST_PASSING = 5_000
"""Places where a line passes by a row. Were there more, all lines that pass share one in a row."""
SWEEPS = 8
"""How often rows are put into the order of their neighbours."""


class Edge(Record):
    """A line from one unit to another, or to and from outside.

    `order` is the place among what the target takes. `value` is None where nothing is read.
    """

    source: int
    target: int
    value: int | None
    order: int


class Net:
    """Chains of units by their first one, `heads`, and the lines between these."""

    def __init__(self, places: Sequence[int], edges: Sequence[Edge], end: int) -> None:
        self.end = end
        self.members: dict[int, list[int]] = {}
        self.heads = {START: START, end: end}
        self.inner: dict[tuple[int, int], list[Edge]] = {}
        self._contract(places, edges)
        self.edges = [
            edge.replaced(source=self.heads[edge.source])
            for edge in edges
            if self._is_between(edge)
        ]

    def _contract(self, places: Sequence[int], edges: Sequence[Edge]) -> None:
        sources: dict[int, set[int]] = {place: set() for place in places}
        targets: dict[int, set[int]] = {place: set() for place in places}
        for edge in edges:
            sources.get(edge.target, set()).add(edge.source)
            targets.get(edge.source, set()).add(edge.target)
            self.inner.setdefault((edge.source, edge.target), []).append(edge)
        for place in places:
            (before, *others) = sources[place]
            follows = not others and before != START and targets[before] == {place}
            head = self.heads[place] = self.heads[before] if follows else place
            self.members.setdefault(head, []).append(place)

    def _is_between(self, edge: Edge) -> bool:
        return edge.target == self.end or self.heads[edge.target] == edge.target

    def ranks(self) -> dict[int, int]:
        """The row of each chain: as far up as its sources allow, or as low as its readers do."""
        ranks = {START: -1}
        sources: dict[int, list[int]] = {}
        targets: dict[int, list[int]] = {}
        for edge in self.edges:
            sources.setdefault(edge.target, []).append(edge.source)
            targets.setdefault(edge.source, []).append(edge.target)
        for head in self.members:
            ranks[head] = 1 + max(ranks[one] for one in sources[head])
        ranks[self.end] = 1 + max(ranks.values())
        for head in reversed(self.members):
            lowest = min(ranks[one] for one in targets[head]) - 1
            if len({*targets[head]}) >= len({*sources[head]}) and self.end not in targets[head]:
                ranks[head] = lowest
        return ranks


def mesh_of(
    places: Sequence[int],
    edges: Sequence[Edge],
    end: int,
    boxes: Mapping[int, Box],
    flow_of: Callable[[Sequence[Edge]], Flow],
) -> Mesh:
    """Units in rows. They are fed by the start or each other, and feed each other or the end."""
    net = Net(places, edges, end)
    grid = Grid(net)
    chains: dict[Place, Chain] = {}
    for head, members in net.members.items():
        entering = flow_of([one for one in net.edges if one.target == head])
        leaving = flow_of([one for one in net.edges if one.source == head])
        between = (flow_of(net.inner[step]) for step in pairwise(members))
        parts = tuple(boxes[one] for one in members)
        chains[head] = Chain(parts, (entering, *between, leaving))
    for place, lines in grid.passing.items():
        chains[place] = Chain((), (flow_of(lines),))
    rows = tuple(tuple(chains[one] for one in row) for row in grid.rows)
    return Mesh(rows, grid.wires(flow_of))


def passing(edges: Sequence[Edge], ranks: Mapping[int, int]) -> int:
    """How often a line passes by a row, those from one source together."""
    farthest: dict[int, int] = {}
    for edge in edges:
        farthest[edge.source] = max(farthest.get(edge.source, 0), ranks[edge.target])
    return sum(max(row - ranks[source] - 1, 0) for source, row in farthest.items())


class Grid:
    """The rows of a net, with those that pass by a row as (source, row)."""

    def __init__(self, net: Net) -> None:
        ranks = net.ranks()
        self.rows: list[list[Place]] = [[] for _ in range(ranks[net.end])]
        self.passing: dict[tuple[int, int], list[Edge]] = {}
        self.lines: list[dict[tuple[Place, Place], list[Edge]]] = [
            {} for _ in range(len(self.rows) + 1)
        ]
        for head in net.members:
            self.rows[ranks[head]].append(head)
        edges = [edge for edge in net.edges if edge.value is not None]
        if passing(edges, ranks) > MOST_PASSING:
            self._lead_by_rail(edges, ranks)
        else:
            for edge in edges:
                self._lead(edge, ranks)
        self._sort()

    def _lead_by_rail(self, edges: Sequence[Edge], ranks: Mapping[int, int]) -> None:
        """Lead long lines onto one that passes by the rows, a rail, and off it where they end.

        It has the shape of the first that it carries.
        """
        carried, reach = None, START
        for edge in sorted(edges, key=lambda one: ranks[one.source]):
            source, last = ranks[edge.source], ranks[edge.target] - 1
            if source == last:
                self.lines[last + 1].setdefault((edge.source, edge.target), []).append(edge)
                continue
            if carried is None or reach <= source:
                carried, reach = edge, source
            for row in range(max(reach, source) + 1, last + 1):
                self._extend(row, carried, row > source + 1)
            reach = max(reach, last)
            self.lines[source + 1].setdefault((edge.source, (RAIL, source + 1)), [edge])
            self.lines[last + 1].setdefault(((RAIL, last), edge.target), []).append(edge)

    def _extend(self, row: int, carried: Edge, goes_on: bool) -> None:
        place = (RAIL, row)
        self.passing[place] = [carried]
        self.rows[row].append(place)
        if goes_on:
            self.lines[row][(RAIL, row - 1), place] = [carried]

    def _lead(self, edge: Edge, ranks: Mapping[int, int]) -> None:
        """Lead a line from row to row."""
        before: Place = edge.source
        for row in range(ranks[edge.source] + 1, ranks[edge.target]):
            place = (edge.source, row)
            if place not in self.passing:
                self.passing[place] = []
                self.rows[row].append(place)
            self.passing[place].append(edge)
            self.lines[row].setdefault((before, place), []).append(edge)
            before = place
        self.lines[ranks[edge.target]].setdefault((before, edge.target), []).append(edge)

    def _sort(self) -> None:
        """Put each row into the order of what feeds it, and of what it feeds, in turns."""
        for sweep in range(SWEEPS):
            is_down = sweep % 2 == 0
            numbers = range(1, len(self.rows))
            for row in numbers if is_down else reversed(numbers):
                fixed, moved = (row - 1, row) if is_down else (row, row - 1)
                self._sort_row(moved, fixed, row)

    def _sort_row(self, moved: int, fixed: int, row: int) -> None:
        where = {one: place for place, one in enumerate(self.rows[fixed])}
        near: dict[Place, list[int]] = {}
        for source, target in self.lines[row]:
            one, other = (target, source) if moved == row else (source, target)
            near.setdefault(one, []).append(where[other])
        order = {one: place for place, one in enumerate(self.rows[moved])}
        self.rows[moved].sort(
            key=lambda one: sum(near[one]) / len(near[one]) if one in near else order[one]
        )

    def wires(self, flow_of: Callable[[Sequence[Edge]], Flow]) -> tuple[Wire, ...]:
        where = {one: place for row in self.rows for place, one in enumerate(row)}
        return tuple(
            Wire(row, where.get(source, 0), where.get(target, 0), flow_of(lines))
            for row, found in enumerate(self.lines)
            for (source, target), lines in found.items()
        )
