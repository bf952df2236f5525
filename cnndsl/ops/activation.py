"""Activations: functions of each value, and softmax over the channels."""

from __future__ import annotations

from .base import FLAG, NON_NEGATIVE, NUMBER, POSITIVE, InPlace, Weight, attribute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..values import Shape


class Relu(InPlace):
    """max(x, 0)."""

    name = "relu"
    selects = True


class Relu6(InPlace):
    """min(max(x, 0), 6)."""

    name = "relu6"
    selects = True
    deviation = 3.0


class LeakyRelu(InPlace):
    """x where x >= 0, slope * x elsewhere (Maas et al. 2013)."""

    name = "leaky_relu"
    slope: float = attribute(NON_NEGATIVE, default=0.01, doc="slope below zero")


class Prelu(InPlace):
    """x where x >= 0, alpha * x elsewhere; alpha is learned for each channel (He et al. 2015,
    equation 1).

    Weights: alpha (channels).
    """

    name = "prelu"
    slope: float = attribute(NON_NEGATIVE, default=0.25, doc="what alpha begins with")

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        return (Weight("alpha", (inputs[0].channels,), self.slope),)


class ReluSquared(InPlace):
    """max(x, 0)^2 (So et al. 2021, section 3)."""

    name = "relu_squared"


class Threshold(InPlace):
    """The value where x <= limit, x elsewhere."""

    name = "threshold"
    selects = True
    limit: float = attribute(NUMBER, doc="what x must exceed")
    value: float = attribute(NUMBER, default=0.0, doc="what stands elsewhere")


class Clip(InPlace):
    """min(max(x, low), high)."""

    name = "clip"
    selects = True
    low: float = attribute(NUMBER, doc="the least value")
    high: float = attribute(NUMBER, doc="the largest value")


class HardTanh(InPlace):
    """min(max(x, -1), 1)."""

    name = "hard_tanh"
    selects = True


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


class Mish(InPlace):
    """x * tanh(log(1 + exp(x))) (Misra 2019, equation 1)."""

    name = "mish"


class Sigmoid(InPlace):
    """1 / (1 + exp(-x))."""

    name = "sigmoid"
    deviation = 1.0


class HardSigmoid(InPlace):
    """min(max(slope * x + offset, 0), 1); by default relu6(x + 3) / 6.

    Keras 2 and ONNX have the slope 0.2: `hard_sigmoid(0.2)`.
    """

    name = "hard_sigmoid"
    deviation = 2.0
    slope: float = attribute(POSITIVE, default=1 / 6, doc="the slope between 0 and 1")
    offset: float = attribute(NUMBER, default=0.5, doc="the value at 0")

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


class Softsign(InPlace):
    """x / (1 + |x|)."""

    name = "softsign"


class Softmax(InPlace):
    """exp(x[c]) / sum over c of exp(x[c]): over a vector, or over the channels of each pixel."""

    name = "softmax"


class LogSoftmax(InPlace):
    """The logarithm of softmax: x[c] - log(sum over c of exp(x[c]))."""

    name = "log_softmax"
