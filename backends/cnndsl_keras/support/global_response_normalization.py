"""ConvNeXt V2's competition between channels as a layer."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class GlobalResponseNormalization(layers.Layer):
    """Scale each channel by its share of the response (Woo et al., 2023)."""

    def __init__(self, epsilon: float = 1e-6, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        shape = (input_shape[-1],)
        self.gamma = self.add_weight(shape=shape, initializer="zeros", name="gamma")
        self.beta = self.add_weight(shape=shape, initializer="zeros", name="beta")

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        squares = keras.ops.sum(keras.ops.square(inputs), axis=(1, 2), keepdims=True)
        # the root of 0 has no gradient, and a channel that is all 0 has one of 0
        is_zero = keras.ops.equal(squares, 0)
        squares = keras.ops.where(is_zero, keras.ops.ones_like(squares), squares)
        roots = keras.ops.sqrt(squares)
        length = keras.ops.where(is_zero, keras.ops.zeros_like(roots), roots)
        share = length / (keras.ops.mean(length, axis=-1, keepdims=True) + self.epsilon)
        return inputs + self.gamma * inputs * share + self.beta

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "epsilon": self.epsilon}
