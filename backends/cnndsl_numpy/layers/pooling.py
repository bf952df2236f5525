"""The pooling layers."""

from cnndsl.ops import pooling
from cnndsl_numpy.functional import pooling as functional
from cnndsl_numpy.functional.geometry import Array
from cnndsl_numpy.graph import Arrays, Gradients, Inputs, Mode, Output, Saved, Shape
from cnndsl_numpy.layers.derived import UnaryLayer


class Pooling(UnaryLayer):
    """What poolings over windows share."""

    def check(self, *shapes: Shape) -> None:
        window = self.attributes("size", "stride", "pad", "rounding", "dilation")
        functional.pool_windows(shapes[0], **window)


class MaxPool(Pooling, op=pooling.MaxPool):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        """Keep the input and the output, which together tell the winners."""
        A = functional.max_pool_forward(inputs[0], **self.attributes())
        return A, (inputs[0], A)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        return (functional.max_pool_backward(dA, *saved, **self.attributes()),), {}


class AvgPool(Pooling, op=pooling.AvgPool):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return functional.average_pool_forward(inputs[0], **self.attributes()), (inputs[0].shape,)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        return (functional.average_pool_backward(dA, *saved, **self.attributes()),), {}


class LpPool(UnaryLayer, op=pooling.LpPool):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        A = functional.lp_pool_forward(inputs[0], **self.attributes())
        return A, (inputs[0], A)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        return (functional.lp_pool_backward(dA, *saved, **self.attributes()),), {}


class AdaptiveAvgPool(UnaryLayer, op=pooling.AdaptiveAvgPool):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return functional.adaptive_average_pool_forward(inputs[0], self.size), (inputs[0].shape,)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        return (functional.adaptive_average_pool_backward(dA, *saved),), {}


class GlobalPool(UnaryLayer):
    """A pooling whose vectors can become images of 1x1."""

    def kept(self, A: Array) -> Array:
        """Return (n, channels) as (n, 1, 1, channels) if that is asked for."""
        return A[:, None, None] if self.keepdims else A


class GlobalAvgPool(GlobalPool, op=pooling.GlobalAvgPool):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return self.kept(functional.global_average_pool_forward(inputs[0])), (inputs[0].shape,)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        dA = dA.reshape(len(dA), -1)
        return (functional.global_average_pool_backward(dA, *saved),), {}


class GlobalMaxPool(GlobalPool, op=pooling.GlobalMaxPool):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return self.kept(functional.global_max_pool_forward(inputs[0])), inputs

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        dA = dA.reshape(len(dA), -1)
        return (functional.global_max_pool_backward(dA, *saved),), {}


class Subsample(UnaryLayer, op=pooling.Subsample):
    def check(self, *shapes: Shape) -> None:
        functional.pool_windows(shapes[0], self.size)

    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        A = functional.subsample_forward(inputs[0], weights["gain"], weights["bias"], self.size)
        return A, inputs

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        dA_prev, d_gain, db = functional.subsample_backward(
            dA, saved[0], weights["gain"], self.size
        )
        return (dA_prev,), {"gain": d_gain, "bias": db}
