"""The mean of the channels as a layer."""

from __future__ import annotations

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class ChannelMean(layers.Layer):
    """The mean of each pixel's channels, as one channel."""

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        return keras.ops.mean(inputs, axis=-1, keepdims=True)
