"""One lowering for each op: the Keras layers that say the same, exactly."""

from __future__ import annotations

from cnndsl.emit import python
from cnndsl.emit.kinds import WORD
from cnndsl.emit.lowering import Lowering, Lowerings, stored
from cnndsl.ir.network import Layer, cost_of
from cnndsl.ops import activation, convolution, merging, normalization, pooling
from cnndsl.ops import dense as dense_ops
from cnndsl.ops.windows import ONE
from cnndsl.values import NO_PADDING, SAME, Padding, Size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cnndsl.emit.functions.writer import Site
    from cnndsl.emit.python import Value
    from cnndsl.ir.network import Network, Step
    from cnndsl.ops.base import Op
    from cnndsl.values import Shape

    Keywords = list[tuple[str, Value]]

UNIFORM = {
    "glorot_uniform": "GlorotUniform",
    "he_uniform": "HeUniform",
    "lecun_uniform": "LecunUniform",
}
NORMAL = {
    "glorot_normal": (1.0, "fan_avg"),
    "he_normal": (2.0, "fan_in"),
    "lecun_normal": (1.0, "fan_in"),
}
"""Scale and mode of `VarianceScaling`: Keras's own `HeNormal` and the like are truncated."""


def pairs(padding: Padding) -> python.Expression:
    """Padding as ((top, bottom), (left, right))."""
    rows = python.Tuple([python.number(padding.top), python.number(padding.bottom)])
    columns = python.Tuple([python.number(padding.left), python.number(padding.right)])
    return python.Tuple([rows, columns])


def sides(padding: Padding) -> python.Expression:
    """Padding as `ZeroPadding2D` takes it, in its shortest form."""
    if not padding.is_symmetric:
        return pairs(padding)
    if padding.top == padding.left:
        return python.number(padding.top)
    return python.Tuple([python.number(padding.top), python.number(padding.left)])


def emit_layer(site: Site, layer: str, arguments: list[Value], keywords: Keywords) -> None:
    site.apply(python.Call(layer, arguments, [*keywords, ("name", site.name)]))


# Kernels


def initializer(site: Site) -> python.Expression | None:
    """The kernel's initialiser, or None where Keras's default is the one."""
    kind = str(site.constant("init"))
    seed = site.keywords(seed="seed")
    if kind in NORMAL:
        scale, mode = NORMAL[kind]
        keywords: Keywords = [
            ("mode", python.string(mode)),
            ("distribution", python.string("untruncated_normal")),
        ]
        scaling = "keras.initializers.VarianceScaling"
        return python.Call(scaling, [python.number(scale)], [*keywords, *seed])
    if seed:
        return python.Call(f"keras.initializers.{UNIFORM[kind]}", [], seed)
    return None if kind == "glorot_uniform" else python.string(kind)


def depthwise_initializer(site: Site) -> python.Expression:
    """The initialiser of a kernel in Keras's layout for depthwise convolutions."""
    arguments: list[Value] = [python.string(str(site.constant("init"))), channels(site)]
    keywords = site.keywords(multiplier="multiplier", seed="seed")
    return python.Call(site.support("depthwise_initializer"), arguments, keywords)


def kernel_options(site: Site, kernel: str, start: python.Expression | None) -> Keywords:
    """Initialiser and L2 penalty of a kernel that Keras calls so."""
    keywords: Keywords = []
    if start is not None:
        keywords.append((f"{kernel}_initializer", start))
    if site.given("l2"):
        penalty = python.call("keras.regularizers.L2", site.symbol("l2"))
        keywords.append((f"{kernel}_regularizer", penalty))
    return keywords


def channels(site: Site) -> python.Expression:
    """How many channels enter the layer."""
    return python.Index(python.Attribute(site.entering, "shape"), -1)


# Convolutions


def convolution_padding(layer: Layer) -> str | Padding:
    """`valid`, `same`, or the zeros that must be put around the image before."""
    op: Any = layer.op
    if op.pad == SAME:
        return "same"
    if op.pad.is_zero:
        return "valid"
    return "same" if pads_as_same(layer) else op.pad


def pads_as_same(layer: Layer) -> bool:
    """Whether `same` is the padding that the layer has, on images of any size if explicit."""
    op: Any = layer.op
    if op.pad == SAME:
        return True
    same = op.replaced(pad=SAME).padding(layer.input_shapes[0])
    return bool(op.stride == ONE and op.pad == same)


def padded(site: Site) -> Keywords:
    """The `padding` keyword. Padding that has no word becomes a layer of zeros before."""
    found = {convolution_padding(layer) for layer in site.item.layers}
    if found == {"valid"}:
        return []
    if all(map(pads_as_same, site.item.layers)):
        return [("padding", python.string("same"))]
    written = {layer.op.pad for layer in site.item.layers}  # type: ignore[attr-defined]  # convolutions have it
    if written == {SAME, NO_PADDING} and site.kind("pad") == WORD:
        return [("padding", site.symbol("pad"))]
    if len(written) == 1 and SAME not in written:
        put_zeros(site, sides(written.pop()))
        return []
    numbers = site.kind("pad") <= {"int", "size"}
    if numbers and len(written) > 1 and all(one.is_symmetric for one in written):
        put_zeros(site, site.symbol("pad"))
        return []
    padding = site.measure(convolution_padding)
    if isinstance(padding, Padding):
        put_zeros(site, sides(padding))
        return []
    return [("padding", python.string("same"))] if padding == "same" else []


def put_zeros(site: Site, zeros: python.Expression) -> None:
    name = site.part("pad")
    site.apply(python.call("layers.ZeroPadding2D", zeros, name=name))


def has_lone_column(layer: Layer) -> bool:
    """Whether TensorFlow's oneDNN errs: one channel, and a stride along a row of one output.

    It reads beyond the image then, where rows have no stride.
    """
    stride: Size = layer.op.stride  # type: ignore[attr-defined]  # convolutions have it
    is_idle = layer.shape.width == 1 and stride.height == 1 < stride.width
    return is_idle and layer.input_shapes[0].channels == 1


def seen(layer: Layer) -> Padding:
    """The padding with which an image is as wide as the kernel: below 0 for what is not seen."""
    op: Any = layer.op
    (image,) = layer.input_shapes
    padding: Padding = op.padding(image)
    reach = op.dilation.width * (op.kernel.width - 1) + 1
    return padding.replaced(right=reach - image.width - padding.left)


def lone_column(site: Site) -> Keywords:
    """Take what the only window of a row sees, so that it needs no stride."""
    padding = site.measure(seen)
    if padding.right < 0:
        columns = python.Tuple([python.number(0), python.number(-padding.right)])
        sides_cut = python.Tuple([python.Tuple([python.number(0), python.number(0)]), columns])
        name = site.part("crop")
        site.apply(python.call("layers.Cropping2D", sides_cut, name=name))
        padding = padding.replaced(right=0)
    if not padding.is_zero:
        put_zeros(site, sides(padding))
    return site.keywords(dilation="dilation_rate")


def window(site: Site) -> Keywords:
    """Stride, padding and dilation. The padding comes first: it may write a layer."""
    if site.measure(has_lone_column):
        return lone_column(site)
    padding = padded(site)
    return [*site.keywords(stride="strides"), *padding, *site.keywords(dilation="dilation_rate")]


def conv(site: Site) -> None:
    keywords = [*window(site), *site.keywords(groups="groups", bias="use_bias")]
    keywords += kernel_options(site, "kernel", initializer(site))
    emit_layer(site, "layers.Conv2D", [site.symbol("filters"), site.symbol("kernel")], keywords)


def is_single_column(kernel: Size, channels: int) -> bool:
    """Whether TensorFlow's oneDNN takes a depthwise kernel for that of a convolution with bias.

    Both have one channel then, and a graph that has both, on images of one size, aborts.
    """
    return channels == 1 and kernel.width == 1


def needs_groups(layer: Layer) -> bool:
    """Whether TensorFlow has a depthwise convolution as one with a group for each channel alone.

    Its own takes no strides that differ.
    """
    op: Any = layer.op
    leaving = layer.input_shapes[0].channels * op.multiplier
    return op.stride.height != op.stride.width or is_single_column(op.kernel, leaving)


def depthwise_conv(site: Site) -> None:
    if site.measure(needs_groups):
        keywords = [*window(site), ("groups", channels(site)), *site.keywords(bias="use_bias")]
        keywords += kernel_options(site, "kernel", initializer(site))
        emit_layer(site, "layers.Conv2D", [multiplied(site), site.symbol("kernel")], keywords)
        return
    keywords = [*window(site), *site.keywords(multiplier="depth_multiplier", bias="use_bias")]
    keywords += kernel_options(site, "depthwise", depthwise_initializer(site))
    emit_layer(site, "layers.DepthwiseConv2D", [site.symbol("kernel")], keywords)


def multiplied(site: Site) -> python.Expression:
    """How many channels leave a depthwise convolution."""
    if not site.given("multiplier"):
        return channels(site)
    return python.Binary(channels(site), "*", site.symbol("multiplier"))


def separable_conv(site: Site) -> None:
    if site.measure(needs_groups):
        separated_conv(site)
        return
    keywords = [*window(site), *site.keywords(multiplier="depth_multiplier", bias="use_bias")]
    keywords += kernel_options(site, "depthwise", depthwise_initializer(site))
    keywords += kernel_options(site, "pointwise", initializer(site))
    filters = [site.symbol("filters"), site.symbol("kernel")]
    emit_layer(site, "layers.SeparableConv2D", list(filters), keywords)


def separated_conv(site: Site) -> None:
    """A separable convolution as two: with a group for each channel, then pixel by pixel."""
    keywords = [*window(site), ("groups", channels(site)), ("use_bias", False)]
    keywords += kernel_options(site, "kernel", initializer(site))
    arguments: list[Value] = [multiplied(site), site.symbol("kernel")]
    name = site.part("depthwise")
    site.apply(python.Call("layers.Conv2D", arguments, [*keywords, ("name", name)]))
    keywords = site.keywords(bias="use_bias")
    keywords += kernel_options(site, "kernel", initializer(site))
    emit_layer(site, "layers.Conv2D", [site.symbol("filters"), 1], keywords)


def dense(site: Site) -> None:
    keywords = site.keywords(bias="use_bias")
    keywords += kernel_options(site, "kernel", initializer(site))
    emit_layer(site, "layers.Dense", [site.symbol("units")], keywords)


# Pooling


def pooled(layer: Layer) -> tuple[Padding, Padding]:
    """A pooling's padding, and the padding that also covers what the last windows reach beyond."""
    op: Any = layer.op
    (image,) = layer.input_shapes
    return op.padding(image), op.extended(image)


def pools_as_same(layer: Layer) -> bool:
    """Whether a pooling's windows are those of `same`, whatever they reach beyond the image."""
    op: Any = layer.op
    (image,) = layer.input_shapes
    same = type(op)(size=op.size, stride=op.stride, pad=SAME)
    padding, other = op.padding(image), same.padding(image)
    first = (padding.top, padding.left) == (other.top, other.left)
    return first and bool(same.shape([image]) == layer.shape)


def pool_padding(layer: Layer) -> tuple[str, Padding, Padding]:
    """A pooling's padding in a word, in pixels, and those of them that count as cells.

    The word is `valid`, `same`, `zeros` (all of them count) or `explicit`.
    """
    op: Any = layer.op
    padding, extended = pooled(layer)
    if op.pad != SAME and extended.is_zero:
        return "valid", NO_PADDING, NO_PADDING
    if not counts_padding(layer):
        if pools_as_same(layer):
            return "same", NO_PADDING, NO_PADDING
        return "explicit", extended, NO_PADDING
    return "zeros" if padding == extended else "explicit", extended, padding


def counts_padding(layer: Layer) -> bool:
    """Whether a pooling averages over cells of its padding too."""
    return getattr(layer.op, "count_padding", False) and not pooled(layer)[0].is_zero


def averages_as_same(layer: Layer) -> bool:
    return pools_as_same(layer) and not counts_padding(layer)


def pool(site: Site, layer: str, padded: Callable[[], str]) -> None:
    """Write a pooling as a layer of Keras's, or as the helper that takes any padding."""
    kind, padding, counted = "same", NO_PADDING, NO_PADDING
    words = {pool_padding(one)[0] for one in site.item.layers}
    if words == {"valid"} or not all(map(averages_as_same, site.item.layers)):
        kind, padding, counted = site.measure(pool_padding)
    keywords = site.keywords(stride="strides")
    if kind == "zeros":
        put_zeros(site, sides(padding))
    elif kind == "same":
        keywords.append(("padding", python.string("same")))
    elif kind == "explicit":
        layer = padded()
        keywords.append(("padding", pairs(padding)))
        if not counted.is_zero:
            keywords.append(("counted", pairs(counted)))
    emit_layer(site, layer, [site.symbol("size")], keywords)


def max_pool(site: Site) -> None:
    pool(site, "layers.MaxPooling2D", lambda: site.support("PaddedMaxPooling2D"))


def avg_pool(site: Site) -> None:
    pool(site, "layers.AveragePooling2D", lambda: site.support("PaddedAveragePooling2D"))


def has_single_lines(image: Shape, pooled: Shape) -> bool:
    """Whether pooling goes from or to one row or column: Keras's adaptive one fails in graphs."""
    return min(*image.dims[:2], *pooled.dims[:2]) == 1


def adaptive_avg_pool(site: Site) -> None:
    if site.values("size") == {ONE}:
        emit_layer(site, "layers.GlobalAveragePooling2D", [], [("keepdims", True)])
        return
    layer = "layers.AdaptiveAveragePooling2D"
    if any(has_single_lines(one.input_shapes[0], one.shape) for one in site.item.layers):
        layer = site.support("AdaptiveAveragePooling")
    emit_layer(site, layer, [site.symbol("size")], [])


# Other layers


def batch_norm(site: Site) -> None:
    keywords: Keywords = []
    for name, default in (("momentum", 0.99), ("epsilon", 1e-3), ("center", True), ("scale", True)):
        if any(getattr(layer.op, name) != default for layer in site.item.layers):
            keywords.append((name, site.symbol(name)))
    emit_layer(site, "layers.BatchNormalization", [], keywords)


def lrn(site: Site) -> None:
    keywords: Keywords = [(name, site.symbol(name)) for name in ("size", "alpha", "beta", "k")]
    emit_layer(site, site.support("LocalResponseNormalization"), [], keywords)


def subsample(site: Site) -> None:
    emit_layer(site, site.support("Subsample"), [site.symbol("size")], [])


def zero_pad(site: Site) -> None:
    written = {layer.op.pad for layer in site.item.layers}  # type: ignore[attr-defined]  # zero_pad has it
    numbers = site.kind("pad") <= {"int", "size"}
    zeros = site.symbol("pad") if numbers and len(written) > 1 else sides(site.constant("pad"))
    emit_layer(site, "layers.ZeroPadding2D", [zeros], [])


def has_leaky_sums(network: Network) -> bool:
    """Whether a leaky ReLU is behind a sum, as far as TensorFlow's graphs see it in inference.

    Its oneDNN joins both to a convolution with bias before them, and takes 0.2 for the slope.
    """
    layers = network.layers
    for layer in layers:
        if type(layer.op) is activation.LeakyRelu:
            before = layer.inputs[0]
            while before >= 0 and type(layers[before].op) is dense_ops.Dropout:
                before = layers[before].inputs[0]
            if before >= 0 and type(layers[before].op) is merging.Add:
                return True
    return False


def leaky_relu(site: Site) -> None:
    layer = "layers.LeakyReLU"
    if has_leaky_sums(site.writer.renderer.network):
        layer = site.support("UnfusedLeakyReLU")
    emit_layer(site, layer, [], [("negative_slope", site.symbol("slope"))])


def elu(site: Site) -> None:
    emit_layer(site, "layers.ELU", [], site.keywords(alpha="alpha"))


def gelu(site: Site) -> None:
    if site.constant("approximate"):
        emit_layer(site, site.support("ApproximateGELU"), [], [])
    else:
        emit_layer(site, "layers.Activation", [python.string("gelu")], [])


def plain(layer: str, *attributes: str, **keywords: Value) -> Callable[[Site], None]:
    """An emitter for a layer whose positional arguments are the op's attributes."""

    def emit(site: Site) -> None:
        arguments: list[Value] = [site.symbol(name) for name in attributes]
        emit_layer(site, f"layers.{layer}", arguments, list(keywords.items()))

    return emit


def read(op: type[Op], layer: str, *attributes: str) -> Lowering:
    """A layer that means an op whose attributes it takes by position, under their names."""
    reads = {f"layers.{layer}": " ".join(attributes)}
    return Lowering(op, plain(layer, *attributes), reads=reads)


def function(name: str) -> Callable[[Site], None]:
    def emit(site: Site) -> None:
        emit_layer(site, "layers.Activation", [python.string(name)], [])

    return emit


# Networks as Keras sees them


def has_weights_with_dots(step: Step) -> bool:
    """Whether Keras layers with weights, made for a step of a model, have dots in their names."""
    if isinstance(step, Layer):
        return type(step.op) is convolution.SeparableConv and needs_groups(step)
    return cost_of(step).params > 0


def count_of_layers(network: Network) -> int:
    """How many Keras layers a network becomes at most: padding can be a layer of its own."""
    return sum(1 + ("pad" in layer.op.attributes) for layer in network.layers)


CONV = stored("kernel", "bias")
SEPARABLE = stored("depthwise_kernel", "pointwise_kernel", "bias")
PENALTY = frozenset({"l2"})
BATCH_NORM = stored("gamma", "beta", "moving_mean", "moving_variance")

LOWERINGS = Lowerings(
    "keras",
    (
        Lowering(convolution.Conv, conv, CONV, rounded=PENALTY),
        Lowering(convolution.DepthwiseConv, depthwise_conv, CONV, rounded=PENALTY),
        Lowering(convolution.SeparableConv, separable_conv, SEPARABLE, rounded=PENALTY),
        Lowering(dense_ops.Dense, dense, CONV, rounded=PENALTY),
        read(dense_ops.Flatten, "Flatten"),
        read(dense_ops.Dropout, "Dropout", "rate"),
        Lowering(pooling.MaxPool, max_pool),
        Lowering(pooling.AvgPool, avg_pool),
        Lowering(
            pooling.AdaptiveAvgPool, adaptive_avg_pool, reads={"AdaptiveAveragePooling": "size"}
        ),
        Lowering(pooling.GlobalAvgPool, plain("GlobalAveragePooling2D")),
        read(pooling.GlobalMaxPool, "GlobalMaxPooling2D"),
        Lowering(pooling.Subsample, subsample, stored("gain", "bias"), reads={"Subsample": "size"}),
        Lowering(
            normalization.BatchNorm,
            batch_norm,
            BATCH_NORM,
            reads={
                "layers.BatchNormalization": "* momentum=0.99 epsilon=1e-3 center=True scale=True"
            },
        ),
        Lowering(
            normalization.Lrn, lrn, reads={"LocalResponseNormalization": "* size alpha beta k"}
        ),
        Lowering(merging.Add, plain("Add")),
        Lowering(merging.Multiply, plain("Multiply")),
        Lowering(merging.Concat, plain("Concatenate")),
        Lowering(merging.ZeroPad, zero_pad),
        Lowering(
            merging.Scale,
            plain("Rescaling", "factor"),
            rounded=frozenset({"factor"}),
            reads={"layers.Rescaling": "scale:factor"},
        ),
        Lowering(activation.Relu, plain("ReLU")),
        Lowering(activation.Relu6, plain("ReLU", max_value=6)),
        Lowering(
            activation.LeakyRelu,
            leaky_relu,
            rounded=frozenset({"slope"}),
            reads={
                "layers.LeakyReLU": "negative_slope:slope=0.3",
                "UnfusedLeakyReLU": "negative_slope:slope",
            },
        ),
        Lowering(activation.Elu, elu, reads={"layers.ELU": "alpha=1.0"}),
        Lowering(activation.Selu, function("selu")),
        Lowering(
            activation.Gelu,
            gelu,
            rounded=frozenset({"root_of_half"}),
            reads={"ApproximateGELU": "approximate=True"},
        ),
        Lowering(activation.Silu, function("silu")),
        Lowering(activation.Sigmoid, function("sigmoid")),
        Lowering(activation.HardSigmoid, function("hard_sigmoid")),
        Lowering(activation.HardSwish, function("hard_swish")),
        Lowering(activation.Tanh, function("tanh")),
        Lowering(activation.Softplus, function("softplus")),
        read(activation.Softmax, "Softmax"),
    ),
)
