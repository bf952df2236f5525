"""A mish that may stand behind a sum or a hard swish."""

from __future__ import annotations

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class UnfusedMish(layers.Layer):
    """Mish that TensorFlow does not fuse with what is before it.

    In `predict` and compiled calls on CPUs it has no kernel for a convolution, a sum or
    a hard swish, and this.
    """

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        softplus = keras.ops.logaddexp(inputs, keras.ops.zeros_like(inputs))
        return inputs * keras.ops.tanh(softplus)
