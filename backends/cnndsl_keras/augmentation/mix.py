"""Mixing."""

from __future__ import annotations

import keras
from keras import ops


def mix(
    values: keras.KerasTensor, partners: keras.KerasTensor, shares: keras.KerasTensor
) -> keras.KerasTensor:
    """Shares of values, images or labels, and the rest of their partners'."""
    values = ops.convert_to_tensor(values)
    kept = ops.cast(shares, values.dtype)
    kept = ops.reshape(kept, (-1, *[1] * (len(values.shape) - 1)))
    return kept * values + (1 - kept) * ops.take(values, partners, axis=0)
