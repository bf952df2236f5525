"""Training and held-out samples."""

from __future__ import annotations

import numpy as np


def halves(count: int, hold_out: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The samples to learn from and those held out, drawn by a seed."""
    order = np.random.default_rng(seed).permutation(count)
    held_out = round(count * hold_out)
    return order[held_out:], order[:held_out]
