"""Geometry."""

from __future__ import annotations

import numpy as np


def warp(images: np.ndarray, transforms: np.ndarray) -> np.ndarray:
    """Images whose pixels come from where transforms say: bilinear, with zeros around.

    Transforms (images, 3, 3) map columns (x, y, 1), in pixels from the image's centre.
    """
    count, height, width, _ = images.shape
    rows, columns = np.indices((height, width))
    across, down = columns - (width - 1) / 2, rows - (height - 1) / 2
    x, y, _ = np.einsum("nij,jhw->inhw", transforms, [across, down, np.ones_like(down)])
    x = np.clip(x + (width + 1) / 2, 0, width + 1)  # one pixel of zeros is in front
    y = np.clip(y + (height + 1) / 2, 0, height + 1)
    left, top = x.astype(np.int64), y.astype(np.int64)
    right = (x - left).astype(images.dtype)[..., None]
    lower = (y - top).astype(images.dtype)[..., None]
    padded = np.pad(images, ((0, 0), (1, 2), (1, 2), (0, 0)))
    image = np.arange(count)[:, None, None]
    above = (
        padded[image, top, left] * (1 - right) + padded[image, top, left + 1] * right
    )
    top = top + 1
    below = (
        padded[image, top, left] * (1 - right) + padded[image, top, left + 1] * right
    )
    warped: np.ndarray = above * (1 - lower) + below * lower
    return warped
