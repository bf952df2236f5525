"""Shearing."""

from __future__ import annotations

import numpy as np


def random_shear(
    generator: np.random.Generator,
    shape: tuple[int, ...],
    degrees: float,
    vertical: bool,
    chance: float,
) -> np.ndarray:
    """Transforms that shift rows by their distance from the centre, or columns."""
    angles = np.radians(generator.uniform(-degrees, degrees, shape[0]))
    angles *= generator.random(shape[0]) < chance
    transforms = np.tile(np.eye(3), (shape[0], 1, 1))
    transforms[:, int(vertical), 1 - int(vertical)] = np.tan(angles)
    return transforms
