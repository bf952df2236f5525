"""Pooling: windows that keep the channels apart."""

from __future__ import annotations

from ..diagnostics.base import Rejected
from ..diagnostics.shapes import PoolPaddingTooLarge
from ..values import NO_PADDING, Padding, Shape, Size
from .base import FLAG, OPTIONAL_SIZE, PADS, SIZE, Choice, Op, Weight, attribute, need_image
from .convolution import AXES, ONE, resolve_padding, slide

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

ROUNDING = Choice("floor or ceil", ("floor", "ceil"))


class Pooling(Op):
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

    @property
    def step(self) -> Size:
        return self.stride or self.size

    def padding(self, image: Shape) -> Padding:
        """The padding in pixels on this image."""
        return resolve_padding(self.pad, image, self.size, self.step)

    def overhang(self, image: Shape) -> tuple[int, int]:
        """Rows and columns by which the last windows reach past the padded image (`ceil`)."""
        output, padding = self.shape([image]), self.padding(image)
        height = padding.top + image.height + padding.bottom
        width = padding.left + image.width + padding.right
        return (
            max((output.height - 1) * self.step.height + self.size.height - height, 0),
            max((output.width - 1) * self.step.width + self.size.width - width, 0),
        )

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        (image,) = inputs
        need_image(self, image)
        padding = self.padding(image)
        for axis in AXES:
            size = getattr(self.size, axis.side)
            for side in (getattr(padding, axis.before), getattr(padding, axis.after)):
                if side > size // 2:
                    label = f"{self.name}-2"
                    raise Rejected(PoolPaddingTooLarge(self.name, label, side, size, axis.word))
        label = f"{self.name}-1"
        floor = slide(self, label, image, self.size, self.step, padding, ONE)
        if self.rounding == "floor":
            return Shape((*floor, image.channels))
        sides = []
        for axis, count in zip(AXES, floor, strict=True):
            before, step = getattr(padding, axis.before), getattr(self.step, axis.side)
            pixels = getattr(image, axis.side)
            room = before + pixels + getattr(padding, axis.after) - getattr(self.size, axis.side)
            starts_inside = count * step < before + pixels
            sides.append(count + 1 if room % step and starts_inside else count)
        return Shape((*sides, image.channels))


class MaxPool(Pooling):
    """Take the largest value of each window. Padding never wins: it counts as -infinity.

    With `rounding=ceil` a last, incomplete window counts if it starts inside the image or the
    padding before it.

    (max_pool-1) the window fits into the padded image
    (max_pool-2) padding is at most half the window
    (max_pool-3) the input is an image
    """

    name = "max_pool"


class AvgPool(Pooling):
    """Take the mean of each window: its sum over the number of its cells that count.

    Cells of the image count; padding counts if `count_padding` is true; cells beyond the padded
    image, which `rounding=ceil` brings, never count.

    (avg_pool-1) the window fits into the padded image
    (avg_pool-2) padding is at most half the window
    (avg_pool-3) the input is an image
    """

    name = "avg_pool"
    count_padding: bool = attribute(FLAG, default=False, doc="whether padding counts as cells")


class AdaptiveAvgPool(Op):
    """Average the image down to `size`, whatever its size: PyTorch's `AdaptiveAvgPool2d`.

    Of H rows, output row i of h is the mean of the rows from floor(i * H / h) up to
    ceil((i + 1) * H / h), the last not included; columns alike. Windows overlap where h does not
    divide H. An image of `size` stays as it is.

    (adaptive_avg_pool-1) the input is an image
    """

    name = "adaptive_avg_pool"
    size: Size = attribute(SIZE, doc="height and width of the output")

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        need_image(self, inputs[0])
        return Shape((self.size.height, self.size.width, inputs[0].channels))


class GlobalPool(Op):
    """What the global poolings share: an image becomes a vector of its channels."""

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        need_image(self, inputs[0])
        return Shape((inputs[0].channels,))


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


class Subsample(Op):
    """LeNet's trainable sub-sampling: y = gain[c] * (sum of the window) + bias[c].

    The windows do not overlap (LeCun et al. 1998, section II.B, layers S2 and S4). The gain
    starts at one over the window's area, so that a fresh layer averages.

    Weights: gain (channels), bias (channels).

    (subsample-1) the window fits into the image
    (subsample-2) the input is an image
    """

    name = "subsample"
    size: Size = attribute(SIZE, doc="height and width of the window, and its step")

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        (image,) = inputs
        need_image(self, image)
        sides = slide(self, "subsample-1", image, self.size, self.size, NO_PADDING, ONE)
        return Shape((*sides, image.channels))

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        channels = inputs[0].channels
        return (
            Weight("gain", (channels,), "reciprocal_area"),
            Weight("bias", (channels,), "zeros"),
        )

    def macs(self, inputs: Sequence[Shape]) -> int:
        return self.shape(inputs).elements
