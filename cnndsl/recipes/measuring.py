"""Losses and metrics of a recipe, as NumPy computes them from a network's outputs."""

from __future__ import annotations

import numpy as np

from .support.targets import class_targets, value_targets, yes_or_no

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .recipe import OutputLoss
    from .words import Use

    Array = np.ndarray[Any, np.dtype[Any]]

SMALLEST = np.finfo(np.float32).tiny
"""What a probability of 0 counts as in a logarithm."""


def loss_of(loss: OutputLoss, outputs: Array, labels: Array) -> float:
    """The loss of some samples, times its weight.

    outputs: what the model gives in inference: probabilities where the loss is fused, else scores
    labels: numbers of classes, probabilities, or values
    """
    values = outputs.astype(np.float64)
    weight = float(loss.use["weight"])
    return weight * LOSSES[loss.use.name](values, labels, loss)


def _cross_entropy(values: Array, labels: Array, loss: OutputLoss) -> float:
    targets = class_targets(labels, values.shape[1:], float(loss.use["smoothing"]))
    if loss.fused:
        logarithms = np.log(np.maximum(values, SMALLEST))
    else:
        shifted = values - values.max(-1, keepdims=True)
        logarithms = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return float(-(targets * logarithms).sum(-1).mean())


def _binary_cross_entropy(values: Array, labels: Array, loss: OutputLoss) -> float:
    smoothing = float(loss.use["smoothing"])
    targets = value_targets(yes_or_no(labels), values.shape[1:]) * (1 - smoothing) + smoothing / 2
    if loss.fused:
        right, wrong = np.maximum(values, SMALLEST), np.maximum(1 - values, SMALLEST)
        terms = targets * np.log(right) + (1 - targets) * np.log(wrong)
        return float(-terms.mean())
    terms = np.maximum(values, 0) - values * targets + np.log1p(np.exp(-np.abs(values)))
    return float(terms.mean())


def _squared(values: Array, labels: Array, _loss: OutputLoss) -> float:
    return float(np.square(values - value_targets(labels, values.shape[1:])).mean())


def _absolute(values: Array, labels: Array, _loss: OutputLoss) -> float:
    return float(np.abs(values - value_targets(labels, values.shape[1:])).mean())


LOSSES: Mapping[str, Callable[[Array, Array, OutputLoss], float]] = {
    "cross_entropy": _cross_entropy,
    "binary_cross_entropy": _binary_cross_entropy,
    "mean_squared_error": _squared,
    "mean_absolute_error": _absolute,
}


ERRORS = ("mean_squared_error", "mean_absolute_error")


def metric_of(use: Use, loss: OutputLoss, outputs: Array, labels: Array) -> float:
    """A metric of an output; accuracy is that of classes, or of values on the right side of 1/2."""
    if use.name in ERRORS:
        if loss.use.name == "cross_entropy":
            labels = class_targets(labels, outputs.shape[1:], 0.0)
        return LOSSES[use.name](outputs, labels, loss)
    if loss.use.name == "binary_cross_entropy":
        boundary = 0.5 if loss.fused else 0.0
        is_true = value_targets(labels, outputs.shape[1:]) > 0.5
        return float(((outputs > boundary) == is_true).mean())
    classes = class_targets(labels, outputs.shape[1:], 0.0).argmax(-1)
    ranked = np.argsort(-outputs, axis=-1, kind="stable")
    count = int(use["k"]) if use.name == "top" else 1
    return float((ranked[..., :count] == classes[..., None]).any(-1).mean())
