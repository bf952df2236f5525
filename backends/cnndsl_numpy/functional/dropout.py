"""Dropout (Srivastava et al., 2014), inverted: the survivors are scaled up while training."""

import numpy as np

from cnndsl_numpy.functional.geometry import Array


def dropout_mask(shape: tuple[int, ...], rate: float, generator: np.random.Generator) -> Array:
    """Draw a single precision mask: 1 / (1 - rate) with probability 1 - rate, else 0.

    The layer is A = A_prev * mask, and its gradient dA_prev = dA * mask.
    """
    mask: Array = (generator.random(shape, dtype=np.float32) >= rate).astype(np.float32)
    mask *= 1 / (1 - rate)
    return mask
