"""Losses of raw scores Z ("logits"), each with its gradient dZ.

Taking Z rather than probabilities keeps the logarithms finite and the gradient simple: p - y. The
loss is the mean over all samples (and over the pixels, where Z is (m, n_H, n_W, n_C)).
"""

import numpy as np
import numpy.typing as npt

from cnndsl_numpy.functional.activations import sigmoid, softmax
from cnndsl_numpy.functional.geometry import Array


def softmax_cross_entropy(Z: Array, y: npt.ArrayLike) -> tuple[float, Array]:
    """Return the cross-entropy of softmax(Z) and its gradient (softmax(Z) - y) / samples.

    loss = mean of -sum over c of y[c] log softmax(Z)[c],
    log softmax(Z)[c] = Z[c] - max - log(sum of e^(Z - max))

    Z: (m, ..., n_C); y: class numbers (m, ...), or probabilities in Z's shape
    """
    labels = class_probabilities(y, Z)
    shifted = Z - Z.max(axis=-1, keepdims=True)
    log_softmax = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    samples = Z.size // Z.shape[-1]
    loss = -float(np.sum(labels * log_softmax, dtype=np.float64)) / samples
    return loss, (softmax(Z) * labels.sum(axis=-1, keepdims=True) - labels) / samples


def sigmoid_cross_entropy(Z: Array, y: npt.ArrayLike) -> tuple[float, Array]:
    """Return the binary cross-entropy of sigmoid(Z) and its gradient (sigmoid(Z) - y) / values.

    loss = mean of -(y log p + (1 - y) log(1 - p)) = mean of max(Z, 0) - Z y + log(1 + e^-|Z|)

    Z: any shape; y: labels in [0, 1] in Z's shape, or without its last axis if that is 1
    """
    labels = values_like(y, Z)
    terms = np.maximum(Z, 0) - Z * labels + np.log1p(np.exp(-np.abs(Z)))
    loss = float(np.mean(terms, dtype=np.float64))
    return loss, (sigmoid(Z) - labels) / Z.size


def mean_squared_error(Z: Array, y: npt.ArrayLike) -> tuple[float, Array]:
    """Return the mean of (Z - y)^2 and its gradient 2 (Z - y) / values.

    Z: any shape; y: as many values for each sample
    """
    differences = Z - values_like(y, Z)
    loss = float(np.mean(differences * differences, dtype=np.float64))
    return loss, differences * (2 / Z.size)


def mean_absolute_error(Z: Array, y: npt.ArrayLike) -> tuple[float, Array]:
    """Return the mean of |Z - y| and its gradient sign(Z - y) / values; see above."""
    differences = Z - values_like(y, Z)
    return float(np.mean(np.abs(differences), dtype=np.float64)), np.sign(differences) / Z.size


def values_like(y: npt.ArrayLike, Z: Array) -> Array:
    """Return labels in the shape and precision of Z. Raises ValueError where they do not fit."""
    labels = np.asarray(y, dtype=Z.dtype)
    if labels.shape[:1] != Z.shape[:1] or labels.size != Z.size:
        raise ValueError(f"labels of shape {labels.shape} do not fit outputs of shape {Z.shape}")
    return labels.reshape(Z.shape)


def class_probabilities(y: npt.ArrayLike, Z: Array) -> Array:
    """Return labels in the shape and precision of Z: class numbers become one-hot vectors.

    Raises ValueError when the labels have another shape, or name a class that Z does not have.
    """
    labels = np.asarray(y)
    if labels.shape == Z.shape:
        return labels.astype(Z.dtype, copy=False)
    if labels.shape == (*Z.shape[:-1], 1):
        labels = labels[..., 0]
    if labels.shape != Z.shape[:-1] or labels.dtype.kind not in "iu":
        raise ValueError(
            f"labels of shape {labels.shape} and type {labels.dtype} do not fit outputs of shape "
            f"{Z.shape}: give integers of shape {Z.shape[:-1]} or probabilities of shape {Z.shape}"
        )
    classes = Z.shape[-1]
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError(
            f"labels from {labels.min()} to {labels.max()} do not fit {classes} classes: "
            f"they must be 0 to {classes - 1}"
        )
    one_hot = np.zeros(Z.shape, Z.dtype)
    np.put_along_axis(one_hot, labels[..., np.newaxis].astype(np.intp), 1, axis=-1)
    return one_hot
