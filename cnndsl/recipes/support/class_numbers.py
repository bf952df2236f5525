"""Labels as numbers of classes."""

from __future__ import annotations

import numpy as np


def class_numbers(labels: np.ndarray, classes: int) -> np.ndarray:
    """Labels as whole numbers, of samples or pixels, each that of a class."""
    numbers = labels.astype(int)
    is_whole = labels.ndim in (1, 3) and bool((numbers == labels).all())
    if not is_whole or numbers.min() < 0 or numbers.max() >= classes:
        raise SystemExit(
            f"labels from {labels.min()} to {labels.max()} for {classes} classes:"
            f" give whole numbers from 0 to {classes - 1}"
        )
    return numbers
