"""A learned factor for each channel as a layer."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class LayerScale(layers.Layer):
    """Scale each channel (Touvron et al., 2021)."""

    def __init__(self, start: float = 1e-6, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.start = start

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        start = keras.initializers.Constant(self.start)
        self.gamma = self.add_weight(
            shape=(input_shape[-1],), initializer=start, name="gamma"
        )

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        return inputs * self.gamma

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "start": self.start}
