"""Pasting parts of other images."""

from __future__ import annotations

import numpy as np

from .random_boxes import random_boxes


def random_cutmix(
    generator: np.random.Generator, shape: tuple[int, ...], alpha: float, chance: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What image each gets a box of, the box, the share it keeps (Yun et al., 2019)."""
    partners = generator.permutation(shape[0])
    pasted = 1 - generator.beta(alpha, alpha, (shape[0], 1))
    pasted *= generator.random(pasted.shape) < chance
    boxes = random_boxes(generator, shape, np.sqrt(pasted) * shape[1:3])
    sides = boxes[:, 2:] - boxes[:, :2]
    return partners, boxes, 1 - sides.prod(axis=1) / (shape[1] * shape[2])
