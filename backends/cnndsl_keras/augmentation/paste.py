"""Pasting boxes."""

from __future__ import annotations

import keras
from keras import ops

from .within import within


def paste(
    images: keras.KerasTensor, partners: keras.KerasTensor, boxes: keras.KerasTensor
) -> keras.KerasTensor:
    """Images that have what is in their boxes from others, whose numbers are given."""
    return ops.where(within(boxes, images), ops.take(images, partners, axis=0), images)
