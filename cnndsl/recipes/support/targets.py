"""Labels as what losses take: probabilities, or values."""

from __future__ import annotations

import math

import numpy as np

from cnndsl.recipes.support.class_numbers import class_numbers, with_axes_of


def class_targets(
    labels: np.ndarray, shape: tuple[int, ...], smoothing: float
) -> np.ndarray:
    """Labels, numbers of classes or probabilities, as probabilities for an output."""
    labels, classes = with_axes_of(shape, labels), shape[-1]
    if labels.shape[1:] != shape:
        labels = np.eye(classes, dtype=np.float32)[class_numbers(labels, classes)]
    return labels * np.float32(1 - smoothing) + np.float32(smoothing / classes)


def value_targets(labels: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers for an output."""
    if labels[0].size != math.prod(shape):
        raise SystemExit(f"labels of {labels.shape[1:]} for an output of {shape}")
    return labels.reshape(-1, *shape)


def yes_or_no(labels: np.ndarray) -> np.ndarray:
    """Labels that are probabilities, as a sigmoid gives them."""
    if labels.min() < 0 or labels.max() > 1:
        found = f"labels from {labels.min()} to {labels.max()}"
        raise SystemExit(f"{found} for a sigmoid: give numbers from 0 to 1")
    return labels
