"""What a module of PyTorch does, in parts that can be compared with a checked layer."""

from __future__ import annotations

from cnndsl.emit.validation.parts import (
    ONE,
    Part,
    Unreadable,
    convolution,
    dense,
    need_rank,
    pad,
    pair,
    plain,
    same_as_language,
    whole,
    window,
)
from cnndsl.values import NO_PADDING, Padding, Shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cnndsl.emit.validation.parts import Sides

    Reading = Callable[..., list[Part]]
    """What a module of these arguments does: called with the shape of its input and with them."""


# What arguments mean


def even(sides: Any) -> Padding:
    """The padding of a window: one number, or (vertical, horizontal)."""
    vertical, horizontal = pair(sides)
    return Padding(vertical, vertical, horizontal, horizontal)


def around(sides: Any) -> Padding:
    """The padding of `F.pad` and of padding modules: one number, or left, right, top, bottom."""
    if isinstance(sides, tuple):
        left, right, top, bottom = map(whole, sides)
        return Padding(top, bottom, left, right)
    return even(whole(sides))


def conv_padding(sides: Any, kernel: Sides, stride: Sides, dilation: Sides) -> Padding:
    if sides == "valid":
        return NO_PADDING
    if sides != "same":
        return even(sides)
    if stride != ONE:
        raise Unreadable("padding `same` takes strides of 1 alone")
    pads = []
    for axis in range(2):
        total = dilation[axis] * (kernel[axis] - 1)
        pads += [total // 2, total - total // 2]
    return Padding(*pads)


# What modules do


def conv(
    image: Shape,
    in_channels: int,
    out_channels: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    bias: bool = True,
    *,
    same: bool = False,
    border: Any = 0,
) -> list[Part]:
    """`same` and `border` are what the helpers add."""
    need_rank(image, is_image=True)
    kernel, steps, taps = pair(kernel_size), pair(stride), pair(dilation)
    zeros = conv_padding(padding, kernel, steps, taps)
    if same:
        zeros = same_as_language(image, kernel, steps, taps)
    elif border:
        zeros = around(border)
    facts = {"groups": whole(groups), "bias": bias}
    channels, filters = whole(in_channels), whole(out_channels)
    windows = {"stride": steps, "padding": zeros, "dilation": taps}
    return [convolution(image, channels, filters, kernel, **windows, **facts)]


def same_conv(image: Shape, *arguments: Any, **keywords: Any) -> list[Part]:
    if "padding" in keywords or len(arguments) > 4:
        raise Unreadable("SameConv2d computes its padding")
    return conv(image, *arguments, **keywords, same=True)


def padded_conv(image: Shape, *arguments: Any, pad: Any, **keywords: Any) -> list[Part]:
    if "padding" in keywords or len(arguments) > 4:
        raise Unreadable("PaddedConv2d pads once")
    return conv(image, *arguments, **keywords, border=pad)


def linear(vector: Shape, in_features: int, out_features: int, bias: bool = True) -> list[Part]:
    need_rank(vector, is_image=False)
    return [dense(vector, whole(in_features), whole(out_features), bias=bias)]


def max_pool(
    image: Shape, kernel_size: Any, stride: Any = None, padding: Any = 0, *, ceil_mode: bool = False
) -> list[Part]:
    size = pair(kernel_size)
    steps = size if stride is None else pair(stride)
    return [window("max_pool", image, size, steps, even(padding), by_ceil=ceil_mode)]


def avg_pool(
    image: Shape,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    *,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> list[Part]:
    size, zeros = pair(kernel_size), even(padding)
    steps = size if stride is None else pair(stride)
    counted = zeros if count_include_pad else NO_PADDING
    return [window("avg_pool", image, size, steps, zeros, by_ceil=ceil_mode, counted=counted)]


def padded_average(
    image: Shape, kernel_size: Any, stride: Any = None, *, pad: Any, counted: Any
) -> list[Part]:
    size = pair(kernel_size)
    steps = size if stride is None else pair(stride)
    return [window("avg_pool", image, size, steps, around(pad), counted=around(counted))]


def adaptive(kind: str) -> Reading:
    def read(image: Shape, output_size: Any) -> list[Part]:
        need_rank(image, is_image=True)
        height, width = pair(output_size)
        size = {"size": (height, width)}
        return [Part(f"adaptive_{kind}", size, Shape((height, width, image.channels)))]

    return read


def batch_norm(rank: int) -> Reading:
    def read(
        shape: Shape,
        num_features: int,
        *,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = True,
        center: bool = True,
        scale: bool = True,
    ) -> list[Part]:
        """`center` and `scale` are what the helpers take away."""
        need_rank(shape, is_image=rank == 2)
        weights = {"center": affine and center, "scale": affine and scale}
        numbers = {"momentum": 1.0 - momentum, "epsilon": eps}
        return [plain("batch_norm", shape, channels=whole(num_features), **weights, **numbers)]

    return read


def lrn(image: Shape, size: int, *, alpha: float, beta: float, k: float) -> list[Part]:
    facts = {"alpha": alpha / whole(size), "beta": float(beta), "k": float(k)}
    return [plain("lrn", image, size=size, **facts)]


def subsample(image: Shape, channels: int, size: Any) -> list[Part]:
    sides = pair(size)
    part = window("subsample", image, sides, sides, NO_PADDING)
    return [Part("subsample", {"size": sides, "channels": whole(channels)}, part.shape)]


def flatten(shape: Shape) -> list[Part]:
    return [Part("flatten", {}, Shape((shape.elements,)))]


def constant_pad(image: Shape, padding: Any, value: float) -> list[Part]:
    return [pad(image, around(padding), value)]


def number(kind: str, fact: str, default: float | None = None) -> Reading:
    """A module with one number."""

    def read(shape: Shape, value: float | None = default) -> list[Part]:
        if value is None:
            raise Unreadable(f"{kind} has no {fact}")
        return [plain(kind, shape, **{fact: float(value)})]

    return read


def function(kind: str) -> Reading:
    """A module without arguments, which works on each value."""

    def read(shape: Shape) -> list[Part]:
        return [plain(kind, shape)]

    return read


def gelu(shape: Shape, *, approximate: str = "none") -> list[Part]:
    if approximate not in ("none", "tanh"):
        raise Unreadable(f"approximate is {approximate!r}")
    return [plain("gelu", shape, approximate=approximate == "tanh")]


def softmax(shape: Shape, *, dim: int) -> list[Part]:
    if dim != 1:
        raise Unreadable(f"it works on dimension {dim}")
    return [plain("softmax", shape)]


READINGS: dict[str, Reading] = {
    "Conv2d": conv,
    "Linear": linear,
    "MaxPool2d": max_pool,
    "AvgPool2d": avg_pool,
    "AdaptiveAvgPool2d": adaptive("average"),
    "AdaptiveMaxPool2d": adaptive("max"),
    "BatchNorm1d": batch_norm(1),
    "BatchNorm2d": batch_norm(2),
    "LocalResponseNorm": lrn,
    "Flatten": flatten,
    "Dropout": number("dropout", "rate", 0.5),
    "ZeroPad2d": lambda image, padding: constant_pad(image, padding, 0.0),
    "ConstantPad2d": constant_pad,
    "ReLU": function("relu"),
    "ReLU6": function("relu6"),
    "LeakyReLU": number("leaky_relu", "slope", 0.01),
    "ELU": number("elu", "alpha", 1.0),
    "SELU": function("selu"),
    "GELU": gelu,
    "SiLU": function("silu"),
    "Sigmoid": function("sigmoid"),
    "Hardsigmoid": function("hard_sigmoid"),
    "Hardswish": function("hard_swish"),
    "Tanh": function("tanh"),
    "Softplus": function("softplus"),
    "Softmax": softmax,
}
"""What a module of `torch.nn` does, by its class."""

HELPERS: dict[str, tuple[str, Reading]] = {
    "FlattenChannelsLast": ("Module", flatten),
    "PaddedAvgPool2d": ("Module", padded_average),
    "PaddedConv2d": ("Conv2d", padded_conv),
    "SameConv2d": ("Conv2d", same_conv),
    "Scale": ("Module", number("scale", "factor")),
    "Subsample": ("Module", subsample),
}
"""What the modules that emitted files carry do, and what they derive from."""
