"""Rotation."""

from __future__ import annotations

import numpy as np


def random_rotate(
    generator: np.random.Generator,
    shape: tuple[int, ...],
    degrees: float,
    chance: float,
) -> np.ndarray:
    """Transforms that rotate images, against the clock by angles above 0."""
    angles = np.radians(generator.uniform(-degrees, degrees, shape[0]))
    angles *= generator.random(shape[0]) < chance
    transforms = np.tile(np.eye(3), (shape[0], 1, 1))
    transforms[:, 0, 0] = transforms[:, 1, 1] = np.cos(angles)
    transforms[:, 0, 1] = -np.sin(angles)
    transforms[:, 1, 0] = np.sin(angles)
    return transforms
