"""The layers with kernels: convolutions and the dense layer."""

from collections.abc import Callable
from typing import Any, ClassVar

from cnndsl.ops import convolution, dense
from cnndsl_numpy.functional import convolution as functional
from cnndsl_numpy.functional.geometry import Array, transposed_windows, windows
from cnndsl_numpy.graph import Arrays, Gradients, Inputs, Mode, Output, Saved, Shape
from cnndsl_numpy.layers.derived import UnaryLayer


class KernelLayer(UnaryLayer):
    """A layer with a kernel and perhaps a bias."""

    run: ClassVar[Callable[..., Array]]
    differentiate: ClassVar[Callable[..., tuple[Array | None, Array, Array]]]

    def window(self) -> dict[str, Any]:
        """Return where windows lie, if the layer has any."""
        return {}

    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        Z = self.run(inputs[0], weights["kernel"], weights.get("bias"), **self.window())
        return Z, inputs

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        dA_prev, dW, db = self.differentiate(
            dA, saved[0], weights["kernel"], **self.window(), input_gradient=input_gradient
        )
        return (dA_prev,), {"kernel": dW, "bias": db}


class Dense(KernelLayer, op=dense.Dense):
    run = staticmethod(functional.dense_forward)
    differentiate = staticmethod(functional.dense_backward)


class PixelDense(Dense, op=dense.PixelDense):
    pass


class Convolution(KernelLayer):
    """What the convolutions share. Unlike the language, they take a stride with a dilation."""

    def check(self, *shapes: Shape) -> None:
        ((height, width, _),) = shapes
        windows(height, width, self.kernel, self.stride, self.pad, self.dilation)

    def window(self) -> dict[str, Any]:
        return self.attributes("stride", "pad", "dilation")


class Conv(Convolution, op=convolution.Conv):
    run = staticmethod(functional.conv_forward)
    differentiate = staticmethod(functional.conv_backward)

    def check(self, *shapes: Shape) -> None:
        super().check(*shapes)
        need_groups(self, shapes[0][2])

    def window(self) -> dict[str, Any]:
        return {**super().window(), "groups": self.groups}


class ConvTranspose(KernelLayer, op=convolution.ConvTranspose):
    run = staticmethod(functional.conv_transpose_forward)
    differentiate = staticmethod(functional.conv_transpose_backward)

    def check(self, *shapes: Shape) -> None:
        ((height, width, channels),) = shapes
        window = self.kernel, self.stride, self.pad, self.output_padding, self.dilation
        transposed_windows(height, width, *window)
        need_groups(self, channels)

    def window(self) -> dict[str, Any]:
        return self.attributes("stride", "pad", "output_padding", "dilation", "groups")


class DepthwiseConv(Convolution, op=convolution.DepthwiseConv):
    run = staticmethod(functional.depthwise_conv_forward)
    differentiate = staticmethod(functional.depthwise_conv_backward)


class SeparableConv(Convolution, op=convolution.SeparableConv):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        """Keep the input and the output of the depthwise half."""
        middle = functional.depthwise_conv_forward(
            inputs[0], weights["depthwise_kernel"], **self.window()
        )
        Z = functional.conv_forward(middle, weights["pointwise_kernel"], weights.get("bias"))
        return Z, (inputs[0], middle)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        A_prev, middle = saved
        d_middle, d_pointwise, db = functional.conv_backward(
            dA, middle, weights["pointwise_kernel"]
        )
        if d_middle is None:
            raise RuntimeError("conv_backward returns the gradient of its input by default")
        dA_prev, d_depthwise, _ = functional.depthwise_conv_backward(
            d_middle,
            A_prev,
            weights["depthwise_kernel"],
            **self.window(),
            input_gradient=input_gradient,
        )
        kernels = {"depthwise_kernel": d_depthwise, "pointwise_kernel": d_pointwise}
        return (dA_prev,), {**kernels, "bias": db}


def need_groups(layer: Conv | ConvTranspose, channels: int) -> None:
    """Raise ValueError where groups do not divide a layer's channels and filters."""
    groups, filters = layer.groups, layer.filters
    if groups < 1 or channels % groups or filters % groups:
        raise ValueError(
            f"{groups} groups must divide both {channels} channels and {filters} filters"
        )
