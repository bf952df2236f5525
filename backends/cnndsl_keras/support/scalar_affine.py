"""A learned factor and offset for all channels as a layer."""
# Keras has no types, so its layers are of type Any.
# mypy: disallow-subclassing-any=False

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class ScalarAffine(layers.Layer):
    """Multiply by one learned number, and add another."""

    def __init__(
        self, start: float = 1.0, use_bias: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.start, self.use_bias = start, use_bias

    def build(self, _input_shape: tuple[int | None, ...]) -> None:
        start = keras.initializers.Constant(self.start)
        self.gamma = self.add_weight(shape=(), initializer=start, name="gamma")
        if self.use_bias:
            self.beta = self.add_weight(shape=(), initializer="zeros", name="beta")

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        scaled = inputs * self.gamma
        return scaled + self.beta if self.use_bias else scaled

    def get_config(self) -> dict[str, Any]:
        own = {"start": self.start, "use_bias": self.use_bias}
        return {**super().get_config(), **own}
