"""A hard sigmoid of any slope as a layer."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class HardSigmoid(layers.Layer):
    """Limit slope * x + offset to values from 0 to 1."""

    def __init__(self, slope: float, offset: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.slope, self.offset = slope, offset

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        line = self.slope * inputs + self.offset
        return keras.ops.minimum(keras.ops.maximum(line, 0.0), 1.0)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "slope": self.slope, "offset": self.offset}
