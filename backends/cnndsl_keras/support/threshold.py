"""A threshold as a layer."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class Threshold(layers.Layer):
    """Keep what exceeds a limit, and put a value elsewhere."""

    def __init__(self, limit: float, value: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.limit, self.value = limit, value

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        return keras.ops.where(inputs <= self.limit, self.value, inputs)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "limit": self.limit, "value": self.value}
