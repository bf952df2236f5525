"""Mixing images."""

from __future__ import annotations

import numpy as np


def random_mixup(
    generator: np.random.Generator, shape: tuple[int, ...], alpha: float, chance: float
) -> tuple[np.ndarray, np.ndarray]:
    """What image each is mixed with, and the share it keeps (Zhang et al., 2018)."""
    partners = generator.permutation(shape[0])
    shares = generator.beta(alpha, alpha, shape[0])
    return partners, np.where(generator.random(shape[0]) < chance, shares, 1.0)
