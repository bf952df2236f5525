"""Mirroring."""

from __future__ import annotations

import numpy as np


def random_mirror(
    generator: np.random.Generator,
    shape: tuple[int, ...],
    chance: float,
    vertical: bool,
) -> np.ndarray:
    """Transforms that mirror images, from left to right or from top to bottom."""
    transforms = np.tile(np.eye(3), (shape[0], 1, 1))
    axis = int(vertical)
    transforms[generator.random(shape[0]) < chance, axis, axis] = -1
    return transforms
