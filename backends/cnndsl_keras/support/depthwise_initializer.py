"""Initialisers of depthwise kernels."""

from __future__ import annotations

import keras


def depthwise_initializer(
    kind: str, channels: int, multiplier: int = 1, seed: int | None = None
) -> keras.initializers.Initializer:
    """Glorot, He or LeCun scaling by the window, which each channel has for itself.

    Keras counts all channels as the fan-in of a depthwise kernel.
    """
    scheme, distribution = kind.split("_")
    gain = 2.0 if scheme == "he" else 1.0
    if scheme == "glorot":
        gain = 2.0 / (1.0 + channels * multiplier)
    return keras.initializers.VarianceScaling(
        gain * channels,
        mode="fan_in",
        distribution="uniform" if distribution == "uniform" else "untruncated_normal",
        seed=seed,
    )
