"""LeNet's trainable sub-sampling."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class Subsample(layers.Layer):
    """Sum each window, then scale and shift it per channel (LeCun et al., 1998)."""

    def __init__(self, size: int | tuple[int, int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = (size, size) if isinstance(size, int) else tuple(size)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        shape = (input_shape[-1],)
        mean = keras.initializers.Constant(1 / (self.size[0] * self.size[1]))
        self.gain = self.add_weight(shape=shape, initializer=mean, name="gain")
        self.bias = self.add_weight(shape=shape, initializer="zeros", name="bias")

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        window = (self.size, self.size)
        means = keras.ops.average_pool(inputs, *window, data_format="channels_last")
        return means * (self.size[0] * self.size[1]) * self.gain + self.bias

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size}
