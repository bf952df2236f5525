"""Erasing boxes."""

from __future__ import annotations

import keras
from keras import ops

from .within import within


def erase(
    images: keras.KerasTensor, boxes: keras.KerasTensor, fills: keras.KerasTensor
) -> keras.KerasTensor:
    """Images with a number of their own in the place of what is in their boxes."""
    images = ops.convert_to_tensor(images)
    colours = ops.cast(fills, images.dtype)[:, None, None, None]
    return ops.where(within(boxes, images), colours, images)
