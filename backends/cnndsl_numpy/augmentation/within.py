"""The pixels of boxes."""

from __future__ import annotations

import numpy as np


def within(boxes: np.ndarray, images: np.ndarray) -> np.ndarray:
    """Whether pixels are in their image's box: (images, 4) top, left, bottom, right."""
    top, left, bottom, right = boxes.T[..., None, None, None]
    rows, columns = np.indices((*images.shape[1:3], 1))[:2]
    inside: np.ndarray = (
        (top <= rows) & (rows < bottom) & (left <= columns) & (columns < right)
    )
    return inside
