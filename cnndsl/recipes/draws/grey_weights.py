"""What grey is."""

from __future__ import annotations

import numpy as np


def grey_weights(channels: int) -> np.ndarray:
    """How much each channel counts in grey: of three, as in ITU-R BT.601."""
    if channels == 3:
        return np.array([0.299, 0.587, 0.114])
    return np.full(channels, 1 / channels)
