"""Transposed convolution with any padding, groups, and stride with dilation."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


@keras.saving.register_keras_serializable("cnndsl")
class PaddedConv2DTranspose(layers.Conv2DTranspose):
    """A transposed convolution whose result loses `cropping` on each side.

    That is ((top, bottom), (left, right)); what is below 0 is put there instead. Each
    of `groups` of filters sees its own group of channels.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, int],
        *,
        cropping: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0)),
        dilation_rate: int | tuple[int, int] = 1,
        groups: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(filters, kernel_size, **kwargs)
        if isinstance(dilation_rate, int):
            dilation_rate = dilation_rate, dilation_rate
        self.dilation_rate: tuple[int, int] = dilation_rate
        self.cropping, self.groups = cropping, groups

    def build(self, input_shape: tuple[int, ...]) -> None:
        shape = (*self.kernel_size, self.filters // self.groups, input_shape[-1])
        start, penalty = self.kernel_initializer, self.kernel_regularizer
        self.kernel = self.add_weight(shape, start, regularizer=penalty, name="kernel")
        self.bias = None
        if self.use_bias:
            shape = (self.filters,)
            self.bias = self.add_weight(shape, self.bias_initializer, name="bias")

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        images = keras.ops.split(inputs, self.groups, axis=-1)
        kernels = keras.ops.split(self.spread_kernel(), self.groups, axis=-1)
        results = [self.transposed(*each) for each in zip(images, kernels, strict=True)]
        (top, _), (left, _) = self.cropping
        _, height, width, _ = self.compute_output_shape(inputs.shape)
        full = keras.ops.concatenate(results, axis=-1)
        cut = full[:, top : top + height, left : left + width]
        return cut if self.bias is None else cut + self.bias

    def spread_kernel(self) -> keras.KerasTensor:
        """The kernel with zeros behind its taps, as many as the dilation asks for."""
        height, width, *depths = self.kernel.shape
        down, across = self.dilation_rate
        taps = keras.ops.reshape(self.kernel, (height, 1, width, 1, *depths))
        zeros = [(0, 0), (0, down - 1), (0, 0), (0, across - 1), (0, 0), (0, 0)]
        taps = keras.ops.pad(taps, zeros)
        return keras.ops.reshape(taps, (height * down, width * across, *depths))

    def transposed(
        self, images: keras.KerasTensor, kernel: keras.KerasTensor
    ) -> keras.KerasTensor:
        """One group's whole result, and as much behind it as there can be."""
        behind = tuple(step - 1 for step in self.strides)
        return keras.ops.conv_transpose(
            images, kernel, self.strides, "valid", behind, "channels_last"
        )

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        batch, *sides, _ = input_shape
        for axis in range(2):
            reach = self.dilation_rate[axis] * (self.kernel_size[axis] - 1) + 1
            whole = (sides[axis] - 1) * self.strides[axis] + reach
            sides[axis] = whole - sum(self.cropping[axis])
        return (batch, *sides, self.filters)

    def get_config(self) -> dict[str, Any]:
        more = {"cropping": self.cropping, "groups": self.groups}
        return {**super().get_config(), **more}
