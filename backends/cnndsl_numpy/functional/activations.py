"""Activation functions and their derivatives, of arrays of any shape.

The derivative of each function f is written in terms of whichever of Z and A = f(Z) says it more
shortly; its parameter's name tells which. Where f has a corner, the derivative is that of
its flat side: relu'(0) = 0. Softmax is over the last axis, the channels.
"""

import math
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from cnndsl_numpy.functional.geometry import Array

# Klambauer et al., "Self-normalizing neural networks", 2017: the fixed point at mean 0, variance 1.
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946
ROOT_OF_HALF = math.sqrt(0.5)


def relu(Z: Array) -> Array:
    """Return max(Z, 0) (Nair and Hinton, 2010)."""
    A: Array = np.maximum(Z, 0)
    return A


def relu_derivative(A: Array) -> npt.NDArray[np.bool_]:
    """Return 1 where A > 0, else 0."""
    return A > 0


def relu6(Z: Array) -> Array:
    """Return min(max(Z, 0), 6) (Krizhevsky, "Convolutional deep belief networks", 2010)."""
    return np.clip(Z, 0, 6)


def relu6_derivative(A: Array) -> npt.NDArray[np.bool_]:
    """Return 1 where 0 < A < 6, else 0."""
    return (A > 0) & (A < 6)


def leaky_relu(Z: Array, slope: float = 0.01) -> Array:
    """Return Z where it is positive, else slope * Z (Maas et al., 2013)."""
    A: Array = np.maximum(Z, 0)
    A += slope * np.minimum(Z, 0)
    return A


def leaky_relu_derivative(Z: Array, slope: float = 0.01) -> Array:
    """Return 1 where Z > 0, else slope."""
    return _steps(Z, slope, 1.0)


def prelu(Z: Array, alpha: Array) -> Array:
    """Return Z where it is positive, else alpha * Z, alpha by channel (He et al., 2015)."""
    A: Array = np.maximum(Z, 0)
    A += alpha * np.minimum(Z, 0)
    return A


def relu_squared(Z: Array) -> Array:
    """Return max(Z, 0)^2 (So et al., "Primer", 2021)."""
    A: Array = np.square(np.maximum(Z, 0))
    return A


def relu_squared_derivative(Z: Array) -> Array:
    """Return 2 max(Z, 0)."""
    return 2 * np.maximum(Z, 0)


def threshold(Z: Array, limit: float, value: float = 0.0) -> Array:
    """Return the value where Z is no more than the limit, else Z."""
    return np.where(limit >= Z, np.asarray(value, Z.dtype), Z)


def threshold_derivative(Z: Array, limit: float, value: float = 0.0) -> npt.NDArray[np.bool_]:
    """Return 0 where Z is no more than the limit, else 1."""
    return ~(limit >= Z)


def clip(Z: Array, low: float, high: float) -> Array:
    """Return min(max(Z, low), high)."""
    return np.clip(Z, low, high)


def clip_derivative(Z: Array, low: float, high: float) -> npt.NDArray[np.bool_]:
    """Return 1 where low < Z < high, else 0."""
    return (low < Z) & (high > Z)


def hard_tanh(Z: Array) -> Array:
    """Return min(max(Z, -1), 1)."""
    return clip(Z, -1, 1)


def hard_tanh_derivative(Z: Array) -> npt.NDArray[np.bool_]:
    """Return 1 where -1 < Z < 1, else 0."""
    return clip_derivative(Z, -1, 1)


def elu(Z: Array, alpha: float = 1.0) -> Array:
    """Return Z where it is positive, else alpha * (e^Z - 1) (Clevert et al., 2015)."""
    A: Array = np.expm1(np.minimum(Z, 0))
    A *= alpha
    A += np.maximum(Z, 0)
    return A


def elu_derivative(Z: Array, alpha: float = 1.0) -> Array:
    """Return 1 where Z > 0, else alpha * e^Z."""
    derivative: Array = np.exp(np.minimum(Z, 0))
    derivative *= _steps(Z, alpha, 1.0)
    return derivative


def selu(Z: Array) -> Array:
    """Return scale * elu(Z, alpha) with the constants of Klambauer et al., 2017."""
    return SELU_SCALE * elu(Z, SELU_ALPHA)


def selu_derivative(Z: Array) -> Array:
    """Return scale where Z > 0, else scale * alpha * e^Z."""
    return SELU_SCALE * elu_derivative(Z, SELU_ALPHA)


def gelu(Z: Array, approximate: bool = False, root_of_half: float = ROOT_OF_HALF) -> Array:
    """Return Z * Phi(Z), Phi the standard normal distribution (Hendrycks and Gimpel, 2016).

    `approximate` takes Phi(Z) = (1 + tanh(sqrt(2 / pi) * (Z + 0.044715 Z^3))) / 2 instead.
    """
    return Z * (_tanh_cdf(Z) if approximate else normal_cdf(Z, root_of_half))


def gelu_derivative(
    Z: Array, approximate: bool = False, root_of_half: float = ROOT_OF_HALF
) -> Array:
    """Return Phi(Z) + Z * Phi'(Z)."""
    if approximate:
        cdf = _tanh_cdf(Z)
        slope = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * Z * Z)
        return cdf + Z * (2 * cdf * (1 - cdf) * slope)
    density: Array = np.exp(-np.square(Z * root_of_half)) * (root_of_half / math.sqrt(math.pi))
    return normal_cdf(Z, root_of_half) + Z * density


def silu(Z: Array) -> Array:
    """Return Z * sigmoid(Z), or swish (Elfwing et al., 2017; Ramachandran et al., 2017)."""
    return Z * sigmoid(Z)


def silu_derivative(Z: Array) -> Array:
    """Return s + Z * s * (1 - s), s = sigmoid(Z)."""
    s = sigmoid(Z)
    return s + Z * s * (1 - s)


def mish(Z: Array) -> Array:
    """Return Z * tanh(softplus(Z)) (Misra, 2019)."""
    return Z * np.tanh(softplus(Z))


def mish_derivative(Z: Array) -> Array:
    """Return t + Z * (1 - t^2) * sigmoid(Z), t = tanh(softplus(Z))."""
    t = np.tanh(softplus(Z))
    derivative: Array = t + Z * (1 - t * t) * sigmoid(Z)
    return derivative


def sigmoid(Z: Array) -> Array:
    """Return 1 / (1 + e^-Z)."""
    # e^-Z overflows to infinity for very negative Z, and 1 / infinity = 0 is the right answer.
    with np.errstate(over="ignore"):
        A: Array = np.exp(-Z)
    A += 1
    return np.reciprocal(A, out=A)


def sigmoid_derivative(A: Array) -> Array:
    """Return A * (1 - A)."""
    return A * (1 - A)


def hard_sigmoid(Z: Array, slope: float = 1 / 6, offset: float = 0.5) -> Array:
    """Return min(max(slope Z + offset, 0), 1) (Howard et al., 2019)."""
    A: Array = np.clip(slope * Z + offset, 0, 1)
    return A


def hard_sigmoid_derivative(A: Array, slope: float = 1 / 6) -> Array:
    """Return the slope where 0 < A < 1, else 0."""
    return ((A > 0) & (A < 1)).astype(A.dtype) * slope


def hard_swish(Z: Array) -> Array:
    """Return Z * hard_sigmoid(Z) (Howard et al., 2019)."""
    return Z * hard_sigmoid(Z)


def hard_swish_derivative(Z: Array) -> Array:
    """Return 0 where Z <= -3, 1 where Z >= 3, and Z / 3 + 1/2 between."""
    A = hard_sigmoid(Z)
    return A + Z * hard_sigmoid_derivative(A)


def tanh(Z: Array) -> Array:
    """Return (e^Z - e^-Z) / (e^Z + e^-Z)."""
    A: Array = np.tanh(Z)
    return A


def tanh_derivative(A: Array) -> Array:
    """Return 1 - A^2."""
    return 1 - A * A


def softplus(Z: Array) -> Array:
    """Return log(1 + e^Z) as max(Z, 0) + log(1 + e^-|Z|), which cannot overflow."""
    A: Array = np.log1p(np.exp(-np.abs(Z)))
    A += np.maximum(Z, 0)
    return A


def softplus_derivative(Z: Array) -> Array:
    """Return sigmoid(Z)."""
    return sigmoid(Z)


def softsign(Z: Array) -> Array:
    """Return Z / (1 + |Z|)."""
    A: Array = Z / (1 + np.abs(Z))
    return A


def softsign_derivative(Z: Array) -> Array:
    """Return 1 / (1 + |Z|)^2."""
    derivative: Array = 1 / np.square(1 + np.abs(Z))
    return derivative


def softmax(Z: Array) -> Array:
    """Return e^Z / (sum of e^Z over the last axis), shifted by the maximum against overflow."""
    A: Array = np.exp(Z - Z.max(axis=-1, keepdims=True))
    A /= A.sum(axis=-1, keepdims=True)
    return A


def softmax_backward(dA: Array, A: Array) -> Array:
    """Return dZ = A * (dA - sum of dA A over the last axis)."""
    dZ: Array = A * (dA - (dA * A).sum(axis=-1, keepdims=True))
    return dZ


def log_softmax(Z: Array) -> Array:
    """Return Z - log(sum of e^Z over the last axis), shifted by the maximum against overflow."""
    A: Array = Z - Z.max(axis=-1, keepdims=True)
    A -= np.log(np.exp(A).sum(axis=-1, keepdims=True))
    return A


def log_softmax_backward(dA: Array, A: Array) -> Array:
    """Return dZ = dA - e^A * sum of dA over the last axis."""
    dZ: Array = dA - np.exp(A) * dA.sum(axis=-1, keepdims=True)
    return dZ


def normal_cdf(Z: Array, root_of_half: float = ROOT_OF_HALF) -> Array:
    """Return the standard normal distribution Phi(Z) = (1 + erf(Z / sqrt(2))) / 2.

    NumPy has no erf. With x = |Z| / sqrt(2) and t = 2 / (2 + x),
        Phi(-|Z|) = erfc(x) / 2 = e^(-x^2) P(t) / 2
    where P is a polynomial fitted to the standard library's erfc, and Phi(|Z|) = 1 - Phi(-|Z|).
    To the last few digits of single or double precision, in the tails too.
    """
    cdf = np.empty(Z.shape, Z.dtype)
    source, target = Z.reshape(-1), cdf.reshape(-1)
    # In pieces that stay in the cache, for the polynomial reads them a few dozen times.
    for start in range(0, Z.size, 2**14):
        piece = slice(start, start + 2**14)
        target[piece] = _normal_cdf(source[piece], root_of_half)
    return cdf


def _normal_cdf(Z: Array, root_of_half: float) -> Array:
    coefficients = _scaled_erfc(Z.dtype.itemsize > 4)
    # Beyond 26 standard deviations the tail is nothing, in double precision too.
    x = np.minimum(np.abs(Z), 26 / ROOT_OF_HALF) * root_of_half
    u = _unit(2 / (2 + x))
    tail: Array = np.full_like(Z, coefficients[0])
    for coefficient in coefficients[1:]:
        tail *= u
        tail += coefficient
    tail *= np.exp(-x * x)
    tail *= 0.5
    tail *= ~np.isinf(Z)  # and beyond all of them exactly nothing: -inf * 0 is no number
    # A mirror without a branch: tail where Z < 0, 1 - tail where Z >= 0.
    is_right = Z >= 0
    tail *= 1 - 2 * is_right.astype(Z.dtype)
    tail += is_right
    return tail


@cache
def _scaled_erfc(double: bool) -> tuple[float, ...]:
    """Fit e^(x^2) erfc(x), highest power first, as a polynomial in `_unit`(2 / (2 + x))."""

    def scaled_erfc(u: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        t = (u * (1 - _LEAST) + 1 + _LEAST) / 2
        x = 2 / t - 2
        return np.array([math.exp(value * value) * math.erfc(value) for value in x])

    degree = 20 if double else 12
    chebyshev: Any = np.polynomial.chebyshev.chebinterpolate(scaled_erfc, degree)
    powers = np.polynomial.chebyshev.cheb2poly(chebyshev)
    return tuple(float(power) for power in powers[::-1])


_LEAST = 2 / (2 + 26)


def _unit(t: Array) -> Array:
    """Map t from [_LEAST, 1] to [-1, 1], where polynomials are well conditioned."""
    return (2 * t - (1 + _LEAST)) / (1 - _LEAST)


def _tanh_cdf(Z: Array) -> Array:
    cdf: Array = np.tanh(math.sqrt(2 / math.pi) * (Z + 0.044715 * Z * Z * Z))
    cdf += 1
    cdf *= 0.5
    return cdf


def _steps(Z: Array, low: float, high: float) -> Array:
    """Return `high` where Z > 0, else `low`."""
    steps = (Z > 0).astype(Z.dtype)
    steps *= high - low
    steps += low
    return steps
