"""One emitter for each op: the Keras layers that say the same, exactly."""

from __future__ import annotations

from cnndsl import source
from cnndsl.values import NO_PADDING, SAME, Padding, Size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cnndsl.emission.function_writer import Site
    from cnndsl.network import Layer
    from cnndsl.op import Op

    Keywords = list[tuple[str, source.Value]]

UNIFORM = {"glorot_uniform": "GlorotUniform", "he_uniform": "HeUniform", "lecun_uniform": "LecunUniform"}
NORMAL = {"glorot_normal": (1.0, "fan_avg"), "he_normal": (2.0, "fan_in"), "lecun_normal": (1.0, "fan_in")}


def sides(padding: Padding) -> source.Expression:
    """Padding as Keras writes it: ((top, bottom), (left, right)), or shorter where it can be."""
    if padding.is_symmetric:
        if padding.top == padding.left:
            return source.number(padding.top)
        return source.Tuple([source.number(padding.top), source.number(padding.left)])
    return pairs(padding)


def pairs(padding: Padding) -> source.Expression:
    rows = source.Tuple([source.number(padding.top), source.number(padding.bottom)])
    columns = source.Tuple([source.number(padding.left), source.number(padding.right)])
    return source.Tuple([rows, columns])


def initializer(site: Site, depthwise: bool = False) -> source.Expression | None:
    """The kernel's initialiser, or None where Keras's default is the one."""
    kind = str(site.constant("init"))
    seed = site.constant("seed")
    seeded = [("seed", source.number(seed))] if isinstance(seed, int) else []
    if depthwise:
        name = site.support("depthwise_initializer")
        channels = source.Index(source.Attribute(source.name(site.variable), "shape"), -1)
        multiplier = site.symbol("multiplier")
        return source.Call(name, [source.string(kind), channels, multiplier], seeded)
    if kind in UNIFORM:
        if not seeded:
            return None if kind == "glorot_uniform" else source.string(kind)
        return source.Call(f"keras.initializers.{UNIFORM[kind]}", [], seeded)
    scale, mode = NORMAL[kind]
    keywords: Keywords = [
        ("mode", source.string(mode)),
        ("distribution", source.string("untruncated_normal")),
    ]
    return source.Call(
        "keras.initializers.VarianceScaling", [source.number(scale)], [*keywords, *seeded]
    )


def kernel_options(site: Site, depthwise: bool = False) -> Keywords:
    """Bias, initialiser and L2 of a layer with one kernel."""
    keywords: Keywords = []
    kernel = "depthwise" if depthwise else "kernel"
    if site.given("bias"):
        keywords.append(("use_bias", site.symbol("bias")))
    start = initializer(site, depthwise)
    if start is not None:
        keywords.append((f"{kernel}_initializer", start))
    if site.given("l2"):
        keywords.append((f"{kernel}_regularizer", penalty(site)))
    return keywords


def penalty(site: Site) -> source.Expression:
    return source.call("keras.regularizers.L2", site.symbol("l2"))


def window_padding(site: Site) -> Keywords:
    """The `padding` keyword; explicit padding becomes a layer of zeros before."""
    if not site.given("pad"):
        return []
    pads = {layer.op.pad for layer in site.item.layers}  # type: ignore[attr-defined]  # the op has it
    if SAME not in pads and pads != {NO_PADDING}:
        symmetric = all(isinstance(pad, Padding) and pad.is_symmetric for pad in pads)
        if len(pads) > 1 and symmetric and site.takes_numbers("pad"):
            zeros = site.symbol("pad")
        else:
            zeros = sides(_padding(site.constant("pad")))
        name = site.part("pad")
        site.apply(source.call("layers.ZeroPadding2D", zeros, name=name))
        return []
    if pads == {SAME, NO_PADDING} and site.takes_words("pad"):
        return [("padding", site.symbol("pad"))]
    pad = site.constant("pad")
    return [("padding", source.string("same"))] if pad == SAME else []


def _padding(value: object) -> Padding:
    if not isinstance(value, Padding):
        raise TypeError(f"not a padding: {value!r}")
    return value


def strided(site: Site, *positional: str) -> Keywords:
    """Stride and dilation of a convolution."""
    keywords: Keywords = []
    if site.given("stride"):
        keywords.append(("strides", site.symbol("stride")))
    keywords += window_padding(site)
    if site.given("dilation"):
        keywords.append(("dilation_rate", site.symbol("dilation")))
    return keywords


def conv(site: Site) -> None:
    keywords = strided(site)
    if site.given("groups"):
        keywords.append(("groups", site.symbol("groups")))
    keywords += kernel_options(site)
    layer = [site.symbol("filters"), site.symbol("kernel")]
    site.apply(source.Call("layers.Conv2D", layer, [*keywords, ("name", site.name)]))


def _strides_differ(layer: Layer) -> bool:
    stride: Size = layer.op.stride  # type: ignore[attr-defined]  # the op has it
    return stride.height != stride.width


def depthwise_conv(site: Site) -> None:
    if site.measure(_strides_differ):  # TensorFlow's depthwise kernel wants one stride
        grouped_depthwise(site)
        return
    keywords = strided(site)
    if site.given("multiplier"):
        keywords.append(("depth_multiplier", site.symbol("multiplier")))
    keywords += kernel_options(site, depthwise=True)
    layer = [site.symbol("kernel")]
    site.apply(source.Call("layers.DepthwiseConv2D", layer, [*keywords, ("name", site.name)]))


def grouped_depthwise(site: Site) -> None:
    """A depthwise convolution as one with a group for each channel."""
    keywords = strided(site)
    channels = source.Index(source.Attribute(source.name(site.variable), "shape"), -1)
    filters: source.Expression = channels
    if site.given("multiplier"):
        filters = source.Binary(channels, "*", site.symbol("multiplier"))
    keywords += [("groups", channels), *kernel_options(site)]
    layer = [filters, site.symbol("kernel")]
    site.apply(source.Call("layers.Conv2D", layer, [*keywords, ("name", site.name)]))


def separable_conv(site: Site) -> None:
    keywords = strided(site)
    if site.given("multiplier"):
        keywords.append(("depth_multiplier", site.symbol("multiplier")))
    if site.given("bias"):
        keywords.append(("use_bias", site.symbol("bias")))
    depthwise, pointwise = initializer(site, depthwise=True), initializer(site)
    if depthwise is not None:
        keywords.append(("depthwise_initializer", depthwise))
    if pointwise is not None:
        keywords.append(("pointwise_initializer", pointwise))
    if site.given("l2"):
        keywords += [("depthwise_regularizer", penalty(site)), ("pointwise_regularizer", penalty(site))]
    layer = [site.symbol("filters"), site.symbol("kernel")]
    site.apply(source.Call("layers.SeparableConv2D", layer, [*keywords, ("name", site.name)]))


def dense(site: Site) -> None:
    keywords = [*kernel_options(site), ("name", site.name)]
    site.apply(source.Call("layers.Dense", [site.symbol("units")], keywords))


def pooled(layer: Layer) -> tuple[Padding, tuple[int, int]]:
    """A pooling's padding on its input, and the rows and columns it reaches beyond."""
    op, image = layer.op, layer.input_shapes[0]
    return op.padding(image), op.overhang(image)  # type: ignore[attr-defined]  # a pooling


def _plain(layer: Layer) -> bool:
    padding, overhang = pooled(layer)
    return padding.is_zero and overhang == (0, 0)


def _same(layer: Layer) -> bool:
    """Whether a pooling's windows are those of `same`, whatever they reach beyond the image."""
    op, image = layer.op, layer.input_shapes[0]
    alike = type(op)(size=op.size, stride=op.stride, pad=SAME)  # type: ignore[attr-defined,call-arg]  # a pooling
    padding, other = pooled(layer)[0], alike.padding(image)  # type: ignore[attr-defined]  # likewise
    first = (padding.top, padding.left) == (other.top, other.left)
    return first and alike.shape([image]) == layer.shape


def _padding_kind(layer: Layer) -> str:
    if _plain(layer) and layer.op.pad != SAME:  # type: ignore[attr-defined]  # a pooling
        return "valid"
    return "same" if _same(layer) else "explicit"


def pool_padding(site: Site) -> str:
    """How a pooling's padding can be said: `valid`, `same` or `explicit`."""
    layers = site.item.layers
    if {_padding_kind(layer) for layer in layers} <= {"valid"}:
        return "valid"
    return "same" if all(map(_same, layers)) else str(site.measure(_padding_kind))


def pool_window(site: Site) -> tuple[list[source.Value], Keywords]:
    size = [site.symbol("size")]
    strides: Keywords = [("strides", site.symbol("stride"))] if site.given("stride") else []
    return list(size), strides


def extended(padding: Padding, overhang: tuple[int, int]) -> Padding:
    """Padding that also covers what the last windows reach beyond."""
    return Padding(
        padding.top, padding.bottom + overhang[0], padding.left, padding.right + overhang[1]
    )


def _named(site: Site, layer: str, arguments: list[source.Value], keywords: Keywords) -> None:
    site.apply(source.Call(layer, arguments, [*keywords, ("name", site.name)]))


def max_pool(site: Site) -> None:
    window, strides = pool_window(site)
    kind = pool_padding(site)
    if kind == "valid":
        _named(site, "layers.MaxPooling2D", window, strides)
    elif kind == "same":
        same: Keywords = [*strides, ("padding", source.string("same"))]
        _named(site, "layers.MaxPooling2D", window, same)
    else:
        padding = site.measure(lambda layer: extended(*pooled(layer)))
        step = strides or [("strides", site.symbol("size"))]
        keywords = [*step, ("padding", pairs(_padding(padding)))]
        _named(site, site.support("PaddedMaxPooling2D"), window, keywords)


def avg_pool(site: Site) -> None:
    window, strides = pool_window(site)
    kind = pool_padding(site)
    if kind == "valid":
        _named(site, "layers.AveragePooling2D", window, strides)
        return
    counts = bool(site.constant("count_padding"))
    if kind == "same" and not counts:
        same: Keywords = [*strides, ("padding", source.string("same"))]
        _named(site, "layers.AveragePooling2D", window, same)
        return
    padding = _padding(site.measure(lambda layer: pooled(layer)[0]))
    everything = _padding(site.measure(lambda layer: extended(*pooled(layer))))
    if counts and everything == padding:
        name = site.part("pad")
        site.apply(source.call("layers.ZeroPadding2D", sides(padding), name=name))
        _named(site, "layers.AveragePooling2D", window, strides)
        return
    step = strides or [("strides", site.symbol("size"))]
    counted = pairs(padding if counts else NO_PADDING)
    keywords = [*step, ("padding", pairs(everything)), ("counted", counted)]
    _named(site, site.support("PaddedAveragePooling2D"), window, keywords)


def adaptive_avg_pool(site: Site) -> None:
    _named(site, "layers.AdaptiveAveragePooling2D", [site.symbol("size")], [])


def subsample(site: Site) -> None:
    _named(site, site.support("Subsample"), [site.symbol("size")], [])


def lrn(site: Site) -> None:
    values = [site.symbol(name) for name in ("size", "alpha", "beta", "k")]
    _named(site, site.support("LocalResponseNormalization"), list(values), [])


def batch_norm(site: Site) -> None:
    keywords: Keywords = []
    for name, default in (("momentum", 0.99), ("epsilon", 1e-3), ("center", True), ("scale", True)):
        if any(getattr(layer.op, name) != default for layer in site.item.layers):
            keywords.append((name, site.symbol(name)))
    _named(site, "layers.BatchNormalization", [], keywords)


def dropout(site: Site) -> None:
    _named(site, "layers.Dropout", [site.symbol("rate")], [])


def zero_pad(site: Site) -> None:
    _named(site, "layers.ZeroPadding2D", [sides(_padding(site.constant("pad")))], [])


def scale(site: Site) -> None:
    _named(site, "layers.Rescaling", [site.symbol("factor")], [])


def leaky_relu(site: Site) -> None:
    _named(site, "layers.LeakyReLU", [], [("negative_slope", site.symbol("slope"))])


def elu(site: Site) -> None:
    alpha: Keywords = [("alpha", site.symbol("alpha"))] if site.given("alpha") else []
    _named(site, "layers.ELU", [], alpha)


def gelu(site: Site) -> None:
    if site.constant("approximate"):
        _named(site, site.support("ApproximateGELU"), [], [])
    else:
        _named(site, "layers.Activation", [source.string("gelu")], [])


def plain(layer: str, **keywords: source.Value) -> Callable[[Site], None]:
    """An emitter for an op without attributes."""

    def emit(site: Site) -> None:
        _named(site, f"layers.{layer}", [], list(keywords.items()))

    return emit


def activation(name: str) -> Callable[[Site], None]:
    def emit(site: Site) -> None:
        _named(site, "layers.Activation", [source.string(name)], [])

    return emit


EMITTERS: dict[str, Callable[[Site], None]] = {
    "conv": conv,
    "depthwise_conv": depthwise_conv,
    "separable_conv": separable_conv,
    "dense": dense,
    "max_pool": max_pool,
    "avg_pool": avg_pool,
    "adaptive_avg_pool": adaptive_avg_pool,
    "global_avg_pool": plain("GlobalAveragePooling2D"),
    "global_max_pool": plain("GlobalMaxPooling2D"),
    "subsample": subsample,
    "batch_norm": batch_norm,
    "lrn": lrn,
    "flatten": plain("Flatten"),
    "dropout": dropout,
    "zero_pad": zero_pad,
    "scale": scale,
    "relu": plain("ReLU"),
    "relu6": plain("ReLU", max_value=6),
    "leaky_relu": leaky_relu,
    "elu": elu,
    "selu": activation("selu"),
    "gelu": gelu,
    "silu": activation("silu"),
    "sigmoid": activation("sigmoid"),
    "hard_sigmoid": activation("hard_sigmoid"),
    "hard_swish": activation("hard_swish"),
    "tanh": activation("tanh"),
    "softplus": activation("softplus"),
    "softmax": plain("Softmax"),
}

MERGES = {"add": "layers.Add", "multiply": "layers.Multiply", "concat": "layers.Concatenate"}


def unsupported(op_class: type[Op]) -> bool:
    return op_class.name not in EMITTERS and op_class.name not in MERGES
