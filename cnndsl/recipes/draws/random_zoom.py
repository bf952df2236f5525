"""Zooming."""

from __future__ import annotations

import numpy as np


def random_zoom(
    generator: np.random.Generator,
    shape: tuple[int, ...],
    factors: tuple[float, float],
    chance: float,
) -> np.ndarray:
    """Transforms that enlarge images about their centre by factors above 1."""
    lowest, highest = np.log(factors)
    logarithms = generator.uniform(lowest, highest, shape[0])
    logarithms *= generator.random(shape[0]) < chance
    transforms = np.tile(np.eye(3), (shape[0], 1, 1))
    transforms[:, :2, :2] *= np.exp(-logarithms)[:, None, None]
    return transforms
