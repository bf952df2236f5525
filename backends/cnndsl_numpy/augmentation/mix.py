"""Mixing."""

from __future__ import annotations

import numpy as np


def mix(values: np.ndarray, partners: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Shares of values, images or labels, and the rest of their partners'."""
    kept = shares.astype(values.dtype).reshape(-1, *[1] * (values.ndim - 1))
    mixed: np.ndarray = kept * values + (1 - kept) * values[partners]
    return mixed
