"""How weights start: scaled random kernels, zeros, ones, reproducible from seeds."""

import zlib
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

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


def layer_generator(seed: int | None, entropy: int, path: str) -> np.random.Generator:
    """Return the random generator of one layer.

    A layer's own seed wins. Without one it is the model's entropy and the layer's path that
    decide, so that a layer starts alike whatever layers the model gains or loses.
    """
    if seed is not None:
        return np.random.default_rng(seed)
    return np.random.default_rng([entropy, zlib.crc32(path.encode())])
