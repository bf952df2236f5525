"""Average pooling with any padding and any divisor."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class PaddedAveragePooling2D(layers.Layer):
    """Average pooling of a padded image, whose divisor counts the cells of `counted`.

    `padding` and `counted` are ((top, bottom), (left, right)): the zeros around the image, and
    those among them that count as cells of a window.
    """

    def __init__(
        self,
        pool_size: int | tuple[int, int],
        strides: int | tuple[int, int],
        padding: Any,
        counted: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.pool_size, self.strides = pool_size, strides
        self.padding, self.counted = padding, counted

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        (top, bottom), (left, right) = self.counted
        cells = keras.ops.ones(
            (1, top + inputs.shape[1] + bottom, left + inputs.shape[2] + right, 1),
            dtype=inputs.dtype,
        )
        (all_top, all_bottom), (all_left, all_right) = self.padding
        beyond = ((all_top - top, all_bottom - bottom), (all_left - left, all_right - right))
        total = self.pool(keras.ops.pad(inputs, ((0, 0), *self.padding, (0, 0))))
        return total / self.pool(keras.ops.pad(cells, ((0, 0), *beyond, (0, 0))))

    def pool(self, images: keras.KerasTensor) -> keras.KerasTensor:
        return keras.ops.average_pool(
            images, self.pool_size, self.strides, data_format="channels_last"
        )

    def get_config(self) -> dict[str, Any]:
        config = {"pool_size": self.pool_size, "strides": self.strides}
        config |= {"padding": self.padding, "counted": self.counted}
        return {**super().get_config(), **config}
