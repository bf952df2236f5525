"""Adaptive average pooling of single rows and columns too."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class AdaptiveAveragePooling(layers.Layer):
    """Average an image's `size` parts, also from or to a single row or column.

    Part i of n starts at floor(i * side / n) and ends before ceil((i + 1) * side / n).
    """

    def __init__(self, size: int | tuple[int, int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = (size, size) if isinstance(size, int) else tuple(size)

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        for axis, count in enumerate(self.size, start=1):
            side = inputs.shape[axis]
            bounds = [
                range(i * side // count, -(-(i + 1) * side // count))
                for i in range(count)
            ]
            parts = [keras.ops.take(inputs, list(part), axis) for part in bounds]
            means = [keras.ops.mean(part, axis) for part in parts]
            inputs = keras.ops.stack(means, axis)
        return inputs

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size}
