"""Translation."""

from __future__ import annotations

import numpy as np


def random_translate(
    generator: np.random.Generator,
    shape: tuple[int, ...],
    share: float,
    chance: float,
) -> np.ndarray:
    """Transforms that shift images, by parts of pixels too."""
    offsets = generator.uniform(-share, share, (shape[0], 2)) * shape[2:0:-1]
    transforms = np.tile(np.eye(3), (shape[0], 1, 1))
    transforms[:, :2, 2] = offsets * (generator.random((shape[0], 1)) < chance)
    return transforms
