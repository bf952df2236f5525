"""What emitted code constructs and how it wires it, compared with the checked network as it runs.

The network is compared block by block: the code of a block instance is held against that instance
once, for whatever path, so that the comparison takes time in the distinct parts of a network.
"""

from __future__ import annotations

from functools import partial, reduce

from ...ir.network import Child, Layer, Run, path_of, width
from ...ops.base import ABSORBS_ORDER, SEES_ORDER
from ...ops.channels import Split
from ...ops.merging import Average, Concat
from ...ops.resizing import Resize
from ..pairs import grouped
from .parts import Unreadable, difference, parts_of, read_all, settled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from ...ir.network import Scope, Step
    from ...ops.base import Op
    from ...values import Shape
    from .parts import Leaf

INPUT = -1
"""The number of a scope's first input; those of others are below it."""

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

    `is_turned` marks a flattened image with the channels first. Frameworks derive what shows the
    shape as their own tensors do, and has their operators.
    """

    owner = ""
    pending: tuple[Leaf, ...] = ()
    """What is already applied of the layer at `owner`, such as the zeros around an image."""
    before: Shape
    """The shape before those."""

    def __init__(self, number: int, shape: Shape, is_turned: bool = False) -> None:
        self.number = number
        self.checked_shape = shape
        self.is_turned = is_turned


class Node:
    """A checked layer, or a block instance as a whole, and the numbers of its inputs.

    A block with several outputs is a node for each of them, `place` being which.
    """

    def __init__(
        self, index: int, path: str, step: Layer | Child, inputs: tuple[int, ...], place: int = 0
    ) -> None:
        self.index = index
        self.path = path
        self.step = step
        self.inputs = inputs
        self.op: Op | None = step.op if isinstance(step, Layer) else None
        self.shape = step.shape if isinstance(step, Layer) else step.scope.output_shapes[place]
        self.number = index
        """The node that has the same value: merges of the same are the first of them."""

    @property
    def numbers(self) -> range:
        """All that the layer or block gives, of which this is the first."""
        return range(self.index, self.index + width(self.step))

    @property
    def is_merge(self) -> bool:
        return self.op is not None and self.op.merges

    @property
    def needs_no_module(self) -> bool:
        """Whether code can do without a layer for it, by an expression."""
        return self.is_merge or isinstance(self.op, Split | Resize)

    @property
    def inside(self) -> Scope:
        """The block instance. Raises `Mismatch` for a layer."""
        if isinstance(self.step, Layer):
            raise Mismatch(self.path, "a block instead of a layer")
        return self.step.scope


class Frame:
    """The inside of a model or block instance as a flat graph, with blocks for nodes.

    A call of what is shared that no output needs, and that code may leave out, is taken for
    another one that takes the same: where code makes one call, there is no telling which.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.stand_ins: dict[int, int] = {}
        """By the number of such a call's value, that of the other one."""
        self.walk()
        self.stand_ins = self.unneeded_calls()
        if self.stand_ins:
            self.walk()

    def walk(self) -> None:
        scope = self.scope
        self.nodes: list[Node] = []
        self.merges: dict[tuple[object, ...], int] = {}
        self.inputs = tuple(INPUT - place for place in range(len(scope.input_shapes)))
        self.by_path: dict[str, Node] = {}
        self.calls: dict[str, list[Node]] = {}
        """All calls of the layers and blocks of a path, where these are shared."""
        values = self._scope(scope, "", self.inputs)
        self.outputs = [values[value] for _, value in scope.outputs]

    def unneeded_calls(self) -> dict[int, int]:
        """The values of calls that no output needs, with those that they are taken for."""
        if not self.calls:
            return {}
        needed = {*self.outputs}
        for node in reversed(self.nodes):
            if node.number in needed:
                needed.update(node.inputs)
        found: dict[int, int] = {}
        first: dict[Hashable, Node] = {}
        calls = [call for calls in self.calls.values() for call in calls]
        # Those that are needed first, which read nothing of the others.
        for call in sorted(calls, key=lambda one: (needed.isdisjoint(one.numbers), one.index)):
            inputs = tuple([found.get(number, number) for number in call.inputs])
            other = first.setdefault((call.path, inputs), call)
            if needed.isdisjoint(call.numbers):
                found.update(zip(call.numbers, other.numbers, strict=True))
        return found

    def shape(self, number: int) -> Shape:
        if number < 0:
            return self.scope.input_shapes[INPUT - number]
        return self.nodes[number].shape

    def _scope(self, scope: Scope, prefix: str, feeds: tuple[int, ...]) -> list[int]:
        values = [*feeds]
        for step in scope.steps:
            feeds = tuple([values[number] for number in step.inputs])
            values += self._step(step, prefix, feeds, 0)
        return values

    def _step(self, step: Step, prefix: str, feeds: tuple[int, ...], shift: int) -> tuple[int, ...]:
        """Add a step fed by `feeds`; numbers in its names move up by `shift`.

        Gives the numbers of what it makes.
        """
        if isinstance(step, Run):
            for turn in range(step.count):
                for inner in step.steps:
                    feeds = self._step(inner, prefix, feeds, shift + turn * step.numbered)
            return feeds
        name = str(int(step.name) + shift) if shift and step.name.isdigit() else step.name
        path = path_of(prefix, name)
        if isinstance(step, Child) and step.scope.kind != "block":
            values = self._scope(step.scope, path, feeds)
            return tuple([values[value] for _, value in step.scope.outputs])
        nodes = [
            Node(len(self.nodes) + place, path, step, feeds, place) for place in range(width(step))
        ]
        self.nodes += nodes
        node, *_ = nodes
        self.by_path.setdefault(path, node)
        if step.call:
            self.calls.setdefault(path, []).append(node)
            for one in nodes:
                one.number = self.stand_ins.get(one.index, one.index)
        if isinstance(step, Child):
            return tuple([one.number for one in nodes])
        if node.op is not None and node.op.merges:
            node.number = self._merged(node, node.op)
        elif isinstance(node.op, Split):
            bounds = node.op.bounds(self.shape(feeds[0]).channels)
            node.number = self.merges.setdefault((*bounds, *feeds), node.index)
        elif isinstance(node.op, Resize):
            node.number = self.merges.setdefault((node.op, *feeds), node.index)
        return (node.number,)

    def _merged(self, node: Node, op: Op) -> int:
        """The number of a merge.

        A sum of several is one of two as well, after others (as `pairs` joins them), whose numbers
        are below those of inputs.
        """
        whole, number = (op.name, *node.inputs), node.index
        if not isinstance(op, Average | Concat) and len(node.inputs) > 2:
            *others, last = grouped(partial(self._pair, op.name), node.inputs)
            total = reduce(partial(self._pair, op.name), others)
            number = self.merges.setdefault((op.name, total, last), number)
        return self.merges.setdefault(whole, number)

    def _pair(self, kind: str, one: int, other: int) -> int:
        below = self.inputs[-1] - 1 - len(self.merges)
        return self.merges.setdefault((kind, one, other), below)


class Comparisons:
    """What comparisons have found, once for each kind of layer and of block instance."""

    def __init__(self, value: type[Value]) -> None:
        self.value = value
        """What the framework's tensors are."""
        self.frames: dict[Scope, Frame] = {}
        self.blocks: dict[Hashable, tuple[tuple[bool, ...], bool]] = {}
        """What `Session.inside` tells, by what calls a block and the instance that it is."""
        self.layers: dict[Hashable, str | None] = {}
        self.kinds: dict[Hashable, int] = {}

    def of_another_text(self, value: type[Value]) -> Comparisons:
        """The same with what is known of networks and layers, and nothing of blocks' code.

        Tensors are of its own class, since they tell their session what is done with them.
        """
        other = Comparisons(value)
        other.frames, other.layers, other.kinds = self.frames, self.layers, self.kinds
        return other

    def frame(self, scope: Scope) -> Frame:
        """A scope's inside. It keeps the scope, whose identity is a key."""
        if scope not in self.frames:
            self.frames[scope] = Frame(scope)
        return self.frames[scope]

    def difference(self, node: Node, leaves: Sequence[Leaf]) -> str | None:
        """How what some of a framework's layers do differs from a checked one."""
        step = node.step
        if isinstance(step, Child):
            return "a layer instead of a block"
        key = (self.kind(step), *[leaf.key() for leaf in leaves])
        if key not in self.layers:
            self.layers[key] = _difference(step.op, step.input_shapes[0], leaves)
        return self.layers[key]

    def kind(self, layer: Layer) -> int:
        """A number for layers of the same op and input shapes."""
        known = (id(layer.op), id(layer.input_shapes))
        if known not in self.kinds:
            of_value = (layer.op, layer.input_shapes)
            self.kinds[known] = self.kinds.setdefault(of_value, len(self.kinds))
        return self.kinds[known]


def _difference(op: Op, entry: Shape, leaves: Sequence[Leaf]) -> str | None:
    try:
        found = read_all(leaves, entry)
    except Unreadable as reason:
        return str(reason)
    expected = parts_of(op, entry)
    if found == expected:
        return None
    return difference(settled(expected, entry), settled(found, entry))


class Recorder:
    """Records what the code of one scope does. Raises `Mismatch` at the first difference."""

    def __init__(self, scope: Scope, comparisons: Comparisons, prefix: str = "") -> None:
        self.frame = comparisons.frame(scope)
        self.comparisons = comparisons
        self.prefix = prefix
        """What comes before every path, with a dot behind."""
        self.seen: set[str] = set()
        self.called: set[int] = set()
        """The calls of what is shared that have been made."""
        self.inputs = 0
        """How many inputs the code of a model has made."""
        self.is_kept = True
        """Whether each layer is made once, however often the code runs."""

    def local(self, path: str) -> str:
        """A path within the scope."""
        if not path.startswith(self.prefix):
            raise Mismatch(path, "a path outside of its block")
        return path[len(self.prefix) :]

    def node(self, path: str, values: Sequence[Value] | None = None) -> Node:
        """The checked layer or block of a path within the scope, applied to some values.

        Code may apply it once, or as often as it is shared.
        """
        node = self.frame.by_path.get(path)
        if node is None:
            raise Mismatch(path, "there is no such layer in the network")
        if values is None or path not in self.frame.calls:
            self.note(path)
            return node
        self.seen.add(path)
        numbers = tuple([value.number for value in values])
        for call in self.frame.calls[path]:
            if call.inputs == numbers and call.index not in self.called:
                self.called.add(call.index)
                return call
        raise Mismatch(path, f"no call of it takes {', '.join(map(self.name, numbers))}")

    def note(self, path: str) -> None:
        if path in self.seen:
            raise Mismatch(path, "it is applied twice")
        self.seen.add(path)

    def compare(
        self, path: str, leaves: Sequence[Leaf], values: Sequence[Value] | None = None
    ) -> Node:
        """Hold what some of the framework's layers do against the layer of their path."""
        node = self.node(path, values)
        found = self.comparisons.difference(node, leaves)
        if found is not None:
            raise Mismatch(path, found)
        return node

    def apply(
        self, path: str, value: Value, leaves: Sequence[Leaf], is_turned: bool = False
    ) -> Value:
        """Apply the layer of a path. `is_turned` tells that it flattens with the channels first."""
        node = self.compare(path, leaves, (value,))
        self.wire(node, (value,))
        if value.is_turned and node.op is not None:
            if node.op.order == SEES_ORDER:
                raise Mismatch(path, "it takes the elements in another order")
            is_turned = is_turned or node.op.order != ABSORBS_ORDER
        return self.comparisons.value(node.number, node.shape, is_turned)

    def wire(self, node: Node, values: Sequence[Value]) -> None:
        """Hold the inputs of a layer or block against the checked ones."""
        self.finished(node.path, values)
        found = tuple([value.number for value in values])
        if found != node.inputs:
            raise Mismatch(node.path, self.instead("it takes", found, node.inputs))

    def finished(self, path: str, values: Iterable[Value]) -> None:
        for value in values:
            if value.pending:
                raise Mismatch(path, f"it takes an unfinished {value.owner}")

    def in_order(self, path: str, values: Iterable[Value]) -> None:
        if any(value.is_turned for value in values):
            raise Mismatch(path, "it takes the elements in another order")

    def block(self, path: str, values: Sequence[Value]) -> Node:
        """Apply the block instance of a path, whatever its code does."""
        node = self.node(path, values)
        self.wire(node, values)
        return node

    def merge(self, path: str, kind: str, values: Sequence[Value]) -> Value:
        """A merge that is a layer with a path."""
        node = self.node(path)
        if node.op is None or node.op.name != kind:
            raise Mismatch(path, f"{kind} instead of {node.op.name if node.op else 'a block'}")
        self.in_order(path, values)
        self.wire(node, values)
        return self.comparisons.value(node.number, node.shape)

    def merge_values(self, kind: str, values: Sequence[Value]) -> Value:
        """A merge without a path: it is known by its inputs."""
        self.finished(kind, values)
        self.in_order(kind, values)
        numbers = tuple([value.number for value in values])
        found = self.frame.merges.get((kind, *numbers))
        if found is None:
            names = ", ".join(map(self.name, numbers))
            raise Mismatch("", f"the network has no {kind} of {names}")
        shape = self.frame.shape(found) if found >= 0 else values[0].checked_shape
        return self.comparisons.value(found, shape)

    def part(self, value: Value, start: int, stop: int) -> Value:
        """Some channels of a value, without a path: they are known by their bounds."""
        self.finished(Split.name, (value,))
        self.in_order(Split.name, (value,))
        found = self.frame.merges.get((start, stop, value.number))
        if found is None:
            where = f"the channels {start} to {stop} of {self.name(value.number)}"
            raise Mismatch("", f"the network has no split into {where}")
        return self.comparisons.value(found, self.frame.shape(found))

    def resized(self, value: Value, leaf: Leaf) -> Value:
        """An image of another size, without a path: it is known by what is done to which value."""
        self.finished(Resize.name, (value,))
        for node in self.frame.nodes:
            is_one = isinstance(node.op, Resize) and node.inputs == (value.number,)
            if is_one and self.comparisons.difference(node, (leaf,)) is None:
                return self.comparisons.value(node.number, node.shape)
        raise Mismatch("", f"the network has no such resize of {self.name(value.number)}")

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
        if number in self.frame.inputs:
            place = self.frame.inputs.index(number)
            return f"input {place + 1}" if len(self.frame.inputs) > 1 else "the input"
        return self.frame.nodes[number].path if number >= 0 else "a part of a merge"
