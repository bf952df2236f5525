"""Convolutions, and the arithmetic of sliding windows that pooling shares."""

from __future__ import annotations

from ..diagnostics.base import Rejected
from ..diagnostics.shapes import GroupsDoNotDivide, KernelTooLarge, StrideWithDilation
from ..record import Record
from ..values import NO_PADDING, Padding, Shape, Size
from .base import (
    COUNT,
    FLAG,
    IMAGES,
    INITIALIZER,
    NON_NEGATIVE,
    PADS,
    SEED,
    SEES_ORDER,
    SIZE,
    Op,
    Weight,
    attribute,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, ClassVar

ONE = Size(1, 1)


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Padding before and after that gives ceil(size / stride); the odd pixel comes after."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def resolve_padding(
    pad: str | Padding, image: Shape, kernel: Size, stride: Size, dilation: Size = ONE
) -> Padding:
    """The padding in pixels: `same` depends on the image, the others are what they say."""
    if isinstance(pad, Padding):
        return pad
    reach_height = dilation.height * (kernel.height - 1) + 1
    reach_width = dilation.width * (kernel.width - 1) + 1
    return Padding(
        *same_padding(image.height, reach_height, stride.height),
        *same_padding(image.width, reach_width, stride.width),
    )


class Axis(Record):
    """One axis of a sliding window: its word in messages and the fields that hold its numbers."""

    word: str
    side: str
    before: str
    after: str


AXES = (Axis("high", "height", "top", "bottom"), Axis("wide", "width", "left", "right"))


def slide(
    op: Op, label: str, image: Shape, kernel: Size, stride: Size, padding: Padding, dilation: Size
) -> tuple[int, int]:
    """Output height and width: floor((in + padding - window) / stride) + 1 on each axis."""
    sides = []
    for axis in AXES:
        size, step = getattr(kernel, axis.side), getattr(stride, axis.side)
        dilated = getattr(dilation, axis.side)
        before, after = getattr(padding, axis.before), getattr(padding, axis.after)
        pixels = getattr(image, axis.side)
        room = before + pixels + after - (dilated * (size - 1) + 1)
        if room < 0:
            raise Rejected(
                KernelTooLarge(op.name, label, axis.word, size, dilated, before, pixels, after)
            )
        sides.append(room // step + 1)
    return sides[0], sides[1]


def _largest(size: Size) -> int:
    return max(size.height, size.width)


class Convolution(Op):
    """What the three convolutions share: the window, and the initialiser of its kernels."""

    kernel: Size = attribute(SIZE, doc="height and width of the window")
    stride: Size = attribute(SIZE, default=ONE, doc="step of the window")
    pad: str | Padding = attribute(PADS, default=NO_PADDING, doc="zeros around the image")
    dilation: Size = attribute(SIZE, default=ONE, doc="distance between the window's taps")
    bias: bool = attribute(FLAG, default=True, doc="add a trainable bias to each filter")
    init: str = attribute(INITIALIZER, default="glorot_uniform", doc="initialiser of the kernel")
    seed: int | None = attribute(SEED, default=None, doc="seed of the initialiser")
    l2: float = attribute(
        NON_NEGATIVE, default=0.0, doc="the loss gains l2 times the sum of the squared kernel"
    )
    ranks = IMAGES
    order = SEES_ORDER
    depth = 1
    deviation = 1.5
    stride_rule: ClassVar[int] = 3
    """The number of the constraint on stride and dilation."""

    def padding(self, image: Shape) -> Padding:
        """The padding in pixels on this image."""
        return resolve_padding(self.pad, image, self.kernel, self.stride, self.dilation)

    def check(self, inputs: Sequence[Shape]) -> None:
        if _largest(self.stride) > 1 and _largest(self.dilation) > 1:
            label = f"{self.name}-{self.stride_rule}"
            stride, dilation = str(self.stride), str(self.dilation)
            raise Rejected(StrideWithDilation(self.name, label, stride, dilation))

    def sides(self, inputs: Sequence[Shape]) -> tuple[int, ...]:
        (image,) = inputs
        label = f"{self.name}-1"
        return slide(
            self, label, image, self.kernel, self.stride, self.padding(image), self.dilation
        )

    def bias_weight(self, channels: int) -> tuple[Weight, ...]:
        return (Weight("bias", (channels,), 0.0),) if self.bias else ()

    def window_weight(self, name: str, depth: int, filters: int) -> Weight:
        return Weight(name, (self.kernel.height, self.kernel.width, depth, filters), self.init)


class Conv(Convolution):
    """Cross-correlate the image with `filters` kernels, each over one group of channels.

    Output channel block g of `filters / groups` sees input channel block g alone.

    Weights: kernel (height, width, channels / groups, filters), bias (filters).

    (conv-1) the dilated kernel fits into the padded image
    (conv-2) channels % groups = 0
    (conv-3) filters % groups = 0
    (conv-4) the input is an image
    (conv-5) stride and dilation are not both above 1
    """

    name = "conv"
    filters: int = attribute(COUNT, doc="output channels")
    groups: int = attribute(COUNT, default=1, doc="channel groups that do not see each other")
    stride_rule = 5

    __fields__ = ("filters", *Convolution.__fields__[:4], "groups", *Convolution.__fields__[4:])

    def check(self, inputs: Sequence[Shape]) -> None:
        channels = inputs[0].channels
        if channels % self.groups:
            raise Rejected(GroupsDoNotDivide("conv-2", "input channels", channels, self.groups))
        if self.filters % self.groups:
            raise Rejected(GroupsDoNotDivide("conv-3", "filters", self.filters, self.groups))
        super().check(inputs)

    def channels(self, inputs: Sequence[Any]) -> Any:
        return self.filters

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        depth = inputs[0].channels // self.groups
        return (self.window_weight("kernel", depth, self.filters), *self.bias_weight(self.filters))

    def macs(self, inputs: Sequence[Shape]) -> int:
        depth = inputs[0].channels // self.groups
        return self.shape(inputs).elements * self.kernel.area * depth


class DepthwiseConv(Convolution):
    """Convolve each channel on its own, with `multiplier` kernels each.

    Output channel c * multiplier + j comes from input channel c.

    Weights: kernel (height, width, 1, channels * multiplier), bias (channels * multiplier).

    (depthwise_conv-1) the dilated kernel fits into the padded image
    (depthwise_conv-2) the input is an image
    (depthwise_conv-3) stride and dilation are not both above 1
    """

    name = "depthwise_conv"
    multiplier: int = attribute(COUNT, default=1, doc="output channels for each input channel")

    __fields__ = (*Convolution.__fields__[:4], "multiplier", *Convolution.__fields__[4:])

    def channels(self, inputs: Sequence[Any]) -> Any:
        return inputs[0] * self.multiplier

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        filters = self.channels([inputs[0].channels])
        return (self.window_weight("kernel", 1, filters), *self.bias_weight(filters))

    def macs(self, inputs: Sequence[Shape]) -> int:
        return self.shape(inputs).elements * self.kernel.area


class SeparableConv(DepthwiseConv):
    """A depthwise convolution without bias, then a 1x1 convolution to `filters` channels.

    Weights: depthwise_kernel (height, width, 1, channels * multiplier),
    pointwise_kernel (1, 1, channels * multiplier, filters), bias (filters).

    (separable_conv-1) the dilated kernel fits into the padded image
    (separable_conv-2) the input is an image
    (separable_conv-3) stride and dilation are not both above 1
    """

    name = "separable_conv"
    filters: int = attribute(COUNT, doc="output channels")
    depth = 2

    __fields__ = ("filters", *DepthwiseConv.__fields__)

    def channels(self, inputs: Sequence[Any]) -> Any:
        return self.filters

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        middle = inputs[0].channels * self.multiplier
        pointwise = Weight("pointwise_kernel", (1, 1, middle, self.filters), self.init)
        depthwise = self.window_weight("depthwise_kernel", 1, middle)
        return (depthwise, pointwise, *self.bias_weight(self.filters))

    def macs(self, inputs: Sequence[Shape]) -> int:
        output = self.shape(inputs)
        middle = output.height * output.width * inputs[0].channels * self.multiplier
        return middle * (self.kernel.area + self.filters)
