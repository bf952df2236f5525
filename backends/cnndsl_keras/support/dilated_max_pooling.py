"""Max pooling by windows with gaps."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class DilatedMaxPooling2D(layers.Layer):
    """Max pooling of an image with -infinity around it, by windows with gaps.

    `padding` is ((top, bottom), (left, right)).
    """

    def __init__(
        self,
        pool_size: int | tuple[int, int],
        strides: int | tuple[int, int] | None = None,
        padding: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0)),
        dilation_rate: int | tuple[int, int] = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.pool_size, self.padding = pool_size, padding
        self.strides = pool_size if strides is None else strides
        self.dilation_rate = dilation_rate

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        padding = ((0, 0), *self.padding, (0, 0))
        images = keras.ops.pad(inputs, padding, constant_values=float("-inf"))
        for axis in (2, 1):  # the gradient goes to the first maximum in reading order
            images, *others = self.taps(images, axis)
            for other in others:
                images = keras.ops.maximum(images, other)
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
        around = {"padding": self.padding, "dilation_rate": self.dilation_rate}
        return {**super().get_config(), **window, **around}
