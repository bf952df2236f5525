"""What emitted code constructs and how it wires it, compared with the checked network as it runs."""

from __future__ import annotations

from ...ir.network import Walk
from .parts import Unreadable, difference, parts_of, settled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence
    from typing import TypeAlias

    from ...ir.network import LayerView, Network
    from ...values import Shape
    from .parts import Part

    Read: TypeAlias = Callable[[Shape], Iterable[Part]]
    """What a call does with an image or a vector."""

INPUT = -1
"""The number of the network's input."""


class Mismatch(Exception):
    """Emitted code that is not the checked network."""


class Value:
    """A recorded tensor: the number of the checked layer that it is the value of, and its shape.

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


class Expected:
    """The checked network in the form in which recordings are compared with it."""

    def __init__(self, network: Network) -> None:
        walk = Walk(network)
        self.network = network
        self.layers: Sequence[LayerView] = walk.views
        self.by_path = {layer.path: layer for layer in walk.views}
        self.numbers: list[int] = []
        """For each layer, the first that has the same value: merges of the same are the same."""
        self.merges: dict[tuple[object, ...], int] = {}
        for layer in walk.views:
            self.numbers.append(self._merged(layer) if layer.op.merges else layer.index)
        self.outputs = [self.number(index) for _, index in walk.outputs]
        self.output_shapes = [
            network.input_shape if index < 0 else walk.views[index].shape
            for _, index in walk.outputs
        ]

    def number(self, index: int) -> int:
        return index if index < 0 else self.numbers[index]

    def inputs(self, layer: LayerView) -> tuple[int, ...]:
        return tuple(map(self.number, layer.inputs))

    def _merged(self, layer: LayerView) -> int:
        """The number of a merge. A sum of several is one of two, after another (numbered < -1)."""
        name, inputs = layer.op.name, self.inputs(layer)
        if layer.op.sums_channels:
            return self.merges.setdefault((name, *inputs), layer.index)
        total = inputs[0]
        for one in inputs[1:-1]:
            total = self.merges.setdefault((name, total, one), -2 - len(self.merges))
        return self.merges.setdefault((name, total, inputs[-1]), layer.index)

    def is_same_network(self, other: Expected) -> bool:
        """Whether both have the same layers, wired in the same way."""
        if len(self.layers) != len(other.layers) or self.outputs != other.outputs:
            return False
        pairs = zip(self.layers, other.layers, strict=True)
        return all(
            one.path == two.path
            and one.inputs == two.inputs
            and one.op == two.op
            and one.input_shapes == two.input_shapes
            for one, two in pairs
        )


class Comparisons:
    """What comparisons of layers have found, once for each of the same kind."""

    def __init__(self) -> None:
        self.found: dict[Hashable, str | None] = {}
        self.parts: dict[tuple[int, int], list[Part]] = {}
        self.kept: list[object] = []
        """The layers whose identities are keys, so that no other object can take them up."""

    def parts_of(self, layer: LayerView) -> list[Part]:
        key = (id(layer.op), id(layer.input_shapes))
        if key not in self.parts:
            parts = parts_of(layer.op, layer.input_shapes)
            self.parts[key] = settled(parts, layer.input_shapes[0])
            self.kept.append(layer)
        return self.parts[key]

    def difference(
        self, layer: LayerView, call: Hashable, read: Read
    ) -> str | None:
        """How what a call does differs from a layer. `call` tells one call from another."""
        key = (id(layer.op), id(layer.input_shapes), call)
        try:
            if key in self.found:
                return self.found[key]
        except TypeError:  # an argument that has no hash
            return self._difference(layer, read)
        self.found[key] = self._difference(layer, read)
        return self.found[key]

    def _difference(self, layer: LayerView, read: Read) -> str | None:
        try:
            found = settled(read(layer.input_shapes[0]), layer.input_shapes[0])
        except Unreadable as reason:
            return str(reason)
        return difference(self.parts_of(layer), found)


class Recorder:
    """Records one run of emitted code. Raises `Mismatch` at the first difference."""

    def __init__(self, expected: Expected, comparisons: Comparisons) -> None:
        self.expected = expected
        self.comparisons = comparisons
        self.seen: set[str] = set()

    def checked(self, path: str) -> LayerView:
        """The checked layer of a path, which code may construct once."""
        layer = self.expected.by_path.get(path)
        if layer is None:
            raise Mismatch(f"{path or 'a layer without a name'} is no layer of the network")
        self.note(path)
        return layer

    def note(self, path: str) -> None:
        if path in self.seen:
            raise Mismatch(f"{path} is applied twice")
        self.seen.add(path)

    def compare(self, path: str, call: Hashable, read: Read) -> LayerView:
        """Hold what a call does against the layer of its path."""
        layer = self.checked(path)
        found = self.comparisons.difference(layer, call, read)
        if found is not None:
            raise Mismatch(f"{path}: {found}")
        return layer

    def apply(
        self,
        path: str,
        value: Value,
        call: Hashable,
        read: Read,
        is_turned: bool = False,
    ) -> Value:
        """Apply the layer of a path. `is_turned` tells that it flattens with the channels first."""
        layer = self.compare(path, call, read)
        self.wire(layer, (value,))
        if value.is_turned:
            if not (layer.op.permutable or layer.op.name == "dense"):
                raise Mismatch(f"{path} takes the elements in another order")
            is_turned = is_turned or layer.op.name != "dense"
        return Value(layer.index, layer.shape, is_turned)

    def wire(self, layer: LayerView, values: Sequence[Value]) -> None:
        """Hold a layer's inputs against the checked ones."""
        for value in values:
            if value.pending:
                raise Mismatch(f"{layer.path} takes an unfinished {value.owner}")
        if tuple(value.number for value in values) != self.expected.inputs(layer):
            wanted = ", ".join(map(self.name, self.expected.inputs(layer)))
            given = ", ".join(self.name(value.number) for value in values)
            raise Mismatch(f"{layer.path} takes {given} instead of {wanted}")

    def merge(self, path: str, kind: str, values: Sequence[Value]) -> Value:
        """A merge that is a layer with a path."""
        layer = self.checked(path)
        if layer.op.name != kind:
            raise Mismatch(f"{path} is {kind} instead of {layer.op.name}")
        if any(value.is_turned for value in values):
            raise Mismatch(f"{path} takes the elements in another order")
        self.wire(layer, values)
        return Value(self.expected.number(layer.index), layer.shape)

    def merge_values(self, kind: str, values: Sequence[Value]) -> Value:
        """A merge without a path: it is known by its inputs."""
        if any(value.pending or value.is_turned for value in values):
            raise Mismatch(f"{kind} takes unfinished values")
        numbers = tuple(value.number for value in values)
        found = self.expected.merges.get((kind, *numbers))
        if found is None:
            raise Mismatch(f"there is no {kind} of {', '.join(map(self.name, numbers))}")
        shape = self.expected.layers[found].shape if found >= 0 else values[0].checked_shape
        return Value(found, shape)

    def name(self, number: int) -> str:
        """A value's name for messages."""
        if number == INPUT:
            return "the input"
        return self.expected.layers[number].path if number >= 0 else "a part of a merge"

    def finish(self, outputs: Sequence[Value]) -> None:
        """Hold the outputs against the checked ones."""
        if any(value.pending or value.is_turned for value in outputs):
            raise Mismatch("an output is unfinished")
        if [value.number for value in outputs] != self.expected.outputs:
            wanted = ", ".join(map(self.name, self.expected.outputs))
            given = ", ".join(self.name(value.number) for value in outputs)
            raise Mismatch(f"the outputs are {given} instead of {wanted}")
