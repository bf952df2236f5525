"""Saturation."""

from __future__ import annotations

import numpy as np

from .grey_weights import grey_weights


def random_saturation(
    generator: np.random.Generator,
    shape: tuple[int, ...],
    amount: float,
    chance: float,
) -> np.ndarray:
    """Colours whose distance from their own grey has factors around 1."""
    changes = generator.uniform(-amount, amount, (shape[0], 1, 1, 1))
    changes *= generator.random(changes.shape) < chance
    colours = np.tile(np.eye(shape[-1] + 1), (shape[0], 1, 1, 1))
    from_grey = np.eye(shape[-1]) - grey_weights(shape[-1])[:, None]
    colours[..., :-1, :-1] += changes * from_grey
    return colours
