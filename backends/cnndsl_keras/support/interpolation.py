"""Resizing with the same numbers in every precision and on every device."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class Interpolation(layers.Layer):
    """Resize images to `size`, or to `factor` times theirs.

    TensorFlow's own bilinear resizing works in 32 bits, its bicubic one with another
    kernel than PyTorch's.
    """

    def __init__(
        self,
        size: int | tuple[int, int] | None = None,
        factor: int | tuple[int, int] = 1,
        mode: str = "bilinear",
        align_corners: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.size = (size, size) if isinstance(size, int) else size
        self.factor = (factor, factor) if isinstance(factor, int) else factor
        self.mode, self.align_corners = mode, align_corners

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        for axis in (1, 2):
            side = inputs.shape[axis]
            count = self.size[axis - 1] if self.size else side * self.factor[axis - 1]
            shape = [count if each == axis else 1 for each in range(4)]
            taps = []
            for places, weights in self.taps(side, count):
                factors = keras.ops.convert_to_tensor(weights, inputs.dtype)
                taken = keras.ops.take(inputs, places, axis)
                taps.append(taken * keras.ops.reshape(factors, shape))
            inputs = sum(taps[1:], taps[0])
        return inputs

    def taps(self, side: int, count: int) -> list[tuple[list[int], list[float]]]:
        """Which pixels along an axis are taken for each of `count`, with weights."""
        if self.mode in ("nearest", "nearest_floor"):
            shift = 1 if self.mode == "nearest" else 0
            places = [(2 * i + shift) * side // (2 * count) for i in range(count)]
            return [(places, [1.0] * count)]
        at = [(i + 0.5) * side / count - 0.5 for i in range(count)]
        if self.align_corners:
            at = [i * (side - 1) / max(count - 1, 1) for i in range(count)]
        floors = [int(x // 1) for x in at]
        found = []
        for tap in range(2) if self.mode == "bilinear" else range(-1, 3):
            places = [min(max(low + tap, 0), side - 1) for low in floors]
            distances = [abs(x - low - tap) for x, low in zip(at, floors, strict=True)]
            found.append((places, [self.weight(one) for one in distances]))
        return found

    def weight(self, distance: float) -> float:
        if self.mode == "bilinear":
            return 1.0 - distance
        if distance <= 1.0:
            return (1.25 * distance - 2.25) * distance**2 + 1.0
        return ((3.75 - 0.75 * distance) * distance - 6.0) * distance + 3.0

    def get_config(self) -> dict[str, Any]:
        sizes = {"size": self.size, "factor": self.factor}
        kind = {"mode": self.mode, "align_corners": self.align_corners}
        return {**super().get_config(), **sizes, **kind}
