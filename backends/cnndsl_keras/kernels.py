"""How kernels are written as Keras layers: initialisers, padding, convolutions, dense layers."""

from __future__ import annotations

from cnndsl.emit import python
from cnndsl.emit.kinds import WORD
from cnndsl.emit.lowering import NOWHERE, Lowering, arguments_of
from cnndsl.ops.windows import ONE
from cnndsl.values import NO_PADDING, SAME, Padding, Size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cnndsl.emit.functions.site import Site
    from cnndsl.emit.lowering import Stored
    from cnndsl.emit.python import Value
    from cnndsl.ir.network import Layer
    from cnndsl.ops.base import Op

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


def around(site: Site, attribute: str) -> python.Expression:
    """What an attribute says of each side, as `ZeroPadding2D` takes it."""
    if site.is_symbolic(attribute) and site.kind(attribute) <= {"int", "size"}:
        return site.symbol(attribute)
    return written_sides(site, attribute) or sides(site.constant(attribute))


def written_sides(site: Site, attribute: str) -> python.Expression | None:
    """The sides that are written as expressions, as `ZeroPadding2D` orders them."""
    found = site.sides(attribute)
    if found is None:
        return None
    top, bottom, left, right = found
    return python.Tuple([python.Tuple([top, bottom]), python.Tuple([left, right])])


def emit_layer(
    site: Site, layer: str | python.Expression, arguments: list[Value], keywords: Keywords
) -> None:
    site.apply(python.Call(layer, arguments, [*keywords, ("name", site.name)]))


def as_layer(
    op: type[Op],
    name: str,
    signature: str = "",
    weights: Mapping[str, Stored] | None = None,
    rounded: frozenset[str] = NOWHERE,
) -> Lowering:
    """A layer of Keras's (`layers.ELU`) or a helper that means an op; see `Lowering.reads`."""

    def emit(site: Site) -> None:
        written = name if name.startswith("layers.") else site.support(name)
        emit_layer(site, written, *arguments_of(site, signature))

    return Lowering(op, emit, weights or {}, rounded, {name: signature})


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
    zeros = written_sides(site, "pad")
    if zeros is not None:
        put_zeros(site, zeros)
        return []
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
        unseen = pairs(Padding(0, 0, 0, -padding.right))
        site.apply(python.call("layers.Cropping2D", unseen, name=site.part("crop")))
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


def strides_and_dilates(layer: Layer) -> bool:
    """Whether a convolution has strides and dilation, of which `Conv2D` takes one at a time."""
    op: Any = layer.op
    return op.stride != ONE and op.dilation != ONE and not has_lone_column(layer)


def is_depthwise(layer: Layer) -> bool:
    """Whether each group is a channel, and TensorFlow has an operation of its own for that."""
    op: Any = layer.op
    groups = getattr(op, "groups", 1)
    is_square: bool = op.stride.height == op.stride.width
    return is_square and 1 < groups == layer.input_shapes[0].channels


def own_layer(site: Site) -> str:
    """The layer that takes a convolution's strides, dilation and groups."""
    if any(map(strides_and_dilates, site.item.layers)):
        return site.support("StridedDilatedConv2D")
    is_grouped = any(map(is_depthwise, site.item.layers))
    return site.support("GroupedConv2D") if is_grouped else "layers.Conv2D"


def conv(site: Site) -> None:
    convolution(site, own_layer(site), [])


def standardized_conv(site: Site) -> None:
    extra = site.keywords(epsilon="epsilon", scale="scale")
    convolution(site, site.support("StandardizedConv2D"), extra)


def convolution(site: Site, layer: str, extra: Keywords) -> None:
    keywords = [*window(site), *site.keywords(groups="groups", bias="use_bias"), *extra]
    keywords += kernel_options(site, "kernel", initializer(site))
    emit_layer(site, layer, [site.symbol("filters"), site.symbol("kernel")], keywords)


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
        emit_layer(site, own_layer(site), [multiplied(site), site.symbol("kernel")], keywords)
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
    site.apply(python.Call(own_layer(site), arguments, [*keywords, ("name", name)]))
    keywords = site.keywords(bias="use_bias")
    keywords += kernel_options(site, "kernel", initializer(site))
    emit_layer(site, "layers.Conv2D", [site.symbol("filters"), 1], keywords)


def dense(site: Site) -> None:
    keywords = site.keywords(bias="use_bias")
    keywords += kernel_options(site, "kernel", initializer(site))
    emit_layer(site, "layers.Dense", [site.symbol("units")], keywords)
