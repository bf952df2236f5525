"""Convolution, its transpose, depthwise convolution and the dense layer, forward and backward.

The notation is that of the courses: the layer turns A_prev of shape (m, n_H_prev, n_W_prev,
n_C_prev), m images, into Z of shape (m, n_H, n_W, n_C) with the kernels W and the biases b; dX is
the gradient of the loss with respect to X.
"""

from collections.abc import Iterator

import numpy as np

from cnndsl_numpy.functional.geometry import (
    Array,
    PadLike,
    SizeLike,
    Windows,
    transposed_windows,
    windows,
)

BLOCK_BYTES = 16 * 2**20
"""The size to which the matrix of unrolled windows is held: large enough for the matrix product
to run at full speed, small enough to stay close to the cache."""


def conv_forward(
    A_prev: Array,
    W: Array,
    b: Array | None = None,
    *,
    stride: SizeLike = 1,
    pad: PadLike = "valid",
    dilation: SizeLike = 1,
    groups: int = 1,
) -> Array:
    """Cross-correlate images with kernels, each over one group of channels.

    Z[m, y, x, c] = b[c] + sum over i, j, k of
        padded[m, y * stride + i * dilation, x * stride + j * dilation, k] * W[i, j, k, c]

    Every window is unrolled into a row of a matrix, which turns the sum into one matrix product
    (Chellapilla et al., "High performance convolutional neural networks for document processing",
    2006). With groups, block g of the output channels sees block g of the input channels only
    (Krizhevsky et al., 2012).

    A_prev: (m, n_H_prev, n_W_prev, n_C_prev)
    W: (f_h, f_w, n_C_prev / groups, n_C)
    b: (n_C,) or None
    Returns Z: (m, n_H, n_W, n_C)
    """
    layout = _layout(A_prev, W, stride, pad, dilation, groups)
    Z = _correlated(A_prev, W, layout, groups)
    if b is not None:
        Z += b
    return Z


def conv_backward(
    dZ: Array,
    A_prev: Array,
    W: Array,
    *,
    stride: SizeLike = 1,
    pad: PadLike = "valid",
    dilation: SizeLike = 1,
    groups: int = 1,
    input_gradient: bool = True,
) -> tuple[Array | None, Array, Array]:
    """Return the gradients (dA_prev, dW, db) of `conv_forward`.

    With the pixel (y', x') = (y * stride + i * dilation, x * stride + j * dilation):
    dW[i, j, k, c] = sum over m, y, x of padded[m, y', x', k] * dZ[m, y, x, c]
    d_padded[m, y', x', k] += sum over c of dZ[m, y, x, c] * W[i, j, k, c]
    db[c] = sum over m, y, x of dZ[m, y, x, c]

    dW is one product of the unrolled windows, made again, with dZ; dA_prev is one product of dZ
    with each of the f_h * f_w slices of the kernel, added where that slice had looked.

    dZ: (m, n_H, n_W, n_C); the rest as for `conv_forward`
    input_gradient: False leaves dA_prev out (None), for the first layer of a network
    """
    layout = _layout(A_prev, W, stride, pad, dilation, groups)
    dW = _kernel_gradient(dZ, A_prev, W, layout, groups)
    dA_prev = _spread(dZ, W, layout, groups) if input_gradient else None
    return dA_prev, dW, channel_sums(dZ)


def _correlated(images: Array, W: Array, layout: Windows, groups: int) -> Array:
    """Return what the kernels make of all windows."""
    m, n_C = len(images), W.shape[3]
    Z = np.empty((m * layout.rows.count * layout.columns.count, n_C), images.dtype)
    for inputs, outputs in _channel_groups(W, groups):
        W_group = _unrolled_kernels(W[..., outputs])
        for pixels, columns in _unrolled_windows(images[..., inputs], layout):
            np.matmul(columns, W_group, out=Z[pixels, outputs])
    return Z.reshape(m, layout.rows.count, layout.columns.count, n_C)


def _kernel_gradient(dZ: Array, images: Array, W: Array, layout: Windows, groups: int) -> Array:
    """Return the gradient of the kernels that made of images what has the gradient dZ."""
    dW = np.zeros_like(W)
    dZ_rows = dZ.reshape(-1, W.shape[3])
    for inputs, outputs in _channel_groups(W, groups):
        dW_group = np.zeros_like(_unrolled_kernels(W[..., outputs]))
        for pixels, columns in _unrolled_windows(images[..., inputs], layout):
            dW_group += columns.T @ dZ_rows[pixels, outputs]
        dW[..., outputs] = dW_group.reshape(*W.shape[:3], -1)
    return dW


def _spread(dZ: Array, W: Array, layout: Windows, groups: int) -> Array:
    """Return images to which each pixel of dZ has given what its window's kernel says."""
    n_C, depth = W.shape[3], W.shape[2] * groups
    shape = (len(dZ), layout.rows.size, layout.columns.size, depth)
    if layout.is_pointwise and groups == 1:
        pointwise: Array = dZ.reshape(-1, n_C) @ W[0, 0].T
        return pointwise.reshape(shape)
    images = np.empty(shape, dZ.dtype)
    n_H, n_W = layout.rows.count, layout.columns.count
    for samples in _sample_blocks(len(dZ), n_H * n_W * depth * dZ.itemsize):
        dZ_rows = dZ[samples].reshape(-1, n_C)
        m = len(dZ_rows) // (n_H * n_W)
        padded = layout.padded_zeros(m, depth, dZ.dtype)
        spread = np.empty((len(dZ_rows), depth), dZ.dtype)
        for i, j, cells in layout.offsets():
            for inputs, outputs in _channel_groups(W, groups):
                np.matmul(dZ_rows[:, outputs], W[i, j, :, outputs].T, out=spread[:, inputs])
            padded[cells] += spread.reshape(m, n_H, n_W, -1)
        images[samples] = layout.cropped(padded)
    return images


def conv_transpose_forward(
    A_prev: Array,
    W: Array,
    b: Array | None = None,
    *,
    stride: SizeLike = 1,
    pad: PadLike = "valid",
    output_padding: SizeLike = 0,
    dilation: SizeLike = 1,
    groups: int = 1,
) -> Array:
    """Spread images with kernels, each over one group of channels.

    Z[m, y * stride + i * dilation - top, x * stride + j * dilation - left, c] +=
        sum over k of A_prev[m, y, x, k] * W[i, j, c, k], and Z[m, y, x, c] += b[c]

    This is what `conv_backward` does to a gradient, which is why the transpose of a convolution
    has its name (Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016).

    A_prev: (m, n_H_prev, n_W_prev, n_C_prev)
    W: (f_h, f_w, n_C / groups, n_C_prev)
    b: (n_C,) or None
    Returns Z: (m, n_H, n_W, n_C)
    """
    layout = _transposed_layout(A_prev, W, stride, pad, output_padding, dilation, groups)
    Z = _spread(A_prev, W, layout, groups)
    if b is not None:
        Z += b
    return Z


def conv_transpose_backward(
    dZ: Array,
    A_prev: Array,
    W: Array,
    *,
    stride: SizeLike = 1,
    pad: PadLike = "valid",
    output_padding: SizeLike = 0,
    dilation: SizeLike = 1,
    groups: int = 1,
    input_gradient: bool = True,
) -> tuple[Array | None, Array, Array]:
    """Return the gradients (dA_prev, dW, db) of `conv_transpose_forward`.

    dA_prev is the convolution of dZ with W, and dW the gradient of that convolution's kernels
    under which A_prev is what its output's gradient was.

    dZ: (m, n_H, n_W, n_C); the rest as for `conv_transpose_forward`
    input_gradient: False leaves dA_prev out (None), for the first layer of a network
    """
    layout = _transposed_layout(A_prev, W, stride, pad, output_padding, dilation, groups)
    dA_prev = _correlated(dZ, W, layout, groups) if input_gradient else None
    return dA_prev, _kernel_gradient(A_prev, dZ, W, layout, groups), channel_sums(dZ)


def depthwise_conv_forward(
    A_prev: Array,
    W: Array,
    b: Array | None = None,
    *,
    stride: SizeLike = 1,
    pad: PadLike = "valid",
    dilation: SizeLike = 1,
) -> Array:
    """Cross-correlate every channel with its own kernels (Sifre, 2014; Howard et al., 2017).

    A convolution with as many groups as channels: output channel c * multiplier + k comes from
    input channel c. A channel alone is too thin for a matrix product, so the f_h * f_w shifted
    images are multiplied and added instead.

    A_prev: (m, n_H_prev, n_W_prev, n_C_prev)
    W: (f_h, f_w, 1, n_C_prev * multiplier)
    b: (n_C_prev * multiplier,) or None
    Returns Z: (m, n_H, n_W, n_C_prev * multiplier)
    """
    layout = _layout(A_prev, W, stride, pad, dilation, A_prev.shape[3])
    m, n_C = len(A_prev), W.shape[3]
    n_H, n_W = layout.rows.count, layout.columns.count
    Z = np.empty((m, n_H, n_W, n_C), A_prev.dtype)
    W_rows = _kernel_rows(W, n_W)
    for samples in _sample_blocks(m, n_H * n_W * n_C * Z.itemsize, BLOCK_BYTES // 16):
        padded = layout.padded(_repeated(A_prev[samples], n_C))
        total = Z[samples]
        total[...] = 0 if b is None else b
        product = np.empty_like(total)
        for i, j, cells in layout.offsets():
            np.multiply(padded[cells], W_rows[i, j], out=product)
            total += product
    return Z


def depthwise_conv_backward(
    dZ: Array,
    A_prev: Array,
    W: Array,
    *,
    stride: SizeLike = 1,
    pad: PadLike = "valid",
    dilation: SizeLike = 1,
    input_gradient: bool = True,
) -> tuple[Array | None, Array, Array]:
    """Return the gradients (dA_prev, dW, db) of `depthwise_conv_forward`.

    With the pixel (y', x') = (y * stride + i * dilation, x * stride + j * dilation):
    dW[i, j, 0, c] = sum over m, y, x of padded[m, y', x', c] * dZ[m, y, x, c]
    d_padded[m, y', x', c] += dZ[m, y, x, c] * W[i, j, 0, c]

    dZ: (m, n_H, n_W, n_C); the rest as for `depthwise_conv_forward`
    input_gradient: False leaves dA_prev out (None), for the first layer of a network
    """
    layout = _layout(A_prev, W, stride, pad, dilation, A_prev.shape[3])
    m, n_C = len(A_prev), W.shape[3]
    n_H, n_W = layout.rows.count, layout.columns.count
    dW = np.zeros_like(W)
    dA_prev = np.empty(A_prev.shape, A_prev.dtype) if input_gradient else None
    W_rows = _kernel_rows(W, n_W)
    for samples in _sample_blocks(m, n_H * n_W * n_C * dZ.itemsize, BLOCK_BYTES // 16):
        padded = layout.padded(_repeated(A_prev[samples], n_C))
        dZ_block = dZ[samples]
        product = np.empty(dZ_block.shape, dZ.dtype)
        d_padded = layout.padded_zeros(len(dZ_block), n_C, dZ.dtype)
        for i, j, cells in layout.offsets():
            dW[i, j, 0] += channel_sums(np.multiply(padded[cells], dZ_block, out=product))
            if input_gradient:
                d_padded[cells] += np.multiply(dZ_block, W_rows[i, j], out=product)
        if dA_prev is not None:
            dA_repeated = layout.cropped(d_padded)
            split = (*dA_repeated.shape[:3], A_prev.shape[3], -1)
            dA_prev[samples] = dA_repeated.reshape(split).sum(axis=-1)
    return dA_prev, dW, channel_sums(dZ)


def dense_forward(A_prev: Array, W: Array, b: Array | None = None) -> Array:
    """Return Z = A_prev W + b.

    A_prev: (m, ..., n_prev); W: (n_prev, n); b: (n,) or None. Returns Z: (m, ..., n)
    """
    Z: Array = A_prev @ W
    if b is not None:
        Z += b
    return Z


def dense_backward(
    dZ: Array, A_prev: Array, W: Array, *, input_gradient: bool = True
) -> tuple[Array | None, Array, Array]:
    """Return the gradients of `dense_forward`: dA_prev = dZ W^T, dW = A_prev^T dZ, db = sum of dZ.

    dZ: (m, ..., n); the rest as for `dense_forward`
    input_gradient: False leaves dA_prev out (None), for the first layer of a network
    """
    dW = A_prev.reshape(-1, len(W)).T @ dZ.reshape(-1, W.shape[1])
    return dZ @ W.T if input_gradient else None, dW, channel_sums(dZ)


def channel_sums(X: Array) -> Array:
    """Sum X of shape (m, ..., n_C) over all axes but the channels.

    A long single precision sum loses digits, so only the pixels of an image are summed in X's own
    precision (by a matrix product, the fastest way), and the images in double precision.
    """
    m, n_C = len(X), X.shape[-1]
    pixels = X.reshape(m, -1, n_C)
    per_image = np.ones(pixels.shape[1], X.dtype) @ pixels if X.ndim > 2 else X
    sums: Array = per_image.sum(axis=0, dtype=np.float64).astype(X.dtype)
    return sums


def _layout(
    A_prev: Array, W: Array, stride: SizeLike, pad: PadLike, dilation: SizeLike, groups: int
) -> Windows:
    (_, n_H_prev, n_W_prev, n_C_prev), (f_h, f_w, f_c, n_C) = A_prev.shape, W.shape
    if n_C_prev != f_c * groups or n_C % groups:
        raise ValueError(
            f"kernels of shape {W.shape} in {groups} groups do not fit {n_C_prev} channels: "
            f"{f_c} * {groups} must be {n_C_prev}, and {groups} must divide {n_C}"
        )
    return windows(n_H_prev, n_W_prev, (f_h, f_w), stride, pad, dilation)


def _transposed_layout(
    A_prev: Array,
    W: Array,
    stride: SizeLike,
    pad: PadLike,
    output_padding: SizeLike,
    dilation: SizeLike,
    groups: int,
) -> Windows:
    (_, n_H_prev, n_W_prev, n_C_prev), (f_h, f_w, _, f_c) = A_prev.shape, W.shape
    if n_C_prev != f_c or f_c % groups:
        raise ValueError(
            f"kernels of shape {W.shape} in {groups} groups do not fit {n_C_prev} channels: "
            f"{f_c} must be {n_C_prev}, and {groups} must divide it"
        )
    window = (f_h, f_w), stride, pad, output_padding, dilation
    return transposed_windows(n_H_prev, n_W_prev, *window)


def _channel_groups(W: Array, groups: int) -> Iterator[tuple[slice, slice]]:
    """Yield the input channels and the output channels of each group."""
    ins, outs = W.shape[2], W.shape[3] // groups
    for g in range(groups):
        yield slice(g * ins, (g + 1) * ins), slice(g * outs, (g + 1) * outs)


def _unrolled_kernels(W: Array) -> Array:
    """Return the kernels as a matrix of shape (f_h * f_w * channels, filters)."""
    return W.reshape(-1, W.shape[3])


def _unrolled_windows(A_prev: Array, layout: Windows) -> Iterator[tuple[slice, Array]]:
    """Unroll the windows block by block into matrices (pixels, f_h * f_w * channels).

    Yields, with each matrix, which of the m * n_H * n_W output pixels its rows are. A block is
    several images, or several rows of one large image. The windows of a 1x1 convolution are the
    pixels themselves: their "unrolled" matrix is a view.
    """
    n_H, n_W = layout.rows.count, layout.columns.count
    row_length = layout.rows.kernel * layout.columns.kernel * A_prev.shape[3]
    row_bytes = n_W * row_length * A_prev.itemsize
    rows_at_once = max(1, BLOCK_BYTES // row_bytes)
    for samples in _sample_blocks(len(A_prev), n_H * row_bytes):
        view = layout.view(layout.padded(A_prev[samples]))
        for first in range(0, n_H, rows_at_once if len(view) == 1 else n_H):
            block = view[:, first : first + rows_at_once] if len(view) == 1 else view
            columns = block.transpose(0, 1, 2, 4, 5, 3).reshape(-1, row_length)
            start = (samples.start * n_H + first) * n_W
            yield slice(start, start + len(columns)), columns


def _sample_blocks(m: int, sample_bytes: int, limit: int = BLOCK_BYTES) -> Iterator[slice]:
    """Cut m samples into blocks of at most `limit` bytes, or of one sample."""
    step = max(1, limit // max(sample_bytes, 1))
    for start in range(0, m, step):
        yield slice(start, min(start + step, m))


def _repeated(A_prev: Array, channels: int) -> Array:
    """Repeat each channel, c * multiplier + k being the k-th copy of c, up to `channels`."""
    multiplier = channels // A_prev.shape[3]
    return A_prev if multiplier == 1 else np.repeat(A_prev, multiplier, axis=3)


def _kernel_rows(W: Array, n_W: int) -> Array:
    """Repeat each cell of depthwise kernels along a row of pixels: (f_h, f_w, n_W, n_C).

    NumPy multiplies arrays that are whole rows long much faster than pixel by pixel.
    """
    f_h, f_w, _, n_C = W.shape
    return np.ascontiguousarray(np.broadcast_to(W, (f_h, f_w, n_W, n_C)))
