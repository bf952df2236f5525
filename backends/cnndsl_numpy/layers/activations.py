"""The activation layers. Each is a function and its derivative; only softmax mixes values."""

from collections.abc import Callable
from typing import Any, ClassVar

from cnndsl.ops import activation
from cnndsl_numpy.functional import activations
from cnndsl_numpy.functional.geometry import Array
from cnndsl_numpy.graph import Arrays, Gradients, Inputs, Mode, Output, Saved
from cnndsl_numpy.layers.derived import UnaryOp


class Activation(UnaryOp):
    """A = f(Z), value by value; the attributes of the layer are the parameters of f and f'."""

    function: ClassVar[Callable[..., Array]]
    derivative: ClassVar[Callable[..., Any]]
    keeps_output: ClassVar[bool] = False
    """Whether f' is written in terms of A, not Z. The next layer mostly keeps A anyway."""

    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        """Keep Z, or A."""
        A = self.function(inputs[0], **self.attributes())
        return A, ((A,) if self.keeps_output else inputs)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        """Return dZ = dA * f'(Z)."""
        return (dA * self.derivative(*saved, **self.attributes()),), {}


class Relu(Activation, op=activation.Relu):
    function = staticmethod(activations.relu)
    derivative = staticmethod(activations.relu_derivative)
    keeps_output = True


class Relu6(Activation, op=activation.Relu6):
    function = staticmethod(activations.relu6)
    derivative = staticmethod(activations.relu6_derivative)
    keeps_output = True


class LeakyRelu(Activation, op=activation.LeakyRelu):
    function = staticmethod(activations.leaky_relu)
    derivative = staticmethod(activations.leaky_relu_derivative)


class Elu(Activation, op=activation.Elu):
    function = staticmethod(activations.elu)
    derivative = staticmethod(activations.elu_derivative)


class Selu(Activation, op=activation.Selu):
    function = staticmethod(activations.selu)
    derivative = staticmethod(activations.selu_derivative)


class Gelu(Activation, op=activation.Gelu):
    function = staticmethod(activations.gelu)
    derivative = staticmethod(activations.gelu_derivative)


class Silu(Activation, op=activation.Silu):
    function = staticmethod(activations.silu)
    derivative = staticmethod(activations.silu_derivative)


class Sigmoid(Activation, op=activation.Sigmoid):
    function = staticmethod(activations.sigmoid)
    derivative = staticmethod(activations.sigmoid_derivative)
    keeps_output = True


class HardSigmoid(Activation, op=activation.HardSigmoid):
    function = staticmethod(activations.hard_sigmoid)
    derivative = staticmethod(activations.hard_sigmoid_derivative)
    keeps_output = True


class HardSwish(Activation, op=activation.HardSwish):
    function = staticmethod(activations.hard_swish)
    derivative = staticmethod(activations.hard_swish_derivative)


class Tanh(Activation, op=activation.Tanh):
    function = staticmethod(activations.tanh)
    derivative = staticmethod(activations.tanh_derivative)
    keeps_output = True


class Softplus(Activation, op=activation.Softplus):
    function = staticmethod(activations.softplus)
    derivative = staticmethod(activations.softplus_derivative)


class Softmax(UnaryOp, op=activation.Softmax):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        """Keep A."""
        A = activations.softmax(inputs[0])
        return A, (A,)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        """Return dZ = A * (dA - sum of dA A)."""
        return (activations.softmax_backward(dA, *saved),), {}
