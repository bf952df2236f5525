"""One lowering for each op: the Keras layers that say the same, exactly."""

from __future__ import annotations

from functools import cache

from cnndsl.emit import python
from cnndsl.emit.lowering import Lowering, Lowerings, Stored, stored
from cnndsl.ir.network import Child, Layer, Run, cost_of, distinct_layers
from cnndsl.ops import (
    activation,
    channels,
    convolution,
    merging,
    normalization,
)
from cnndsl.ops import dense as dense_ops
from cnndsl_keras.attention import ATTENTION
from cnndsl_keras.channels import (
    channel_part,
    channel_shuffle,
    channel_slice,
    depth_to_space,
    space_to_depth,
)
from cnndsl_keras.kernels import (
    around,
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
from cnndsl_keras.statistics import normalize
from cnndsl_keras.transposed import conv_transpose

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cnndsl.emit.functions.writer import Site
    from cnndsl.emit.python import Value
    from cnndsl.ir.network import Network, Scope, Step
    from cnndsl.ops.base import Op
    from cnndsl_keras.kernels import Keywords


def batch_norm(site: Site) -> None:
    keywords: Keywords = []
    for name, default in (("momentum", 0.99), ("epsilon", 1e-3), ("center", True), ("scale", True)):
        if any(getattr(layer.op, name) != default for layer in site.item.layers):
            keywords.append((name, site.symbol(name)))
    emit_layer(site, "layers.BatchNormalization", [], keywords)


def layer_norm(site: Site) -> None:
    emit_layer(site, "layers.LayerNormalization", [], [("epsilon", site.symbol("epsilon"))])


def group_norm(site: Site) -> None:
    arguments: list[Value] = [site.symbol("groups")]
    emit_layer(site, "layers.GroupNormalization", arguments, [("epsilon", site.symbol("epsilon"))])


def instance_norm(site: Site) -> None:
    keywords: Keywords = [("groups", -1), ("epsilon", site.symbol("epsilon"))]
    emit_layer(site, "layers.GroupNormalization", [], keywords)


def rms_norm(site: Site) -> None:
    emit_layer(site, "layers.RMSNormalization", [], site.keywords(epsilon="epsilon"))


def global_response_norm(site: Site) -> None:
    layer = site.support("GlobalResponseNormalization")
    emit_layer(site, layer, [], site.keywords(epsilon="epsilon"))


def l2_normalize(site: Site) -> None:
    emit_layer(site, site.support("L2Normalization"), [], site.keywords(epsilon="epsilon"))


def layer_scale(site: Site) -> None:
    emit_layer(site, site.support("LayerScale"), [], site.keywords(start="start"))


def lrn(site: Site) -> None:
    keywords: Keywords = [(name, site.symbol(name)) for name in ("size", "alpha", "beta", "k")]
    emit_layer(site, site.support("LocalResponseNormalization"), [], keywords)


def zero_pad(site: Site) -> None:
    emit_layer(site, "layers.ZeroPadding2D", [around(site, "pad")], [])


def rescale(site: Site) -> None:
    emit_layer(site, "layers.Rescaling", [site.symbol("factor")], site.keywords(offset="offset"))


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
    layer = "layers.LeakyReLU"
    if activation.LeakyRelu in site.facts.fused:
        layer = site.support("UnfusedLeakyReLU")
    emit_layer(site, layer, [], [("negative_slope", site.symbol("slope"))])


def mish(site: Site) -> None:
    if activation.Mish in site.facts.fused:
        emit_layer(site, site.support("UnfusedMish"), [], [])
    else:
        function("mish")(site)


def prelu(site: Site) -> None:
    start = python.call("keras.initializers.Constant", site.symbol("slope"))
    keywords: Keywords = [("alpha_initializer", start)]
    if site.measure(lambda layer: layer.shape.is_image):
        keywords.append(("shared_axes", python.List([python.number(1), python.number(2)])))
    emit_layer(site, "layers.PReLU", [], keywords)


def threshold(site: Site) -> None:
    arguments: list[Value] = [site.symbol("limit"), site.symbol("value")]
    emit_layer(site, site.support("Threshold"), arguments, [])


def clip(site: Site) -> None:
    emit_layer(site, site.support("Clip"), [site.symbol("low"), site.symbol("high")], [])


def hard_sigmoid(site: Site) -> None:
    if site.given("slope") or site.given("offset"):
        arguments: list[Value] = [site.symbol("slope"), site.symbol("offset")]
        emit_layer(site, site.support("HardSigmoid"), arguments, [])
    else:
        function("hard_sigmoid")(site)


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


def helper(op: type[Op], layer: str) -> Lowering:
    """A helper without arguments that means an op."""
    return Lowering(
        op, lambda site: emit_layer(site, site.support(layer), [], []), reads={layer: ""}
    )


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

LOWERINGS = Lowerings(
    "keras",
    (
        Lowering(convolution.Conv, conv, CONV, rounded=PENALTY),
        Lowering(convolution.StandardizedConv, standardized_conv, STANDARDIZED, rounded=PENALTY),
        Lowering(convolution.DepthwiseConv, depthwise_conv, CONV, rounded=PENALTY),
        Lowering(convolution.SeparableConv, separable_conv, SEPARABLE, rounded=PENALTY),
        Lowering(convolution.ConvTranspose, conv_transpose, CONV, rounded=PENALTY),
        Lowering(dense_ops.Dense, dense, CONV, rounded=PENALTY),
        Lowering(dense_ops.PixelDense, dense, CONV, rounded=PENALTY),
        read(dense_ops.Placeholder, "Identity"),
        read(dense_ops.Flatten, "Flatten"),
        Lowering(dense_ops.Dropout, plain("Dropout", "rate")),
        read(dense_ops.SpatialDropout, "SpatialDropout2D", "rate"),
        Lowering(dense_ops.DropPath, drop_path),
        *POOLING,
        *RESIZING,
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
            reads={"layers.LayerNormalization": "* epsilon=0.001"},
        ),
        Lowering(normalization.GroupNorm, group_norm, stored("gamma", "beta")),
        Lowering(normalization.InstanceNorm, instance_norm, stored("gamma", "beta")),
        Lowering(
            normalization.RmsNorm,
            rms_norm,
            {"gamma": Stored("scale")},
            reads={"layers.RMSNormalization": "* epsilon=1e-6"},
        ),
        Lowering(
            normalization.GlobalResponseNorm,
            global_response_norm,
            stored("gamma", "beta"),
            reads={"GlobalResponseNormalization": "epsilon=1e-6"},
        ),
        Lowering(
            normalization.L2Normalize, l2_normalize, reads={"L2Normalization": "epsilon=1e-12"}
        ),
        Lowering(
            normalization.LayerScale,
            layer_scale,
            stored("gamma"),
            reads={"LayerScale": "start=1e-6"},
        ),
        Lowering(
            normalization.Normalize,
            normalize,
            stored("mean", "variance", "count"),
            rounded=frozenset({"mean", "variance"}),
        ),
        Lowering(merging.Add, plain("Add")),
        Lowering(merging.Multiply, plain("Multiply")),
        Lowering(merging.Subtract, plain("Subtract")),
        Lowering(merging.Maximum, plain("Maximum")),
        Lowering(merging.Minimum, plain("Minimum")),
        Lowering(merging.Average, plain("Average")),
        Lowering(merging.Concat, plain("Concatenate")),
        Lowering(merging.ZeroPad, zero_pad),
        Lowering(channels.Slice, channel_slice, reads={"ChannelSlice": "start=0 stop=None"}),
        Lowering(channels.Split, channel_part, reads={"ChannelPart": "parts part"}),
        Lowering(channels.ChannelShuffle, channel_shuffle, reads={"ChannelShuffle": "groups"}),
        helper(channels.ChannelMean, "ChannelMean"),
        helper(channels.ChannelMax, "ChannelMax"),
        Lowering(
            channels.DepthToSpace, depth_to_space, reads={"DepthToSpace": "block channel_order"}
        ),
        Lowering(
            channels.SpaceToDepth, space_to_depth, reads={"SpaceToDepth": "block channel_order"}
        ),
        Lowering(
            merging.Scale,
            plain("Rescaling", "factor"),
            rounded=frozenset({"factor"}),
        ),
        Lowering(
            merging.Rescale,
            rescale,
            rounded=frozenset({"factor", "offset"}),
            reads={"layers.Rescaling": "scale:factor offset=0.0"},
        ),
        *ATTENTION,
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
        Lowering(activation.Prelu, prelu, stored("alpha")),
        helper(activation.ReluSquared, "ReLUSquared"),
        Lowering(
            activation.Threshold,
            threshold,
            reads={"Threshold": "limit value"},
        ),
        Lowering(activation.Clip, clip, reads={"Clip": "low high"}),
        Lowering(activation.HardTanh, function("hard_tanh")),
        Lowering(activation.Elu, elu, reads={"layers.ELU": "alpha=1.0"}),
        Lowering(activation.Selu, function("selu")),
        Lowering(
            activation.Gelu,
            gelu,
            rounded=frozenset({"root_of_half"}),
            reads={"ApproximateGELU": "approximate=True"},
        ),
        Lowering(activation.Silu, function("silu")),
        Lowering(activation.Mish, mish, reads={"UnfusedMish": ""}),
        Lowering(activation.Sigmoid, function("sigmoid")),
        Lowering(activation.HardSigmoid, hard_sigmoid, reads={"HardSigmoid": "slope offset"}),
        Lowering(activation.HardSwish, function("hard_swish")),
        Lowering(activation.Tanh, function("tanh")),
        Lowering(activation.Softplus, function("softplus")),
        Lowering(activation.Softsign, function("softsign")),
        read(activation.Softmax, "Softmax"),
        Lowering(activation.LogSoftmax, function("log_softmax")),
    ),
)
