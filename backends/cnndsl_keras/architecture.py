"""The layers that a file of Keras describes, held against those of a network.

Both are graphs of primitive ops in the language's terms (`parts`), and walked together from their
outputs: a fact that differs is a contradiction. What does not change what a layer computes in
inference (initialisers, dropout) is no fact. A layer that cannot be read is no contradiction.
"""

from __future__ import annotations

import json
from math import isclose

from cnndsl.diagnostics.base import Rejected
from cnndsl.emit.validation.parts import Part, Reading, Unreadable, parts_of, settled
from cnndsl.ir.network import input_index
from cnndsl.ops.dense import Dropping
from cnndsl.record import Record
from cnndsl.report.render import where
from cnndsl.values import Shape
from cnndsl.weights.screen import told
from cnndsl_keras.stand_ins import (
    ACTIVATIONS,
    HELPERS,
    PADDED_TRANSPOSED,
    POOL,
    READINGS,
    TRANSPOSED,
    UPSAMPLE,
    WINDOW,
    around,
    by_word,
    cropped,
    outermost,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from cnndsl.ir.network import Network

    Config = Mapping[str, Any]

MOST_LAYERS = 10_000
UNSEEN = frozenset({"init", "seed", "l2", "momentum", "rate", "filters", "units"})
"""Attributes that do not show in inference, or that the shapes of weights tell."""
MERGES = {"Add": "add", "Multiply": "multiply", "Concatenate": "concat"}
UNORDERED = frozenset({"add", "multiply"})
TRANSPARENT = frozenset(
    {"Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "ActivityRegularization"}
)
NAMES = {"swish": "silu", "relu": "relu", "relu6": "relu6", "softmax": "softmax"} | {
    name: name for name in ACTIVATIONS
}


def as_tensorflow(values: dict[str, Any]) -> None:
    if values["mode"] not in ("nearest", "bilinear"):
        raise Unreadable(f"{values['mode']} interpolation has a kernel of its own")


DENSE = "units * use_bias:bias=True"
PIXEL_DENSE = Reading("pixel_dense", DENSE)
BARE = {
    "Conv2D": Reading(
        "conv", f"filters kernel_size:kernel * {WINDOW} groups=1 use_bias:bias=True", by_word
    ),
    "DepthwiseConv2D": Reading(
        "depthwise_conv",
        f"kernel_size:kernel * {WINDOW} depth_multiplier:multiplier=1 use_bias:bias=True",
        by_word,
    ),
    "SeparableConv2D": Reading(
        "separable_conv",
        f"filters kernel_size:kernel * {WINDOW} depth_multiplier:multiplier=1 use_bias:bias=True",
        by_word,
    ),
    "Conv2DTranspose": Reading("conv_transpose", TRANSPOSED, by_word, outermost),
    "PaddedConv2DTranspose": Reading("conv_transpose", PADDED_TRANSPOSED, cropped),
    "Dense": Reading("dense", DENSE),
    "MaxPooling2D": Reading("max_pool", POOL, by_word),
    "AveragePooling2D": Reading("avg_pool", POOL, by_word),
    "ZeroPadding2D": Reading("zero_pad", "padding:pad", around),
    "UpSampling2D": Reading("upsample", UPSAMPLE, as_tensorflow),
}
"""Readings without what a file says of how weights begin."""
KNOWN = {**READINGS, **HELPERS, **BARE}


class Node(Record):
    """A primitive op, the numbers of its inputs, and its layer. It has no part if unreadable."""

    part: Part | None
    inputs: tuple[int, ...]
    layer: str


class Graph:
    """Primitive ops in an order in which each comes behind its inputs.

    Those of the model have numbers below 0 (`input_index`).
    """

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self.shapes = shapes
        self.inputs = tuple(map(input_index, range(len(shapes))))
        self.nodes: list[Node] = []
        self.stated: dict[int, Shape] = {}
        """The shapes of values that cannot be read, as what takes them says."""
        self.outputs: list[int] = []

    def shape_of(self, number: int) -> Shape:
        if number < 0:
            return self.shapes[input_index(number)]
        part = self.nodes[number].part
        if part is not None:
            return part.shape
        if number not in self.stated:
            raise Unreadable("it comes behind a layer that cannot be read")
        return self.stated[number]

    def name(self, number: int) -> str:
        return "" if number < 0 else self.nodes[number].layer

    def add(self, part: Part | None, inputs: Sequence[int], layer: str) -> int:
        self.nodes.append(Node(part, tuple(inputs), layer))
        return len(self.nodes) - 1

    def chain(self, parts: Iterable[Part], entry: int, layer: str) -> int:
        """Add parts one after another; a border joins the window behind it."""
        for part in parts:
            before = self.nodes[entry] if entry >= 0 else None
            joined = [part]
            if before is not None and before.part is not None and before.part.kind == "zero_pad":
                joined = settled([before.part, part], self.shape_of(before.inputs[0]))
            if before is not None and len(joined) == 1 and joined[0] is not part:
                entry = self.add(joined[0], before.inputs, layer)
            else:
                (seen,) = settled([part], self.shape_of(entry))
                entry = self.add(seen, (entry,), layer)
        return entry


def network_graph(network: Network) -> Graph:
    graph = Graph(network.input_shapes)
    values = {number: number for number in graph.inputs}
    for layer in network.layers:
        feeds = [values[number] for number in layer.inputs]
        if isinstance(layer.op, Dropping):
            values[layer.index] = feeds[0]
        elif layer.op.merges:
            part = Part(layer.op.name, {}, layer.shape)
            values[layer.index] = graph.add(part, feeds, layer.path)
        else:
            parts = parts_of(layer.op, graph.shape_of(feeds[0]))
            values[layer.index] = graph.chain(parts, feeds[0], layer.path)
    graph.outputs = [values[index] for _, index in network.outputs]
    return graph


# What a file says


def file_graph(config: Config, shapes: Sequence[Shape]) -> Graph:
    """The graph of a model's description. Raises `Unreadable`, or what a damaged one raises."""
    graph = Graph(shapes)
    graph.outputs = Described(graph).model(config, graph.inputs)
    return graph


class Described:
    """Adds the layers of descriptions to a graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def model(self, described: Config, feeds: Sequence[int]) -> list[int]:
        """The outputs of a model, which may be in another."""
        config = described["config"]
        layers = config if isinstance(config, list) else config["layers"]
        if len(layers) + len(self.graph.nodes) > MOST_LAYERS:
            raise Unreadable("it has too many layers")
        if described["class_name"] == "Sequential":
            for layer in layers:
                feeds = self.applied(layer, feeds)
            return list(feeds)
        values: dict[tuple[Any, ...], int] = {}
        for place, feed in zip(ends(config["input_layers"]), feeds, strict=True):
            values[place] = feed
        pending = [
            (layer, number, sources(node))
            for layer in layers
            for number, node in enumerate(layer["inbound_nodes"])
        ]
        while pending:
            waiting = []
            for layer, number, found in pending:
                if not all(source in values for source in found):
                    waiting.append((layer, number, found))
                    continue
                made = self.applied(layer, [values[source] for source in found])
                name = layer.get("name") or layer["config"]["name"]
                values |= {(name, number, at): value for at, value in enumerate(made)}
            if len(waiting) == len(pending):
                raise Unreadable("its layers have no order")
            pending = waiting
        return [values[place] for place in ends(config["output_layers"])]

    def applied(self, layer: Config, feeds: Sequence[int]) -> list[int]:
        """The values of a layer, of which one that cannot be read is a node of its own."""
        kind = str(layer["class_name"]).rpartition(">")[2]  # behind a package's name
        config, graph = layer["config"], self.graph
        if kind in ("Functional", "Sequential", "Model"):
            return self.model(layer, feeds)
        if kind == "InputLayer" or kind in TRANSPARENT:
            return list(feeds)
        name = str(config["name"])
        dims = layer.get("build_config", {}).get("input_shape")
        if len(feeds) == 1 and feeds[0] >= 0 and dims and all(type(one) is int for one in dims[1:]):
            graph.stated.setdefault(feeds[0], Shape(tuple(dims[1:])))
        try:
            if kind in MERGES:
                shapes = [graph.shape_of(feed) for feed in feeds]
                part = Part(MERGES[kind], {}, merged(MERGES[kind], config, shapes))
                return [graph.add(part, feeds, name)]
            (entry,) = feeds
            entry = graph.chain(read(kind, config, graph.shape_of(entry)), entry, name)
            act = activated(config.get("activation"), graph.shape_of(entry), kind)
            return [graph.chain(act, entry, name)]
        except (Unreadable, ValueError):
            return [graph.add(None, feeds, name)]


def ends(listed: Any) -> list[tuple[Any, ...]]:
    """The layers, nodes and tensors in a list, or in one entry without a list around it."""
    return [tuple(one) for one in ([listed] if isinstance(listed[0], str) else listed)]


def sources(node: Any) -> list[tuple[Any, ...]]:
    """The tensors that a layer is called on, in the words of Keras 3 or of what was before."""
    if isinstance(node, list) and node and isinstance(node[0], str):
        return [tuple(node[:3])]
    if isinstance(node, dict) and node.get("class_name") == "__keras_tensor__":
        return [tuple(node["config"]["keras_history"])]
    inside = node.get("args", []) if isinstance(node, dict) else node
    return [one for part in inside if isinstance(part, dict | list) for one in sources(part)]


def merged(kind: str, config: Config, shapes: Sequence[Shape]) -> Shape:
    if kind != "concat":
        return shapes[0]
    if config.get("axis", -1) not in (-1, len(shapes[0].dims)):
        raise Unreadable(f"it joins the axis {config['axis']}")
    return Shape((*shapes[0].dims[:-1], sum(shape.channels for shape in shapes)))


def read(kind: str, config: Config, shape: Shape) -> list[Part]:
    """What a layer does, but for its activation."""
    if kind == "Activation":
        return []
    if config.get("data_format", "channels_last") != "channels_last":
        raise Unreadable("its channels are first")
    if (
        kind in ("BatchNormalization", "Normalization")
        and plain(config.get("axis", -1)) not in ON_CHANNELS
    ):
        raise Unreadable(f"its axis is {config['axis']}")
    if kind in RECTIFIERS:
        return RECTIFIERS[kind](config, shape)
    reading = PIXEL_DENSE if kind == "Dense" and shape.is_image else KNOWN.get(kind)
    if not isinstance(reading, Reading):
        raise Unreadable(f"there is no reading of {kind}")
    said = {name: plain(config[name]) for name in reading.parameters if name in config}
    return reading(shape, **said)


ON_CHANNELS = (-1, 3, (-1,), (3,))


def plain(value: Any) -> Any:
    """A value of JSON as a constructor takes it."""
    return tuple(map(plain, value)) if isinstance(value, list) else value


def rectifier(config: Config, shape: Shape) -> list[Part]:
    slope, top = config.get("negative_slope") or 0, config.get("max_value")
    if config.get("threshold") or top not in (None, 6) or (slope and top):
        raise Unreadable("it is no rectifier of the language")
    if slope:
        return Reading("leaky_relu", "slope")(shape, slope)
    return Reading("relu6" if top else "relu")(shape)


def leaky(config: Config, shape: Shape) -> list[Part]:
    slope = config.get("negative_slope", config.get("alpha", 0.3))
    return Reading("leaky_relu", "slope")(shape, slope)


RECTIFIERS: dict[str, Callable[[Config, Shape], list[Part]]] = {
    "ReLU": rectifier,
    "LeakyReLU": leaky,
}


def activated(name: Any, shape: Shape, kind: str) -> list[Part]:
    """The activation that a layer has besides what it does."""
    if name in (None, "linear"):
        return []
    if not isinstance(name, str) or name not in NAMES:
        raise Unreadable(f"{kind} has an activation that cannot be read")
    return Reading(NAMES[name])(shape)


# Both together


class Comparison:
    """Walks two graphs from their outputs.

    contradictions: in words, by layer
    unread: the file's layers that could not be compared
    pairs: the file's layer for each of the network's
    """

    def __init__(self, network: Network, described: Graph) -> None:
        self.network = network
        self.mine, self.theirs = network_graph(network), described
        self.contradictions: dict[str, None] = {}
        self.unread: dict[str, None] = {}
        self.pairs: dict[str, str] = {}
        self.layers = {layer.path: layer for layer in network.layers}
        self.prints = list(zip(fingerprints(self.mine), fingerprints(self.theirs), strict=True))
        if len(self.mine.outputs) != len(self.theirs.outputs):
            found, own = len(self.theirs.outputs), len(self.mine.outputs)
            self.contradictions[f"{found} outputs in the file, {own} in the spec"] = None
            return
        self.walk(list(zip(self.mine.outputs, self.theirs.outputs, strict=True)))

    def walk(self, pending: list[tuple[int, int]]) -> None:
        seen: set[tuple[int, int]] = set()
        while pending:
            pair = pending.pop()
            if pair in seen or (pair[0] == pair[1] < 0):
                continue
            seen.add(pair)
            if min(pair) < 0:
                self.misplaced(*pair)
                continue
            mine, theirs = self.mine.nodes[pair[0]], self.theirs.nodes[pair[1]]
            if self.is_alike(mine, theirs):
                pending += self.feeds(mine, theirs)

    def is_alike(self, mine: Node, theirs: Node) -> bool:
        """Compare two nodes; whether it makes sense to go on to their inputs."""
        if theirs.part is None or mine.part is None:
            self.unread[theirs.layer] = None
            return False
        if mine.part.kind != theirs.part.kind or len(mine.inputs) != len(theirs.inputs):
            self.note(mine.layer, theirs.layer, "", mine.part.kind, theirs.part.kind)
            return False
        for name in {**mine.part.facts, **theirs.part.facts}:
            own, other = mine.part.facts.get(name), theirs.part.facts.get(name)
            if name not in UNSEEN and not is_same(own, other):
                self.note(mine.layer, theirs.layer, f"{name} ", own, other)
        self.pairs.setdefault(mine.layer, theirs.layer)
        return True

    def misplaced(self, mine: int, theirs: int) -> None:
        if max(mine, theirs) < 0:
            name, _ = self.network.inputs[input_index(mine)]
            self.contradictions[f"input `{name}` is another in the file"] = None
        elif mine < 0:
            layer = self.theirs.nodes[theirs].layer
            self.contradictions[f"`{told(layer)}` of the file is not in the spec"] = None
        else:
            layer = self.mine.nodes[mine].layer
            self.contradictions[f"{self.place(layer)} is not in the file"] = None

    def note(self, mine: str, theirs: str, what: str, own: object, other: object) -> None:
        text = (
            f"{self.place(mine)}: {what}{in_words(own)} in the spec, "
            f"{in_words(other)} in the file (`{told(theirs)}`)"
        )
        self.contradictions[text] = None

    def place(self, path: str) -> str:
        layer = self.layers[path]
        return f"{path} ({where(layer.template.location(layer.site))})"

    def feeds(self, mine: Node, theirs: Node) -> Iterator[tuple[int, int]]:
        """The inputs in pairs; those of a sum go by what they are."""
        if mine.part is None or mine.part.kind not in UNORDERED:
            yield from zip(mine.inputs, theirs.inputs, strict=True)
            return
        rest, others = list(mine.inputs), list(theirs.inputs)
        for ours, found in self.prints:
            for number in list(rest):
                alike = [one for one in others if found[one] == ours[number]]
                named = [one for one in alike if self.theirs.name(one) == self.mine.name(number)]
                if alike:
                    rest.remove(number)
                    others.remove((named or alike)[0])
                    yield number, (named or alike)[0]
        yield from zip(rest, others, strict=True)


def fingerprints(graph: Graph) -> tuple[dict[int, object], ...]:
    """What tells how each value is made, its last step, and the kind of that."""
    whole: dict[int, object] = dict(zip(graph.inputs, graph.inputs, strict=True))
    last, kinds = whole.copy(), whole.copy()
    for number, node in enumerate(graph.nodes):
        facts = {} if node.part is None else node.part.facts
        kinds[number] = kind = "" if node.part is None else node.part.kind
        said = [(name, str(one)) for name, one in sorted(facts.items()) if name not in UNSEEN]
        feeds = [hash(whole[one]) for one in node.inputs]
        last[number] = (kind, tuple(said))
        whole[number] = hash((last[number], *(sorted(feeds) if kind in UNORDERED else feeds)))
    return whole, last, kinds


def is_same(own: Any, other: Any) -> bool:
    if type(own) is float and type(other) is float:
        return isclose(own, other, rel_tol=1e-6)
    return bool(own == other)


def in_words(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def compared(network: Network, text: str) -> Comparison | None:
    """Hold a description in JSON against a network; None where it cannot be read."""
    try:
        return Comparison(network, file_graph(json.loads(text), network.input_shapes))
    except (Unreadable, Rejected, LookupError, TypeError, ValueError, AttributeError):
        return None
    except (RecursionError, ArithmeticError):
        return None
