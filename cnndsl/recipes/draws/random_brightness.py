"""Brightness."""

from __future__ import annotations

import numpy as np


def random_brightness(
    generator: np.random.Generator,
    shape: tuple[int, ...],
    amount: float,
    chance: float,
) -> np.ndarray:
    """Colours multiplied by factors around 1."""
    changes = generator.uniform(-amount, amount, shape[0])
    changes *= generator.random(shape[0]) < chance
    colours = np.tile(np.eye(shape[-1] + 1), (shape[0], 1, 1, 1))
    colours[..., :-1, :-1] *= 1 + changes[:, None, None, None]
    return colours
