"""The activation layers. Each is a function and its derivative; only softmax mixes values."""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from cnndsl.ops import activation
from cnndsl.ops.base import Op
from cnndsl_numpy.functional import activations as functional
from cnndsl_numpy.functional.geometry import Array
from cnndsl_numpy.graph import Arrays, Gradients, Inputs, Mode, Output, Saved
from cnndsl_numpy.layers.derived import UnaryLayer


class Activation(UnaryLayer):
    """A = f(Z), value by value; the attributes of the layer are the parameters of f and f'."""

    function: ClassVar[Callable[..., Array]]
    derivative: ClassVar[Callable[..., Any]]
    keeps_output: ClassVar[bool] = False
    """Whether f' is written in terms of A, not Z. The next layer mostly keeps A anyway."""
    constants: ClassVar[tuple[str, ...]] = ()
    """The numbers in f and f' that a layer may have in another precision, by name."""

    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        """Keep Z, or A."""
        A = self.function(inputs[0], **self.parameters())
        return A, ((A,) if self.keeps_output else inputs)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        """Return dZ = dA * f'(Z)."""
        return (dA * self.derivative(*saved, **self.parameters()),), {}

    def parameters(self) -> dict[str, Any]:
        """Return what f and f' take beside values."""
        return {**self.attributes(), **{name: getattr(self, name) for name in self.constants}}


def layer(
    op: type[Op],
    function: Callable[..., Array],
    derivative: Callable[..., Any],
    keeps_output: bool = False,
    **constants: float,
) -> type[Activation]:
    """Return the layer of an activation."""
    names: dict[str, Any] = {
        "__module__": __name__,
        "function": staticmethod(function),
        "derivative": staticmethod(derivative),
        "keeps_output": keeps_output,
        "constants": tuple(constants),
        **constants,
    }
    made: type[Activation] = type(op.__name__, (Activation,), names, op=op)
    return made


Relu = layer(activation.Relu, functional.relu, functional.relu_derivative, keeps_output=True)
Relu6 = layer(activation.Relu6, functional.relu6, functional.relu6_derivative, keeps_output=True)
LeakyRelu = layer(activation.LeakyRelu, functional.leaky_relu, functional.leaky_relu_derivative)
ReluSquared = layer(
    activation.ReluSquared, functional.relu_squared, functional.relu_squared_derivative
)
Threshold = layer(activation.Threshold, functional.threshold, functional.threshold_derivative)
Clip = layer(activation.Clip, functional.clip, functional.clip_derivative)
HardTanh = layer(activation.HardTanh, functional.hard_tanh, functional.hard_tanh_derivative)
Elu = layer(activation.Elu, functional.elu, functional.elu_derivative)
Selu = layer(activation.Selu, functional.selu, functional.selu_derivative)
Gelu = layer(
    activation.Gelu,
    functional.gelu,
    functional.gelu_derivative,
    root_of_half=functional.ROOT_OF_HALF,
)
Silu = layer(activation.Silu, functional.silu, functional.silu_derivative)
Mish = layer(activation.Mish, functional.mish, functional.mish_derivative)
Sigmoid = layer(
    activation.Sigmoid, functional.sigmoid, functional.sigmoid_derivative, keeps_output=True
)
HardSigmoid = layer(
    activation.HardSigmoid,
    lambda Z, slope, offset, sixth: functional.hard_sigmoid(Z, slope, offset),
    lambda A, slope, offset, sixth: functional.hard_sigmoid_derivative(
        A, sixth if (slope, offset) == (1 / 6, 0.5) else slope
    ),
    keeps_output=True,
    sixth=1 / 6,
)
HardSwish = layer(activation.HardSwish, functional.hard_swish, functional.hard_swish_derivative)
Tanh = layer(activation.Tanh, functional.tanh, functional.tanh_derivative, keeps_output=True)
Softplus = layer(activation.Softplus, functional.softplus, functional.softplus_derivative)
Softsign = layer(activation.Softsign, functional.softsign, functional.softsign_derivative)


class Prelu(UnaryLayer, op=activation.Prelu):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        """Keep Z."""
        return functional.prelu(inputs[0], weights["alpha"]), inputs

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        """Return dZ = dA * (1 or alpha), and dalpha = sum of dA min(Z, 0) over all but channels."""
        (Z,) = saved
        by_channel = tuple(range(Z.ndim - 1))
        dalpha = (dA * np.minimum(Z, 0)).sum(axis=by_channel)
        return (dA * np.where(Z > 0, 1, weights["alpha"]),), {"alpha": dalpha}


class Softmax(UnaryLayer, op=activation.Softmax):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        """Keep A."""
        A = functional.softmax(inputs[0])
        return A, (A,)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        """Return dZ = A * (dA - sum of dA A)."""
        return (functional.softmax_backward(dA, *saved),), {}


class LogSoftmax(UnaryLayer, op=activation.LogSoftmax):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        """Keep A."""
        A = functional.log_softmax(inputs[0])
        return A, (A,)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        """Return dZ = dA - e^A * sum of dA."""
        return (functional.log_softmax_backward(dA, *saved),), {}
