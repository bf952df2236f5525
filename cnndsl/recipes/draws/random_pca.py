"""Noise of the colours that images differ in."""

from __future__ import annotations

import numpy as np


def random_pca(
    generator: np.random.Generator,
    shape: tuple[int, ...],
    deviation: float,
    values: tuple[float, float, float],
    vectors: tuple[float, ...],
    chance: float,
) -> np.ndarray:
    """Colours shifted along their principal components (Krizhevsky et al., 2012)."""
    shifts = generator.normal(0, deviation, (shape[0], 3)) * values
    shifts *= generator.random((shape[0], 1)) < chance
    colours = np.tile(np.eye(4), (shape[0], 1, 1, 1))
    colours[:, 0, 3, :3] = shifts @ np.reshape(vectors, (3, 3)).T
    return colours
