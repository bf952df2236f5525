"""Convolution along the channels as a layer."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class ChannelConv1D(layers.Layer):
    """Convolve the channels of a vector or of each pixel (Wang et al., 2020)."""

    def __init__(self, kernel_size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kernel_size = kernel_size

    def build(self, _input_shape: tuple[int | None, ...]) -> None:
        self.kernel = self.add_weight(shape=(self.kernel_size, 1, 1), name="kernel")

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        lines = keras.ops.reshape(inputs, (-1, inputs.shape[-1], 1))
        lines = keras.ops.conv(lines, self.kernel, padding="same")
        return keras.ops.reshape(lines, (-1, *inputs.shape[1:]))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "kernel_size": self.kernel_size}
