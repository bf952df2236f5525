"""Warnings: passes over a spec that holds, each a small function of a table.

A pass sees the file (`FILE_PASSES`), every pair of layers of which one feeds the other
(`PAIR_PASSES`), each layer on its own (`LAYER_PASSES`), or a whole network (`NETWORK_PASSES`).
Equal parts of a network are one object and are looked at once.
"""

from __future__ import annotations

import re

from ..diagnostics.base import Finding
from ..diagnostics.warnings import (
    ActivationTwice,
    BiasBeforeNorm,
    DenseHoldsMost,
    KernelBeyondImage,
    LogitsAreProbabilities,
    NeverRead,
    PixelsUnseen,
    SoftmaxInside,
    SoftmaxOfOne,
    UnusedBlock,
    UnusedLet,
    UnusedParameter,
)
from ..ir.network import Child, Layer, Run, unread
from ..ops import OPS, activation
from ..ops.convolution import Convolution
from ..ops.dense import Dense
from ..ops.merging import ZeroPad
from ..ops.normalization import BatchNorm
from ..ops.pooling import Pooling, Subsample
from ..ops.windows import arithmetic, window_of
from ..syntax import tree
from ..text import Location
from ..values import NO_PADDING, SAME
from .loading import in_order
from .silencing import not_silenced

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ..diagnostics.base import Diagnostic
    from ..ir.network import Network, Scope, Step
    from ..semantics.template import Template
    from .loading import Module

    Placed = tuple[Layer, Template]

COMMENT = re.compile(r"#[^\n]*")
LARGEST_SHARE = 0.9
"""The share of all parameters that a dense layer can have without a warning."""
SMALLEST_DENSE = 100_000
"""In a toy of fewer parameters nobody minds."""
LARGEST_KERNEL = 1_000
"""Of a larger kernel only the first taps are looked at."""
ACTIVATIONS = tuple(
    one
    for one in vars(activation).values()
    if isinstance(one, type) and one.__module__ == activation.__name__
)
PROBABILITIES = (activation.Softmax, activation.Sigmoid)
AFTER_SOFTMAX = (Convolution, Dense, BatchNorm, *ACTIVATIONS)


def warnings_of(module: Module, networks: Iterable[Network]) -> tuple[Finding, ...]:
    """The warnings of a file without errors, and of its models' networks."""
    found: dict[tuple[str, object, int], Finding] = {}

    def add(diagnostic: Diagnostic, location: Location) -> None:
        key = (diagnostic.code, location.source, location.start)
        if key not in found:
            found[key] = Finding(diagnostic, location)

    for file_pass in FILE_PASSES:
        for diagnostic, location in file_pass(module):
            add(diagnostic, location)
    for network in networks:
        graph = Graph(network)
        for layer, template in graph.layers:
            for layer_pass in LAYER_PASSES.get(type(layer.op), ()):
                for diagnostic in layer_pass(layer, graph):
                    add(diagnostic, template.layer_location(layer))
        for network_pass in NETWORK_PASSES:
            for diagnostic, location in network_pass(network, graph):
                add(diagnostic, location)
    return in_order(not_silenced(found.values()))


# The network as pairs of layers


class Graph:
    """Each distinct layer, and for each the distinct layers that it feeds."""

    def __init__(self, network: Network) -> None:
        self.layers: list[Placed] = []
        self.feeds: dict[Layer, tuple[Placed, list[Placed | None]]] = {}
        """By a layer: itself, and what follows; None stands for an output."""
        self.fed_by: dict[Layer, Layer] = {}
        """By a layer: the one that makes its first input."""
        self.ends: dict[Scope, Placed | None] = {}
        """By a scope: the layer that makes its output, if it has one."""
        self.starts: dict[Scope, list[Placed]] = {}
        """By a scope: the layers that its input feeds."""
        self.seen: set[Scope] = set()
        makers = self.scope(network.scope)
        self.outputs = [(name, makers[value]) for name, value in network.scope.outputs]
        for _, maker in self.outputs:
            self.link(maker, None)

    def scope(self, scope: Scope) -> list[Placed | None]:
        """Walk a scope; the layer that makes each of its values, None for the input's."""
        makers: list[Placed | None] = [None]
        starts: list[Placed] = []
        for step in scope.steps:
            first, last = self.step(step, scope.template)
            for number in step.inputs:
                maker = makers[number]
                if maker is None:
                    starts += first
                for one in first:
                    self.link(maker, one)
            makers.append(last if last is not None else makers[step.inputs[0]])
        self.ends[scope] = makers[scope.outputs[0][1]]
        self.starts[scope] = starts
        return makers

    def step(self, step: Step, template: Template) -> tuple[list[Placed], Placed | None]:
        """The layers that a step's input feeds, and the one that makes its output."""
        if isinstance(step, Layer):
            placed = (step, template)
            self.layers.append(placed)
            return [placed], placed
        if isinstance(step, Child):
            if step.scope not in self.seen:
                self.seen.add(step.scope)
                self.scope(step.scope)
            return self.starts[step.scope], self.ends[step.scope]
        return self.run(step, template)

    def run(self, run: Run, template: Template) -> tuple[list[Placed], Placed | None]:
        start: list[Placed] = []
        maker: Placed | None = None
        for step in run.steps:
            first, last = self.step(step, template)
            if maker is None:
                start = start or first
            for one in first:
                self.link(maker, one)
            maker = last or maker
        for one in start:
            self.link(maker, one)
        return start, maker

    def link(self, maker: Placed | None, consumer: Placed | None) -> None:
        if maker is not None:
            self.feeds.setdefault(maker[0], (maker, []))[1].append(consumer)
            if consumer is not None:
                self.fed_by.setdefault(consumer[0], maker[0])


# Passes over layers


def pixels_unseen(layer: Layer, graph: Graph) -> Iterator[Diagnostic]:
    op, image = layer.op, layer.input_shapes[0]
    window = window_of(op, image)
    if window is None or window.pad == SAME or window.rounding == "ceil":
        return
    padding = window.padding
    maker = graph.fed_by.get(layer)
    zeros = maker.op.pad if maker is not None and isinstance(maker.op, ZeroPad) else NO_PADDING
    left = []
    for axis, before, behind, padded in (
        ("height", padding.top, padding.bottom, zeros.bottom),
        ("width", padding.left, padding.right, zeros.right),
    ):
        size, stride = getattr(window.kernel, axis), getattr(window.stride, axis)
        reach = getattr(window.dilation, axis) * (size - 1) + 1
        pixels = getattr(image, axis)
        rest = (before + pixels + behind - reach) % stride
        left.append(max(rest - behind - padded - max(stride - reach, 0), 0))
    rows, columns = left
    if rows or columns:
        axis = "height" if rows else "width"
        text = arithmetic(window, layer.shape, axis)
        yield PixelsUnseen(op.name, image, rows, columns, text)


def kernel_beyond_image(layer: Layer, _graph: Graph) -> Iterator[Diagnostic]:
    op, image = layer.op, layer.input_shapes[0]
    if not isinstance(op, Convolution) or (
        op.kernel.height <= image.height
        and op.kernel.width <= image.width
        and op.dilation.area == 1
    ):
        return
    padding = op.padding(image)
    used = 1
    for axis, before in (("height", padding.top), ("width", padding.left)):
        stride, dilation = getattr(op.stride, axis), getattr(op.dilation, axis)
        pixels, places = getattr(image, axis), getattr(layer.shape, axis)
        used *= sum(
            _meets(tap * dilation - before, stride, places, pixels)
            for tap in range(min(getattr(op.kernel, axis), LARGEST_KERNEL))
        )
    if used < op.kernel.area:
        yield KernelBeyondImage(op.name, op.kernel, used, image)


def _meets(offset: int, stride: int, places: int, pixels: int) -> bool:
    """Whether a tap that starts at `offset` ever stands on a pixel as its window moves on."""
    first = max(-(offset // stride), 0)
    return first < places and 0 <= offset + first * stride < pixels


def softmax_of_one(layer: Layer, _graph: Graph) -> Iterator[Diagnostic]:
    if layer.shape.channels == 1:
        yield SoftmaxOfOne()


# Passes over networks


def pairs(_network: Network, graph: Graph) -> Iterator[tuple[Diagnostic, Location]]:
    """What is wrong with layers that feed each other."""
    for maker, consumers in graph.feeds.values():
        pair_pass = PAIR_PASSES.get(type(maker[0].op))
        if pair_pass is not None:
            for diagnostic, (layer, template) in pair_pass(maker, consumers):
                yield diagnostic, template.layer_location(layer)


def bias_before_norm(
    maker: Placed, consumers: Sequence[Placed | None]
) -> Iterator[tuple[Diagnostic, Placed]]:
    op = maker[0].op
    if not getattr(op, "bias", False):
        return
    for one in consumers:
        if one is None or not isinstance(one[0].op, BatchNorm):
            return
    yield BiasBeforeNorm(op.name, maker[0].shape.channels), maker


def activation_twice(
    maker: Placed, consumers: Sequence[Placed | None]
) -> Iterator[tuple[Diagnostic, Placed]]:
    first = maker[0].op
    for one in consumers:
        if one is not None and isinstance(one[0].op, ACTIVATIONS):
            yield ActivationTwice(first.name, one[0].op.name), one


def softmax_inside(
    maker: Placed, consumers: Sequence[Placed | None]
) -> Iterator[tuple[Diagnostic, Placed]]:
    for one in consumers:
        if one is not None and isinstance(one[0].op, AFTER_SOFTMAX):
            yield SoftmaxInside(one[0].op.name), maker


def logits_are_probabilities(
    network: Network, graph: Graph
) -> Iterator[tuple[Diagnostic, Location]]:
    named = {name: maker for name, maker in graph.outputs if name != "main"}
    for step in network.scope.steps:
        if isinstance(step, Layer):
            named.setdefault(step.name, (step, network.template))
    for name, maker in named.items():
        if "logits" in name.lower() and maker is not None:
            layer, template = maker
            if isinstance(layer.op, PROBABILITIES):
                yield LogitsAreProbabilities(name, layer.op.name), template.layer_location(layer)


def dense_holds_most(network: Network, graph: Graph) -> Iterator[tuple[Diagnostic, Location]]:
    total = network.cost.params
    weighted = [one for one in graph.layers if one[0].cost.params]
    if len(weighted) < 2:
        return
    for layer, template in weighted:
        limit = max(LARGEST_SHARE * total, SMALLEST_DENSE)
        if isinstance(layer.op, Dense) and layer.cost.params > limit:
            length = layer.input_shapes[0].elements
            share = layer.cost.params / total
            warning = DenseHoldsMost(share, length, layer.op.units, total)
            yield warning, template.layer_location(layer)


def never_read(network: Network, _graph: Graph) -> Iterator[tuple[Diagnostic, Location]]:
    """What leads to no output, but for a `let`, of which its name tells."""
    for step, template in unread(network):
        lets = (s for s in template.definition.body.statements if isinstance(s, tree.Let))
        if any(let.start <= step.site.start < let.end for let in lets):
            continue
        what = step.op.name if isinstance(step, Layer) else getattr(step, "name", "repeat")
        yield NeverRead(what), template.location(step.site)


# Passes over files


def unused_names(module: Module) -> Iterator[tuple[Diagnostic, Location]]:
    """Values, parameters and blocks that are defined and never read."""
    source = module.source
    text = COMMENT.sub(lambda comment: " " * len(comment[0]), source.text)
    own = [one for one in module.definitions if one.source is source]
    for template in own:
        definition = template.definition
        for statement in definition.body.statements:
            if isinstance(statement, tree.Let):
                let = statement.name
                if not _uses(text, let.name, let.start, definition.body):
                    yield UnusedLet(let.name), template.location(let)
        for parameter in definition.parameters:
            if not _uses(text, parameter.name, parameter.start, definition):
                end = parameter.start + len(parameter.name)
                place = Location(source, parameter.start, end)
                owner = f"{definition.kind} {definition.name}"
                yield UnusedParameter(owner, parameter.name), place
    if not module.models:
        return
    whole = tree.Node(0, len(text))
    blocks = {name: one for template in own for name, one in template.visible.items()}
    for name, block in blocks.items():
        found = _found(text, name, whole)
        if len(found) == 1:
            place = Location(source, found[0], found[0] + len(name))
            yield UnusedBlock(name, block.source is not source), place


def _found(text: str, name: str, within: tree.Node) -> list[int]:
    """Where a name stands in a part of the text, other than as an argument's name or a field."""
    pattern = re.compile(rf"(?<![\w.]){re.escape(name)}(?!\w|\s*=(?!=))")
    return [match.start() for match in pattern.finditer(text, within.start, within.end)]


def _uses(text: str, name: str, declared: int, within: tree.Node) -> bool:
    return any(start != declared for start in _found(text, name, within))


WINDOWS = tuple(one for one in OPS.values() if issubclass(one, Convolution | Pooling | Subsample))
LAYER_PASSES: dict[type, tuple[Callable[[Layer, Graph], Iterator[Diagnostic]], ...]] = {
    **dict.fromkeys(WINDOWS, (pixels_unseen, kernel_beyond_image)),
    activation.Softmax: (softmax_of_one,),
}
PAIR_PASSES: dict[
    type, Callable[[Placed, Sequence[Placed | None]], Iterator[tuple[Diagnostic, Placed]]]
] = {
    **{one: bias_before_norm for one in OPS.values() if "bias" in one.attributes},
    **dict.fromkeys(ACTIVATIONS, activation_twice),
    activation.Softmax: softmax_inside,
}
NETWORK_PASSES: tuple[Callable[[Network, Graph], Iterator[tuple[Diagnostic, Location]]], ...] = (
    pairs,
    logits_are_probabilities,
    dense_holds_most,
    never_read,
)
FILE_PASSES: tuple[Callable[[Module], Iterator[tuple[Diagnostic, Location]]], ...] = (unused_names,)
