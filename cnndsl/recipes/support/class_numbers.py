"""Labels as numbers of classes."""

from __future__ import annotations

import numpy as np


def with_axes_of(shape: tuple[int, ...], labels: np.ndarray) -> np.ndarray:
    """Labels with an output's axes or its pixels' alone; axes of one do not count."""
    sides = tuple(side for side in labels.shape[1:] if side != 1)
    for wanted in (shape, shape[:-1]):
        if sides == tuple(side for side in wanted if side != 1):
            return labels.reshape(-1, *wanted)
    raise SystemExit(f"labels of {labels.shape[1:]} for an output of {shape}")


def class_numbers(labels: np.ndarray, classes: int) -> np.ndarray:
    """Labels as whole numbers, of samples or pixels, each that of a class."""
    numbers = labels.astype(int)
    is_whole = bool((numbers == labels).all())
    if not is_whole or numbers.min() < 0 or numbers.max() >= classes:
        raise SystemExit(
            f"labels from {labels.min()} to {labels.max()} for {classes} classes:"
            f" give whole numbers from 0 to {classes - 1}, or the model more classes"
        )
    return numbers
