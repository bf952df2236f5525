"""Activations: functions of each value, and softmax over the channels."""

from __future__ import annotations

from .base import FLAG, NON_NEGATIVE, InPlace, attribute


class Relu(InPlace):
    """max(x, 0)."""

    name = "relu"


class Relu6(InPlace):
    """min(max(x, 0), 6)."""

    name = "relu6"
    deviation = 3.0


class LeakyRelu(InPlace):
    """x where x >= 0, slope * x elsewhere (Maas et al. 2013)."""

    name = "leaky_relu"
    slope: float = attribute(NON_NEGATIVE, default=0.01, doc="slope below zero")


class Elu(InPlace):
    """x where x > 0, alpha * (exp(x) - 1) elsewhere (Clevert et al. 2016)."""

    name = "elu"
    alpha: float = attribute(NON_NEGATIVE, default=1.0, doc="scale below zero")

    def cancelled(self, _largest: float) -> float:
        return self.alpha  # exp(x) - 1


class Selu(InPlace):
    """scale * x where x > 0, scale * alpha * (exp(x) - 1) elsewhere.

    alpha = 1.6732632423543772, scale = 1.0507009873554805 (Klambauer et al. 2017, equation 2).
    """

    name = "selu"

    def cancelled(self, _largest: float) -> float:
        return 2.0  # exp(x) - 1


class Gelu(InPlace):
    """x * Phi(x), with Phi the normal distribution function (Hendrycks and Gimpel 2016).

    Phi(x) = (1 + erf(x / sqrt(2))) / 2, or its tanh approximation
    (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) / 2 if `approximate` is true.
    """

    name = "gelu"
    approximate: bool = attribute(FLAG, default=False, doc="use the tanh approximation")

    def cancelled(self, largest: float) -> float:
        return largest  # 1 + erf(x)


class Silu(InPlace):
    """x * sigmoid(x)."""

    name = "silu"


class Sigmoid(InPlace):
    """1 / (1 + exp(-x))."""

    name = "sigmoid"
    deviation = 1.0


class HardSigmoid(InPlace):
    """relu6(x + 3) / 6."""

    name = "hard_sigmoid"
    deviation = 2.0

    def cancelled(self, _largest: float) -> float:
        return 1.0  # x + 3


class HardSwish(InPlace):
    """x * relu6(x + 3) / 6 (Howard et al. 2019, section 5.2)."""

    name = "hard_swish"
    deviation = 2.0

    def cancelled(self, largest: float) -> float:
        return largest  # x + 3


class Tanh(InPlace):
    """The hyperbolic tangent of x."""

    name = "tanh"
    deviation = 0.7


class Softplus(InPlace):
    """log(1 + exp(x))."""

    name = "softplus"


class Softmax(InPlace):
    """exp(x[c]) / sum over c of exp(x[c]): over a vector, or over the channels of each pixel."""

    name = "softmax"
