"""Clipping as a layer."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class Clip(layers.Layer):
    """Limit values to a range."""

    def __init__(self, low: float, high: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.low, self.high = low, high

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        return keras.ops.minimum(keras.ops.maximum(inputs, self.low), self.high)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "low": self.low, "high": self.high}
