"""Average pooling with any padding and any divisor."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class PaddedAveragePooling2D(layers.Layer):
    """Average pooling of a padded image, which divides by the cells that count.

    `padding` and `counted` are ((top, bottom), (left, right)): the zeros around the
    image, and those among them that count as cells of a window.
    """

    def __init__(
        self,
        pool_size: int | tuple[int, int],
        strides: int | tuple[int, int] | None = None,
        padding: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0)),
        counted: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0)),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.pool_size = pool_size
        self.strides = pool_size if strides is None else strides
        self.padding, self.counted = padding, counted

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        height, width = inputs.shape[1], inputs.shape[2]
        (top, bottom), (left, right) = self.counted
        (all_top, all_bottom), (all_left, all_right) = self.padding
        rows, columns = top + height + bottom, left + width + right
        cells = keras.ops.ones((1, rows, columns, 1), dtype=inputs.dtype)
        beyond_rows = (all_top - top, all_bottom - bottom)
        beyond_columns = (all_left - left, all_right - right)
        share = self.pool(cells, (beyond_rows, beyond_columns))
        return self.pool(inputs, self.padding) / share

    def pool(
        self,
        images: keras.KerasTensor,
        padding: tuple[tuple[int, int], tuple[int, int]],
    ) -> keras.KerasTensor:
        images = keras.ops.pad(images, ((0, 0), *padding, (0, 0)))
        window = (self.pool_size, self.strides)
        return keras.ops.average_pool(images, *window, data_format="channels_last")

    def get_config(self) -> dict[str, Any]:
        window = {"pool_size": self.pool_size, "strides": self.strides}
        around = {"padding": self.padding, "counted": self.counted}
        return {**super().get_config(), **window, **around}
