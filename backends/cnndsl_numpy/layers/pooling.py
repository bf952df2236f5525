"""The pooling layers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from cnndsl_numpy.functional.geometry import Array, PadLike, Rounding, SizeLike, pair
from cnndsl_numpy.functional.pooling import (
    adaptive_average_pool_backward,
    adaptive_average_pool_forward,
    average_pool_backward,
    average_pool_forward,
    global_average_pool_backward,
    global_average_pool_forward,
    global_max_pool_backward,
    global_max_pool_forward,
    max_pool_backward,
    max_pool_forward,
    pool_windows,
    subsample_backward,
    subsample_forward,
)
from cnndsl_numpy.graph import Mode, Saved, Shape, UnaryLayer, Weight
from cnndsl_numpy.initializers import constant


@dataclass(frozen=True)
class MaxPool(UnaryLayer):
    """Take the maximum of each window; padding never wins. The stride is the size by default."""

    ranks: ClassVar[tuple[int, ...]] = (3,)

    size: SizeLike
    stride: SizeLike | None = None
    pad: PadLike = "valid"
    rounding: Rounding = "floor"

    def shape_from(self, shape: Shape) -> Shape:
        """Return (windows down, windows across, channels)."""
        layout = pool_windows(shape, self.size, self.stride, self.pad, self.rounding)
        return layout.rows.count, layout.columns.count, shape[2]

    def forward(
        self, inputs: tuple[Array, ...], weights: Mapping[str, Array], mode: Mode
    ) -> tuple[Array, Saved]:
        """Keep the input and the output, which together tell the winners."""
        (A_prev,) = inputs
        A = max_pool_forward(
            A_prev, self.size, stride=self.stride, pad=self.pad, rounding=self.rounding
        )
        return A, (A_prev, A)

    def backward(
        self, dA: Array, saved: Saved, weights: Mapping[str, Array], input_gradient: bool
    ) -> tuple[tuple[Array | None, ...], dict[str, Array]]:
        """Return the gradient of the image."""
        A_prev, A = saved
        dA_prev = max_pool_backward(
            dA, A_prev, A, self.size, stride=self.stride, pad=self.pad, rounding=self.rounding
        )
        return (dA_prev,), {}


@dataclass(frozen=True)
class AvgPool(UnaryLayer):
    """Take the average of each window. The stride is the size by default.

    `count_padding` counts the cells of the padding too; cells beyond it never count.
    """

    ranks: ClassVar[tuple[int, ...]] = (3,)

    size: SizeLike
    stride: SizeLike | None = None
    pad: PadLike = "valid"
    rounding: Rounding = "floor"
    count_padding: bool = False

    def shape_from(self, shape: Shape) -> Shape:
        """Return (windows down, windows across, channels)."""
        layout = pool_windows(shape, self.size, self.stride, self.pad, self.rounding)
        return layout.rows.count, layout.columns.count, shape[2]

    def forward(
        self, inputs: tuple[Array, ...], weights: Mapping[str, Array], mode: Mode
    ) -> tuple[Array, Saved]:
        """Keep the shape of the input."""
        (A_prev,) = inputs
        A = average_pool_forward(
            A_prev,
            self.size,
            stride=self.stride,
            pad=self.pad,
            rounding=self.rounding,
            count_padding=self.count_padding,
        )
        return A, (A_prev.shape,)

    def backward(
        self, dA: Array, saved: Saved, weights: Mapping[str, Array], input_gradient: bool
    ) -> tuple[tuple[Array | None, ...], dict[str, Array]]:
        """Return the gradient of the image."""
        (input_shape,) = saved
        dA_prev = average_pool_backward(
            dA,
            input_shape,
            self.size,
            stride=self.stride,
            pad=self.pad,
            rounding=self.rounding,
            count_padding=self.count_padding,
        )
        return (dA_prev,), {}


@dataclass(frozen=True)
class AdaptiveAvgPool(UnaryLayer):
    """Average the image down to `size`, over windows that lie evenly and may overlap."""

    ranks: ClassVar[tuple[int, ...]] = (3,)

    size: SizeLike

    def shape_from(self, shape: Shape) -> Shape:
        """Return the size and the channels."""
        return *pair(self.size, "size"), shape[2]

    def forward(
        self, inputs: tuple[Array, ...], weights: Mapping[str, Array], mode: Mode
    ) -> tuple[Array, Saved]:
        """Keep the shape of the input."""
        (A_prev,) = inputs
        return adaptive_average_pool_forward(A_prev, self.size), (A_prev.shape,)

    def backward(
        self, dA: Array, saved: Saved, weights: Mapping[str, Array], input_gradient: bool
    ) -> tuple[tuple[Array | None, ...], dict[str, Array]]:
        """Return the gradient of the image."""
        (input_shape,) = saved
        return (adaptive_average_pool_backward(dA, input_shape),), {}


@dataclass(frozen=True)
class GlobalAvgPool(UnaryLayer):
    """Average each channel over the image: a vector of the channels."""

    ranks: ClassVar[tuple[int, ...]] = (3,)

    def shape_from(self, shape: Shape) -> Shape:
        """Return (channels,)."""
        return shape[2:]

    def forward(
        self, inputs: tuple[Array, ...], weights: Mapping[str, Array], mode: Mode
    ) -> tuple[Array, Saved]:
        """Keep the shape of the input."""
        (A_prev,) = inputs
        return global_average_pool_forward(A_prev), (A_prev.shape,)

    def backward(
        self, dA: Array, saved: Saved, weights: Mapping[str, Array], input_gradient: bool
    ) -> tuple[tuple[Array | None, ...], dict[str, Array]]:
        """Return the gradient of the image."""
        (input_shape,) = saved
        return (global_average_pool_backward(dA, input_shape),), {}


@dataclass(frozen=True)
class GlobalMaxPool(UnaryLayer):
    """Take each channel's maximum over the image: a vector of the channels."""

    ranks: ClassVar[tuple[int, ...]] = (3,)

    def shape_from(self, shape: Shape) -> Shape:
        """Return (channels,)."""
        return shape[2:]

    def forward(
        self, inputs: tuple[Array, ...], weights: Mapping[str, Array], mode: Mode
    ) -> tuple[Array, Saved]:
        """Keep the input."""
        (A_prev,) = inputs
        return global_max_pool_forward(A_prev), (A_prev,)

    def backward(
        self, dA: Array, saved: Saved, weights: Mapping[str, Array], input_gradient: bool
    ) -> tuple[tuple[Array | None, ...], dict[str, Array]]:
        """Return the gradient of the image."""
        (A_prev,) = saved
        return (global_max_pool_backward(dA, A_prev),), {}


@dataclass(frozen=True)
class Subsample(UnaryLayer):
    """LeNet's pooling: each window's sum times a trained gain, plus a trained bias.

    Weights: gain (channels,), at first 1 / (window's cells), bias (channels,).
    """

    ranks: ClassVar[tuple[int, ...]] = (3,)

    size: SizeLike

    def shape_from(self, shape: Shape) -> Shape:
        """Return (windows down, windows across, channels)."""
        layout = pool_windows(shape, self.size)
        return layout.rows.count, layout.columns.count, shape[2]

    def weights(self, *shapes: Shape) -> tuple[Weight, ...]:
        """Return the gain and the bias."""
        height, width = pair(self.size, "size")
        channels = shapes[0][2:]
        return (
            Weight("gain", channels, constant(1 / (height * width))),
            Weight("bias", channels, constant(0.0)),
        )

    def forward(
        self, inputs: tuple[Array, ...], weights: Mapping[str, Array], mode: Mode
    ) -> tuple[Array, Saved]:
        """Keep the input."""
        (A_prev,) = inputs
        return subsample_forward(A_prev, weights["gain"], weights["bias"], self.size), (A_prev,)

    def backward(
        self, dA: Array, saved: Saved, weights: Mapping[str, Array], input_gradient: bool
    ) -> tuple[tuple[Array | None, ...], dict[str, Array]]:
        """Return the gradients of the image, the gain and the bias."""
        (A_prev,) = saved
        dA_prev, d_gain, db = subsample_backward(dA, A_prev, weights["gain"], self.size)
        return (dA_prev,), {"gain": d_gain, "bias": db}
