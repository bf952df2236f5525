"""The activation layers. Each is a function and its derivative; only softmax mixes values."""

from collections.abc import Callable
from typing import Any, ClassVar

from cnndsl.ops import activation
from cnndsl.ops.base import Op
from cnndsl_numpy.functional import activations as f
from cnndsl_numpy.functional.geometry import Array
from cnndsl_numpy.graph import Arrays, Gradients, Inputs, Mode, Output, Saved
from cnndsl_numpy.layers.derived import UnaryLayer


class Activation(UnaryLayer):
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


def layer(
    op: type[Op],
    function: Callable[..., Array],
    derivative: Callable[..., Any],
    keeps_output: bool = False,
) -> type[Activation]:
    """Return the layer of an activation."""
    names: dict[str, Any] = {
        "__module__": __name__,
        "function": staticmethod(function),
        "derivative": staticmethod(derivative),
        "keeps_output": keeps_output,
    }
    made: type[Activation] = type(op.__name__, (Activation,), names, op=op)
    return made


Relu = layer(activation.Relu, f.relu, f.relu_derivative, keeps_output=True)
Relu6 = layer(activation.Relu6, f.relu6, f.relu6_derivative, keeps_output=True)
LeakyRelu = layer(activation.LeakyRelu, f.leaky_relu, f.leaky_relu_derivative)
Elu = layer(activation.Elu, f.elu, f.elu_derivative)
Selu = layer(activation.Selu, f.selu, f.selu_derivative)
Gelu = layer(activation.Gelu, f.gelu, f.gelu_derivative)
Silu = layer(activation.Silu, f.silu, f.silu_derivative)
Sigmoid = layer(activation.Sigmoid, f.sigmoid, f.sigmoid_derivative, keeps_output=True)
HardSigmoid = layer(
    activation.HardSigmoid, f.hard_sigmoid, f.hard_sigmoid_derivative, keeps_output=True
)
HardSwish = layer(activation.HardSwish, f.hard_swish, f.hard_swish_derivative)
Tanh = layer(activation.Tanh, f.tanh, f.tanh_derivative, keeps_output=True)
Softplus = layer(activation.Softplus, f.softplus, f.softplus_derivative)


class Softmax(UnaryLayer, op=activation.Softmax):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        """Keep A."""
        A = f.softmax(inputs[0])
        return A, (A,)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        """Return dZ = A * (dA - sum of dA A)."""
        return (f.softmax_backward(dA, *saved),), {}
