"""The middle of an image, whatever its size."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class CenterCropping2D(layers.Layer):
    """Cut the middle out; of an odd rest, the half is rounded to the even number.

    Keras's own `CenterCrop` rounds it down.
    """

    def __init__(self, size: int | tuple[int, int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = (size, size) if isinstance(size, int) else tuple(size)

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        height, width = self.size
        top = round((inputs.shape[1] - height) / 2)
        left = round((inputs.shape[2] - width) / 2)
        return inputs[:, top : top + height, left : left + width]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size}
