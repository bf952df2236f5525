"""Max pooling with any padding."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class PaddedMaxPooling2D(layers.Layer):
    """Max pooling of an image with -infinity around it.

    `padding` is ((top, bottom), (left, right)).
    """

    def __init__(
        self,
        pool_size: int | tuple[int, int],
        strides: int | tuple[int, int] | None = None,
        padding: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0)),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.pool_size, self.padding = pool_size, padding
        self.strides = pool_size if strides is None else strides

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        padding = ((0, 0), *self.padding, (0, 0))
        images = keras.ops.pad(inputs, padding, constant_values=float("-inf"))
        window = (self.pool_size, self.strides)
        return keras.ops.max_pool(images, *window, data_format="channels_last")

    def get_config(self) -> dict[str, Any]:
        config = {"pool_size": self.pool_size, "strides": self.strides}
        return {**super().get_config(), **config, "padding": self.padding}
