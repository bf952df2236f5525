"""What a module of PyTorch does, in parts that can be compared with a checked layer."""

from __future__ import annotations

from cnndsl.emit.validation.parts import Reading, Unreadable, pads
from cnndsl.ops import resizing
from cnndsl_torch.resizing import LARGEST_LEGACY_FACTOR, NEAREST, means

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cnndsl.emit.validation.parts import Part
    from cnndsl.values import Shape

# What arguments mean


def around(values: dict[str, Any]) -> None:
    """Read padding as `F.pad` and modules of padding do: left, right, top, bottom."""
    for name in values.keys() & {"pad", "cut", "counted"}:
        if isinstance(values[name], tuple):
            left, right, top, bottom = values[name]
            values[name] = (top, bottom, left, right)


def even(values: dict[str, Any]) -> None:
    """`same` is the language's for strides of 1, and takes no others."""
    if values["pad"] == "same" and values["stride"] not in (1, (1, 1)):
        raise Unreadable("padding `same` takes strides of 1 alone")


def around_or_even(values: dict[str, Any]) -> None:
    """Read the padding of a convolution that has zeros around, or pads as all do."""
    zeros = values.pop("zeros")
    pads(values)
    even(values)
    if zeros is not None:
        values["pad"] = zeros
        around(values)


def same(values: dict[str, Any]) -> None:
    values["pad"] = "same"


def within_step(values: dict[str, Any]) -> None:
    """PyTorch puts fewer pixels behind than the larger of stride and dilation."""
    names = ("output_padding", "stride", "dilation")
    sides = [(one, one) if isinstance(one, int) else one for one in map(values.get, names)]
    if any(added >= max(limits) for added, *limits in zip(*sides, strict=True)):
        raise Unreadable(f"output_padding of {values['output_padding']} is too large")


def within_half(values: dict[str, Any]) -> None:
    """PyTorch pads a pooling by half its window at most, gaps not counted."""
    sizes = [(one, one) if isinstance(one, int) else one for one in (values["size"], values["pad"])]
    if any(2 * padding > size for size, padding in zip(*sizes, strict=True)):
        raise Unreadable(f"padding of {values['pad']} is more than half of {values['size']}")


def rounding(values: dict[str, Any]) -> None:
    values["rounding"] = "ceil" if values["rounding"] else "floor"


def running(values: dict[str, Any]) -> None:
    """PyTorch's momentum is the share of the new."""
    values["momentum"] = 1.0 - values["momentum"]


def affine(values: dict[str, Any]) -> None:
    """Without a scale and a shift, or with both; helpers take one of them away."""
    both = values.pop("affine")
    values |= {name: both and values[name] for name in ("center", "scale")}


def shifted(values: dict[str, Any]) -> None:
    values["scale"] = False


def by_size(values: dict[str, Any]) -> None:
    values["alpha"] /= values["size"]


def approximation(values: dict[str, Any]) -> None:
    values["approximate"] = {"none": False, "tanh": True}.get(values["approximate"])


def of_channels(values: dict[str, Any]) -> None:
    if values.pop("dim") != 1:
        raise Unreadable("it works on another dimension than the channels")


def interpolated(
    image: Shape,
    size: Any = None,
    *,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool = False,
) -> list[Part]:
    """Upsampling by a factor, or to a size; words for `nearest` are read as what they give."""
    if size is not None:
        return resized(image, size, mode, align_corners)
    factors = scale_factor if isinstance(scale_factor, tuple) else (scale_factor,)
    if mode == "nearest" and max(factors) > LARGEST_LEGACY_FACTOR:
        raise Unreadable(f"`nearest` rounds by the factor {scale_factor}")
    mode = mode.removesuffix("-exact")
    return Reading("upsample", "factor mode align_corners")(
        image, scale_factor, mode, align_corners
    )


def scaled(entry: Shape, start: Any) -> list[Part]:
    """A parameter that multiplies, as it is filled to begin with."""
    shape, value = start
    if shape != (entry.channels, *[1] * (len(entry.dims) - 1)):
        raise Unreadable(f"a parameter of shape {shape} multiplies {entry}")
    return Reading("layer_scale", "start")(entry, value)


def at_places(image: Shape, channels: Any, size: Any) -> list[Part]:
    """A value for each place of images of a size."""
    if size != image.dims[:2]:
        raise Unreadable(f"places of {size} are added to {image}")
    return Reading("position_embedding", "channels")(image, channels)


to_size = Reading("resize", "size mode align_corners=False")


def resized(image: Shape, size: Any, word: str, align_corners: bool) -> list[Part]:
    if word not in NEAREST:
        return to_size(image, size, word, align_corners)
    for mode in (resizing.NEAREST, resizing.NEAREST_FLOOR):
        (part,) = to_size(image, size, mode, align_corners)
        if means(word, mode, image, part.shape):
            return [part]
    raise Unreadable(f"`{word}` rounds to {size}")


def by_whole_numbers(image: Shape, size: Any, floor: bool = False) -> list[Part]:
    return to_size(image, size, resizing.NEAREST_FLOOR if floor else resizing.NEAREST)


def depth_first(values: dict[str, Any]) -> None:
    values["channel_order"] = "crd"


def column_first(values: dict[str, Any]) -> None:
    values["channel_order"] = "drc"


def permuted(image: Shape, dims: tuple[int, ...]) -> list[Part]:
    batch, *axes = ("_chw"[dim] for dim in dims)
    if batch != "_":
        raise Unreadable("it moves the batch")
    channels, height, width = axes
    return Reading("permute", "axes")(image, height + width + channels)


# What modules do

CONV = "in_channels:channels out_channels:filters kernel_size:kernel stride=1"
TAPS = "dilation=1 groups=1 bias=True"
BEHIND = "output_padding=0 groups=1 bias=True dilation=1"
LINEAR = "in_features:channels out_features:units bias=True"
POOL = "kernel_size:size stride=None padding:pad=0"
ROUNDED = "* ceil_mode:rounding=False"
TAKEN_AWAY = "center=True scale=True"
"""By helpers, which are given the module."""
AFFINE = f"affine=True {TAKEN_AWAY}"
EPSILON = "eps:epsilon=1e-5"
NORM = f"num_features:channels * {EPSILON} momentum=0.1 {AFFINE}"

READINGS: dict[str, Callable[..., list[Part]]] = {
    "Conv2d": Reading("conv", f"{CONV} padding:pad=0 {TAPS}", pads, even),
    "ConvTranspose2d": Reading(
        "conv_transpose", f"{CONV} padding:pad=0 {BEHIND}", pads, within_step
    ),
    "MaxPool2d": Reading("max_pool", f"{POOL} dilation=1 {ROUNDED}", within_half, pads, rounding),
    "AvgPool2d": Reading(
        "avg_pool", f"{POOL} {ROUNDED} count_include_pad:count_padding=True", pads, rounding
    ),
    "AdaptiveMaxPool2d": Reading("adaptive_max_pool", "output_size:size"),
    "BatchNorm1d": Reading("batch_norm", NORM, running, affine, rank=1),
    "BatchNorm2d": Reading("batch_norm", NORM, running, affine, rank=3),
    "GroupNorm": Reading("group_norm", f"groups channels * {EPSILON} {AFFINE}", affine),
    "InstanceNorm2d": Reading(
        "instance_norm",
        f"num_features:channels * {EPSILON} affine=False {TAKEN_AWAY}",
        affine,
    ),
    "LocalResponseNorm": Reading("lrn", "size * alpha beta k", by_size),
    "PixelShuffle": Reading("depth_to_space", "upscale_factor:block", depth_first),
    "PixelUnshuffle": Reading("space_to_depth", "downscale_factor:block", depth_first),
    "ZeroPad2d": Reading("zero_pad", "padding:pad", around),
    "ConstantPad2d": Reading("pad", "padding:pad value", around),
    "ReflectionPad2d": Reading("pad", "padding:pad mode=reflect", around),
    "ReplicationPad2d": Reading("pad", "padding:pad mode=edge", around),
    "CircularPad2d": Reading("pad", "padding:pad mode=circular", around),
    "GELU": Reading("gelu", "* approximate=none", approximation),
    "Softmax": Reading("softmax", "* dim", of_channels),
    "Upsample": interpolated,
    "LogSoftmax": Reading("log_softmax", "* dim", of_channels),
}
"""What a module of `torch.nn` does, by its class."""

BASES = ("Conv1d", "Module")
"""What helpers derive from that has no reading."""

HELPERS: dict[str, tuple[str, Callable[..., list[Part]]]] = {
    "ChannelNorm": ("Module", Reading("layer_norm", f"channels {EPSILON} * {TAKEN_AWAY}")),
    "ShiftedGroupNorm": ("Module", Reading("group_norm", f"groups channels {EPSILON}", shifted)),
    "Permute": ("Module", permuted),
    "ColumnsToSpace": ("Module", Reading("depth_to_space", "block", column_first)),
    "Focus": ("Module", Reading("space_to_depth", "block", column_first)),
    "Crop": ("Module", Reading("crop", "cut", around)),
    "NearestResize": ("Module", by_whole_numbers),
    "PaddedAvgPool2d": (
        "Module",
        Reading("avg_pool", "kernel_size:size stride=None * pad counted", around),
    ),
    "DilatedAvgPool2d": (
        "Module",
        Reading("avg_pool", "kernel_size:size stride=None * pad counted dilation", around),
    ),
    "PaddedConv2d": ("Conv2d", Reading("conv", f"{CONV} * pad {TAPS}", around)),
    "StandardizedConv2d": (
        "Conv2d",
        Reading(
            "standardized_conv",
            f"{CONV} padding:pad=0 {TAPS} * eps:epsilon=1e-6 scale=None pad:zeros=None",
            around_or_even,
        ),
    ),
    "PaddedConvTranspose2d": (
        "ConvTranspose2d",
        Reading("conv_transpose", f"{CONV} * pad {BEHIND}", around, within_step),
    ),
    "SameConvTranspose2d": (
        "ConvTranspose2d",
        Reading("conv_transpose", f"{CONV} * groups=1 bias=True dilation=1", same),
    ),
    "SameConv2d": ("Conv2d", Reading("conv", f"{CONV} * {TAPS}", same)),
    "PositionEmbedding": ("Module", at_places),
    "PixelLinear": ("Linear", Reading("pixel_dense", LINEAR)),
}
"""What the modules that emitted files carry do, and what they derive from."""
