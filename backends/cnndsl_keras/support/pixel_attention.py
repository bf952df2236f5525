"""Attention between the pixels of an image as a layer."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class PixelAttention(layers.Layer):
    """Multi-head attention between all pixels (Vaswani et al., 2017)."""

    def __init__(
        self,
        heads: int,
        key_dim: int | None = None,
        use_bias: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.heads, self.key_dim, self.use_bias = heads, key_dim, use_bias

    def build(self, input_shape: tuple[int, ...]) -> None:
        channels = input_shape[-1]
        self.size = self.key_dim or channels // self.heads
        width = self.heads * self.size
        self.in_kernel = self.add_weight(shape=(channels, 3 * width), name="in_kernel")
        self.out_kernel = self.add_weight(shape=(width, channels), name="out_kernel")
        if self.use_bias:
            self.in_bias = self.add_weight(
                shape=(3 * width,), initializer="zeros", name="in_bias"
            )
            self.out_bias = self.add_weight(
                shape=(channels,), initializer="zeros", name="out_bias"
            )

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        height, width, channels = inputs.shape[1:]
        pixels = keras.ops.reshape(inputs, (-1, height * width, channels))
        entering = pixels @ self.in_kernel
        if self.use_bias:
            entering = entering + self.in_bias
        by_head = (-1, height * width, self.heads, self.size)
        query, key, value = (
            keras.ops.reshape(part, by_head)
            for part in keras.ops.split(entering, 3, axis=-1)
        )
        found = keras.ops.dot_product_attention(
            query / self.size**0.5, key, value, scale=1.0
        )
        joined = keras.ops.reshape(found, (-1, height * width, self.heads * self.size))
        leaving = joined @ self.out_kernel
        if self.use_bias:
            leaving = leaving + self.out_bias
        return keras.ops.reshape(leaving, (-1, height, width, channels))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "heads": self.heads,
            "key_dim": self.key_dim,
            "use_bias": self.use_bias,
        }
