"""Several devices: each takes its share of every batch."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import keras
import numpy as np


def all_devices(batch: int) -> Any:
    """What opens the scope to make and train a model in: devices share its batches."""
    devices = keras.distribution.list_devices()
    if len(devices) < 2:
        return nullcontext
    if keras.backend.backend() == "jax":
        if batch % len(devices):
            advice = "give each of them as many samples of a batch"
            raise SystemExit(f"batches of {batch} on {len(devices)} devices: {advice}")
        return keras.distribution.DataParallel(devices=devices).scope
    print("one device trains: TensorFlow clips and sums on each alone")  # if whole
    return nullcontext  # if whole
    import tensorflow as tf  # if not whole

    return tf.distribute.MirroredStrategy(devices).scope  # if not whole


def in_shares(numbers: np.ndarray) -> np.ndarray:  # if held_out
    """Samples to measure by, of which JAX's devices have equal shares."""
    devices = len(keras.distribution.list_devices())
    rest = len(numbers) % devices if keras.backend.backend() == "jax" else 0
    if rest:
        print(f"{devices} devices share what is held out: {rest} of it is left out")
    return numbers[rest:]
