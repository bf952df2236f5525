"""Cropping."""

from __future__ import annotations

import numpy as np


def random_crop(
    generator: np.random.Generator, shape: tuple[int, ...], pad: int, chance: float
) -> np.ndarray:
    """Transforms that take a part of the size of the image from it and zeros around."""
    offsets = generator.integers(-pad, pad, (shape[0], 2), endpoint=True)
    transforms = np.tile(np.eye(3), (shape[0], 1, 1))
    transforms[:, :2, 2] = offsets * (generator.random((shape[0], 1)) < chance)
    return transforms
