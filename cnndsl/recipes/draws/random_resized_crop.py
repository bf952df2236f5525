"""Cropping to another size."""

from __future__ import annotations

import numpy as np


def random_resized_crop(
    generator: np.random.Generator,
    shape: tuple[int, ...],
    area: tuple[float, float],
    aspect: tuple[float, float],
    chance: float,
) -> np.ndarray:
    """Transforms that make a part of the image all of it (Szegedy et al., 2015)."""
    count, sides = shape[0], np.array(shape[2:0:-1])
    areas = generator.uniform(*area, count) * sides.prod()
    lowest, highest = np.log(aspect)
    ratios = np.exp(generator.uniform(lowest, highest, count))
    box = np.minimum(np.sqrt(np.stack([areas * ratios, areas / ratios], axis=1)), sides)
    offsets = (sides - box) * generator.uniform(-0.5, 0.5, (count, 2))
    transforms = np.tile(np.eye(3), (count, 1, 1))
    transforms[:, :2, :2] *= (box / sides)[:, None]
    transforms[:, :2, 2] = offsets
    chosen = generator.random((count, 1, 1)) < chance
    return np.where(chosen, transforms, np.eye(3))
