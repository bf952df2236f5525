"""Convolutions and their transpose."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Rejected
from ..values import NO_PADDING, SAME, Padding, Shape, Size
from .base import (
    COUNT,
    FLAG,
    IMAGES,
    INITIALIZER,
    NON_NEGATIVE,
    PADS,
    POSITIVE,
    SEED,
    SEES_ORDER,
    SIZE,
    SIZE_OR_ZERO,
    Number,
    Op,
    Weight,
    attribute,
)
from .windows import ONE, Window, Windowed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .base import Reach

SCALE = Number("a number greater than 0, or none", 0.0, float("inf"), True, is_optional=True)


class KernelOp(Op):
    """What all convolutions share: kernels and how they begin, and the bias."""

    ranks = IMAGES
    order = SEES_ORDER
    kernel: Size = attribute(SIZE, doc="height and width of the window")
    stride: Size = attribute(SIZE, default=ONE, doc="step of the window")
    dilation: Size = attribute(SIZE, default=ONE, doc="distance between the window's taps")
    bias: bool = attribute(FLAG, default=True, doc="add a trainable bias to each filter")
    init: str = attribute(INITIALIZER, default="glorot_uniform", doc="initialiser of the kernel")
    seed: int | None = attribute(SEED, default=None, doc="seed of the initialiser")
    l2: float = attribute(
        NON_NEGATIVE, default=0.0, doc="the loss gains l2 times the sum of the squared kernel"
    )
    depth = 1
    deviation = 1.5

    def bias_weight(self, channels: int) -> tuple[Weight, ...]:
        return (Weight("bias", (channels,), 0.0),) if self.bias else ()

    def window_weight(self, name: str, depth: int, filters: int) -> Weight:
        return Weight(name, (self.kernel.height, self.kernel.width, depth, filters), self.init)


class Convolution(KernelOp, Windowed):
    """What the three convolutions share: the window, and the initialiser of its kernels."""

    pad: str | Padding = attribute(PADS, default=NO_PADDING, doc="zeros around the image")

    __fields__ = (*KernelOp.__fields__[:2], "pad", *KernelOp.__fields__[2:])

    def window(self, image: Shape) -> Window:
        return Window(image, self.kernel, self.stride, self.dilation, self.pad)


def need_groups(op: Conv | ConvTranspose, channels: int) -> None:
    """Reject groups that do not divide channels (NAME-2) or filters (NAME-3)."""
    for number, what, count in ((2, "input channels", channels), (3, "filters", op.filters)):
        if count % op.groups:
            label = f"{op.name}-{number}"
            raise Rejected(diagnostics.GroupsDoNotDivide(label, what, count, op.groups))


class Conv(Convolution):
    """Cross-correlate the image with `filters` kernels, each over one group of channels.

    Output channel block g of `filters / groups` sees input channel block g alone.

    Weights: kernel (height, width, channels / groups, filters), bias (filters).

    (conv-1) the dilated kernel fits into the padded image
    (conv-2) channels % groups = 0
    (conv-3) filters % groups = 0
    (conv-4) the input is an image
    """

    name = "conv"
    filters: int = attribute(COUNT, doc="output channels")
    groups: int = attribute(COUNT, default=1, doc="channel groups that do not see each other")

    __fields__ = ("filters", *Convolution.__fields__[:4], "groups", *Convolution.__fields__[4:])

    def check(self, inputs: Sequence[Shape]) -> None:
        need_groups(self, inputs[0].channels)

    def channels(self, inputs: Sequence[Any]) -> Any:
        return self.filters

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        depth = inputs[0].channels // self.groups
        return (self.window_weight("kernel", depth, self.filters), *self.bias_weight(self.filters))

    def macs_per_pixel(self, inputs: Sequence[Shape]) -> int:
        return self.filters * self.kernel.area * (inputs[0].channels // self.groups)


class StandardizedConv(Conv):
    """A convolution whose kernels are standardised: it is `conv` with (W - mean) / sqrt(variance +
    epsilon), mean and (biased) variance being those of each filter's kernel (Qiao et al. 2019,
    equation 5).

    With `scale`, that is multiplied by gain * scale / sqrt(N), gain being learned for each filter
    and N the number of a kernel's values (Brock et al. 2021, equation 1).

    Weights: kernel (height, width, channels / groups, filters), bias (filters); with `scale`, gain
    (1, 1, 1, filters).

    (standardized_conv-1) the dilated kernel fits into the padded image
    (standardized_conv-2) channels % groups = 0
    (standardized_conv-3) filters % groups = 0
    (standardized_conv-4) the input is an image
    """

    name = "standardized_conv"
    epsilon: float = attribute(POSITIVE, default=1e-6, doc="added to the variance of a kernel")
    scale: float | None = attribute(
        SCALE, default=None, doc="scale kernels, by a gain, too; the activation's own correction"
    )

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        gain = () if self.scale is None else (Weight("gain", (1, 1, 1, self.filters), 1.0),)
        return (*super().weights(inputs), *gain)


class DepthwiseConv(Convolution):
    """Convolve each channel on its own, with `multiplier` kernels each.

    Output channel c * multiplier + j comes from input channel c.

    Weights: kernel (height, width, 1, channels * multiplier), bias (channels * multiplier).

    (depthwise_conv-1) the dilated kernel fits into the padded image
    (depthwise_conv-2) the input is an image
    """

    name = "depthwise_conv"
    multiplier: int = attribute(COUNT, default=1, doc="output channels for each input channel")

    __fields__ = (*Convolution.__fields__[:4], "multiplier", *Convolution.__fields__[4:])

    def channels(self, inputs: Sequence[Any]) -> Any:
        return inputs[0] * self.multiplier

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        filters = self.channels([inputs[0].channels])
        return (self.window_weight("kernel", 1, filters), *self.bias_weight(filters))

    def macs_per_pixel(self, inputs: Sequence[Shape]) -> int:
        return inputs[0].channels * self.multiplier * self.kernel.area


class SeparableConv(DepthwiseConv):
    """A depthwise convolution without bias, then a 1x1 convolution to `filters` channels.

    Weights: depthwise_kernel (height, width, 1, channels * multiplier),
    pointwise_kernel (1, 1, channels * multiplier, filters), bias (filters).

    (separable_conv-1) the dilated kernel fits into the padded image
    (separable_conv-2) the input is an image
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

    def macs_per_pixel(self, inputs: Sequence[Shape]) -> int:
        return inputs[0].channels * self.multiplier * (self.kernel.area + self.filters)


class ConvTranspose(KernelOp):
    """Spread each pixel over the image with `filters` kernels: the transpose of a convolution.

    With input pixel (y, x), tap (i, j), input channel k and output channel c of the same group,

        out[y * stride + i * dilation - top, x * stride + j * dilation - left, c] +=
            in[y, x, k] * kernel[i, j, c, k]

    and the bias is added everywhere. A side of n pixels becomes
    (n - 1) * stride - pads + dilation * (kernel - 1) + 1 + output_padding. So `pad` takes pixels
    off where a convolution puts them on, and a convolution with these attributes leads back to n.
    `pad=same` gives n * stride, as the transpose of a convolution with `pad=same`: what the kernel
    reaches beyond it is taken off, the odd pixel at the bottom and right. `output_padding` pixels
    come at the bottom and right. (Dumoulin and Visin, A guide to convolution arithmetic for deep
    learning, 2016, chapter 4.)

    Weights: kernel (height, width, filters / groups, channels), bias (filters). The kernel starts
    as that of the convolution whose transpose it is, from `filters` to `channels`.

    (conv_transpose-1) `pad` leaves at least one pixel
    (conv_transpose-2) channels % groups = 0
    (conv_transpose-3) filters % groups = 0
    (conv_transpose-4) the input is an image
    (conv_transpose-5) output_padding < max(stride, dilation) on each axis
    (conv_transpose-6) with `pad=same`, output_padding = 0
    """

    name = "conv_transpose"
    filters: int = attribute(COUNT, doc="output channels")
    pad: str | Padding = attribute(PADS, default=NO_PADDING, doc="pixels taken off each side")
    output_padding: Size = attribute(
        SIZE_OR_ZERO, default=Size(0, 0), doc="pixels more at the bottom and right"
    )
    groups: int = attribute(COUNT, default=1, doc="channel groups that do not see each other")

    __fields__ = (
        *("filters", "kernel", "stride", "pad", "output_padding", "dilation", "groups"),
        *KernelOp.__fields__[3:],
    )

    @property
    def margins(self) -> tuple[Padding, Size]:
        """The pixels taken off the full result on each side, and those put behind it."""
        if isinstance(self.pad, Padding):
            return self.pad, self.output_padding
        high, wide = self.overlap
        rows, columns = max(high, 0), max(wide, 0)
        pads = Padding(rows // 2, rows - rows // 2, columns // 2, columns - columns // 2)
        return pads, Size(max(-high, 0), max(-wide, 0))

    @property
    def overlap(self) -> tuple[int, int]:
        """By how much what a pixel becomes is higher and wider than a step, or less if below 0."""
        kernel, stride, dilation = self.kernel, self.stride, self.dilation
        high = dilation.height * (kernel.height - 1) + 1 - stride.height
        return high, dilation.width * (kernel.width - 1) + 1 - stride.width

    def check(self, inputs: Sequence[Shape]) -> None:
        need_groups(self, inputs[0].channels)
        for axis in ("height", "width"):
            limit = max(getattr(self.stride, axis), getattr(self.dilation, axis))
            added = getattr(self.output_padding, axis)
            if added >= limit:
                label = "conv_transpose-5"
                raise Rejected(
                    diagnostics.OutputPaddingTooLarge(self.name, label, axis, added, limit)
                )
            if added and self.pad == SAME:
                told = "conv_transpose-6", "output_padding", SAME, "`pad` in pixels"
                raise Rejected(diagnostics.MeansNothing(self.name, *told))

    def sides(self, inputs: Sequence[Shape]) -> tuple[int, ...]:
        found = []
        for axis, before, pixels, after in self.results(*inputs):
            if before + after >= pixels:
                told = "conv_transpose-1", axis, pixels, before, after
                raise Rejected(diagnostics.NothingLeft(self.name, *told))
            found.append(pixels - before - after)
        return tuple(found)

    def results(self, image: Shape) -> tuple[tuple[str, int, int, int], ...]:
        """For height and width: what is taken off before, all pixels, and what is behind."""
        (high, wide), (pads, added), stride = self.overlap, self.margins, self.stride
        rows = image.height * stride.height + high + added.height
        columns = image.width * stride.width + wide + added.width
        return ("height", pads.top, rows, pads.bottom), ("width", pads.left, columns, pads.right)

    def reach(self, inputs: Sequence[Shape]) -> tuple[Reach, ...]:
        sides = zip(self.overlap, (self.stride.height, self.stride.width), strict=True)
        others = [(max(-(-over // step), 0), step) for over, step in sides]
        return tuple((count // 2, count - count // 2, 1 / step) for count, step in others)

    def arithmetic(self, image: Shape, axis: str) -> str:
        """A side of the output in numbers: `(14 - 1)*2 + 3 - 1 - 1 + 1 = 28`."""
        pixels, stride = getattr(image, axis), getattr(self.stride, axis)
        if self.pad == SAME:
            return f"{pixels} * {stride} = {pixels * stride}"
        _, before, whole, after = self.results(image)[axis == "width"]
        added = getattr(self.output_padding, axis)
        reach = whole - added - (pixels - 1) * stride
        more = f" + {added}" if added else ""
        taken = f" - {before} - {after}" if before or after else ""
        return f"({pixels} - 1)*{stride} + {reach}{taken}{more} = {whole - before - after}"

    def channels(self, inputs: Sequence[Any]) -> Any:
        return self.filters

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        depth, channels = self.filters // self.groups, inputs[0].channels
        return (self.window_weight("kernel", depth, channels), *self.bias_weight(self.filters))

    def macs_for(self, inputs: Sequence[Shape], output: Shape) -> int:
        """Each pixel of the input meets the whole kernel."""
        return inputs[0].elements * self.kernel.area * (self.filters // self.groups)
