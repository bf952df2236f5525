"""Windows of images, and the heads in their channels."""

from cnndsl_numpy.functional.geometry import Array


def windows_of(X: Array, extents: tuple[int, ...], is_grid: bool) -> Array:
    """Return images (m, rows, columns, channels) as windows of so many pixels, side by side, or
    of pixels spread over a grid: (m, windows down, windows across, height, width, channels)."""
    m, rows, columns, channels = X.shape
    height, width = extents
    down, across = rows // height, columns // width
    if is_grid:
        return X.reshape(m, height, down, width, across, channels).transpose(0, 2, 4, 1, 3, 5)
    return X.reshape(m, down, height, across, width, channels).transpose(0, 1, 3, 2, 4, 5)


def image_of(windows: Array, is_grid: bool) -> Array:
    """Return what `windows_of` has taken apart."""
    m, down, across, height, width, channels = windows.shape
    order = (0, 3, 1, 4, 2, 5) if is_grid else (0, 1, 3, 2, 4, 5)
    return windows.transpose(order).reshape(m, down * height, across * width, channels)


def heads_of(windows: Array, heads: int) -> Array:
    """Return windows pixel by pixel and head by head: (m, windows, heads, pixels, size)."""
    m, down, across, height, width, _ = windows.shape
    return windows.reshape(m, down * across, height * width, heads, -1).swapaxes(2, 3)


def join_heads(X: Array, windows: tuple[int, ...]) -> Array:
    """Return windows of such a shape, but for the channels, of what `heads_of` has taken apart."""
    return X.swapaxes(2, 3).reshape(*windows[:-1], -1)
