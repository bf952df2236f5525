"""The pixels of boxes."""

from __future__ import annotations

import keras
from keras import ops


def within(boxes: keras.KerasTensor, images: keras.KerasTensor) -> keras.KerasTensor:
    """Whether pixels are in their image's box: (images, 4) top, left, bottom, right."""
    sides = ops.cast(boxes, "int32")[:, :, None, None, None]
    top, left, bottom, right = (sides[:, side] for side in range(4))
    _, height, width, _ = ops.shape(images)
    rows = ops.arange(height, dtype="int32")[:, None, None]
    columns = ops.arange(width, dtype="int32")[:, None]
    return (top <= rows) & (rows < bottom) & (left <= columns) & (columns < right)
