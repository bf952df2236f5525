"""Labels as probabilities."""

from __future__ import annotations

import numpy as np

from cnndsl.recipes.support.class_numbers import class_numbers


def class_targets(labels: np.ndarray, classes: int, smoothing: float) -> np.ndarray:
    """Labels, numbers of classes or probabilities, as probabilities of each class."""
    if labels.shape[-1] == 1 and labels.ndim in (2, 4):
        labels = labels[..., 0]
    if labels.ndim in (1, 3):
        labels = np.eye(classes, dtype=np.float32)[class_numbers(labels, classes)]
    return labels * np.float32(1 - smoothing) + np.float32(smoothing / classes)
