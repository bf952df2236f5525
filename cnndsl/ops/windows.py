"""Sliding windows: their arithmetic in pixels, and what the ops with one share."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Rejected
from ..record import Record
from ..values import NO_PADDING, SAME, Padding, Shape, Size
from .base import IMAGES, SEES_ORDER, Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .base import Reach

ONE = Size(1, 1)


class Axis(Record):
    """A window on one side of an image, in pixels; `word` tells the side in messages."""

    word: str
    size: int
    stride: int
    dilation: int
    before: int
    pixels: int
    after: int

    @property
    def reach(self) -> int:
        """The pixels from the window's first tap to its last."""
        return self.dilation * (self.size - 1) + 1

    @property
    def room(self) -> int:
        """How far the window can move over the padded image."""
        return self.before + self.pixels + self.after - self.reach

    @property
    def same_padding(self) -> tuple[int, int]:
        """Padding before and after that gives ceil(pixels / stride); the odd pixel comes after."""
        moves = -(-self.pixels // self.stride) - 1
        total = max(moves * self.stride + self.reach - self.pixels, 0)
        return total // 2, total - total // 2


class Window(Record):
    """A sliding window on an image, whatever its op."""

    image: Shape
    kernel: Size
    stride: Size
    dilation: Size = ONE
    pad: str | Padding = NO_PADDING
    rounding: str = "floor"

    @property
    def padding(self) -> Padding:
        """The padding in pixels: `same` depends on the image, the others are what they say."""
        if isinstance(self.pad, Padding):
            return self.pad
        high, wide = self._axes(NO_PADDING)
        return Padding(*high.same_padding, *wide.same_padding)

    @property
    def axes(self) -> tuple[Axis, Axis]:
        """The height and the width."""
        return self._axes(self.padding)

    def _axes(self, pads: Padding) -> tuple[Axis, Axis]:
        image, kernel, stride, dilation = self.image, self.kernel, self.stride, self.dilation
        high = kernel.height, stride.height, dilation.height, pads.top, image.height, pads.bottom
        wide = kernel.width, stride.width, dilation.width, pads.left, image.width, pads.right
        return Axis("high", *high), Axis("wide", *wide)


class Windowed(Op):
    """What the ops with a sliding window share: (NAME-1) it fits into the padded image."""

    ranks = IMAGES
    order = SEES_ORDER

    def window(self, image: Shape) -> Window:
        raise NotImplementedError

    def padding(self, image: Shape) -> Padding:
        """The padding in pixels on this image."""
        return self.window(image).padding

    def sides(self, inputs: Sequence[Shape]) -> tuple[int, ...]:
        """floor((in + padding - window) / stride) + 1 on each axis; of `same`, ceil(in / stride).

        With `rounding=ceil` one more, where a last window starts inside the image or the padding
        before it.
        """
        window = self.window(*inputs)
        if window.pad == SAME:
            image, stride = window.image, window.stride
            return -(-image.height // stride.height), -(-image.width // stride.width)
        sides = []
        for axis in window.axes:
            room, step = axis.room, axis.stride
            if room < 0:
                numbers = axis.size, axis.dilation, axis.before, axis.pixels, axis.after
                raise Rejected(
                    diagnostics.KernelTooLarge(self.name, f"{self.name}-1", axis.word, *numbers)
                )
            count = room // step + 1
            is_incomplete = window.rounding == "ceil" and room % step > 0
            starts_inside = count * step < axis.before + axis.pixels
            sides.append(count + (is_incomplete and starts_inside))
        return tuple(sides)

    def reach(self, inputs: Sequence[Shape]) -> tuple[Reach, ...]:
        return tuple(
            (axis.before, axis.reach - 1 - axis.before, float(axis.stride))
            for axis in self.window(*inputs).axes
        )


def window_of(op: Op, image: Shape) -> Window | None:
    """The window of an op on an image; None for an op without."""
    return op.window(image) if isinstance(op, Windowed) else None


def arithmetic(window: Window, after: Shape, side: str) -> str:
    """A side of the output in numbers: `(12 + 2*0 - 5) / 2 + 1 = 4.5 -> 4`."""
    axis, result = window.axes[side == "width"], getattr(after, side)
    stride, room = axis.stride, axis.room
    if window.pad == SAME:
        return f"ceil({axis.pixels} / {stride}) = {result}"
    shown = f"({axis.dilation}*({axis.size} - 1) + 1)" if axis.dilation > 1 else axis.size
    pads = f"2*{axis.before}" if axis.before == axis.after else f"{axis.before} + {axis.after}"
    exact = f"{room // stride + 1}" if room % stride == 0 else f"{room / stride + 1:.4g}"
    rounded = "" if exact == str(result) else f" -> {result}"
    return f"({axis.pixels} + {pads} - {shown}) / {stride} + 1 = {exact}{rounded}"
