"""Pooling: the maximum, the average or the sum of every window of each channel.

Images are (m, n_H, n_W, n_C); A_prev goes in, A comes out, dX is the gradient with respect to X.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnndsl_numpy.functional.convolution import channel_sums
from cnndsl_numpy.functional.geometry import (
    Array,
    PadLike,
    Rounding,
    SizeLike,
    Windows,
    pair,
    windows,
)


def pool_windows(
    shape: Sequence[int],
    size: SizeLike,
    stride: SizeLike | None = None,
    pad: PadLike = "valid",
    rounding: Rounding = "floor",
    dilation: SizeLike = 1,
) -> Windows:
    """Lay pooling windows over an image; the stride is the size unless given.

    shape: (height, width, channels), with a batch axis before it or not

    Raises ValueError when a side is padded by more than half of what a window spans, or is shorter
    than the gaps, for then a window could hold no pixel at all.
    """
    height, width, _ = shape[-3:]
    layout = windows(
        height, width, size, size if stride is None else stride, pad, dilation, rounding
    )
    for what, axis in (("height", layout.rows), ("width", layout.columns)):
        padding = max(axis.before, axis.after)
        if padding > axis.extent // 2:
            raise ValueError(
                f"pad {padding} is more than half the {what} of the window "
                f"({axis.extent} // 2 = {axis.extent // 2})"
            )
        if padding and axis.dilation > axis.size:
            raise ValueError(f"dilation {axis.dilation} is more than the {what} of {axis.size}")
    return layout


def max_pool_forward(
    A_prev: Array,
    size: SizeLike,
    *,
    stride: SizeLike | None = None,
    pad: PadLike = "valid",
    rounding: Rounding = "floor",
    dilation: SizeLike = 1,
) -> Array:
    """Take the maximum of each window (Ranzato et al., 2007). Padding never wins: it is -inf."""
    layout = pool_windows(A_prev.shape, size, stride, pad, rounding, dilation)
    A: Array = layout.view(layout.padded(A_prev, -np.inf)).max(axis=(-2, -1))
    return A


def max_pool_backward(
    dA: Array,
    A_prev: Array,
    A: Array,
    size: SizeLike,
    *,
    stride: SizeLike | None = None,
    pad: PadLike = "valid",
    rounding: Rounding = "floor",
    dilation: SizeLike = 1,
) -> Array:
    """Send the gradient of each window to its maximum, the first one in reading order.

    dA, A: (m, n_H, n_W, n_C); A is the output of `max_pool_forward` for A_prev.
    """
    layout = pool_windows(A_prev.shape, size, stride, pad, rounding, dilation)
    padded = layout.padded(A_prev, -np.inf)
    d_padded = np.zeros(padded.shape, dA.dtype)
    is_open = np.ones(A.shape, np.bool_)
    for _, _, cells in layout.offsets():
        wins = padded[cells] == A
        wins &= is_open
        is_open ^= wins
        d_padded[cells] += dA * wins
    return layout.cropped(d_padded)


def average_pool_forward(
    A_prev: Array,
    size: SizeLike,
    *,
    stride: SizeLike | None = None,
    pad: PadLike = "valid",
    rounding: Rounding = "floor",
    count_padding: bool = False,
    dilation: SizeLike = 1,
) -> Array:
    """Take the average of each window, over its cells inside the image.

    With `count_padding` the cells of the padding count too, as zeros. Cells beyond the padding,
    which a window reaches by ceil rounding, never count.
    """
    layout = pool_windows(A_prev.shape, size, stride, pad, rounding, dilation)
    A = _window_sums(A_prev, layout)
    A *= _reciprocal_counts(layout, count_padding, A.dtype)
    return A


def average_pool_backward(
    dA: Array,
    input_shape: tuple[int, ...],
    size: SizeLike,
    *,
    stride: SizeLike | None = None,
    pad: PadLike = "valid",
    rounding: Rounding = "floor",
    count_padding: bool = False,
    dilation: SizeLike = 1,
) -> Array:
    """Spread the gradient of each window evenly over its cells.

    input_shape: the shape (m, n_H_prev, n_W_prev, n_C) of A_prev; no value of it is needed
    """
    layout = pool_windows(input_shape, size, stride, pad, rounding, dilation)
    return _spread(dA * _reciprocal_counts(layout, count_padding, dA.dtype), layout)


def lp_pool_forward(
    A_prev: Array, size: SizeLike, *, power: int = 2, stride: SizeLike | None = None
) -> Array:
    """Take the norm of an even power of each window: (sum of A_prev^p)^(1/p)."""
    layout = pool_windows(A_prev.shape, size, stride)
    A: Array = _window_sums(A_prev**power, layout) ** (1 / power)
    return A


def lp_pool_backward(
    dA: Array,
    A_prev: Array,
    A: Array,
    size: SizeLike,
    *,
    power: int = 2,
    stride: SizeLike | None = None,
) -> Array:
    """Give a cell dA * (A_prev / A)^(p - 1) of each of its windows, and none where A is 0.

    dA, A: (m, n_H, n_W, n_C); A is the output of `lp_pool_forward` for A_prev.
    """
    layout = pool_windows(A_prev.shape, size, stride)
    share = dA * np.where(A == 0, 1, A) ** (1 - power)
    dA_prev: Array = _spread(share, layout) * A_prev ** (power - 1)
    return dA_prev


def adaptive_average_pool_forward(A_prev: Array, size: SizeLike) -> Array:
    """Average the image down to `size`: the means of windows that lie evenly and may overlap."""
    A = A_prev
    for axis, count in enumerate(pair(size, "size"), 1):
        found = [A.take(cells, axis).mean(axis) for cells in _adaptive_cells(A.shape[axis], count)]
        A = np.stack(found, axis)
    return A


def adaptive_average_pool_backward(dA: Array, input_shape: tuple[int, ...]) -> Array:
    """Spread the gradient of each window evenly over its pixels.

    input_shape: the shape (m, n_H_prev, n_W_prev, n_C) of A_prev; no value of it is needed
    """
    for axis in (1, 2):
        shares, size = np.moveaxis(dA, axis, 0), input_shape[axis]
        spread = np.zeros((size, *shares.shape[1:]), dA.dtype)
        for cells, share in zip(_adaptive_cells(size, len(shares)), shares, strict=True):
            spread[cells] += share / len(cells)
        dA = np.moveaxis(spread, 0, axis)
    return dA


def global_average_pool_forward(A_prev: Array) -> Array:
    """Average each channel over the image (Lin et al., 2013): (m, n_H, n_W, n_C) to (m, n_C)."""
    A: Array = A_prev.mean(axis=(1, 2))
    return A


def global_average_pool_backward(dA: Array, input_shape: tuple[int, ...]) -> Array:
    """Give every pixel of the image 1 / (n_H n_W) of its channel's gradient."""
    m, n_H, n_W, n_C = input_shape
    share = dA.reshape(m, 1, 1, n_C) / (n_H * n_W)
    return np.broadcast_to(share, input_shape)


def global_max_pool_forward(A_prev: Array) -> Array:
    """Take each channel's maximum over the image: (m, n_H, n_W, n_C) to (m, n_C)."""
    A: Array = A_prev.max(axis=(1, 2))
    return A


def global_max_pool_backward(dA: Array, A_prev: Array) -> Array:
    """Send each channel's gradient to its maximum, the first one in reading order."""
    m, _, _, n_C = A_prev.shape
    pixels = A_prev.reshape(m, -1, n_C)
    d_pixels = np.zeros(pixels.shape, dA.dtype)
    winners = pixels.argmax(axis=1)[:, np.newaxis]
    np.put_along_axis(d_pixels, winners, dA[:, np.newaxis], axis=1)
    return d_pixels.reshape(A_prev.shape)


def subsample_forward(A_prev: Array, gain: Array, b: Array, size: SizeLike) -> Array:
    """Sum each window, times a trained gain, plus a bias (LeCun et al., 1998, section II.B).

    The windows do not overlap. gain, b: (n_C,)
    """
    Z = _window_sums(A_prev, pool_windows(A_prev.shape, size))
    Z *= gain
    Z += b
    return Z


def subsample_backward(
    dZ: Array, A_prev: Array, gain: Array, size: SizeLike
) -> tuple[Array, Array, Array]:
    """Return the gradients (dA_prev, dgain, db) of `subsample_forward`."""
    layout = pool_windows(A_prev.shape, size)
    d_gain = channel_sums(dZ * _window_sums(A_prev, layout))
    return _spread(dZ * gain, layout), d_gain, channel_sums(dZ)


def _window_sums(A_prev: Array, layout: Windows) -> Array:
    sums: Array = layout.view(layout.padded(A_prev)).sum(axis=(-2, -1))
    return sums


def _spread(dZ: Array, layout: Windows) -> Array:
    """Add each window's gradient to all cells of the window."""
    d_padded = layout.padded_zeros(len(dZ), dZ.shape[3], dZ.dtype)
    for _, _, cells in layout.offsets():
        d_padded[cells] += dZ
    return layout.cropped(d_padded)


def _adaptive_cells(size: int, count: int) -> list[range]:
    """Return the cells of `count` windows along an axis.

    Window i goes from floor(i * size / count) up to ceil((i + 1) * size / count).
    """
    return [range(i * size // count, -((i + 1) * -size // count)) for i in range(count)]


def _reciprocal_counts(layout: Windows, count_padding: bool, dtype: np.dtype[Any]) -> Array:
    """Return 1 / (cells that count) of each window: (n_H, n_W, 1)."""
    rows = layout.rows.cells(count_padding)[:, np.newaxis, np.newaxis]
    columns = layout.columns.cells(count_padding)[:, np.newaxis]
    share: Array = np.reciprocal((rows * columns).astype(dtype))
    return share
