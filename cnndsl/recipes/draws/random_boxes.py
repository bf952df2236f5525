"""Boxes."""

from __future__ import annotations

import numpy as np


def random_boxes(
    generator: np.random.Generator, shape: tuple[int, ...], sides: np.ndarray
) -> np.ndarray:
    """Boxes around random pixels, without what is beyond the image.

    Sides (images, 2) are heights and widths in pixels, which are rounded.
    """
    whole = np.rint(sides).astype(np.int64)
    starts = generator.integers(0, shape[1:3], whole.shape) - whole // 2
    boxes = np.concatenate([starts, starts + whole], axis=1)
    within: np.ndarray = np.clip(boxes, 0, (*shape[1:3], *shape[1:3]))
    return within
