"""One lowering for each op: the Keras layers that say the same, exactly."""

from __future__ import annotations

from functools import cache
from operator import attrgetter

from cnndsl.emit import python
from cnndsl.emit.applied import Applied
from cnndsl.emit.lowering import Lowering, Lowerings, Stored, stored
from cnndsl.ir.network import Child, Layer, Run, cost_of, distinct_layers
from cnndsl.ops import activation, channels, convolution, merging, normalization
from cnndsl.ops import dense as dense_ops
from cnndsl_keras.attention import ATTENTION
from cnndsl_keras.kernels import (
    around,
    as_layer,
    conv,
    dense,
    depthwise_conv,
    emit_layer,
    needs_groups,
    separable_conv,
    standardized_conv,
)
from cnndsl_keras.pooling import POOLING
from cnndsl_keras.resizing import RESIZING
from cnndsl_keras.transposed import conv_transpose

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from cnndsl.emit.functions.site import Site
    from cnndsl.emit.python import Value
    from cnndsl.ir.network import Network, Scope, Step
    from cnndsl.ops.base import Op
    from cnndsl_keras.kernels import Keywords


def norm_keywords(site: Site, **defaults: float) -> Keywords:
    """What Keras's norms take by name, where it is not as its default there."""
    return [
        (name, site.symbol(name))
        for name, default in {**defaults, "center": True, "scale": True}.items()
        if any(getattr(layer.op, name) != default for layer in site.item.layers)
    ]


def batch_norm(site: Site) -> None:
    keywords = norm_keywords(site, momentum=0.99, epsilon=1e-3)
    emit_layer(site, "layers.BatchNormalization", [], keywords)


def layer_norm(site: Site) -> None:
    emit_layer(site, "layers.LayerNormalization", [], norm_keywords(site, epsilon=1e-3))


def group_norm(site: Site) -> None:
    arguments: list[Value] = [site.symbol("groups")]
    emit_layer(site, "layers.GroupNormalization", arguments, norm_keywords(site, epsilon=1e-3))


def instance_norm(site: Site) -> None:
    keywords: Keywords = [("groups", -1), *norm_keywords(site, epsilon=1e-3)]
    emit_layer(site, "layers.GroupNormalization", [], keywords)


def normalize(site: Site) -> None:
    """Write Keras's layer, which takes the squares of deviations."""
    stated = site.measure(statistics)
    if stated is None:
        emit_layer(site, "layers.Normalization", [], [])
        return
    mean, std = stated
    keywords: Keywords = [("mean", written(mean)), ("variance", written(std, squared=True))]
    emit_layer(site, "layers.Normalization", [], keywords)


def statistics(layer: Layer) -> Any:
    """Mean and deviation, both for all channels or both for each; None where they are weights."""
    op: Any = layer.op
    if op.is_learned:
        return None
    mean, std = op.statistics(layer.shape.channels)
    is_for_all = not isinstance(op.mean, tuple) and not isinstance(op.std, tuple)
    return (mean[0], std[0]) if is_for_all else (mean, std)


def written(value: float | tuple[float, ...], squared: bool = False) -> python.Expression:
    """A number or a list of numbers, or their squares."""
    if isinstance(value, tuple):
        return python.List([written(one, squared) for one in value])
    number = python.number(value)
    return python.Power(number, python.number(2)) if squared and value != 1 else number


def lrn(site: Site) -> None:
    keywords: Keywords = [(name, site.symbol(name)) for name in ("size", "alpha", "beta", "k")]
    emit_layer(site, site.support("LocalResponseNormalization"), [], keywords)


def reshape(site: Site) -> None:
    if site.is_symbolic("size"):
        emit_layer(site, site.support("ToImage"), [site.symbol("size")], [])
        return
    (size,) = site.values("size")
    sides = [python.number(side) for side in (size.height, size.width, -1)]
    emit_layer(site, "layers.Reshape", [python.Tuple(sides)], [])


def permute(site: Site) -> None:
    axes = [python.number(1 + axis) for axis in site.measure(attrgetter("op.taken"))]
    emit_layer(site, "layers.Permute", [python.Tuple(axes)], [])


def zero_pad(site: Site) -> None:
    emit_layer(site, "layers.ZeroPadding2D", [around(site, "pad")], [])


def drop_path(site: Site) -> None:
    """Write a dropout that draws once for each sample."""
    one, rank = python.number(1), site.measure(lambda layer: len(layer.shape.dims))
    each = python.Tuple([python.number(None), *[one] * rank])
    emit_layer(site, "layers.Dropout", [site.symbol("rate")], [("noise_shape", each)])


FUSED = (activation.LeakyRelu, activation.Mish)
FUSED_BEHIND = (merging.Add, merging.Multiply, activation.HardSwish)


def fused(networks: Sequence[Network]) -> frozenset[type[Op]]:
    """The activations of networks that TensorFlow's graphs join to what is before them, wrongly.

    In inference they join a convolution with bias, one of these, and the activation. Of a leaky
    ReLU behind a sum oneDNN takes 0.2 for the slope, and the others (`hard_swish` also as a product
    with `hard_sigmoid`) have no such kernel.
    """
    return frozenset(op for network in networks for op in _fused(network))


def _fused(network: Network) -> Iterator[type[Op]]:
    if all(type(layer.op) not in FUSED for layer in distinct_layers(network.scope)):
        return
    layers = network.layers
    for layer in layers:
        if type(layer.op) in FUSED:
            before = layer.inputs[0]
            while before >= 0 and isinstance(layers[before].op, dense_ops.Dropping):
                before = layers[before].inputs[0]
            if before >= 0 and type(layers[before].op) in FUSED_BEHIND:
                yield type(layer.op)


def leaky_relu(site: Site) -> None:
    name = "layers.LeakyReLU"
    if activation.LeakyRelu in site.facts.fused:
        name = site.support("UnfusedLeakyReLU")
    emit_layer(site, name, [], [("negative_slope", site.symbol("slope"))])


def mish(site: Site) -> None:
    if activation.Mish in site.facts.fused:
        emit_layer(site, site.support("UnfusedMish"), [], [])
    else:
        function("mish")(site)


NOTHING = python.number(None)
"""What stands for `identity`, which makes no layer."""


def applied(site: Site) -> None:
    """Write a layer that the code is given: by Keras's name, or as what makes one."""
    if site.writer.layers.makes:
        emit_layer(site, site.symbol("layer"), [], [])
    else:
        activated(site, site.symbol("layer"))


def prelu(site: Site) -> None:
    start = python.call("keras.initializers.Constant", site.symbol("slope"))
    keywords: Keywords = [("alpha_initializer", start)]
    if site.measure(lambda layer: layer.shape.is_image):
        keywords.append(("shared_axes", python.List([python.number(1), python.number(2)])))
    emit_layer(site, "layers.PReLU", [], keywords)


def hard_sigmoid(site: Site) -> None:
    if site.given("slope") or site.given("offset"):
        arguments: list[Value] = [site.symbol("slope"), site.symbol("offset")]
        emit_layer(site, site.support("HardSigmoid"), arguments, [])
    else:
        function("hard_sigmoid")(site)


def activated(site: Site, function: python.Expression) -> None:
    emit_layer(site, "layers.Activation", [function], [])


def gelu(site: Site) -> None:
    if site.constant("approximate"):
        emit_layer(site, site.support("ApproximateGELU"), [], [])
    else:
        activated(site, python.string("gelu"))


def plain(layer: str, *attributes: str, **keywords: Value) -> Callable[[Site], None]:
    """An emitter for a layer whose positional arguments are the op's attributes."""

    def emit(site: Site) -> None:
        arguments: list[Value] = [site.symbol(name) for name in attributes]
        emit_layer(site, f"layers.{layer}", arguments, list(keywords.items()))

    return emit


def function(name: str) -> Callable[[Site], None]:
    def emit(site: Site) -> None:
        activated(site, python.string(name))

    return emit


def channel_slice(site: Site) -> None:
    stop: list[Value] = [site.symbol("stop")] if site.given("stop") else []
    emit_layer(site, site.support("ChannelSlice"), [site.symbol("start"), *stop], [])


# Networks as Keras sees them


def has_weights_with_dots(step: Step) -> bool:
    """Whether Keras layers with weights, made for a step of a model, have dots in their names."""
    if isinstance(step, Layer):
        return type(step.op) is convolution.SeparableConv and needs_groups(step)
    return cost_of(step).params > 0


def count_of_layers(network: Network) -> int:
    """How many Keras layers a network becomes at most: padding can be a layer of its own."""

    @cache
    def within(scope: Scope) -> int:
        return sum(map(becomes, scope.steps))

    def becomes(step: Step) -> int:
        if isinstance(step, Run):
            return step.count * sum(map(becomes, step.steps))
        if isinstance(step, Child):
            return within(step.scope)
        return 1 + ("pad" in step.op.attributes)

    return within(network.scope)


CONV = stored("kernel", "bias")
STANDARDIZED = stored("kernel", "bias", "gain")
SEPARABLE = stored("depthwise_kernel", "pointwise_kernel", "bias")
PENALTY = frozenset({"l2"})
BATCH_NORM = stored("gamma", "beta", "moving_mean", "moving_variance")

MERGES: dict[type[Op], str] = {
    merging.Add: "Add",
    merging.Multiply: "Multiply",
    merging.Subtract: "Subtract",
    merging.Maximum: "Maximum",
    merging.Minimum: "Minimum",
    merging.Average: "Average",
    merging.Concat: "Concatenate",
}
FUNCTIONS: tuple[type[Op], ...] = (
    activation.Selu,
    activation.Silu,
    activation.Sigmoid,
    activation.Tanh,
    activation.HardTanh,
    activation.HardSwish,
    activation.Softplus,
    activation.Softsign,
    activation.LogSoftmax,
)
"""The activations that Keras has by the language's names, and that are written so alone."""

LOWERINGS = Lowerings(
    "keras",
    (
        Lowering(Applied, applied, given=NOTHING),
        Lowering(convolution.Conv, conv, CONV, rounded=PENALTY),
        Lowering(convolution.StandardizedConv, standardized_conv, STANDARDIZED, rounded=PENALTY),
        Lowering(convolution.DepthwiseConv, depthwise_conv, CONV, rounded=PENALTY),
        Lowering(convolution.SeparableConv, separable_conv, SEPARABLE, rounded=PENALTY),
        Lowering(convolution.ConvTranspose, conv_transpose, CONV, rounded=PENALTY),
        Lowering(dense_ops.Dense, dense, CONV, rounded=PENALTY),
        Lowering(dense_ops.PixelDense, dense, CONV, rounded=PENALTY),
        as_layer(dense_ops.Placeholder, "layers.Identity"),
        as_layer(dense_ops.Flatten, "layers.Flatten"),
        Lowering(dense_ops.Reshape, reshape, reads={"ToImage": "size"}),
        Lowering(dense_ops.Dropout, plain("Dropout", "rate")),
        as_layer(dense_ops.SpatialDropout, "layers.SpatialDropout2D", "rate"),
        Lowering(dense_ops.DropPath, drop_path),
        *POOLING,
        *RESIZING,
        *ATTENTION,
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
        Lowering(
            normalization.LayerNorm,
            layer_norm,
            stored("gamma", "beta"),
            reads={"layers.LayerNormalization": "* epsilon=0.001 center=True scale=True"},
        ),
        Lowering(normalization.GroupNorm, group_norm, stored("gamma", "beta")),
        Lowering(normalization.InstanceNorm, instance_norm, stored("gamma", "beta")),
        as_layer(
            normalization.RmsNorm,
            "layers.RMSNormalization",
            "* epsilon=1e-6",
            {"gamma": Stored("scale")},
        ),
        as_layer(
            normalization.GlobalResponseNorm,
            "GlobalResponseNormalization",
            "epsilon=1e-6",
            stored("gamma", "beta"),
        ),
        as_layer(normalization.L2Normalize, "L2Normalization", "epsilon=1e-12"),
        as_layer(normalization.LayerScale, "LayerScale", "start=1e-6", stored("gamma")),
        Lowering(
            normalization.Normalize,
            normalize,
            stored("mean", "variance", "count"),
            rounded=frozenset({"mean", "variance"}),
        ),
        *(Lowering(op, plain(layer)) for op, layer in MERGES.items()),
        Lowering(merging.ZeroPad, zero_pad),
        Lowering(channels.Slice, channel_slice, reads={"ChannelSlice": "start=0 stop=None"}),
        as_layer(channels.Split, "ChannelPart", "parts part"),
        as_layer(channels.ChannelShuffle, "ChannelShuffle", "groups"),
        as_layer(channels.ChannelMean, "ChannelMean"),
        as_layer(channels.ChannelMax, "ChannelMax"),
        as_layer(channels.DepthToSpace, "DepthToSpace", "block channel_order"),
        Lowering(channels.Permute, permute),
        as_layer(channels.SpaceToDepth, "SpaceToDepth", "block channel_order"),
        Lowering(
            merging.Scale,
            plain("Rescaling", "factor"),
            rounded=frozenset({"factor"}),
        ),
        as_layer(
            merging.Rescale,
            "layers.Rescaling",
            "scale:factor offset=0.0",
            rounded=frozenset({"factor", "offset"}),
        ),
        Lowering(activation.Relu, plain("ReLU"), given=python.string("relu")),
        Lowering(activation.Relu6, plain("ReLU", max_value=6), given=python.string("relu6")),
        Lowering(
            activation.LeakyRelu,
            leaky_relu,
            rounded=frozenset({"slope"}),
            reads={
                "layers.LeakyReLU": "negative_slope:slope=0.3",
                "UnfusedLeakyReLU": "negative_slope:slope",
            },
        ),
        Lowering(activation.Prelu, prelu, stored("alpha")),
        as_layer(activation.ReluSquared, "ReLUSquared"),
        as_layer(activation.Threshold, "Threshold", "limit value"),
        as_layer(activation.Clip, "Clip", "low high"),
        as_layer(activation.Elu, "layers.ELU", "alpha=1.0"),
        Lowering(
            activation.Gelu,
            gelu,
            rounded=frozenset({"root_of_half"}),
            reads={"ApproximateGELU": "approximate=True"},
            given=python.string("gelu"),
        ),
        Lowering(activation.Mish, mish, reads={"UnfusedMish": ""}),
        Lowering(
            activation.HardSigmoid,
            hard_sigmoid,
            reads={"HardSigmoid": "slope offset"},
            given=python.string("hard_sigmoid"),
        ),
        as_layer(activation.Softmax, "layers.Softmax"),
        *(Lowering(op, function(op.name), given=python.string(op.name)) for op in FUNCTIONS),
    ),
    layer="str",
    constructor="Callable[..., keras.Layer]",
    is_by_name=True,
)
