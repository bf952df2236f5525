"""Convolution by standardised kernels as a layer."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class StandardizedConv2D(layers.Conv2D):
    """A convolution by standardised kernels (Qiao et al., 2019).

    With `scale`, by scaled ones (Brock et al., 2021). It takes strides and dilation at
    once, for which zeros between its taps spread the kernel.
    """

    def __init__(
        self,
        *args: Any,
        epsilon: float = 1e-6,
        scale: float | None = None,
        dilation_rate: int | tuple[int, int] = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(dilation_rate, int):
            dilation_rate = dilation_rate, dilation_rate
        self.dilation_rate: tuple[int, int] = dilation_rate
        self.epsilon, self.scale = epsilon, scale

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        super().build(input_shape)
        if self.scale is not None:
            shape = (1, 1, 1, self.filters)
            self.gain = self.add_weight(shape=shape, initializer="ones", name="gain")

    def convolution_op(
        self, inputs: keras.KerasTensor, kernel: keras.KerasTensor
    ) -> keras.KerasTensor:
        kernel = kernel - keras.ops.mean(kernel, axis=(0, 1, 2))
        variance = keras.ops.mean(keras.ops.square(kernel), axis=(0, 1, 2))
        kernel = kernel / keras.ops.sqrt(variance + self.epsilon)
        if self.scale is not None:
            height, width, depth, _ = kernel.shape
            factor = self.scale / (height * width * depth) ** 0.5
            kernel = kernel * (self.gain * factor)
        for axis, gap in enumerate(self.dilation_rate):
            taps = keras.ops.split(kernel, kernel.shape[axis], axis)
            zeros = [keras.ops.zeros_like(taps[0])] * (gap - 1)
            spread = [part for tap in taps[1:] for part in (*zeros, tap)]
            kernel = keras.ops.concatenate([taps[0], *spread], axis)
        return keras.ops.conv(
            inputs, kernel, self.strides, self.padding, "channels_last"
        )

    def save_own_variables(self, store: Any) -> None:
        """Save the gain, too, which a convolution would leave out."""
        layers.Layer.save_own_variables(self, store)

    def load_own_variables(self, store: Any) -> None:
        layers.Layer.load_own_variables(self, store)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        return {**config, "epsilon": self.epsilon, "scale": self.scale}
