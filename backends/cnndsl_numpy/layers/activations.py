"""The activation layers. Each is a function and its derivative; only softmax mixes values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from cnndsl_numpy.functional import activations
from cnndsl_numpy.functional.geometry import Array
from cnndsl_numpy.graph import Mode, Saved, UnaryLayer


@dataclass(frozen=True)
class Activation(UnaryLayer):
    """A = f(Z), value by value; the attributes of the layer are the parameters of f and f'."""

    function: ClassVar[Callable[..., Array]]
    derivative: ClassVar[Callable[..., Any]]
    keeps_output: ClassVar[bool] = False
    """Whether f' is written in terms of A, not Z. The next layer mostly keeps A anyway."""

    def forward(
        self, inputs: tuple[Array, ...], weights: Mapping[str, Array], mode: Mode
    ) -> tuple[Array, Saved]:
        """Keep Z, or A."""
        (Z,) = inputs
        A = self.function(Z, **self._attributes())
        return A, (A if self.keeps_output else Z,)

    def backward(
        self, dA: Array, saved: Saved, weights: Mapping[str, Array], input_gradient: bool
    ) -> tuple[tuple[Array | None, ...], dict[str, Array]]:
        """Return dZ = dA * f'(Z)."""
        (kept,) = saved
        return (dA * self.derivative(kept, **self._attributes()),), {}

    def _attributes(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "name"}


@dataclass(frozen=True)
class Relu(Activation):
    """max(Z, 0)."""

    function = staticmethod(activations.relu)
    derivative = staticmethod(activations.relu_derivative)
    keeps_output = True


@dataclass(frozen=True)
class Relu6(Activation):
    """min(max(Z, 0), 6)."""

    function = staticmethod(activations.relu6)
    derivative = staticmethod(activations.relu6_derivative)
    keeps_output = True


@dataclass(frozen=True)
class LeakyRelu(Activation):
    """Z where it is positive, else slope * Z."""

    function = staticmethod(activations.leaky_relu)
    derivative = staticmethod(activations.leaky_relu_derivative)

    slope: float = 0.01


@dataclass(frozen=True)
class Elu(Activation):
    """Z where it is positive, else alpha * (e^Z - 1)."""

    function = staticmethod(activations.elu)
    derivative = staticmethod(activations.elu_derivative)

    alpha: float = 1.0


@dataclass(frozen=True)
class Selu(Activation):
    """The self-normalising elu: scale * elu(Z, alpha) with fixed constants."""

    function = staticmethod(activations.selu)
    derivative = staticmethod(activations.selu_derivative)


@dataclass(frozen=True)
class Gelu(Activation):
    """Z * Phi(Z); `approximate` takes the tanh form of Phi."""

    function = staticmethod(activations.gelu)
    derivative = staticmethod(activations.gelu_derivative)

    approximate: bool = False


@dataclass(frozen=True)
class Silu(Activation):
    """Z * sigmoid(Z)."""

    function = staticmethod(activations.silu)
    derivative = staticmethod(activations.silu_derivative)


@dataclass(frozen=True)
class Sigmoid(Activation):
    """1 / (1 + e^-Z)."""

    function = staticmethod(activations.sigmoid)
    derivative = staticmethod(activations.sigmoid_derivative)
    keeps_output = True


@dataclass(frozen=True)
class HardSigmoid(Activation):
    """relu6(Z + 3) / 6."""

    function = staticmethod(activations.hard_sigmoid)
    derivative = staticmethod(activations.hard_sigmoid_derivative)
    keeps_output = True


@dataclass(frozen=True)
class HardSwish(Activation):
    """Z * hard_sigmoid(Z)."""

    function = staticmethod(activations.hard_swish)
    derivative = staticmethod(activations.hard_swish_derivative)


@dataclass(frozen=True)
class Tanh(Activation):
    """The hyperbolic tangent."""

    function = staticmethod(activations.tanh)
    derivative = staticmethod(activations.tanh_derivative)
    keeps_output = True


@dataclass(frozen=True)
class Softplus(Activation):
    """log(1 + e^Z)."""

    function = staticmethod(activations.softplus)
    derivative = staticmethod(activations.softplus_derivative)


@dataclass(frozen=True)
class Softmax(UnaryLayer):
    """e^Z / (the sum of e^Z over the channels), for an image pixel by pixel."""

    def forward(
        self, inputs: tuple[Array, ...], weights: Mapping[str, Array], mode: Mode
    ) -> tuple[Array, Saved]:
        """Keep A."""
        A = activations.softmax(inputs[0])
        return A, (A,)

    def backward(
        self, dA: Array, saved: Saved, weights: Mapping[str, Array], input_gradient: bool
    ) -> tuple[tuple[Array | None, ...], dict[str, Array]]:
        """Return dZ = A * (dA - sum of dA A)."""
        (A,) = saved
        return (activations.softmax_backward(dA, A),), {}
