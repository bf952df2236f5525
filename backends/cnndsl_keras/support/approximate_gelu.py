"""GELU's approximation as a layer."""

from __future__ import annotations

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class ApproximateGELU(layers.Layer):
    """GELU in its tanh approximation (Hendrycks and Gimpel, 2016)."""

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        # TensorFlow's own has its coefficient in 32 bits, whatever the precision.
        inner = (2 / 3.141592653589793) ** 0.5 * (inputs + 0.044715 * inputs**3)
        return 0.5 * inputs * (1 + keras.ops.tanh(inner))
