"""The largest of the channels as a layer."""

from __future__ import annotations

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class ChannelMax(layers.Layer):
    """The largest of each pixel's channels, as one channel."""

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        return keras.ops.max(inputs, axis=-1, keepdims=True)
