"""What emitted code constructs and how it wires it, compared with the checked network as it runs.

The network is compared block by block: the code of a block instance is held against that instance
once, for whatever path, so that the comparison takes time in the distinct parts of a network.
"""

from __future__ import annotations

from ...ir.network import Child, Layer, Run
from ...ops.base import ABSORBS_ORDER, SEES_ORDER
from ...record import Record
from .parts import Unreadable, difference, parts_of, settled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence
    from typing import TypeAlias

    from ...ir.network import Scope, Step
    from ...ops.base import Op
    from ...semantics.bound import BlockCall, LayerSite
    from ...values import Shape
    from .parts import Part

    Read: TypeAlias = Callable[[Shape], Iterable[Part]]
    """What a call does with an image or a vector."""

INPUT = -1
"""The number of a scope's input."""

PREFIX = "block:"
"""Stands for the path of the block instance that is being compared."""


class Mismatch(Exception):
    """Emitted code that is not the checked network: where, and in what."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(f"{path}: {what}" if path else what)
        self.path = path
        self.what = what

    def within(self, path: str) -> Mismatch:
        """The same, of a block at a path."""
        return Mismatch(f"{path}.{self.path}".rstrip("."), self.what)


class Value:
    """A recorded tensor: the number of the checked value that it is, and its shape.

    `is_turned` marks a flattened image with the channels first. `pending` are parts already
    applied of the layer at `owner`, such as the zeros around a convolution's image.
    """

    __slots__ = ("checked_shape", "is_turned", "number", "owner", "pending")

    def __init__(self, number: int, shape: Shape, is_turned: bool = False) -> None:
        self.number = number
        self.checked_shape = shape
        self.is_turned = is_turned
        self.owner = ""
        self.pending: list[Part] = []


class Node(Record):
    """A checked layer, or a block instance as a whole: one of `op` and `scope` is None."""

    index: int
    path: str
    site: LayerSite | BlockCall
    op: Op | None
    scope: Scope | None
    inputs: tuple[int, ...]
    input_shapes: tuple[Shape, ...]
    shape: Shape

    @property
    def is_merge(self) -> bool:
        return self.op is not None and self.op.merges

    @property
    def inside(self) -> Scope:
        """The block instance. Raises `Mismatch` for a layer."""
        if self.scope is None:
            raise Mismatch(self.path, "a block instead of a layer")
        return self.scope


class Frame:
    """The inside of a model or block instance as a flat graph, with blocks for nodes."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.nodes: list[Node] = []
        self.numbers: list[int] = []
        """For each node, the first that has the same value: merges of the same are the same."""
        self.merges: dict[tuple[object, ...], int] = {}
        values = self._scope(scope, "", INPUT)
        self.by_path = {node.path: node for node in self.nodes}
        self.outputs = [self.number(values[value]) for _, value in scope.outputs]

    def number(self, index: int) -> int:
        return index if index < 0 else self.numbers[index]

    def shape(self, number: int) -> Shape:
        return self.scope.input_shape if number == INPUT else self.nodes[number].shape

    def inputs(self, node: Node) -> tuple[int, ...]:
        return tuple(map(self.number, node.inputs))

    def _scope(self, scope: Scope, prefix: str, entry: int) -> list[int]:
        values = [entry]
        for step in scope.steps:
            feeds = tuple(values[number] for number in step.inputs)
            values.append(self._step(step, prefix, feeds, 0))
        return values

    def _step(self, step: Step, prefix: str, feeds: tuple[int, ...], shift: int) -> int:
        """Add a step fed by `feeds`; numbers in its names move up by `shift`."""
        if isinstance(step, Run):
            for turn in range(step.count):
                for inner in step.steps:
                    feeds = (self._step(inner, prefix, feeds, shift + turn * step.numbered),)
            return feeds[0]
        name = str(int(step.name) + shift) if step.name.isdigit() else step.name
        path = f"{prefix}.{name}" if prefix else name
        if isinstance(step, Child) and step.scope.kind != "block":
            values = self._scope(step.scope, path, feeds[0])
            return values[step.scope.outputs[0][1]]
        return self._add(step, path, feeds)

    def _add(self, step: Layer | Child, path: str, feeds: tuple[int, ...]) -> int:
        index = len(self.nodes)
        if isinstance(step, Layer):
            what: tuple[Op | None, Scope | None] = step.op, None
            node = Node(index, path, step.site, *what, feeds, step.input_shapes, step.shape)
        else:
            what, shape = (None, step.scope), step.scope.output_shape
            node = Node(index, path, step.site, *what, feeds, (step.scope.input_shape,), shape)
        self.nodes.append(node)
        self.numbers.append(self._merged(node, node.op) if node.op and node.is_merge else index)
        return index

    def _merged(self, node: Node, op: Op) -> int:
        """The number of a merge. A sum of several is one of two, after another (numbered < -1)."""
        inputs = self.inputs(node)
        if op.sums_channels:
            return self.merges.setdefault((op.name, *inputs), node.index)
        total = inputs[0]
        for one in inputs[1:-1]:
            total = self.merges.setdefault((op.name, total, one), -2 - len(self.merges))
        return self.merges.setdefault((op.name, total, inputs[-1]), node.index)


class Comparisons:
    """What comparisons have found, once for each kind of layer and of block instance."""

    def __init__(self) -> None:
        self.frames: dict[Scope, Frame] = {}
        self.blocks: dict[Hashable, bool] = {}
        """Whether its output is turned, by what calls a block and the instance that it is."""
        self.layers: dict[Hashable, str | None] = {}
        self.kinds: dict[Hashable, int] = {}

    def frame(self, scope: Scope) -> Frame:
        """A scope's inside. It keeps the scope, whose identity is a key."""
        if scope not in self.frames:
            self.frames[scope] = Frame(scope)
        return self.frames[scope]

    def difference(self, node: Node, call: Hashable, read: Read) -> str | None:
        """How what a call does differs from a layer. `call` tells one call from another."""
        key = (self.kind(node), call)
        if key not in self.layers:
            self.layers[key] = self._difference(node, read)
        return self.layers[key]

    def kind(self, node: Node) -> int:
        """A number for layers of the same op and input shapes."""
        layer = (id(node.op), id(node.input_shapes))
        if layer not in self.kinds:
            of_value = (node.op, node.input_shapes)
            self.kinds[layer] = self.kinds.setdefault(of_value, len(self.kinds))
        return self.kinds[layer]

    def _difference(self, node: Node, read: Read) -> str | None:
        if node.op is None:
            return "a layer instead of a block"
        entry = node.input_shapes[0]
        try:
            found = settled(read(entry), entry)
        except Unreadable as reason:
            return str(reason)
        return difference(settled(parts_of(node.op, node.input_shapes), entry), found)


class Recorder:
    """Records what the code of one scope does. Raises `Mismatch` at the first difference."""

    def __init__(self, scope: Scope, comparisons: Comparisons, prefix: str = "") -> None:
        self.frame = comparisons.frame(scope)
        self.comparisons = comparisons
        self.prefix = prefix
        """What comes before every path, with a dot behind."""
        self.seen: set[str] = set()

    def local(self, path: str) -> str:
        """A path within the scope."""
        if not path.startswith(self.prefix):
            raise Mismatch(path, "a path outside of its block")
        return path[len(self.prefix) :]

    def node(self, path: str) -> Node:
        """The checked layer or block of a path within the scope, which code may apply once."""
        node = self.frame.by_path.get(path)
        if node is None:
            raise Mismatch(path, "there is no such layer in the network")
        self.note(path)
        return node

    def note(self, path: str) -> None:
        if path in self.seen:
            raise Mismatch(path, "it is applied twice")
        self.seen.add(path)

    def compare(self, path: str, call: Hashable, read: Read) -> Node:
        """Hold what a call does against the layer of its path."""
        node = self.node(path)
        found = self.comparisons.difference(node, call, read)
        if found is not None:
            raise Mismatch(path, found)
        return node

    def apply(
        self, path: str, value: Value, call: Hashable, read: Read, is_turned: bool = False
    ) -> Value:
        """Apply the layer of a path. `is_turned` tells that it flattens with the channels first."""
        node = self.compare(path, call, read)
        self.wire(node, (value,))
        if value.is_turned and node.op is not None:
            if node.op.order == SEES_ORDER:
                raise Mismatch(path, "it takes the elements in another order")
            is_turned = is_turned or node.op.order != ABSORBS_ORDER
        return Value(node.index, node.shape, is_turned)

    def wire(self, node: Node, values: Sequence[Value]) -> None:
        """Hold the inputs of a layer or block against the checked ones."""
        self.finished(node.path, values)
        found = tuple([value.number for value in values])
        expected = self.frame.inputs(node)
        if found != expected:
            raise Mismatch(node.path, self.instead("it takes", found, expected))

    def finished(self, path: str, values: Iterable[Value]) -> None:
        for value in values:
            if value.pending:
                raise Mismatch(path, f"it takes an unfinished {value.owner}")

    def in_order(self, path: str, values: Iterable[Value]) -> None:
        if any(value.is_turned for value in values):
            raise Mismatch(path, "it takes the elements in another order")

    def block(self, path: str, value: Value) -> Node:
        """Apply the block instance of a path, whatever its code does."""
        node = self.node(path)
        self.wire(node, (value,))
        return node

    def merge(self, path: str, kind: str, values: Sequence[Value]) -> Value:
        """A merge that is a layer with a path."""
        node = self.node(path)
        if node.op is None or node.op.name != kind:
            raise Mismatch(path, f"{kind} instead of {node.op.name if node.op else 'a block'}")
        self.in_order(path, values)
        self.wire(node, values)
        return Value(self.frame.number(node.index), node.shape)

    def merge_values(self, kind: str, values: Sequence[Value]) -> Value:
        """A merge without a path: it is known by its inputs."""
        self.finished(kind, values)
        self.in_order(kind, values)
        numbers = tuple([value.number for value in values])
        found = self.frame.merges.get((kind, *numbers))
        if found is None:
            names = ", ".join(map(self.name, numbers))
            raise Mismatch("", f"the network has no {kind} of {names}")
        return Value(found, self.frame.shape(found) if found >= 0 else values[0].checked_shape)

    def finish(self, values: Sequence[Value]) -> None:
        """Hold the outputs against the checked ones."""
        self.finished("", values)
        found = [value.number for value in values]
        if found != self.frame.outputs:
            raise Mismatch("", self.instead("it gives", found, self.frame.outputs))

    def instead(self, verb: str, found: Iterable[int], expected: Iterable[int]) -> str:
        given, wanted = (", ".join(map(self.name, one)) for one in (found, expected))
        return f"{verb} {given} instead of {wanted}"

    def name(self, number: int) -> str:
        """A value's name for messages."""
        if number == INPUT:
            return "the input"
        return self.frame.nodes[number].path if number >= 0 else "a part of a merge"
