"""Warnings: passes over a spec that holds, each a small function of a table.

A pass sees the file (`unused_names`), the texts in its reach (`hidden_directions`), every pair of
layers of which one feeds the other (`PAIR_PASSES`), each layer on its own (`LAYER_PASSES`), or a
whole network (`NETWORK_PASSES`). Equal parts of a network are one object and are looked at once.
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache

from .. import diagnostics
from ..diagnostics.base import Finding
from ..ir.network import Child, Layer, Run, unread
from ..ops import activation
from ..ops.base import Op, ops_of
from ..ops.convolution import Convolution
from ..ops.dense import Dense
from ..ops.pooling import Pooling, Subsample
from ..ops.windows import arithmetic
from ..record import Distinct, Record
from ..semantics import bound
from ..syntax import tree
from ..text import Location
from ..values import NO_PADDING, SAME
from . import conventions
from .loading import in_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from ..diagnostics.base import Diagnostic
    from ..ir.network import Network, Scope, Step
    from ..ops.windows import Window
    from ..semantics.template import Template
    from ..text import Source
    from .module import Module

    Warned = tuple[Diagnostic, Location]
    LayerPass = Callable[["Layer", "Graph"], Iterator[Diagnostic]]
    PairPass = Callable[["Placed", Sequence["Placed | None"]], Iterator[Warned]]

IGNORE = r"#\s*cnndsl:\s*ignore((?:[\s,]+CNN\d{1,3}\b)+)"
CODE = r"CNN\d{1,3}"
DIRECTIONS = "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
"""What sets a direction of writing."""
NAME = re.compile(r"#[^\n]*|(?<![\w.])(\w++)(?!(?:\s|#[^\n]*+)*+=(?!=))")
"""A word that is neither an argument's name nor a field; or a comment, without a group."""
LARGEST_SHARE = 0.9
"""The share of all parameters that a dense layer can have without a warning."""
SMALLEST_DENSE = 100_000
"""In a toy of fewer parameters nobody minds."""
LARGEST_KERNEL = 1_000
"""Of a larger kernel only the first taps are looked at."""
LETS = tree.Let | tree.LetValue | tree.Share
FEW_PLACES = 20
"""More places of a name than this are searched by bisection."""
ZERO_PAD, BATCH_NORM = "zero_pad", "batch_norm"
"""Ops of families that a spec need not have."""
ACTIVATIONS: tuple[type[Op], ...] = tuple(ops_of(activation))
PROBABILITIES = (activation.Softmax, activation.Sigmoid)
AFTER_SOFTMAX: tuple[type[Op], ...] = (Convolution, Dense, *ACTIVATIONS)


def without_errors(module: Module, networks: Iterable[Network]) -> tuple[Finding, ...]:
    """What is said of a file without errors: that there is nothing in it, or its warnings."""
    if not module.templates and not module.recipes:
        return (Finding(diagnostics.NoModel(0), Location(module.source, 0, 0)),)
    return warnings_of(module, networks)


def warnings_of(module: Module, networks: Iterable[Network]) -> tuple[Finding, ...]:
    """The warnings of a file without errors, and of its models' networks."""
    found: dict[tuple[str, object, int], Finding] = {}
    silenced: dict[tuple[Source, int], tuple[str, ...]] = {}
    for diagnostic, location in all_warnings(module, networks):
        key = (diagnostic.code, location.source, location.start)
        found.setdefault(key, Finding(diagnostic, location))
    return in_order(one for one in found.values() if not is_silenced(one, silenced))


def all_warnings(module: Module, networks: Iterable[Network]) -> Iterator[Warned]:
    """What the passes say, often the same of several models."""
    yield from unused_names(module)
    yield from open_paths(module)
    for source in sources_of(module):
        yield from hidden_directions(source)
    for network in networks:
        graph = Graph(network)
        for network_pass in NETWORK_PASSES:
            yield from network_pass(graph)


def is_silenced(finding: Finding, known: dict[tuple[Source, int], tuple[str, ...]]) -> bool:
    """Whether a comment names the finding's code: `# cnndsl: ignore CNN801, CNN802: a reason`.

    It stands on the finding's line, or above it where there is nothing but comment. `known` keeps
    the codes of lines.
    """
    place = finding.location.source, finding.location.row
    if place not in known:
        known[place] = silenced_at(*place)
    return finding.diagnostic.code.startswith(known[place])


def silenced_at(source: Source, row: int) -> tuple[str, ...]:
    codes = codes_in(source.line(row))
    while row > 1 and source.line(row - 1).lstrip().startswith("#"):
        row -= 1
        codes += codes_in(source.line(row))
    return tuple({*codes})


def codes_in(line: str) -> list[str]:
    """The codes, or beginnings of codes, that a line's comment silences."""
    if "cnndsl:" not in line:
        return []
    return [code for match in re.finditer(IGNORE, line) for code in re.findall(CODE, match[1])]


# The network as pairs of layers


class Placed(Distinct):
    """A layer with its op, and the definition whose text it stands in."""

    layer: Layer
    op: Op
    template: Template

    @property
    def location(self) -> Location:
        return self.template.layer_location(self.layer)


class Ends(Record):
    """What the values that enter a part of the network feed, and what makes those that leave it.

    A value that is passed on is made by the input of that place.
    """

    starts: list[list[Placed]]
    makers: list[Placed | int]


class Graph:
    """Each distinct layer, and for each the distinct layers that it feeds."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.layers: list[Placed] = []
        self.feeds: dict[Placed, list[Placed | None]] = {}
        """By a layer: what follows; None stands for an output."""
        self.fed_by: dict[Layer, Layer] = {}
        """By a layer: the one that makes its first input."""
        self.ends: dict[Scope, Ends] = {}
        """What is known of a scope."""
        makers = self.scope(network.scope).makers
        names = (name for name, _ in network.scope.outputs)
        self.outputs = list(zip(names, makers, strict=True))
        for _, maker in self.outputs:
            self.link(maker, None)

    def scope(self, scope: Scope) -> Ends:
        if scope not in self.ends:
            makers: list[Placed | int] = [*range(len(scope.input_shapes))]
            starts: list[list[Placed]] = [[] for _ in makers]
            for step in scope.steps:
                feeds = [makers[number] for number in step.inputs]
                makers += self.fed(step, scope.template, feeds, starts)
            self.ends[scope] = Ends(starts, [makers[value] for _, value in scope.outputs])
        return self.ends[scope]

    def fed(
        self,
        step: Step,
        template: Template,
        feeds: list[Placed | int],
        starts: list[list[Placed]],
    ) -> list[Placed | int]:
        """Link a step to what feeds it, or note that inputs of its scope do; what it gives."""
        if isinstance(step, Layer):
            placed = Placed(step, step.op, template)
            self.layers.append(placed)
            for feed in feeds:
                self.link_all(feed, [placed], starts)
            return [placed]
        ends = self.scope(step.scope) if isinstance(step, Child) else self.run(step, template)
        for feed, first in zip(feeds, ends.starts, strict=True):
            self.link_all(feed, first, starts)
        return [feeds[maker] if isinstance(maker, int) else maker for maker in ends.makers]

    def run(self, run: Run, template: Template) -> Ends:
        feeds: list[Placed | int] = [*range(len(run.inputs))]
        starts: list[list[Placed]] = [[] for _ in feeds]
        for step in run.steps:
            feeds = self.fed(step, template, feeds, starts)
        for maker, start in zip(feeds, starts, strict=True):
            for one in start:
                self.link(maker, one)
        return Ends(starts, feeds)

    def link_all(
        self, maker: Placed | int, consumers: list[Placed], starts: list[list[Placed]]
    ) -> None:
        if isinstance(maker, int):
            starts[maker] += consumers
        else:
            for one in consumers:
                self.link(maker, one)

    def link(self, maker: Placed | int, consumer: Placed | None) -> None:
        if isinstance(maker, int):
            return
        self.feeds.setdefault(maker, []).append(consumer)
        if consumer is not None:
            self.fed_by.setdefault(consumer.layer, maker.layer)


# Passes over layers


def pixels_unseen(layer: Layer, graph: Graph) -> Iterator[Diagnostic]:
    op: Any = layer.op
    image = layer.input_shapes[0]
    stride = getattr(op, "stride", None)
    if stride is not None and stride.area == 1:  # so that every pixel is seen
        return
    window: Window = op.window(image)
    if window.pad == SAME or window.rounding == "ceil" or window.stride.area == 1:
        return
    maker = graph.fed_by.get(layer)
    zeros = NO_PADDING
    if maker is not None and maker.op.name == ZERO_PAD:
        zeros = getattr(maker.op, "pad", zeros)
    rows, columns = (
        max(side.room % side.stride - side.after - padded - max(side.stride - side.reach, 0), 0)
        for side, padded in zip(window.axes, (zeros.bottom, zeros.right), strict=True)
    )
    if rows or columns:
        text = arithmetic(window, layer.shape, "height" if rows else "width")
        yield diagnostics.PixelsUnseen(op.name, image, rows, columns, text)


def kernel_beyond_image(layer: Layer, _graph: Graph) -> Iterator[Diagnostic]:
    op: Any = layer.op
    image = layer.input_shapes[0]
    is_within = op.kernel.height <= image.height and op.kernel.width <= image.width
    if is_within and op.dilation.area == 1:
        return
    used = 1
    places = layer.shape.height, layer.shape.width
    for side, count in zip(op.window(image).axes, places, strict=True):
        used *= sum(
            _meets(tap * side.dilation - side.before, side.stride, count, side.pixels)
            for tap in range(min(side.size, LARGEST_KERNEL))
        )
    if used < op.kernel.area:
        yield diagnostics.KernelBeyondImage(op.name, op.kernel, used, image)


def _meets(offset: int, stride: int, places: int, pixels: int) -> bool:
    """Whether a tap that starts at `offset` ever stands on a pixel as its window moves on."""
    first = max(-(offset // stride), 0)
    return first < places and 0 <= offset + first * stride < pixels


def softmax_of_one(layer: Layer, _graph: Graph) -> Iterator[Diagnostic]:
    if layer.shape.channels == 1:
        yield diagnostics.SoftmaxOfOne()


# Passes over pairs of layers: one, and all those that it feeds


def bias_before_norm(maker: Placed, consumers: Sequence[Placed | None]) -> Iterator[Warned]:
    if not getattr(maker.op, "bias", False):
        return
    if not all(one is not None and one.op.name == BATCH_NORM for one in consumers):
        return
    if any(one.name == "bias" for one in maker.op.weights(maker.layer.input_shapes)):
        yield diagnostics.BiasBeforeNorm(maker.op.name, maker.layer.shape.channels), maker.location


def activation_twice(maker: Placed, consumers: Sequence[Placed | None]) -> Iterator[Warned]:
    for one in consumers:
        if one is not None and type(one.op) in ACTIVATIONS:
            yield diagnostics.ActivationTwice(maker.op.name, one.op.name), one.location


def softmax_inside(maker: Placed, consumers: Sequence[Placed | None]) -> Iterator[Warned]:
    for one in consumers:
        if one and (isinstance(one.op, AFTER_SOFTMAX) or one.op.name == BATCH_NORM):
            yield diagnostics.SoftmaxInside(one.op.name), maker.location


# Passes over networks


def layers(graph: Graph) -> Iterator[Warned]:
    """What is wrong with layers on their own."""
    for placed in graph.layers:
        for layer_pass in layer_passes(type(placed.op)):
            for diagnostic in layer_pass(placed.layer, graph):
                yield diagnostic, placed.location


def pairs(graph: Graph) -> Iterator[Warned]:
    """What is wrong with layers that feed each other."""
    for maker, consumers in graph.feeds.items():
        for pair_pass in pair_passes(type(maker.op)):
            yield from pair_pass(maker, consumers)


@lru_cache
def layer_passes(op: type[Op]) -> list[LayerPass]:
    return [one for ops, one in LAYER_PASSES if issubclass(op, ops)]


@lru_cache
def pair_passes(op: type[Op]) -> list[PairPass]:
    return [one for ops, one in PAIR_PASSES if issubclass(op, ops)]


def logits_are_probabilities(graph: Graph) -> Iterator[Warned]:
    network = graph.network
    named = {
        name: maker
        for name, maker in graph.outputs
        if "logits" in name.lower() and isinstance(maker, Placed)
    }
    for step in network.scope.steps:
        if isinstance(step, Layer) and "logits" in step.name.lower():
            named.setdefault(step.name, Placed(step, step.op, network.template))
    for name, maker in named.items():
        if isinstance(maker.op, PROBABILITIES):
            yield diagnostics.LogitsAreProbabilities(name, maker.op.name), maker.location


def dense_holds_most(graph: Graph) -> Iterator[Warned]:
    total = graph.network.cost.params
    limit = max(LARGEST_SHARE * total, SMALLEST_DENSE)
    for one in graph.layers:
        op, layer = one.op, one.layer
        if type(op) is not Dense or layer.cost.params <= limit:
            continue
        if any(other.layer.cost.params for other in graph.layers if other is not one):
            length, share = layer.input_shapes[0].elements, layer.cost.params / total
            yield diagnostics.DenseHoldsMost(share, length, op.units, total), one.location


def never_read(graph: Graph) -> Iterator[Warned]:
    """What leads to no output, but for a `let`, of which its name tells."""
    lets: dict[Template, list[tree.Statement]] = {}
    for step, template in unread(graph.ends):
        if template not in lets:
            statements = template.definition.body.statements
            lets[template] = [one for one in statements if isinstance(one, LETS)]
        if _is_in_any(lets[template], step.site.start):
            continue
        what = step.op.name if isinstance(step, Layer) else getattr(step, "name", "repeat")
        yield diagnostics.NeverRead(what), template.location(step.site)


# The pass over files


def unused_names(module: Module) -> Iterator[Warned]:
    """Values, parameters and blocks that are defined and never read."""
    source = module.source
    memory = module.memory
    places = places_of_names(source.text) if memory is None else memory.places(places_of_names)
    own = [one for one in module.definitions if one.definition.base is None]
    for template in own:
        definition = template.definition
        numbers = {one.name for one in template.body.steps if type(one) is bound.Number}
        for statement in definition.body.statements:
            if isinstance(statement, LETS):
                let = statement.name
                if not _is_read(places.get(let.name, ()), let.start, definition.body):
                    is_chain = let.name not in numbers
                    yield diagnostics.UnusedLet(let.name, is_chain), template.location(let)
        for parameter in definition.parameters:
            if not _is_read(places.get(parameter.name, ()), parameter.start, definition):
                end = parameter.start + len(parameter.name)
                place = Location(source, parameter.start, end)
                owner = f"{definition.kind} {definition.name}"
                yield diagnostics.UnusedParameter(owner, parameter.name), place
    if not module.models:
        return
    blocks = {**own[0].visible, **own[0].pixels}  # those of the file, in reach of all
    for name, block in blocks.items():
        found = places.get(name, ())
        if len(found) == 1 and (block.kind != "model" or block.source is not source):
            place = Location(source, found[0], found[0] + len(name))
            yield (
                diagnostics.UnusedBlock(name, block.source is not source, name in own[0].pixels),
                place,
            )


def places_of_names(text: str, start: int = 0, end: int = sys.maxsize) -> dict[str, list[int]]:
    """Where each word stands that is neither an argument's name nor a field."""
    places: dict[str, list[int]] = {}
    for match in NAME.finditer(text, start, end):
        name = match[1]
        if name in places:
            places[name].append(match.start())
        elif name is not None:
            places[name] = [match.start()]
    return places


def open_paths(module: Module) -> Iterator[Warned]:
    """Paths of merges that are read as several, or as none: loops, and an `if` without `else`."""
    for template in module.definitions:
        merges = () if template.definition.base else template.merges
        for merge, path in ((one, path) for one in merges for path in one.body.statements):
            alone = alone_in(path)
            if isinstance(alone, tree.For):
                yield diagnostics.LoopAsPath(merge.name), template.location(path)
            elif isinstance(alone, tree.If) and alone.otherwise is None:
                yield diagnostics.OpenPath(merge.name), template.location(path)


def alone_in(statement: tree.Node) -> tree.Node | None:
    """The element that a chain is made of, if it is but one."""
    elements = statement.elements if isinstance(statement, tree.Chain) else ()
    return elements[0].primary if len(elements) == 1 else None


def sources_of(module: Module) -> Iterator[Source]:
    """The sources of a file and of those that it imports, directly or through others."""
    pending, found = [module], {module}
    while pending:
        one = pending.pop()
        yield one.source
        pending += one.imports.keys() - found
        found |= one.imports.keys()


def hidden_directions(source: Source) -> Iterator[Warned]:
    """Characters that are not to be seen and make the text look like another."""
    if not source.text.isascii():
        for match in re.finditer(DIRECTIONS, source.text):
            yield (
                diagnostics.HiddenDirection(match[0]),
                Location(source, match.start(), match.end()),
            )


def _is_read(places: Sequence[int], declared: int, within: tree.Node) -> bool:
    """Whether any of these ascending places but the declared one is within a node."""
    if len(places) > FEW_PLACES:
        places = _first_two(places, within.start)
    return any(within.start <= one < within.end and one != declared for one in places)


def _first_two(places: Sequence[int], start: int) -> Sequence[int]:
    from bisect import bisect_left  # deferred: few files have so many places of one name

    first = bisect_left(places, start)
    return places[first : first + 2]


def _is_in_any(nodes: Sequence[tree.Node], start: int) -> bool:
    """Whether a place is in one of some nodes, which stand in order."""
    from bisect import bisect_right  # deferred: few networks have layers that nobody reads

    place = bisect_right(nodes, start, key=lambda node: node.start)
    return place > 0 and start < nodes[place - 1].end


WINDOWS = (Convolution, Pooling, Subsample)
LAYER_PASSES: tuple[tuple[tuple[type, ...], LayerPass], ...] = (
    (WINDOWS, pixels_unseen),
    ((Convolution,), kernel_beyond_image),
    ((activation.Softmax,), softmax_of_one),
)
PAIR_PASSES: tuple[tuple[tuple[type, ...], PairPass], ...] = (
    ((Op,), bias_before_norm),
    (tuple(one for one in ACTIVATIONS if one is not activation.Softmax), activation_twice),
    ((activation.Softmax,), softmax_inside),
)
NETWORK_PASSES: tuple[Callable[[Graph], Iterator[Warned]], ...] = (
    layers,
    pairs,
    logits_are_probabilities,
    dense_holds_most,
    never_read,
    conventions.channels_first,
    conventions.momentum_of_others,
)
