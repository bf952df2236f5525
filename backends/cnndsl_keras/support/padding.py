"""Padding by other values than zeros."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class Padding2D(layers.Layer):
    """Put rows and columns around an image, as many as `ZeroPadding2D` does.

    They hold a `constant`, what is mirrored at the edge (`reflect`), the `edge` itself,
    or what is at the other side (`circular`).
    """

    def __init__(
        self,
        padding: int | tuple[int | tuple[int, int], int | tuple[int, int]],
        mode: str = "constant",
        value: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        sides = (padding, padding) if isinstance(padding, int) else padding
        self.padding = [(one, one) if isinstance(one, int) else one for one in sides]
        self.mode, self.value = mode, value

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        if self.mode == "constant":
            padding = ((0, 0), *self.padding, (0, 0))
            return keras.ops.pad(inputs, padding, constant_values=self.value)
        for axis, (before, after) in enumerate(self.padding, 1):
            side = inputs.shape[axis]
            places = [self.place(at, side) for at in range(-before, side + after)]
            inputs = keras.ops.take(inputs, places, axis)
        return inputs

    def place(self, at: int, side: int) -> int:
        """The pixel along an axis that stands for one that may be beyond the edge."""
        if self.mode == "circular":
            return at % side
        if self.mode == "reflect":
            return side - 1 - abs(side - 1 - abs(at))
        return min(max(at, 0), side - 1)

    def get_config(self) -> dict[str, Any]:
        config = {"padding": self.padding, "mode": self.mode, "value": self.value}
        return {**super().get_config(), **config}
