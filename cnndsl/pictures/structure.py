"""Units that feed each other as chains, forks and meshes.

Positions number the units in an order of computation. What is outside of them is `START` before
and `END` behind them. A unit that no line passes by is a cut: all before it leads into it, and
all behind it comes from it. Between two cuts stand either paths that have nothing to do with each
other, a fork, or what is too tangled for that, a mesh.
"""

from __future__ import annotations

from ..record import Record
from .drawing import Box, Chain, Fork
from .rows import START, Edge, mesh_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .drawing import Flow, Part, Value

DEEPEST = 60
"""Forks within forks; what is inside further ones is a mesh."""


class Unit(Record):
    """A box, with the numbers of the values that it takes and gives."""

    box: Box
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def chain_of(units: Sequence[Unit], values: Mapping[int, Value], outputs: Sequence[int]) -> Chain:
    """Units as a chain that gives `outputs`; `values` has what the numbers stand for."""
    return Structure(units, values).chain(outputs)


class Structure:
    """Finds the structure of some units."""

    def __init__(self, units: Sequence[Unit], values: Mapping[int, Value]) -> None:
        self.units = units
        self.values = values
        self.end = len(units)

    def chain(self, outputs: Sequence[int]) -> Chain:
        return self.region(list(range(self.end)), self.edges(outputs), 0)

    def edges(self, outputs: Sequence[int]) -> list[Edge]:
        """All lines; also, without a value, one to the end from a unit that nothing reads, and one
        from the start to a unit that reads nothing."""
        makers = {value: place for place, unit in enumerate(self.units) for value in unit.outputs}
        readers = [(place, unit.inputs) for place, unit in enumerate(self.units)]
        edges = [
            Edge(makers.get(value, START), reader, value, order)
            for reader, read in (*readers, (self.end, outputs))
            for order, value in enumerate(read)
        ]
        used = {edge.source for edge in edges}
        idle = (place for place in range(self.end) if place not in used)
        first = (place for place, unit in enumerate(self.units) if not unit.inputs)
        edges += (Edge(place, self.end, None, self.end) for place in idle)
        return [*edges, *(Edge(START, place, None, 0) for place in first)]

    def flow(self, edges: Sequence[Edge]) -> Flow:
        """The values that lines carry, each once."""
        numbers = dict.fromkeys(edge.value for edge in edges)
        return tuple(self.values[number] for number in numbers if number is not None)

    def region(self, places: Sequence[int], edges: Sequence[Edge], depth: int) -> Chain:
        """The chain of units that are fed by the start, or each other, and feed the end."""
        parts: list[Part] = []
        flows: list[Flow] = []
        cuts = [*cuts_of(places, edges), self.end]
        before = START
        for cut, (inner, lines) in zip(cuts, segments(cuts, places, edges), strict=True):
            flows.append(self.flow([one for one in lines if one.source == before]))
            if inner:
                parts.append(self.between(inner, before, cut, lines, depth))
                flows.append(self.flow([one for one in lines if one.target == cut]))
            if cut != self.end:
                parts.append(self.units[cut].box)
            before = cut
        return Chain(tuple(parts), tuple(flows))

    def between(
        self, inner: Sequence[int], before: int, cut: int, edges: Sequence[Edge], depth: int
    ) -> Part:
        """What stands between two cuts."""
        edges = [
            edge.replaced(
                source=START if edge.source == before else edge.source,
                target=self.end if edge.target == cut else edge.target,
            )
            for edge in edges
        ]
        direct = [one for one in edges if one.source == START and one.target == self.end]
        groups = components(inner, [one for one in edges if one not in direct], self.end)
        if depth > DEEPEST or (len(groups) == 1 and not direct):
            return mesh_of(inner, edges, self.end, self.boxes(inner), self.flow)
        paths = [(one.order, self.passing(one)) for one in direct]
        for group, lines in groups:
            order = min(one.order for one in lines if one.target == self.end)
            paths.append((order, self.region(group, lines, depth + 1)))
        return Fork(tuple(path for _, path in sorted(paths, key=lambda one: one[0])))

    def boxes(self, places: Sequence[int]) -> dict[int, Box]:
        return {place: self.units[place].box for place in places}

    def passing(self, edge: Edge) -> Chain:
        return Chain((), (self.flow((edge,)),))


def cuts_of(places: Sequence[int], edges: Sequence[Edge]) -> list[int]:
    """The units that no line passes by."""
    farthest = dict.fromkeys(places, START)
    for edge in edges:
        if edge.source != START:
            farthest[edge.source] = max(farthest[edge.source], edge.target)
    reach = max(edge.target for edge in edges if edge.source == START)
    cuts = []
    for place in places:
        if reach <= place:
            cuts.append(place)
        reach = max(reach, farthest[place])
    return cuts


def segments(
    cuts: Sequence[int], places: Sequence[int], edges: Sequence[Edge]
) -> list[tuple[list[int], list[Edge]]]:
    """For each cut, the units between it and the one before it, and the lines up to it."""
    number, where = 0, {}
    for place in (*places, cuts[-1]):
        where[place] = number
        number += place == cuts[number]
    found: list[tuple[list[int], list[Edge]]] = [([], []) for _ in cuts]
    for place in places:
        if place != cuts[where[place]]:
            found[where[place]][0].append(place)
    for edge in edges:
        found[where[edge.target]][1].append(edge)
    return found


def components(
    places: Sequence[int], edges: Sequence[Edge], end: int
) -> list[tuple[list[int], list[Edge]]]:
    """Units that have to do with each other, with their lines."""
    parent = {place: place for place in places}

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for edge in edges:
        if edge.source != START and edge.target != end:
            first, second = sorted((root(edge.source), root(edge.target)))
            parent[second] = first
    groups: dict[int, tuple[list[int], list[Edge]]] = {}
    for place in places:
        groups.setdefault(root(place), ([], []))[0].append(place)
    for edge in edges:
        inside = edge.target if edge.source == START else edge.source
        groups[root(inside)][1].append(edge)
    return list(groups.values())
