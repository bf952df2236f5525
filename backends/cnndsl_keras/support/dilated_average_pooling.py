"""Average pooling by windows with gaps."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class DilatedAveragePooling2D(layers.Layer):
    """Average pooling by windows with gaps, which divides by the cells that count.

    `padding` and `counted` are ((top, bottom), (left, right)): the zeros around the
    image, and those among them that count as cells of a window.
    """

    def __init__(
        self,
        pool_size: int | tuple[int, int],
        strides: int | tuple[int, int] | None = None,
        padding: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0)),
        counted: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0)),
        dilation_rate: int | tuple[int, int] = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.pool_size, self.padding, self.counted = pool_size, padding, counted
        self.strides = pool_size if strides is None else strides
        self.dilation_rate = dilation_rate

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        cells = keras.ops.ones_like(inputs[:1, :, :, :1])
        none = ((0, 0), *self.counted, (0, 0))
        beyond = [
            (all_before - before, all_after - after)
            for (all_before, all_after), (before, after) in zip(
                self.padding, self.counted, strict=True
            )
        ]
        cells = keras.ops.pad(cells, none, constant_values=1.0)
        count = self.sums(cells, beyond)
        return self.sums(inputs, self.padding) / count

    def sums(self, images: keras.KerasTensor, padding: Any) -> keras.KerasTensor:
        images = keras.ops.pad(images, ((0, 0), *padding, (0, 0)))
        for axis in (1, 2):
            images = sum(self.taps(images, axis))
        return images

    def taps(self, images: keras.KerasTensor, axis: int) -> list[keras.KerasTensor]:
        """What each row or column of a window sees, along that axis."""
        size, stride, gap = (
            one if isinstance(one, int) else one[axis - 1]
            for one in (self.pool_size, self.strides, self.dilation_rate)
        )
        end = images.shape[axis] - gap * (size - 1)
        every = [slice(None)] * axis
        starts = range(0, gap * size, gap)
        return [images[(*every, slice(at, at + end, stride))] for at in starts]

    def get_config(self) -> dict[str, Any]:
        window = {"pool_size": self.pool_size, "strides": self.strides}
        around = {"padding": self.padding, "counted": self.counted}
        gaps = {"dilation_rate": self.dilation_rate}
        return {**super().get_config(), **window, **around, **gaps}
