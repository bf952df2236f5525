"""Labels as probabilities."""

from __future__ import annotations

import numpy as np


def class_targets(labels: np.ndarray, classes: int, smoothing: float) -> np.ndarray:
    """Labels, numbers of classes or probabilities, as probabilities of each class."""
    if labels.ndim == 1:
        numbers = labels.astype(int)
        if numbers.min() < 0 or numbers.max() >= classes or (numbers != labels).any():
            raise SystemExit(
                f"labels from {labels.min()} to {labels.max()} for {classes} classes:"
                f" give whole numbers from 0 to {classes - 1}"
            )
        labels = np.eye(classes, dtype=np.float32)[numbers]
    return labels * np.float32(1 - smoothing) + np.float32(smoothing / classes)
