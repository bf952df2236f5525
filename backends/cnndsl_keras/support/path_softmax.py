"""A softmax over paths as a layer."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class PathSoftmax(layers.Layer):
    """Softmax over parts of the channels, place by place (Zhang et al., 2022)."""

    def __init__(self, paths: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.paths = paths

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        shape = (-1, *inputs.shape[1:])
        parts = (*shape[:-1], self.paths, shape[-1] // self.paths)
        weights = keras.ops.softmax(keras.ops.reshape(inputs, parts), axis=-2)
        return keras.ops.reshape(weights, shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "paths": self.paths}
