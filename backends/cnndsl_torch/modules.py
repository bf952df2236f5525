"""One lowering for each op: the PyTorch module that says the same, exactly."""

from __future__ import annotations

import itertools

from cnndsl.emit import pairs, python
from cnndsl.emit.applied import Applied
from cnndsl.emit.lowering import Lowering, Lowerings, Stored, stored
from cnndsl.ops import activation, channels, merging, normalization, pooling
from cnndsl.ops import convolution as convolutions
from cnndsl.ops import dense as vectors
from cnndsl.ops.windows import ONE
from cnndsl.values import NO_PADDING
from cnndsl_torch.attention import ATTENTION
from cnndsl_torch.channels import (
    channel_part,
    channel_parts,
    channel_slice,
    depth_to_space,
    permute,
    scaling_parameter,
    space_to_depth,
)
from cnndsl_torch.kernels import (
    as_module,
    conv,
    dense,
    depthwise_conv,
    initialized,
    pixel_dense,
    separable_conv,
    standardized_conv,
)
from cnndsl_torch.padding import (
    around,
    ends_by_ceil,
    extended,
    number_or_sides,
    pool_padding,
    resolved,
    sides,
)
from cnndsl_torch.resizing import RESIZING
from cnndsl_torch.transposed import conv_transpose

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeGuard

    from cnndsl.emit.classes.writer import Site
    from cnndsl_torch.kernels import Emitter, Keywords


TRUE, FALSE = python.number(True), python.number(False)


# Poolings


def window(site: Site) -> tuple[list[python.Value], Keywords]:
    return [site.symbol("size")], site.keywords(stride="stride")


def ceil_mode(site: Site) -> Keywords:
    if site.values("rounding") == {"floor"}:
        return []
    if site.is_symbolic("rounding"):
        test = python.Compare(site.symbol("rounding"), "==", python.string("ceil"))
        return [("ceil_mode", test)]
    return [("ceil_mode", TRUE)]


def max_pool(site: Site) -> python.Expression:
    arguments, keywords = window(site)
    keywords += site.keywords(dilation="dilation")
    if ends_by_ceil(site):
        return python.Call("nn.MaxPool2d", arguments, [*keywords, ("ceil_mode", TRUE)])
    padding = pool_padding(site)
    if padding is not None:
        keywords += [*padding, *ceil_mode(site)]
        return python.Call("nn.MaxPool2d", arguments, keywords)
    infinity = python.call("float", python.string("-inf"))
    border = number_or_sides(site.measure(extended))
    pad = python.call("nn.ConstantPad2d", border, infinity)
    return python.call("nn.Sequential", pad, python.Call("nn.MaxPool2d", arguments, keywords))


def avg_pool(site: Site) -> python.Expression:
    if site.values("dilation") != {ONE}:
        module = site.support("DilatedAvgPool2d")
        return padded_average(site, module, site.keywords(dilation="dilation"))
    arguments, keywords = window(site)
    counts = site.values("count_padding")
    if counts == {False} and ends_by_ceil(site):
        return python.Call("nn.AvgPool2d", arguments, [*keywords, ("ceil_mode", TRUE)])
    padding = pool_padding(site)
    if padding is not None:
        keywords += [*padding, *ceil_mode(site)]
        if padding and counts != {True}:
            is_symbolic = site.is_symbolic("count_padding")
            counted = site.symbol("count_padding") if is_symbolic else FALSE
            keywords.append(("count_include_pad", counted))
        return python.Call("nn.AvgPool2d", arguments, keywords)
    if site.constant("count_padding") and site.measure(extended) == site.measure(resolved):
        pad = python.call("nn.ZeroPad2d", number_or_sides(site.measure(resolved)))
        return python.call("nn.Sequential", pad, python.Call("nn.AvgPool2d", arguments, keywords))
    return padded_average(site, site.support("PaddedAvgPool2d"), [])


def padded_average(site: Site, module: str, extra: Keywords) -> python.Expression:
    """The helper of that name, which is told the padding and what of it counts."""
    arguments, keywords = window(site)
    counted = site.measure(resolved) if site.constant("count_padding") else NO_PADDING
    around = [("pad", sides(site.measure(extended))), ("counted", sides(counted))]
    return python.Call(module, arguments, [*keywords, *around, *extra])


def global_pool(module: str) -> Emitter:
    def emit(site: Site) -> python.Expression:
        pool = python.call(module, 1)
        if site.constant("keepdims"):
            return pool
        return python.call("nn.Sequential", pool, python.call("nn.Flatten"))

    return emit


# Normalisation


def batch_norm(site: Site) -> python.Expression:
    rank = 2 if site.measure(lambda layer: layer.input_shapes[0].is_image) else 1
    keywords = site.keywords(epsilon="eps")
    if site.given("momentum"):
        keywords.append(("momentum", running_momentum(site)))
    return norm(site, f"nn.BatchNorm{rank}d", [site.in_channels], keywords)


def norm(
    site: Site,
    module: str,
    arguments: list[python.Value],
    keywords: Keywords,
    affine: bool | None = True,
) -> python.Expression:
    """A module of a norm, with a scale, a shift, both or neither.

    affine: whether it has both if nothing is said; None where it has them whatever is said
    """
    center, scale = bool(site.constant("center")), bool(site.constant("scale"))
    has_any = center or scale
    if affine is not None and affine != has_any:
        keywords = [*keywords, ("affine", TRUE if has_any else FALSE)]
    made: python.Expression = python.Call(module, arguments, keywords)
    if affine is not None and not has_any:
        return made
    if not scale:
        made = python.call(site.support("without_scale"), made)
    if not center:
        made = python.call(site.support("without_shift"), made)
    return made


def running_momentum(site: Site) -> python.Expression:
    """PyTorch's momentum: the share of the new statistics, not of the old."""
    if site.is_symbolic("momentum"):
        return python.Binary(1, "-", site.symbol("momentum"))
    return python.number(round(1.0 - float(str(site.constant("momentum"))), 12))


def instance_norm(site: Site) -> python.Expression:
    keywords = site.keywords(epsilon="eps")
    return norm(site, "nn.InstanceNorm2d", [site.in_channels], keywords, False)


def layer_norm(site: Site) -> python.Expression:
    keywords = site.keywords(epsilon="eps")
    return norm(site, site.support("ChannelNorm"), [site.in_channels], keywords, None)


def group_norm(site: Site) -> python.Expression:
    """Without a scale PyTorch's own cannot shift: its gradient asks for one."""
    arguments: list[python.Value] = [site.symbol("groups"), site.in_channels]
    keywords = site.keywords(epsilon="eps")
    if site.constant("center") and not site.constant("scale"):
        return python.Call(site.support("ShiftedGroupNorm"), arguments, keywords)
    return norm(site, "nn.GroupNorm", arguments, keywords)


def normalize(site: Site) -> python.Expression:
    if not site.constant("is_learned"):
        mean: list[python.Value] = [site.symbol("mean")] if site.given("mean") else []
        return python.Call(site.support("Normalize"), mean, site.keywords(std="std"))
    return python.call(site.support("LearnedNormalize"), site.in_channels)


def lrn(site: Site) -> python.Expression:
    size, alpha = site.symbol("size"), site.symbol("alpha")
    if site.is_symbolic("size") or site.is_symbolic("alpha"):
        per_window: python.Expression = python.Binary(alpha, "*", size)
    else:  # rounded, so that 0.1 * 3 is 0.3
        per_window = python.number(float(f"{float(str(alpha)) * int(str(size)):.15g}"))
    keywords: Keywords = [("alpha", per_window)]
    keywords += [("beta", site.symbol("beta")), ("k", site.symbol("k"))]
    return python.Call("nn.LocalResponseNorm", [size], keywords)


# Shapes


def flatten(site: Site) -> python.Expression:
    if site.item.element in site.facts.native_flattens:
        return python.call("nn.Flatten")
    return python.call(site.support("FlattenChannelsLast"))


def zero_pad(site: Site) -> python.Expression:
    return python.call("nn.ZeroPad2d", around(site, "pad"))


# Functions of each value


def rescale(site: Site) -> python.Expression:
    offset: list[python.Value] = [site.symbol("offset")] if site.given("offset") else []
    return python.call(site.support("Rescale"), site.symbol("factor"), *offset)


def gelu(site: Site) -> python.Expression:
    tanh, none = python.string("tanh"), python.string("none")
    if site.is_symbolic("approximate"):
        either = python.Conditional(tanh, site.symbol("approximate"), none)
        return python.call("nn.GELU", approximate=either)
    keywords: Keywords = [("approximate", tanh)] if site.constant("approximate") else []
    return python.Call("nn.GELU", [], keywords)


def applied(site: Site) -> python.Expression:
    """A layer that the code is given: a class, or a call that makes it."""
    return python.Call(site.symbol("layer"), [])


def plain(module: str, *attributes: str, **keywords: python.Value) -> Emitter:
    """An emitter for a module whose arguments are the op's attributes, if they are given."""

    def emit(site: Site) -> python.Expression:
        arguments = [site.symbol(name) for name in attributes if site.given(name)]
        return python.Call(f"nn.{module}", arguments, list(keywords.items()))

    return emit


def hard_sigmoid(site: Site) -> python.Expression:
    if site.given("slope") or site.given("offset"):
        return python.call(site.support("HardSigmoid"), site.symbol("slope"), site.symbol("offset"))
    return python.call("nn.Hardsigmoid")


# Merges


def is_starred(operand: python.Expression) -> TypeGuard[python.Starred]:
    """Whether an operand stands for all values of a list."""
    return isinstance(operand, python.Starred)


def listed(site: Site) -> python.Expression:
    """The operands as a list, in words that TorchScript has: it takes no star in one."""
    parts: list[python.Expression] = []
    for is_list, group in itertools.groupby(site.operands, is_starred):
        some = list(group)
        parts += [one.value for one in some if is_starred(one)] if is_list else [python.List(some)]
    return pairs.joined(lambda left, right: python.Binary(left, "+", right), parts)


def stacked(site: Site, method: str) -> python.Expression:
    """What a method makes of the operands on an axis of their own."""
    values = python.call("torch.stack", listed(site))
    return python.call(python.Attribute(values, method), dim=0)


def joined(operator: str, of_list: str = "") -> Emitter:
    """The operands with an operator between them; the method that is its like for lists."""

    def emit(site: Site) -> python.Expression:
        if any(map(is_starred, site.operands)):
            return stacked(site, of_list)
        return pairs.joined(lambda one, other: python.Binary(one, operator, other), site.operands)

    return emit


def pairwise(function: str, of_list: str) -> Emitter:
    """A function of two operands, and of what that gave and the next; its like for lists."""

    def emit(site: Site) -> python.Expression:
        if any(map(is_starred, site.operands)):
            return stacked(site, of_list)
        return pairs.joined(lambda one, other: python.call(function, one, other), site.operands)

    return emit


def average(site: Site) -> python.Expression:
    return stacked(site, "mean")


def concat(site: Site) -> python.Expression:
    return python.call("torch.cat", listed(site), dim=1)


# The table


KERNEL = (3, 2, 0, 1)
"""The axes of a convolution's kernel: (outputs, inputs of a group, height, width).

Those of its transpose have inputs and outputs the other way about, here as in the language."""

CONV = {"kernel": Stored("weight", KERNEL), "bias": Stored("bias")}
STANDARDIZED = {**CONV, "gain": Stored("gain", KERNEL)}
SEPARABLE = {
    "depthwise_kernel": Stored("depthwise.weight", KERNEL),
    "pointwise_kernel": Stored("pointwise.weight", KERNEL),
    "bias": Stored("pointwise.bias"),
}
DENSE = {"kernel": Stored("weight", (1, 0)), "bias": Stored("bias")}
BATCH_NORM = {
    "gamma": Stored("weight"),
    "beta": Stored("bias"),
    "moving_mean": Stored("running_mean"),
    "moving_variance": Stored("running_var"),
}
LAYER_NORM = {"gamma": Stored("weight"), "beta": Stored("bias")}
SUBSAMPLE = {"gain": Stored("weight"), "bias": Stored("bias")}

LOWERINGS = Lowerings(
    "torch",
    (
        Lowering(Applied, applied, given=python.name("nn.Identity")),
        Lowering(convolutions.Conv, conv, CONV, drawn="nn.Conv2d"),
        Lowering(convolutions.StandardizedConv, standardized_conv, STANDARDIZED, drawn="nn.Conv2d"),
        Lowering(convolutions.DepthwiseConv, depthwise_conv, CONV, drawn="nn.Conv2d"),
        Lowering(convolutions.SeparableConv, separable_conv, SEPARABLE, drawn="nn.Conv2d"),
        Lowering(
            convolutions.ConvTranspose,
            lambda site: initialized(site, conv_transpose(site)),
            CONV,
            drawn="nn.ConvTranspose2d",
        ),
        Lowering(
            vectors.Dense,
            dense,
            DENSE,
            drawn="nn.Linear",
            reads={"nn.Linear": "in_features:channels out_features:units bias=True"},
        ),
        Lowering(vectors.PixelDense, pixel_dense, DENSE, drawn="nn.Linear"),
        as_module(vectors.Placeholder, "nn.Identity"),
        as_module(vectors.Reshape, "ToImage", "size"),
        Lowering(vectors.Flatten, flatten, reads={"nn.Flatten": "", "FlattenChannelsLast": ""}),
        Lowering(vectors.Dropout, plain("Dropout", "rate"), reads={"nn.Dropout": "p:rate=0.5"}),
        Lowering(
            vectors.SpatialDropout, plain("Dropout2d", "rate"), reads={"nn.Dropout2d": "p:rate=0.5"}
        ),
        as_module(vectors.DropPath, "DropPath", "p:rate"),
        Lowering(pooling.MaxPool, max_pool),
        Lowering(pooling.AvgPool, avg_pool),
        as_module(pooling.AdaptiveAvgPool, "nn.AdaptiveAvgPool2d", "output_size:size"),
        Lowering(pooling.GlobalAvgPool, global_pool("nn.AdaptiveAvgPool2d")),
        Lowering(pooling.GlobalMaxPool, global_pool("nn.AdaptiveMaxPool2d")),
        as_module(pooling.LpPool, "EvenLPPool2d", "kernel_size:size power=2 stride=None"),
        *RESIZING,
        *ATTENTION,
        as_module(pooling.Subsample, "Subsample", "channels size", SUBSAMPLE),
        Lowering(normalization.BatchNorm, batch_norm, BATCH_NORM),
        Lowering(normalization.LayerNorm, layer_norm, LAYER_NORM),
        Lowering(normalization.GroupNorm, group_norm, LAYER_NORM),
        Lowering(normalization.InstanceNorm, instance_norm, LAYER_NORM),
        as_module(
            normalization.RmsNorm,
            "ChannelRMSNorm",
            "channels eps:epsilon=1e-6",
            {"gamma": Stored("weight")},
        ),
        as_module(
            normalization.GlobalResponseNorm,
            "GlobalResponseNorm",
            "channels eps:epsilon=1e-6",
            LAYER_NORM,
        ),
        as_module(normalization.L2Normalize, "L2Normalize", "eps:epsilon=1e-12"),
        as_module(
            normalization.LayerScale,
            "LayerScale",
            "channels start=1e-6",
            {"gamma": Stored("weight")},
            scaling_parameter,
        ),
        Lowering(
            normalization.Normalize,
            normalize,
            stored("mean", "variance", "count"),
            reads={"Normalize": "mean=None std=None", "LearnedNormalize": "channels"},
        ),
        Lowering(normalization.Lrn, lrn),
        Lowering(merging.Add, joined("+", "sum")),
        Lowering(merging.Multiply, joined("*")),
        Lowering(merging.Subtract, joined("-")),
        Lowering(merging.Maximum, pairwise("torch.maximum", "amax")),
        Lowering(merging.Minimum, pairwise("torch.minimum", "amin")),
        Lowering(merging.Average, average),
        Lowering(merging.Concat, concat),
        Lowering(merging.ZeroPad, zero_pad),
        Lowering(channels.Slice, channel_slice, reads={"ChannelSlice": "start=0 stop=None"}),
        Lowering(channels.Split, channel_part, together=channel_parts),
        as_module(channels.ChannelShuffle, "nn.ChannelShuffle", "groups"),
        as_module(channels.ChannelMean, "ChannelMean"),
        as_module(channels.ChannelMax, "ChannelMax"),
        Lowering(channels.DepthToSpace, depth_to_space),
        Lowering(channels.SpaceToDepth, space_to_depth),
        Lowering(channels.Permute, permute),
        as_module(merging.Scale, "Scale", "factor"),
        Lowering(merging.Rescale, rescale, reads={"Rescale": "factor offset=0.0"}),
        as_module(activation.Relu, "nn.ReLU"),
        as_module(activation.Relu6, "nn.ReLU6"),
        Lowering(
            activation.LeakyRelu,
            plain("LeakyReLU", "slope"),
            reads={"nn.LeakyReLU": "negative_slope:slope=0.01"},
        ),
        as_module(
            activation.Prelu,
            "nn.PReLU",
            "num_parameters:channels init:slope=0.25",
            {"alpha": Stored("weight")},
        ),
        as_module(activation.ReluSquared, "ReLUSquared"),
        as_module(activation.Threshold, "nn.Threshold", "threshold:limit value"),
        as_module(activation.Clip, "Clip", "low high"),
        as_module(activation.HardTanh, "nn.Hardtanh"),
        Lowering(activation.Elu, plain("ELU", "alpha"), reads={"nn.ELU": "alpha=1.0"}),
        as_module(activation.Selu, "nn.SELU"),
        Lowering(activation.Gelu, gelu, given=python.name("nn.GELU")),
        as_module(activation.Silu, "nn.SiLU"),
        as_module(activation.Mish, "nn.Mish"),
        as_module(activation.Sigmoid, "nn.Sigmoid"),
        Lowering(
            activation.HardSigmoid,
            hard_sigmoid,
            rounded=frozenset({"sixth"}),  # of the derivative
            reads={"nn.Hardsigmoid": "", "HardSigmoid": "slope offset"},
            given=python.name("nn.Hardsigmoid"),
        ),
        as_module(activation.HardSwish, "nn.Hardswish"),
        as_module(activation.Tanh, "nn.Tanh"),
        as_module(activation.Softplus, "nn.Softplus"),
        as_module(activation.Softsign, "nn.Softsign"),
        Lowering(activation.Softmax, plain("Softmax", dim=1)),
        Lowering(activation.LogSoftmax, plain("LogSoftmax", dim=1)),
    ),
    layer="type[nn.Module]",
    constructor="Callable[[], nn.Module]",
)
