"""The layers with kernels: convolutions and the dense layer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from cnndsl_numpy.functional.convolution import (
    conv_backward,
    conv_forward,
    dense_backward,
    dense_forward,
    depthwise_conv_backward,
    depthwise_conv_forward,
)
from cnndsl_numpy.functional.geometry import Array, PadLike, SizeLike, pair, windows
from cnndsl_numpy.graph import Mode, Saved, Shape, UnaryLayer, Weight
from cnndsl_numpy.initializers import KernelInit, constant, scaled_random


@dataclass(frozen=True)
class Conv(UnaryLayer):
    """Cross-correlate the image with `filters` kernels, each over one group of channels.

    Weights: kernel (f_h, f_w, channels / groups, filters), bias (filters,).
    """

    ranks: ClassVar[tuple[int, ...]] = (3,)

    filters: int
    kernel: SizeLike
    stride: SizeLike = 1
    pad: PadLike = "valid"
    dilation: SizeLike = 1
    groups: int = 1
    bias: bool = True
    init: KernelInit = "glorot_uniform"
    seed: int | None = None
    l2: float = 0.0

    def shape_from(self, shape: Shape) -> Shape:
        """Return (windows down, windows across, filters)."""
        height, width, channels = shape
        _check_positive(filters=self.filters, groups=self.groups)
        if channels % self.groups or self.filters % self.groups:
            raise ValueError(
                f"{self.groups} groups must divide both {channels} channels "
                f"and {self.filters} filters"
            )
        layout = windows(height, width, self.kernel, self.stride, self.pad, self.dilation)
        return layout.rows.count, layout.columns.count, self.filters

    def weights(self, *shapes: Shape) -> tuple[Weight, ...]:
        """Return the kernel, and the bias if there is one."""
        kernel = (*pair(self.kernel, "kernel"), shapes[0][2] // self.groups, self.filters)
        return (
            Weight("kernel", kernel, scaled_random(self.init), l2=self.l2),
            *_bias(self.filters, self.bias),
        )

    def forward(
        self, inputs: tuple[Array, ...], weights: Mapping[str, Array], mode: Mode
    ) -> tuple[Array, Saved]:
        """Keep the input."""
        (A_prev,) = inputs
        Z = conv_forward(
            A_prev,
            weights["kernel"],
            weights.get("bias"),
            stride=self.stride,
            pad=self.pad,
            dilation=self.dilation,
            groups=self.groups,
        )
        return Z, (A_prev,)

    def backward(
        self, dA: Array, saved: Saved, weights: Mapping[str, Array], input_gradient: bool
    ) -> tuple[tuple[Array | None, ...], dict[str, Array]]:
        """Return the gradients of the image, the kernel and the bias."""
        (A_prev,) = saved
        dA_prev, dW, db = conv_backward(
            dA,
            A_prev,
            weights["kernel"],
            stride=self.stride,
            pad=self.pad,
            dilation=self.dilation,
            groups=self.groups,
            input_gradient=input_gradient,
        )
        return (dA_prev,), {"kernel": dW, "bias": db} if self.bias else {"kernel": dW}


@dataclass(frozen=True)
class DepthwiseConv(UnaryLayer):
    """Cross-correlate every channel with `multiplier` kernels of its own.

    Weights: kernel (f_h, f_w, 1, channels * multiplier), bias (channels * multiplier,).
    """

    ranks: ClassVar[tuple[int, ...]] = (3,)

    kernel: SizeLike
    stride: SizeLike = 1
    pad: PadLike = "valid"
    dilation: SizeLike = 1
    multiplier: int = 1
    bias: bool = True
    init: KernelInit = "glorot_uniform"
    seed: int | None = None
    l2: float = 0.0

    def shape_from(self, shape: Shape) -> Shape:
        """Return (windows down, windows across, channels * multiplier)."""
        height, width, channels = shape
        _check_positive(multiplier=self.multiplier)
        layout = windows(height, width, self.kernel, self.stride, self.pad, self.dilation)
        return layout.rows.count, layout.columns.count, channels * self.multiplier

    def weights(self, *shapes: Shape) -> tuple[Weight, ...]:
        """Return the kernel, and the bias if there is one."""
        filters = shapes[0][2] * self.multiplier
        kernel = (*pair(self.kernel, "kernel"), 1, filters)
        return (
            Weight("kernel", kernel, scaled_random(self.init), l2=self.l2),
            *_bias(filters, self.bias),
        )

    def forward(
        self, inputs: tuple[Array, ...], weights: Mapping[str, Array], mode: Mode
    ) -> tuple[Array, Saved]:
        """Keep the input."""
        (A_prev,) = inputs
        Z = depthwise_conv_forward(
            A_prev,
            weights["kernel"],
            weights.get("bias"),
            stride=self.stride,
            pad=self.pad,
            dilation=self.dilation,
        )
        return Z, (A_prev,)

    def backward(
        self, dA: Array, saved: Saved, weights: Mapping[str, Array], input_gradient: bool
    ) -> tuple[tuple[Array | None, ...], dict[str, Array]]:
        """Return the gradients of the image, the kernel and the bias."""
        (A_prev,) = saved
        dA_prev, dW, db = depthwise_conv_backward(
            dA,
            A_prev,
            weights["kernel"],
            stride=self.stride,
            pad=self.pad,
            dilation=self.dilation,
            input_gradient=input_gradient,
        )
        return (dA_prev,), {"kernel": dW, "bias": db} if self.bias else {"kernel": dW}


@dataclass(frozen=True)
class SeparableConv(UnaryLayer):
    """A depthwise convolution without bias, then a 1x1 convolution (Chollet, 2017).

    Weights: depthwise_kernel (f_h, f_w, 1, channels * multiplier),
    pointwise_kernel (1, 1, channels * multiplier, filters), bias (filters,).
    """

    ranks: ClassVar[tuple[int, ...]] = (3,)

    filters: int
    kernel: SizeLike
    stride: SizeLike = 1
    pad: PadLike = "valid"
    dilation: SizeLike = 1
    multiplier: int = 1
    bias: bool = True
    init: KernelInit = "glorot_uniform"
    seed: int | None = None
    l2: float = 0.0

    def shape_from(self, shape: Shape) -> Shape:
        """Return (windows down, windows across, filters)."""
        height, width, _ = shape
        _check_positive(filters=self.filters, multiplier=self.multiplier)
        layout = windows(height, width, self.kernel, self.stride, self.pad, self.dilation)
        return layout.rows.count, layout.columns.count, self.filters

    def weights(self, *shapes: Shape) -> tuple[Weight, ...]:
        """Return both kernels, and the bias if there is one."""
        channels = shapes[0][2] * self.multiplier
        depthwise = (*pair(self.kernel, "kernel"), 1, channels)
        pointwise = (1, 1, channels, self.filters)
        init = scaled_random(self.init)
        return (
            Weight("depthwise_kernel", depthwise, init, l2=self.l2),
            Weight("pointwise_kernel", pointwise, init, l2=self.l2),
            *_bias(self.filters, self.bias),
        )

    def forward(
        self, inputs: tuple[Array, ...], weights: Mapping[str, Array], mode: Mode
    ) -> tuple[Array, Saved]:
        """Keep the input and the output of the depthwise half."""
        (A_prev,) = inputs
        middle = depthwise_conv_forward(
            A_prev,
            weights["depthwise_kernel"],
            stride=self.stride,
            pad=self.pad,
            dilation=self.dilation,
        )
        Z = conv_forward(middle, weights["pointwise_kernel"], weights.get("bias"))
        return Z, (A_prev, middle)

    def backward(
        self, dA: Array, saved: Saved, weights: Mapping[str, Array], input_gradient: bool
    ) -> tuple[tuple[Array | None, ...], dict[str, Array]]:
        """Return the gradients of the image, both kernels and the bias."""
        A_prev, middle = saved
        d_middle, d_pointwise, db = conv_backward(dA, middle, weights["pointwise_kernel"])
        if d_middle is None:
            raise RuntimeError("conv_backward returns the gradient of its input by default")
        dA_prev, d_depthwise, _ = depthwise_conv_backward(
            d_middle,
            A_prev,
            weights["depthwise_kernel"],
            stride=self.stride,
            pad=self.pad,
            dilation=self.dilation,
            input_gradient=input_gradient,
        )
        gradients = {"depthwise_kernel": d_depthwise, "pointwise_kernel": d_pointwise}
        return (dA_prev,), gradients | ({"bias": db} if self.bias else {})


@dataclass(frozen=True)
class Dense(UnaryLayer):
    """Multiply the vector by a matrix and add a bias.

    Weights: kernel (channels, units), bias (units,).
    """

    ranks: ClassVar[tuple[int, ...]] = (1,)

    units: int
    bias: bool = True
    init: KernelInit = "glorot_uniform"
    seed: int | None = None
    l2: float = 0.0

    def shape_from(self, shape: Shape) -> Shape:
        """Return (units,)."""
        _check_positive(units=self.units)
        return (self.units,)

    def weights(self, *shapes: Shape) -> tuple[Weight, ...]:
        """Return the kernel, and the bias if there is one."""
        kernel = (shapes[0][0], self.units)
        return (
            Weight("kernel", kernel, scaled_random(self.init), l2=self.l2),
            *_bias(self.units, self.bias),
        )

    def forward(
        self, inputs: tuple[Array, ...], weights: Mapping[str, Array], mode: Mode
    ) -> tuple[Array, Saved]:
        """Keep the input."""
        (A_prev,) = inputs
        return dense_forward(A_prev, weights["kernel"], weights.get("bias")), (A_prev,)

    def backward(
        self, dA: Array, saved: Saved, weights: Mapping[str, Array], input_gradient: bool
    ) -> tuple[tuple[Array | None, ...], dict[str, Array]]:
        """Return the gradients of the vector, the kernel and the bias."""
        (A_prev,) = saved
        dA_prev, dW, db = dense_backward(
            dA, A_prev, weights["kernel"], input_gradient=input_gradient
        )
        return (dA_prev,), {"kernel": dW, "bias": db} if self.bias else {"kernel": dW}


def _bias(length: int, wanted: bool) -> tuple[Weight, ...]:
    return (Weight("bias", (length,), constant(0.0)),) if wanted else ()


def _check_positive(**attributes: int) -> None:
    for name, value in attributes.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
