"""Blocks of pixels laid out as channels, as a layer."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class SpaceToDepth(layers.Layer):
    """Blocks laid out as channels: `crd` as in PyTorch, `dcr` as in TensorFlow.

    `drc` takes one column of a block after the other.
    """

    def __init__(self, block: int, channel_order: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.block, self.channel_order = block, channel_order

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        block, (_, height, width, channels) = self.block, inputs.shape
        within = {"crd": (5, 2, 4), "dcr": (2, 4, 5), "drc": (4, 2, 5)}
        axes = (0, 1, 3, *within[self.channel_order])
        rows, columns = height // block, width // block
        sizes = (-1, rows, block, columns, block, channels)
        blocks = keras.ops.transpose(keras.ops.reshape(inputs, sizes), axes)
        return keras.ops.reshape(blocks, (-1, rows, columns, channels * block**2))

    def get_config(self) -> dict[str, Any]:
        own = {"block": self.block, "channel_order": self.channel_order}
        return {**super().get_config(), **own}
