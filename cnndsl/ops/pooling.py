"""Pooling: windows that keep the channels apart."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Rejected
from ..values import NO_PADDING, Padding, Size
from .base import (
    COUNT,
    FLAG,
    IMAGES,
    OPTIONAL_SIZE,
    PADS,
    SEES_ORDER,
    SIZE,
    Choice,
    Integer,
    Op,
    Weight,
    attribute,
)
from .windows import ONE, Window, Windowed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..values import Shape

EVEN = Integer("an even integer of at least 2", 2, is_even=True)
ROUNDING = Choice("floor or ceil", ("floor", "ceil"))


class Pooling(Windowed):
    """What max and average pooling share.

    The stride is the window's size unless it is given.
    """

    size: Size = attribute(SIZE, doc="height and width of the window")
    stride: Size | None = attribute(
        OPTIONAL_SIZE, default=None, doc="step of the window; the window's size by default"
    )
    pad: str | Padding = attribute(PADS, default=NO_PADDING, doc="padding around the image")
    rounding: str = attribute(
        ROUNDING, default="floor", doc="whether a last, incomplete window counts"
    )
    dilation: Size = attribute(SIZE, default=ONE, doc="distance between the window's cells")

    @property
    def step(self) -> Size:
        return self.stride or self.size

    def window(self, image: Shape) -> Window:
        return Window(image, self.size, self.step, self.dilation, self.pad, self.rounding)

    def extended(self, image: Shape) -> Padding:
        """The padding, with what the last windows reach beyond it (`ceil`)."""
        high, wide = (
            (axis.before, max((count - 1) * axis.stride - axis.room + axis.after, axis.after))
            for axis, count in zip(self.window(image).axes, self.sides([image]), strict=True)
        )
        return Padding(*high, *wide)

    def operations_per_value(self, inputs: Sequence[Shape]) -> int:
        return self.size.area

    def check(self, inputs: Sequence[Shape]) -> None:
        for axis in self.window(*inputs).axes:
            padding = max(axis.before, axis.after)
            if padding > axis.reach // 2:
                told = f"{self.name}-2", padding, axis.reach, axis.word
                raise Rejected(diagnostics.PoolPaddingTooLarge(self.name, *told))
            if padding and axis.dilation > axis.pixels:
                gaps = f"{self.name}-4", axis.dilation, axis.pixels, axis.word
                raise Rejected(diagnostics.GapsTooLarge(self.name, *gaps))


class MaxPool(Pooling):
    """Take the largest value of each window. Padding never wins: it counts as -infinity.

    With `rounding=ceil` a last, incomplete window counts if it starts inside the image or the
    padding before it.

    (max_pool-1) the window fits into the padded image
    (max_pool-2) padding is at most half of what the window spans, dilation * (size - 1) + 1
    (max_pool-3) the input is an image
    (max_pool-4) dilation is at most the image's side where that is padded
    """

    name = "max_pool"
    selects = True


class AvgPool(Pooling):
    """Take the mean of each window: its sum over the number of its cells that count.

    Cells of the image count; padding counts if `count_padding` is true; cells beyond the padded
    image, which `rounding=ceil` brings, never count.

    (avg_pool-1) the window fits into the padded image
    (avg_pool-2) padding is at most half of what the window spans, dilation * (size - 1) + 1
    (avg_pool-3) the input is an image
    (avg_pool-4) dilation is at most the image's side where that is padded
    """

    name = "avg_pool"
    count_padding: bool = attribute(FLAG, default=False, doc="whether padding counts as cells")

    __fields__ = (*Pooling.__fields__[:4], "count_padding", "dilation")


class LpPool(Windowed):
    """The length of each window in the norm of an even power p: (sum of x^p)^(1/p) (Boureau et al.
    2010, section 2.1).

    It is PyTorch's LPPool2d; but where a window is all 0 its gradient is 0 here, and no number
    there. An odd power of values below 0 would have no root.

    In a block it can be global:
    `block global_lp_pool(power = 2) { lp_pool(in.size, power) -> flatten }`.

    (lp_pool-1) the window fits into the image
    (lp_pool-2) the input is an image
    """

    name = "lp_pool"
    size: Size = attribute(SIZE, doc="height and width of the window")
    power: int = attribute(EVEN, default=2, doc="the norm's power")
    stride: Size | None = attribute(
        OPTIONAL_SIZE, default=None, doc="step of the window; the window's size by default"
    )

    def window(self, image: Shape) -> Window:
        return Window(image, self.size, self.stride or self.size)

    def operations_per_value(self, inputs: Sequence[Shape]) -> int:
        return 2 * self.size.area


class BlurPool(Op):
    """Smooth the image and keep a pixel of each `stride` (Zhang 2019, section 3.2).

    Output row i is the sum over t of binomial(size - 1, t) / 2^(size - 1) times row
    i * stride + t - (size - 1) // 2, so that there are ceil(H / stride). Rows beyond the edge are
    those inside, mirrored at the edge, which is not repeated (`pad` with `reflect`). Columns alike.

    (blur_pool-1) the input is an image
    (blur_pool-2) size // 2 is less than its height and width
    """

    name = "blur_pool"
    ranks = IMAGES
    order = SEES_ORDER
    size: int = attribute(COUNT, default=3, doc="how many rows and columns are summed")
    stride: Size = attribute(SIZE, default=Size(2, 2), doc="the step from one to the next")

    def check(self, inputs: Sequence[Shape]) -> None:
        from .resizing import REFLECT, need_rows  # deferred: few poolings blur

        (image,) = inputs
        half = self.size // 2
        need_rows(self.name, REFLECT, "high", image.height, half)
        need_rows(self.name, REFLECT, "wide", image.width, half)

    def sides(self, inputs: Sequence[Shape]) -> tuple[int, ...]:
        (image,) = inputs
        return -(-image.height // self.stride.height), -(-image.width // self.stride.width)


class AdaptiveAvgPool(Op):
    """Average the image down to `size`, whatever its size: PyTorch's `AdaptiveAvgPool2d`.

    Of H rows, output row i of h is the mean of the rows from floor(i * H / h) up to
    ceil((i + 1) * H / h), the last not included; columns alike. Windows overlap where h does not
    divide H. An image of `size` stays as it is.

    (adaptive_avg_pool-1) the input is an image
    """

    name = "adaptive_avg_pool"
    ranks = IMAGES
    order = SEES_ORDER
    size: Size = attribute(SIZE, doc="height and width of the output")

    def sides(self, inputs: Sequence[Shape]) -> tuple[int, ...]:
        return self.size.height, self.size.width

    def operations_per_value(self, inputs: Sequence[Shape]) -> int:
        return max(inputs[0].pixels // self.size.area, 1)


class GlobalPool(Op):
    """What the global poolings share: an image becomes a vector of its channels, or a pixel."""

    ranks = IMAGES
    order = SEES_ORDER
    keepdims: bool = attribute(FLAG, default=False, doc="give an image of 1x1, not a vector")

    def sides(self, inputs: Sequence[Shape]) -> tuple[int, ...]:
        return (1, 1) if self.keepdims else ()

    def operations_per_value(self, inputs: Sequence[Shape]) -> int:
        return inputs[0].pixels


class GlobalAvgPool(GlobalPool):
    """The mean of each channel over the whole image (Lin et al. 2013, section 3.2).

    (global_avg_pool-1) the input is an image
    """

    name = "global_avg_pool"


class GlobalMaxPool(GlobalPool):
    """The largest value of each channel over the whole image.

    (global_max_pool-1) the input is an image
    """

    name = "global_max_pool"
    selects = True


class Subsample(Windowed):
    """LeNet's trainable sub-sampling: y = gain[c] * (sum of the window) + bias[c].

    The windows do not overlap (LeCun et al. 1998, section II.B, layers S2 and S4). The gain
    starts at one over the window's area, so that a fresh layer averages.

    Weights: gain (channels), bias (channels).

    (subsample-1) the window fits into the image
    (subsample-2) the input is an image
    """

    name = "subsample"
    deviation = 1.5
    size: Size = attribute(SIZE, doc="height and width of the window, and its step")

    def window(self, image: Shape) -> Window:
        return Window(image, self.size, self.size)

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        channels = inputs[0].channels
        return (
            Weight("gain", (channels,), 1 / self.size.area),
            Weight("bias", (channels,), 0.0),
        )

    def macs_per_pixel(self, inputs: Sequence[Shape]) -> int:
        return inputs[0].channels
