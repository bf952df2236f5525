"""Sliding windows of whatever op, and their arithmetic in numbers."""

from __future__ import annotations

from ..record import Record
from ..values import NO_PADDING, SAME, Padding, Shape, Size
from .convolution import ONE, Convolution
from .pooling import Pooling, Subsample

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .base import Op


class Window(Record):
    """A sliding window in one place, whatever its op."""

    kernel: Size
    stride: Size
    dilation: Size
    pad: str | Padding
    padding: Padding
    rounding: str


def window_of(op: Op, image: Shape) -> Window | None:
    """The window of an op on an image; None for an op without."""
    if isinstance(op, Convolution):
        pads = op.padding(image)
        return Window(op.kernel, op.stride, op.dilation, op.pad, pads, "floor")
    if isinstance(op, Pooling):
        return Window(op.size, op.step, ONE, op.pad, op.padding(image), op.rounding)
    if isinstance(op, Subsample):
        return Window(op.size, op.size, ONE, NO_PADDING, NO_PADDING, "floor")
    return None


def arithmetic(window: Window, image: Shape, after: Shape, axis: str) -> str:
    """A side of the output in numbers: `(12 + 2*0 - 5) / 2 + 1 = 4.5 -> 4`."""
    pixels, result = getattr(image, axis), getattr(after, axis)
    stride = getattr(window.stride, axis)
    if window.pad == SAME:
        return f"ceil({pixels} / {stride}) = {result}"
    padding = window.padding
    before, behind = (
        (padding.top, padding.bottom) if axis == "height" else (padding.left, padding.right)
    )
    size, dilation = getattr(window.kernel, axis), getattr(window.dilation, axis)
    reach = dilation * (size - 1) + 1
    shown = str(size) if dilation == 1 else f"({dilation}*({size} - 1) + 1)"
    pads = f"2*{before}" if before == behind else f"{before} + {behind}"
    room = pixels + before + behind - reach
    exact = f"{room // stride + 1}" if room % stride == 0 else f"{room / stride + 1:.4g}"
    rounded = "" if exact == str(result) else f" -> {result}"
    return f"({pixels} + {pads} - {shown}) / {stride} + 1 = {exact}{rounded}"
