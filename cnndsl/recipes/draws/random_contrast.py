"""Contrast."""

from __future__ import annotations

import numpy as np

from .grey_weights import grey_weights


def random_contrast(
    generator: np.random.Generator,
    shape: tuple[int, ...],
    amount: float,
    chance: float,
) -> np.ndarray:
    """Colours whose distance from the mean grey of the image has factors around 1."""
    changes = generator.uniform(-amount, amount, shape[0])
    changes *= generator.random(shape[0]) < chance
    colours = np.tile(np.eye(shape[-1] + 1), (shape[0], 2, 1, 1))
    colours[..., :-1, :-1] *= 1 + changes[:, None, None, None]
    colours[:, 1, :-1, :-1] -= changes[:, None, None] * grey_weights(shape[-1])[:, None]
    return colours
