"""A learned value for each place of an image as a layer."""
# Keras has no types, so its layers are of type Any.
# mypy: disallow-subclassing-any=False

from __future__ import annotations

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class PositionEmbedding(layers.Layer):
    """Add a value for each place and channel (Dosovitskiy et al., 2021)."""

    def build(self, input_shape: tuple[int, ...]) -> None:
        self.embedding = self.add_weight(
            shape=input_shape[1:], initializer="zeros", name="embedding"
        )

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        return inputs + self.embedding
