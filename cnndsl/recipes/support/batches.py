"""The order of samples."""

from __future__ import annotations

import numpy as np


def batches(count: int, batch: int, seed: int, epoch: int) -> list[np.ndarray]:
    """The samples of each batch of an epoch; a rest that fills none is left out."""
    order = np.random.default_rng((seed, epoch + 1)).permutation(count)
    steps = max(count // batch, 1)
    return np.split(order[: steps * batch], range(batch, steps * batch, batch))
