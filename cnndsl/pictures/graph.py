"""A drawing as nodes, clusters and links, for programs that lay graphs out themselves."""

from __future__ import annotations

from ..ir.network import path_of
from ..record import Record
from .drawing import Box, Fork
from .view import depth_of, opened, shapes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeAlias

    from .drawing import Chain, Drawing, Flow, Mesh, Part
    from .view import Opened, View

    Member: TypeAlias = "Node | Port | Cluster"


class Node(Record):
    """A closed box, or one that holds nothing. A key is `n` and a number."""

    key: str
    box: Box
    path: str


class Port(Record):
    """A point where the lines of a cluster that has several come together."""

    key: str


class Cluster(Record):
    """An open box."""

    key: str
    box: Box
    opened: Opened
    members: tuple[Member, ...]


class Link(Record):
    """A line from one key to another, with the shapes that go along it."""

    source: str
    target: str
    label: str


class Graph(Record):
    members: tuple[Member, ...]
    links: tuple[Link, ...]

    @property
    def nodes(self) -> Iterator[Node]:
        """All nodes, those in clusters too."""
        pending = list(reversed(self.members))
        while pending:
            one = pending.pop()
            if isinstance(one, Node):
                yield one
            elif isinstance(one, Cluster):
                pending += reversed(one.members)


class Place(Record):
    """Where boxes stand: below a path, with so many levels that may be open, among members."""

    path: str
    depth: int
    members: list[Member]


def graph_of(drawing: Drawing, view: View) -> Graph:
    """The graph of a drawing, with clusters for the boxes that are open."""
    flattening = Flattening()
    outside = Place("", depth_of(drawing, view), [])
    flattening.chain(drawing.chain, (), outside)
    return Graph(tuple(outside.members), tuple(flattening.links))


class Flattening:
    """Turns chains into links. `sources` are the keys that what follows is fed by."""

    def __init__(self) -> None:
        self.links: list[Link] = []
        self.keys = 0

    def key(self) -> str:
        self.keys += 1
        return f"n{self.keys}"

    def link(self, sources: Sequence[str], target: str, flow: Flow) -> None:
        """Links to a target; a flow of nothing is none."""
        if flow:
            self.links += [Link(source, target, shapes(flow)) for source in sources]

    def chain(self, chain: Chain, sources: Sequence[str], place: Place) -> Sequence[str]:
        """The keys that a chain ends in."""
        for part, flow in zip(chain.parts, chain.flows, strict=False):
            sources = self.part(part, sources, flow, place)
        return sources if chain.flows[-1] else ()

    def part(self, part: Part, sources: Sequence[str], flow: Flow, place: Place) -> Sequence[str]:
        if isinstance(part, Box):
            return self.box(part, sources, flow, place)
        if isinstance(part, Fork):
            ends = [self.chain(one, sources, place) for one in part.paths]
            return list(dict.fromkeys(key for end in ends for key in end))
        return self.mesh(part, sources, place)

    def mesh(self, mesh: Mesh, sources: Sequence[str], place: Place) -> Sequence[str]:
        above: list[Sequence[str]] = [sources]
        for number, row in enumerate(mesh.rows):
            fed = fed_by(mesh, number, above, len(row))
            chains = zip(row, fed, strict=True)
            above = [self.chain(one, keys, place) for one, keys in chains]
        (ends,) = fed_by(mesh, len(mesh.rows), above, 1)
        return ends

    def box(self, box: Box, sources: Sequence[str], flow: Flow, place: Place) -> Sequence[str]:
        path, key = path_of(place.path, box.name), self.key()
        if box.inside is None or not place.depth:
            place.members.append(Node(key, box, path))
            self.link(sources, key, flow)
            return (key,)
        shown = opened(box, path)
        inside = Place(shown.path, place.depth - 1, [])
        if len(box.inputs) > 1:
            sources = self.port(sources, flow, inside.members)
        ends = self.chain(shown.chain, sources, inside)
        if len(box.outputs) > 1:
            ends = self.port(ends, shown.chain.flows[-1], inside.members)
        place.members.append(Cluster(f"c{key[1:]}", box, shown, tuple(inside.members)))
        return ends

    def port(self, sources: Sequence[str], flow: Flow, members: list[Member]) -> Sequence[str]:
        key = self.key()
        members.append(Port(key))
        self.link(sources, key, flow)
        return (key,)


def fed_by(mesh: Mesh, row: int, above: Sequence[Sequence[str]], width: int) -> list[Sequence[str]]:
    """The keys that feed each chain of a row, where those of the row above end in `above`."""
    fed: list[dict[str, None]] = [{} for _ in range(width)]
    for wire in mesh.wires:
        if wire.row == row:
            fed[wire.target] |= dict.fromkeys(above[wire.source])
    return [list(keys) for keys in fed]
