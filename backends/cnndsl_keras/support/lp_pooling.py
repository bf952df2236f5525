"""Pooling by the length of a window as a layer."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class LPPooling2D(layers.Layer):
    """Pool by the norm of an even power, whose gradient is 0 where a window is all 0.

    Boureau et al., 2010, section 2.1.
    """

    def __init__(
        self,
        pool_size: int | tuple[int, int],
        power: int = 2,
        strides: int | tuple[int, int] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.pool_size = (
            (pool_size, pool_size) if isinstance(pool_size, int) else pool_size
        )
        self.power, self.strides = power, strides

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        powers = keras.ops.power(keras.ops.square(inputs), self.power // 2)
        window = (self.pool_size, self.strides)
        means = keras.ops.average_pool(powers, *window, data_format="channels_last")
        sums = means * (self.pool_size[0] * self.pool_size[1])
        is_zero = keras.ops.equal(sums, 0)
        sums = keras.ops.where(is_zero, keras.ops.ones_like(sums), sums)
        roots = keras.ops.power(sums, 1 / self.power)
        return keras.ops.where(is_zero, keras.ops.zeros_like(roots), roots)

    def get_config(self) -> dict[str, Any]:
        own = {"pool_size": self.pool_size, "power": self.power}
        return {**super().get_config(), **own, "strides": self.strides}
