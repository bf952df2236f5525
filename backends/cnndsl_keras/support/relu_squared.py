"""The square of ReLU as a layer."""

from __future__ import annotations

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class ReLUSquared(layers.Layer):
    """Square what is positive (So et al., 2021)."""

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        return keras.ops.square(keras.ops.relu(inputs))
