"""Convolution with strides and dilation at once as a layer."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class StridedDilatedConv2D(layers.Conv2D):
    """A convolution with strides and dilation, of which `Conv2D` takes one at a time.

    Its kernel is spread by zeros between the taps.
    """

    def __init__(
        self, *args: Any, dilation_rate: int | tuple[int, int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(dilation_rate, int):
            dilation_rate = dilation_rate, dilation_rate
        self.dilation_rate: tuple[int, int] = dilation_rate

    def convolution_op(
        self, inputs: keras.KerasTensor, kernel: keras.KerasTensor
    ) -> keras.KerasTensor:
        for axis, gap in enumerate(self.dilation_rate):
            taps = keras.ops.split(kernel, kernel.shape[axis], axis)
            zeros = [keras.ops.zeros_like(taps[0])] * (gap - 1)
            spread = [part for tap in taps[1:] for part in (*zeros, tap)]
            kernel = keras.ops.concatenate([taps[0], *spread], axis)
        return keras.ops.conv(
            inputs, kernel, self.strides, self.padding, "channels_last"
        )
