"""Cutting out."""

from __future__ import annotations

import numpy as np

from .random_boxes import random_boxes


def random_cutout(
    generator: np.random.Generator,
    shape: tuple[int, ...],
    share: float,
    fill: float,
    chance: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Boxes to erase, and what with (DeVries and Taylor, 2017)."""
    chosen = generator.random((shape[0], 1)) < chance
    boxes = random_boxes(generator, shape, share * chosen * shape[1:3])
    return boxes, np.full(shape[0], fill)
