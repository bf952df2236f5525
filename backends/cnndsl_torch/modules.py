"""One emitter for each op: the PyTorch module that says the same, exactly."""

from __future__ import annotations

from cnndsl import source
from cnndsl.diagnostics.base import Rejected
from cnndsl.emission.formulas import Inexpressible, known_value, literal, multiply, write
from cnndsl.emission.writer import BaseSite
from cnndsl.values import NO_PADDING, SAME, Padding, Size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cnndsl.emission.formulas import Amount
    from cnndsl.emission.outline import LayerItem
    from cnndsl.network import Layer
    from cnndsl_torch.class_writer import ClassWriter

    Keywords = list[tuple[str, source.Value]]
    Emitter = Callable[["Site"], source.Expression]


class Site(BaseSite):
    """A layer for an emitter to write as a module."""

    def __init__(self, writer: ClassWriter, item: LayerItem, channels: Amount | None) -> None:
        super().__init__(writer, item)
        self.class_writer = writer
        self.channels = channels

    @property
    def in_channels(self) -> source.Expression:
        """The channels that enter."""
        return source.expression(self.in_amount)

    @property
    def in_amount(self) -> Amount:
        if self.channels is None:
            count = self.measure(lambda layer: layer.input_shapes[0].channels)
            return int(str(count))
        return self.channels

    def support(self, name: str) -> str:
        """Ask for a helper definition, by name."""
        return self.class_writer.renderer.support(name)


def sides(padding: Padding) -> source.Expression:
    """Padding as a padding module takes it: one number, or (left, right, top, bottom)."""
    values = (padding.left, padding.right, padding.top, padding.bottom)
    if len(set(values)) == 1:
        return source.number(padding.top)
    return source.Tuple([source.number(value) for value in values])


def symmetric(padding: Padding) -> source.Expression:
    return literal(Size(padding.top, padding.left))


def _is_padding(value: object) -> Padding:
    if not isinstance(value, Padding):
        raise TypeError(f"not a padding: {value!r}")
    return value


def resolved(layer: Layer) -> Padding:
    """The padding in pixels that a window op applies to its input."""
    op = layer.op
    return op.padding(layer.input_shapes[0])  # type: ignore[attr-defined,no-any-return]  # a window op


def conv_padding(site: Site) -> tuple[str, Keywords]:
    """The class that pads as the spec says, and its keywords."""
    paddings = {resolved(layer) for layer in site.item.layers}
    if paddings == {NO_PADDING}:
        return "nn.Conv2d", []
    pads = site.values("pad")
    if pads == {SAME} and not is_known(site, "kernel"):
        return same_padding(site)
    if len(paddings) == 1:
        (padding,) = paddings
        if padding.is_symmetric:
            return "nn.Conv2d", [("padding", symmetric(padding))]
    if pads == {SAME}:
        return same_padding(site)
    formula = site.item.attributes.get("pad")
    explicit = all(isinstance(pad, Padding) and pad.is_symmetric for pad in pads)
    if explicit and formula is not None and site.takes_numbers("pad"):
        try:
            value = write(formula, site.writer.environment)
        except Inexpressible:
            pass
        else:
            site.writer.note_uses([formula])
            return "nn.Conv2d", [("padding", value)]
    by_word = all(map(_takes_word, site.item.layers))
    if by_word and pads == {SAME, NO_PADDING} and site.takes_words("pad"):
        return "nn.Conv2d", [("padding", site.symbol("pad"))]
    pad = site.constant("pad")
    if pad == SAME:
        return same_padding(site)
    padding = _is_padding(pad)
    if padding.is_symmetric:
        return "nn.Conv2d", [("padding", symmetric(padding))]
    return site.support("PaddedConv2d"), [("pad", sides(padding))]


def _takes_word(layer: Layer) -> bool:
    """Whether `nn.Conv2d` knows the layer's padding as a word: `same` at stride 1 alone."""
    op = layer.op
    return op.pad != SAME or op.stride == Size(1, 1)  # type: ignore[attr-defined,no-any-return]  # a convolution


def is_known(site: Site, attribute: str) -> bool:
    """Whether an attribute is a number in emitted code, not a parameter."""
    formula = site.item.attributes.get(attribute)
    return formula is None or known_value(formula, site.writer.environment) is not None


def same_padding(site: Site) -> tuple[str, Keywords]:
    """`same`, for instances whose padding in pixels differs."""

    def is_half_kernel(layer: Layer) -> bool:
        kernel: Size = layer.op.kernel  # type: ignore[attr-defined]  # a convolution
        half = kernel.height // 2
        return kernel.height == kernel.width and resolved(layer) == Padding(half, half, half, half)

    if all(map(is_half_kernel, site.item.layers)):
        half = source.Binary(site.symbol("kernel"), "//", 2)
        return "nn.Conv2d", [("padding", half)]
    if site.values("stride") == {Size(1, 1)}:
        return "nn.Conv2d", [("padding", source.string("same"))]
    return site.support("SameConv2d"), []


def conv_keywords(site: Site) -> tuple[str, Keywords]:
    keywords: Keywords = []
    if site.given("stride"):
        keywords.append(("stride", site.symbol("stride")))
    module, padding = conv_padding(site)
    keywords += padding
    if site.given("dilation"):
        keywords.append(("dilation", site.symbol("dilation")))
    return module, keywords


def kernel_init(site: Site, module: source.Expression) -> source.Expression:
    """The module with its own initialiser and L2, where the model has no common ones."""
    if site.class_writer.renderer.common_init is not None and not site.given("l2"):
        return module
    keywords: Keywords = []
    if site.given("seed"):
        keywords.append(("seed", site.symbol("seed")))
    if site.given("l2"):
        keywords.append(("l2", site.symbol("l2")))
    return source.Call(site.support("prepared"), [module, site.symbol("init")], keywords)



def conv(site: Site) -> source.Expression:
    module, keywords = conv_keywords(site)
    if site.given("groups"):
        keywords.append(("groups", site.symbol("groups")))
    if site.given("bias"):
        keywords.append(("bias", site.symbol("bias")))
    arguments = [site.in_channels, site.symbol("filters"), site.symbol("kernel")]
    return kernel_init(site, source.Call(module, arguments, keywords))


def depthwise(site: Site, with_bias: bool) -> source.Call:
    module, keywords = conv_keywords(site)
    keywords.append(("groups", site.in_channels))
    if not with_bias:
        keywords.append(("bias", source.number(False)))
    elif site.given("bias"):
        keywords.append(("bias", site.symbol("bias")))
    return source.Call(module, [site.in_channels, middle(site), site.symbol("kernel")], keywords)


def middle(site: Site) -> source.Expression:
    """The channels after a depthwise convolution."""
    if not site.given("multiplier"):
        return site.in_channels
    multiplier = site.symbol("multiplier")
    return source.expression(multiply(site.in_amount, _amount(multiplier)))


def _amount(value: source.Expression) -> Amount:
    return int(str(value)) if str(value).isdigit() else value


def depthwise_conv(site: Site) -> source.Expression:
    return kernel_init(site, depthwise(site, with_bias=True))


def separable_conv(site: Site) -> source.Expression:
    pointwise: Keywords = [("bias", site.symbol("bias"))] if site.given("bias") else []
    arguments = [middle(site), site.symbol("filters"), source.number(1)]
    parts = {
        "depthwise": kernel_init(site, depthwise(site, with_bias=False)),
        "pointwise": kernel_init(site, source.Call("nn.Conv2d", arguments, pointwise)),
    }
    return site.class_writer.renderer.named_sequence(parts)


def dense(site: Site) -> source.Expression:
    keywords: Keywords = [("bias", site.symbol("bias"))] if site.given("bias") else []
    module = source.Call("nn.Linear", [site.in_channels, site.symbol("units")], keywords)
    return kernel_init(site, module)


def extended(layer: Layer) -> Padding:
    """A pooling's padding, with the rows and columns that its last windows reach beyond."""
    padding = resolved(layer)
    overhang = layer.op.overhang(layer.input_shapes[0])  # type: ignore[attr-defined]  # a pooling
    return Padding(
        padding.top, padding.bottom + overhang[0], padding.left, padding.right + overhang[1]
    )


def pool_window(site: Site) -> tuple[list[source.Value], Keywords]:
    strides: Keywords = [("stride", site.symbol("stride"))] if site.given("stride") else []
    return [site.symbol("size")], strides


def ends_by_ceil(layer: Layer) -> bool:
    """Whether a pooling's padding is but the rest of its last windows, as with `ceil_mode`."""
    op, padding = layer.op, resolved(layer)
    if padding.is_zero or padding.top or padding.left:
        return False
    unpadded = type(op)(size=op.size, stride=op.stride, rounding="ceil")  # type: ignore[attr-defined,call-arg]  # a pooling
    try:
        return unpadded.shape(layer.input_shapes) == layer.shape
    except Rejected:  # the window does not fit into the bare image
        return False


def max_pool(site: Site) -> source.Expression:
    window, keywords = pool_window(site)
    if all(map(ends_by_ceil, site.item.layers)):
        return source.Call("nn.MaxPool2d", window, [*keywords, ("ceil_mode", source.number(True))])
    padding = _is_padding(site.measure(resolved))
    if padding.is_symmetric:
        if not padding.is_zero:
            keywords.append(("padding", symmetric(padding)))
        if site.constant("rounding") == "ceil":
            keywords.append(("ceil_mode", source.number(True)))
        return source.Call("nn.MaxPool2d", window, keywords)
    padding = _is_padding(site.measure(extended))
    infinity = source.call("float", source.string("-inf"))
    pad = source.Call("nn.ConstantPad2d", [sides(padding), infinity])
    return source.call("nn.Sequential", pad, source.Call("nn.MaxPool2d", window, keywords))


def avg_pool(site: Site) -> source.Expression:
    window, keywords = pool_window(site)
    counts = bool(site.constant("count_padding"))
    if not counts and all(map(ends_by_ceil, site.item.layers)):
        return source.Call("nn.AvgPool2d", window, [*keywords, ("ceil_mode", source.number(True))])
    padding = _is_padding(site.measure(resolved))
    if padding.is_symmetric:
        if not padding.is_zero:
            keywords.append(("padding", symmetric(padding)))
        if site.constant("rounding") == "ceil":
            keywords.append(("ceil_mode", source.number(True)))
        if not padding.is_zero and not counts:
            keywords.append(("count_include_pad", source.number(False)))
        return source.Call("nn.AvgPool2d", window, keywords)
    everything = _is_padding(site.measure(extended))
    if counts and everything == padding:
        pad = source.Call("nn.ZeroPad2d", [sides(padding)])
        return source.call("nn.Sequential", pad, source.Call("nn.AvgPool2d", window, keywords))
    counted = padding if counts else NO_PADDING
    keywords += [("pad", sides4(everything)), ("counted", sides4(counted))]
    return source.Call(site.support("PaddedAvgPool2d"), window, keywords)


def sides4(padding: Padding) -> source.Expression:
    values = (padding.left, padding.right, padding.top, padding.bottom)
    return source.Tuple([source.number(value) for value in values])


def adaptive_avg_pool(site: Site) -> source.Expression:
    return source.Call("nn.AdaptiveAvgPool2d", [site.symbol("size")])


def global_pool(module: str) -> Emitter:
    def emit(site: Site) -> source.Expression:
        return source.call(
            "nn.Sequential", source.call(module, 1), source.call("nn.Flatten")
        )

    return emit


def subsample(site: Site) -> source.Expression:
    return source.Call(site.support("Subsample"), [site.in_channels, site.symbol("size")])


def batch_norm(site: Site) -> source.Expression:
    center, scale = bool(site.constant("center")), bool(site.constant("scale"))
    rank = 2 if site.measure(lambda layer: layer.input_shapes[0].is_image) else 1
    keywords: Keywords = []
    if site.values("epsilon") != {1e-5}:
        keywords.append(("eps", site.symbol("epsilon")))
    if site.values("momentum") != {0.9}:
        kept = site.constant("momentum")
        momentum = round(1.0 - float(str(kept)), 12)
        keywords.append(("momentum", source.number(momentum)))
    name = f"nn.BatchNorm{rank}d"
    if not center and not scale:
        keywords.append(("affine", source.number(False)))
    elif not scale:
        name = site.support(f"ShiftBatchNorm{rank}d")
    elif not center:
        name = site.support(f"ScaleBatchNorm{rank}d")
    return source.Call(name, [site.in_channels], keywords)


def lrn(site: Site) -> source.Expression:
    size = int(str(site.constant("size")))
    alpha = float(str(site.constant("alpha")))
    keywords: Keywords = [
        ("alpha", source.number(float(f"{alpha * size:.15g}"))),
        ("beta", site.symbol("beta")),
        ("k", site.symbol("k")),
    ]
    return source.Call("nn.LocalResponseNorm", [source.number(size)], keywords)


def flatten(site: Site) -> source.Expression:
    if id(site.item.element) in site.class_writer.renderer.native_flattens:
        return source.call("nn.Flatten")
    return source.call(site.support("FlattenChannelsLast"))


def dropout(site: Site) -> source.Expression:
    return source.Call("nn.Dropout", [site.symbol("rate")])


def zero_pad(site: Site) -> source.Expression:
    return source.Call("nn.ZeroPad2d", [sides(_is_padding(site.constant("pad")))])


def scale(site: Site) -> source.Expression:
    return source.Call(site.support("Scale"), [site.symbol("factor")])


def leaky_relu(site: Site) -> source.Expression:
    return source.Call("nn.LeakyReLU", [site.symbol("slope")] if site.given("slope") else [])


def elu(site: Site) -> source.Expression:
    return source.Call("nn.ELU", [site.symbol("alpha")] if site.given("alpha") else [])


def gelu(site: Site) -> source.Expression:
    if site.constant("approximate"):
        return source.call("nn.GELU", approximate=source.string("tanh"))
    return source.call("nn.GELU")


def plain(module: str, **keywords: source.Value) -> Emitter:
    """An emitter for an op without attributes."""

    def emit(site: Site) -> source.Expression:
        return source.Call(f"nn.{module}", [], list(keywords.items()))

    return emit


EMITTERS: dict[str, Emitter] = {
    "conv": conv,
    "depthwise_conv": depthwise_conv,
    "separable_conv": separable_conv,
    "dense": dense,
    "max_pool": max_pool,
    "avg_pool": avg_pool,
    "adaptive_avg_pool": adaptive_avg_pool,
    "global_avg_pool": global_pool("nn.AdaptiveAvgPool2d"),
    "global_max_pool": global_pool("nn.AdaptiveMaxPool2d"),
    "subsample": subsample,
    "batch_norm": batch_norm,
    "lrn": lrn,
    "flatten": flatten,
    "dropout": dropout,
    "zero_pad": zero_pad,
    "scale": scale,
    "relu": plain("ReLU"),
    "relu6": plain("ReLU6"),
    "leaky_relu": leaky_relu,
    "elu": elu,
    "selu": plain("SELU"),
    "gelu": gelu,
    "silu": plain("SiLU"),
    "sigmoid": plain("Sigmoid"),
    "hard_sigmoid": plain("Hardsigmoid"),
    "hard_swish": plain("Hardswish"),
    "tanh": plain("Tanh"),
    "softplus": plain("Softplus"),
    "softmax": plain("Softmax", dim=1),
}


def merged(name: str, operands: list[source.Expression]) -> source.Expression:
    """A merge as an expression of its operands."""
    if name == "concat":
        return source.Call("torch.cat", [source.List(operands)], [("dim", source.number(1))])
    operator = {"add": "+", "multiply": "*"}[name]
    result = operands[0]
    for operand in operands[1:]:
        result = source.Binary(result, operator, operand)
    return result
