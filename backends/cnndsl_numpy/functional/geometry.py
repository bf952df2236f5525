"""Where windows lie: sizes, padding, and the views through which a window sees its image."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

Array: TypeAlias = npt.NDArray[np.floating[Any]]

SizeLike: TypeAlias = int | tuple[int, int]
"""A (height, width) pair; an int means square."""

PadLike: TypeAlias = Literal["valid", "same"] | int | tuple[int, int] | tuple[int, int, int, int]
"""A word, one amount for all sides, one for top and bottom and one for left and right, or
(top, bottom, left, right)."""

Rounding: TypeAlias = Literal["floor", "ceil"]


def pair(size: SizeLike, what: str, least: int = 1) -> tuple[int, int]:
    """Return `size` as (height, width), each of which must be at least `least`."""
    height, width = (size, size) if isinstance(size, int) else size
    if min(height, width) < least:
        raise ValueError(f"{what} must be at least {least}, got {height}x{width}")
    return height, width


def sides(pad: PadLike) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return `pad` as ((top, bottom), (left, right)); None stands for "same"."""
    match pad:
        case "same":
            return None
        case "valid":
            found = (0, 0, 0, 0)
        case int(amount):
            found = (amount, amount, amount, amount)
        case (int(vertical), int(horizontal)):
            found = (vertical, vertical, horizontal, horizontal)
        case (int(top), int(bottom), int(left), int(right)):
            found = (top, bottom, left, right)
        case _:
            raise ValueError(
                'pad must be "valid", "same", an int, (height, width) or '
                f"(top, bottom, left, right), got {pad!r}"
            )
    if min(found) < 0:
        raise ValueError(f"pad must not be negative, got {pad!r}")
    return found[:2], found[2:]


@dataclass(frozen=True)
class Axis:
    """How windows lie along one spatial axis.

    `count` windows of `kernel` cells, `dilation` apart, start every `stride` cells of the image of
    `size` cells with `before` and `after` cells of padding.
    """

    size: int
    kernel: int
    stride: int
    dilation: int
    before: int
    after: int
    count: int

    @property
    def extent(self) -> int:
        """The cells from a window's first to its last: dilation * (kernel - 1) + 1."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def reach(self) -> int:
        """The cells, leading padding included, up to the end of the last window."""
        return (self.count - 1) * self.stride + self.extent

    @property
    def beyond(self) -> int:
        """The cells by which the last window reaches beyond the image.

        More than `after` when ceil rounding adds a window, less when the stride leaves a rest.
        """
        return max(self.reach - self.before - self.size, 0)

    def cells(self, count_padding: bool) -> npt.NDArray[np.intp]:
        """Count the cells of each window inside the image, or inside the padded image."""
        starts = np.arange(self.count) * self.stride - self.before
        cells = starts[:, np.newaxis] + np.arange(self.kernel) * self.dilation
        low, high = (-self.before, self.size + self.after) if count_padding else (0, self.size)
        count: npt.NDArray[np.intp] = np.count_nonzero((low <= cells) & (cells < high), axis=1)
        return count


@dataclass(frozen=True)
class Windows:
    """How windows lie on an image: one `Axis` for its rows and one for its columns."""

    rows: Axis
    columns: Axis

    @property
    def is_pointwise(self) -> bool:
        """Whether every window is one pixel, and every pixel one window: a 1x1 convolution."""
        return all(
            (axis.kernel, axis.stride, axis.before, axis.beyond, axis.count)
            == (1, 1, 0, 0, axis.size)
            for axis in (self.rows, self.columns)
        )

    def padded(self, image: Array, value: float = 0.0) -> Array:
        """Return the images (m, n_H, n_W, n_C), padded with `value` as far as a window reaches."""
        top, bottom = self.rows.before, self.rows.beyond
        left, right = self.columns.before, self.columns.beyond
        return pad_image(image, ((top, bottom), (left, right)), value)

    def view(self, padded: Array) -> Array:
        """View padded images as their windows: (m, n_H, n_W, n_C, f_h, f_w). Nothing is copied."""
        rows, columns = self.rows, self.columns
        view = sliding_window_view(padded, (rows.extent, columns.extent), axis=(1, 2))
        starts = _cells(rows, 0), _cells(columns, 0)
        return view[:, *starts, :, :: rows.dilation, :: columns.dilation]

    def offsets(self) -> Iterator[tuple[int, int, tuple[slice, slice, slice]]]:
        """Yield i, j and the index of the padded cells that are cell (i, j) of some window."""
        for i in range(self.rows.kernel):
            for j in range(self.columns.kernel):
                yield i, j, (slice(None), _cells(self.rows, i), _cells(self.columns, j))

    def padded_zeros(self, m: int, channels: int, dtype: np.dtype[Any]) -> Array:
        """Return zeros in the shape of m padded images, to collect a gradient in."""
        height = self.rows.before + self.rows.size + self.rows.beyond
        width = self.columns.before + self.columns.size + self.columns.beyond
        return np.zeros((m, height, width, channels), dtype)

    def cropped(self, padded: Array) -> Array:
        """Return the images within padded ones."""
        top, left = self.rows.before, self.columns.before
        return padded[:, top : top + self.rows.size, left : left + self.columns.size]


def _cells(axis: Axis, offset: int) -> slice:
    first = offset * axis.dilation
    return slice(first, first + (axis.count - 1) * axis.stride + 1, axis.stride)


def windows(
    height: int,
    width: int,
    kernel: SizeLike,
    stride: SizeLike = 1,
    pad: PadLike = "valid",
    dilation: SizeLike = 1,
    rounding: Rounding = "floor",
) -> Windows:
    """Lay windows over a height x width image.

    With K = dilation * (kernel - 1) + 1 and padding p before and q after, per axis:

    - explicit padding: floor((size + p + q - K) / stride) + 1 windows, and for `rounding` "ceil"
      the rounded up quotient, without a last window that starts beyond the image;
    - "same": ceil(size / stride) windows, with as much padding as they need in all, half of it
      (rounded down) before: the odd pixel goes to the bottom and right.

    Raises ValueError when the kernel does not fit into the padded image.
    """
    if rounding not in ("floor", "ceil"):
        raise ValueError(f'rounding must be "floor" or "ceil", got {rounding!r}')
    by_axis = zip(
        ("height", "width"),
        (height, width),
        pair(kernel, "kernel"),
        pair(stride, "stride"),
        pair(dilation, "dilation"),
        sides(pad) or (None, None),
        strict=True,
    )
    return Windows(*[_axis(rounding, *values) for values in by_axis])


def _axis(
    rounding: Rounding,
    what: str,
    size: int,
    kernel: int,
    stride: int,
    dilation: int,
    pad: tuple[int, int] | None,
) -> Axis:
    extent = dilation * (kernel - 1) + 1
    if pad is None:
        count = math.ceil(size / stride)
        total = max((count - 1) * stride + extent - size, 0)
        return Axis(size, kernel, stride, dilation, total // 2, total - total // 2, count)
    before, after = pad
    room = size + before + after - extent
    if room < 0:
        raise ValueError(
            f"the kernel needs {what} {extent} (dilation * (kernel - 1) + 1 = "
            f"{dilation} * {kernel - 1} + 1), but the padded image has only "
            f"{before} + {size} + {after} = {size + before + after}"
        )
    if rounding == "floor":
        count = room // stride + 1
    else:
        count = -(-room // stride) + 1
        # Every window starts inside the image or the padding before it.
        if (count - 1) * stride >= size + before:
            count -= 1
    return Axis(size, kernel, stride, dilation, before, after, count)


def transposed_windows(
    height: int,
    width: int,
    kernel: SizeLike,
    stride: SizeLike = 1,
    pad: PadLike = "valid",
    output_padding: SizeLike = 0,
    dilation: SizeLike = 1,
) -> Windows:
    """Lay height x width windows over the image that they make up, which a transpose returns.

    With K = dilation * (kernel - 1) + 1 and padding p before and q after, its size per axis is

    - (count - 1) * stride + K - p - q + output_padding with explicit padding;
    - count * stride with "same", where p + q = max(K - stride, 0), and the odd pixel is in q.

    Raises ValueError when the padding leaves no pixel.
    """
    if pad == "same" and output_padding not in (0, (0, 0)):
        raise ValueError('pad "same" takes no output_padding')
    by_axis = zip(
        (height, width),
        pair(kernel, "kernel"),
        pair(stride, "stride"),
        pair(dilation, "dilation"),
        sides(pad) or (None, None),
        pair(output_padding, "output_padding", 0),
        strict=True,
    )
    return Windows(*[_transposed_axis(*values) for values in by_axis])


def _transposed_axis(
    count: int,
    kernel: int,
    stride: int,
    dilation: int,
    pad: tuple[int, int] | None,
    output_padding: int,
) -> Axis:
    extent = dilation * (kernel - 1) + 1
    if pad is None:
        total = max(extent - stride, 0)
        before, after, size = total // 2, total - total // 2, count * stride
    else:
        before, after = pad
        size = (count - 1) * stride + extent - before - after + output_padding
    if size < 1:
        raise ValueError(f"padding of {before} + {after} leaves nothing of {size + before + after}")
    return Axis(size, kernel, stride, dilation, before, after, count)


def pad_image(
    image: Array, pad: tuple[tuple[int, int], tuple[int, int]], value: float = 0.0
) -> Array:
    """Return images (m, n_H, n_W, n_C) with `value` around them; unpadded ones are not copied."""
    (top, bottom), (left, right) = pad
    if not (top or bottom or left or right):
        return image
    m, height, width, channels = image.shape
    shape = (m, top + height + bottom, left + width + right, channels)
    padded = np.zeros(shape, image.dtype) if value == 0 else np.full(shape, value, image.dtype)
    padded[:, top : top + height, left : left + width] = image
    return padded
