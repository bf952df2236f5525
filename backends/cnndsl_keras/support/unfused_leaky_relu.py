"""A leaky ReLU that may stand behind a sum or a hard swish."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class UnfusedLeakyReLU(layers.Layer):
    """LeakyReLU that TensorFlow does not fuse with what is before it.

    In `predict` and compiled calls on CPUs its kernel for a convolution, a sum and this
    takes 0.2 for any slope, and for a convolution, a hard swish and this there is none.
    """

    def __init__(self, negative_slope: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.negative_slope = negative_slope

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        # TensorFlow's own keeps the slope in 32 bits, too.
        slope = keras.ops.cast(self.negative_slope, "float32")
        below = keras.ops.cast(slope, inputs.dtype) * inputs
        return keras.ops.where(inputs > 0, inputs, below)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "negative_slope": self.negative_slope}
