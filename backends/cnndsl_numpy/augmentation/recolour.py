"""Colour."""

from __future__ import annotations

import numpy as np


def recolour(images: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Images with other colours, from 0 to 1.

    Colours (images, 1 or 2, channels + 1, channels + 1) act on rows (channels, 1): the
    first for how pixels differ from the image's mean, the last for the mean.
    """
    of_pixels, of_mean = colours[:, 0, :-1, :-1], colours[:, -1, :, :-1]
    means = images.mean(axis=(1, 2), dtype=np.float64)
    shifts = (
        np.einsum("nc,ncd->nd", means, of_mean[:, :-1] - of_pixels) + of_mean[:, -1]
    )
    changed = np.einsum("nhwc,ncd->nhwd", images, of_pixels.astype(images.dtype))
    changed += shifts[:, None, None].astype(images.dtype)
    clipped: np.ndarray = np.clip(changed, 0, 1)
    return clipped
