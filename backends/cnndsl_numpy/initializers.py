"""How weights start: scaled random kernels, zeros, ones, reproducible from seeds."""

import math
import zlib
from collections.abc import Callable
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from cnndsl_numpy.functional.geometry import Array

KernelInit: TypeAlias = Literal[
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
]

Initializer: TypeAlias = Callable[[tuple[int, ...], np.dtype[Any], np.random.Generator], Array]
"""Draws an array of the given shape and type."""


def constant(value: float) -> Initializer:
    """Fill with one value."""

    def fill(shape: tuple[int, ...], dtype: np.dtype[Any], _: np.random.Generator) -> Array:
        return np.full(shape, value, dtype)

    return fill


def scaled_random(init: str) -> Initializer:
    """Draw kernels whose variance suits the number of values that flow in and out.

    variance: glorot 2 / (fan_in + fan_out) (Glorot and Bengio, 2010), he 2 / fan_in (He et al.,
    2015), lecun 1 / fan_in (LeCun et al., 1998). "uniform" draws from (-limit, limit) with
    limit = sqrt(3 variance), "normal" from a plain Gaussian.
    """
    if init not in get_args(KernelInit):
        raise ValueError(f"init must be one of {', '.join(get_args(KernelInit))}, got {init!r}")
    scheme, distribution = init.split("_")

    def draw(shape: tuple[int, ...], dtype: np.dtype[Any], generator: np.random.Generator) -> Array:
        fan_in, fan_out = fans(shape)
        variance = {
            "glorot": 2 / (fan_in + fan_out),
            "he": 2 / fan_in,
            "lecun": 1 / fan_in,
        }[scheme]
        precision: Any = dtype.type
        if distribution == "normal":
            kernel = generator.standard_normal(shape, dtype=precision)
            kernel *= math.sqrt(variance)
            return kernel
        limit = math.sqrt(3 * variance)
        kernel = generator.random(shape, dtype=precision)
        kernel *= 2 * limit
        kernel -= limit
        return kernel

    return draw


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return (fan_in, fan_out) of a kernel (f_h, f_w, inputs per group, outputs) or (n_prev, n).

    fan_in = f_h * f_w * inputs per group;  fan_out = f_h * f_w * outputs
    """
    cells = math.prod(shape[:-2])
    return cells * shape[-2], cells * shape[-1]


def layer_generator(seed: int | None, entropy: int, path: str) -> np.random.Generator:
    """Return the random generator of one layer.

    A layer's own seed wins. Without one it is the model's entropy and the layer's path that
    decide, so that a layer starts alike whatever layers the model gains or loses.
    """
    if seed is not None:
        return np.random.default_rng(seed)
    return np.random.default_rng([entropy, zlib.crc32(path.encode())])
