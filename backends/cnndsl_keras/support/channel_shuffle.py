"""A shuffle of channels as a layer."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class ChannelShuffle(layers.Layer):
    """Deal the channels out of groups, one of each in turn (Zhang et al., 2018)."""

    def __init__(self, groups: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.groups = groups

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        shape = keras.ops.shape(inputs)
        grouped = keras.ops.reshape(
            inputs, (*shape[:-1], self.groups, inputs.shape[-1] // self.groups)
        )
        return keras.ops.reshape(keras.ops.swapaxes(grouped, -1, -2), shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "groups": self.groups}
