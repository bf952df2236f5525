"""Pooling by a low-pass filter."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class BlurPooling2D(layers.Layer):
    """Smooth an image by binomial coefficients, with a stride (Zhang, 2019).

    Rows and columns beyond the edge are mirrored there.
    """

    def __init__(
        self, size: int = 3, strides: int | tuple[int, int] = 2, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.size, self.factors = size, [1.0]
        for _ in range(size - 1):
            pairs = zip([0.0, *self.factors], [*self.factors, 0.0], strict=True)
            self.factors = [(one + other) / 2 for one, other in pairs]
        self.strides = (strides, strides) if isinstance(strides, int) else strides

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        for axis, stride in enumerate(self.strides, 1):
            last = inputs.shape[axis] - 1
            taps = []
            for tap, weight in enumerate(self.factors):
                start = tap - (self.size - 1) // 2
                rows = range(start, start + last + 1, stride)
                places = [last - abs(last - abs(row)) for row in rows]
                taps.append(keras.ops.take(inputs, places, axis) * weight)
            inputs = sum(taps[1:], taps[0])
        return inputs

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size, "strides": self.strides}
