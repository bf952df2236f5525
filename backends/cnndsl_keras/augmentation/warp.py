"""Geometry."""

from __future__ import annotations

import keras
from keras import ops


def warp(images: keras.KerasTensor, transforms: keras.KerasTensor) -> keras.KerasTensor:
    """Images whose pixels come from where transforms say: bilinear, with zeros around.

    Transforms (images, 3, 3) map columns (x, y, 1), in pixels from the image's centre.
    """
    images = ops.convert_to_tensor(images)
    count, height, width, channels = ops.shape(images)
    # Positions of 32 bits are off by 1e-5 pixels and more.
    matrix = ops.cast(transforms, "float64")[..., None, None]
    across = ops.arange(width, dtype="float64") - (width - 1) / 2
    down = ops.arange(height, dtype="float64")[:, None] - (height - 1) / 2
    x, y = (
        matrix[:, axis, 0] * across + matrix[:, axis, 1] * down + matrix[:, axis, 2]
        for axis in (0, 1)
    )
    x = ops.clip(x + (width + 1) / 2, 0, width + 1)  # one pixel of zeros is in front
    y = ops.clip(y + (height + 1) / 2, 0, height + 1)
    left, top = ops.floor(x), ops.floor(y)
    right = ops.cast(x - left, images.dtype)[..., None]
    lower = ops.cast(y - top, images.dtype)[..., None]
    padded = ops.pad(images, ((0, 0), (1, 2), (1, 2), (0, 0)))
    pixels = ops.reshape(padded, (-1, channels))
    numbers = ops.arange(count, dtype="int32")
    rows = numbers[:, None, None] * (height + 3) + ops.cast(top, "int32")
    first = rows * (width + 3) + ops.cast(left, "int32")
    above, below = (
        ops.take(pixels, start, axis=0) * (1 - right)
        + ops.take(pixels, start + 1, axis=0) * right
        for start in (first, first + width + 3)
    )
    return above * (1 - lower) + below * lower
