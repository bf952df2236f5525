"""Channels laid out as blocks of pixels, as a layer."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class DepthToSpace(layers.Layer):
    """Channels laid out as blocks: `crd` as in PyTorch, `dcr` as in TensorFlow.

    `drc` has one column of a block after the other.
    """

    def __init__(self, block: int, channel_order: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.block, self.channel_order = block, channel_order

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        block, (_, height, width, channels) = self.block, inputs.shape
        depth = channels // block**2
        if self.channel_order == "crd":
            sizes, axes = (depth, block, block), (0, 1, 4, 2, 5, 3)
        else:
            sizes, axes = (block, block, depth), (0, 1, 3, 2, 4, 5)
        if self.channel_order == "drc":
            axes = (0, 1, 4, 2, 3, 5)
        blocks = keras.ops.reshape(inputs, (-1, height, width, *sizes))
        return keras.ops.reshape(
            keras.ops.transpose(blocks, axes),
            (-1, height * block, width * block, depth),
        )

    def get_config(self) -> dict[str, Any]:
        own = {"block": self.block, "channel_order": self.channel_order}
        return {**super().get_config(), **own}
