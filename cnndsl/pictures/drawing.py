"""A network as a picture has it: boxes in chains, side by side, and within each other.

A box that holds others can be drawn closed or open. What it holds is a chain, whose parts are
boxes, forks and meshes; each part is fed by the one before. No line crosses the border of a box:
all that goes in is in the first flow of its chain, and all that comes out in the last.

Equal instances of a block hold one and the same chain, so that a drawing is as small as what is
distinct in its network. Names are therefore relative: a path is that of the box around, a dot and
the box's own name.
"""

from __future__ import annotations

from ..record import Distinct, Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from ..ir.network import Cost, Network
    from ..ops.base import Op
    from ..values import Shape

    Flow: TypeAlias = tuple["Value", ...]
    """The values that a line carries: none where a chain ends in nothing that is used."""
    Part: TypeAlias = "Box | Fork | Mesh"

INPUT, OUTPUT, LAYER, MERGE = "input", "output", "layer", "merge"
BLOCK, STAGE, REPEAT, LOOP, TURN = "block", "stage", "repeat", "loop", "turn"


class Value(Record):
    """What a layer gives. `name` is what a block or model calls it, where it has several."""

    shape: Shape
    name: str = ""


class Box(Distinct):
    """A layer, or a part of the network that holds others.

    `turns` is how often a repeat or loop runs, as it is written; `count` is how many boxes like
    this follow each other, with other weights. `cost` counts all of them, and of what is shared
    the weights in its first call alone.
    """

    kind: str
    """One of the words above."""
    label: str
    """`conv`, or the name of a block, stage, input or output."""
    detail: str
    """The arguments that are written, with their values: `64, 3x3, stride=2`."""
    name: str
    """Its name in the path of the first of its layers; empty where it adds nothing to that."""
    family: str
    """The family of an op, `convolution` or `pooling`, by which it is coloured; else empty."""
    cost: Cost
    inputs: Flow
    outputs: Flow
    place: str
    """File and line of the spec: `net.cnn:12`."""
    inside: Chain | None = None
    count: int = 1
    turns: int = 1
    call: int = 0
    """Which one of several calls with the same weights this is, from 1 on, or 0."""
    op: Op | None = None
    """What a layer computes."""
    numbered: int = 0
    """By how much the numbers in its paths move on from one of `count` boxes to the next."""
    remark: str = ""
    """What stands below the label of a closed box, instead of its sizes."""

    @property
    def is_again(self) -> bool:
        """Whether its weights are an earlier call's."""
        return self.call > 1

    @property
    def times(self) -> int:
        """The number that a picture shows beside it."""
        return max(self.count, self.turns)

    @property
    def keeps_shape(self) -> bool:
        """Whether one value goes in, and one of the same shape comes out."""
        shapes = [one.shape for one in (*self.inputs, *self.outputs)]
        return len(shapes) == 2 and shapes[0] == shapes[1]


class Chain(Distinct):
    """Parts behind one another. One without parts is a line that passes by.

    `flows[i]` enters part `i`; the last one leaves the chain, so that there is one more than parts.
    """

    parts: tuple[Part, ...]
    flows: tuple[Flow, ...]


class Fork(Distinct):
    """Paths side by side: from one box, to the next one or (at the end of a chain) to outputs."""

    paths: tuple[Chain, ...]


class Wire(Record):
    """A line of a mesh into row `row`, from the chain number `source` of the row above it.

    Row 0 is fed by what is before the mesh, and the row behind the last is what follows.
    """

    row: int
    source: int
    target: int
    flow: Flow


class Mesh(Distinct):
    """Chains in rows, where lines cross so that no forks in forks can show them.

    All lines lead from one row to the next. What passes by a row has an empty chain in it.
    """

    rows: tuple[tuple[Chain, ...], ...]
    wires: tuple[Wire, ...]


class Drawing(Record):
    """A network's picture. The first boxes of its chain are the inputs, the last the outputs."""

    name: str
    heading: str
    """The model with the values of its parameters."""
    chain: Chain
    cost: Cost
    network: Network


def chains_of(part: Part) -> tuple[Chain, ...]:
    """The chains that stand in a part beside each other or in rows; none in a box."""
    if isinstance(part, Fork):
        return part.paths
    return tuple(one for row in part.rows for one in row) if isinstance(part, Mesh) else ()


def boxes_in(chain: Chain) -> Iterator[Box]:
    """The boxes of a chain, those in its forks and meshes too, but none within a box."""
    pending = list(reversed(chain.parts))
    while pending:
        part = pending.pop()
        if isinstance(part, Box):
            yield part
        else:
            pending += [one for path in reversed(chains_of(part)) for one in reversed(path.parts)]
