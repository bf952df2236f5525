"""Batch normalisation, local response normalisation (channels are the last axis), and dropout."""

import numpy as np

from cnndsl_numpy.functional.convolution import channel_sums
from cnndsl_numpy.functional.geometry import Array


def batch_norm_forward(
    X: Array, gamma: Array | None, beta: Array | None, *, epsilon: float = 1e-5
) -> tuple[Array, Array, Array, Array]:
    """Normalise each channel to mean 0 and variance 1 over the batch, then scale and shift it.

    X_hat = (X - mean) / sqrt(variance + epsilon);  Y = gamma X_hat + beta
    (Ioffe and Szegedy, "Batch normalization", 2015, algorithm 1; the variance is the biased one).

    X: (m, ..., n_C); gamma, beta: (n_C,), or None for no scale or no shift
    Returns Y and X_hat like X, and mean and variance (n_C,).
    """
    count = X.size // X.shape[-1]
    mean = channel_sums(X) / count
    X_hat: Array = X - mean
    variance = _channel_products(X_hat, X_hat) / count
    X_hat *= 1 / np.sqrt(variance + epsilon)
    return scaled(X_hat, gamma, beta), X_hat, mean, variance


def batch_norm_backward(
    dY: Array, X_hat: Array, variance: Array, gamma: Array | None, *, epsilon: float = 1e-5
) -> tuple[Array, Array, Array]:
    """Return the gradients (dX, dgamma, dbeta) of `batch_norm_forward`.

    dgamma = sum of dY X_hat;  dbeta = sum of dY
    dX = gamma / sqrt(variance + epsilon) * (dY - dbeta / N - X_hat dgamma / N)
    with N = m n_H n_W, the number of values in a channel.
    """
    count = dY.size // dY.shape[-1]
    d_gamma, d_beta = _channel_products(dY, X_hat), channel_sums(dY)
    dX: Array = X_hat * (d_gamma / -count)
    dX += dY
    dX -= d_beta / count
    dX *= _factor(variance, gamma, epsilon)
    return dX, d_gamma, d_beta


def batch_norm_inference(
    X: Array,
    gamma: Array | None,
    beta: Array | None,
    moving_mean: Array,
    moving_variance: Array,
    *,
    epsilon: float = 1e-5,
) -> Array:
    """Normalise with the moving statistics: Y = gamma (X - mean) / sqrt(variance + epsilon) + beta.

    Done as one scale and one shift per channel. Shapes as for `batch_norm_forward`.
    """
    factor = _factor(moving_variance, gamma, epsilon)
    shift = -moving_mean * factor
    Y: Array = X * factor
    Y += shift if beta is None else shift + beta
    return Y


def batch_norm_inference_backward(
    dY: Array,
    X: Array,
    gamma: Array | None,
    moving_mean: Array,
    moving_variance: Array,
    *,
    epsilon: float = 1e-5,
) -> tuple[Array, Array, Array]:
    """Return the gradients (dX, dgamma, dbeta) of `batch_norm_inference`."""
    X_hat = (X - moving_mean) / np.sqrt(moving_variance + epsilon)
    dX = dY * _factor(moving_variance, gamma, epsilon)
    return dX, _channel_products(dY, X_hat), channel_sums(dY)


def lrn_forward(
    A_prev: Array, *, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 2.0
) -> Array:
    """Divide each value by its neighbourhood in the channels.

    A[c] = A_prev[c] / (k + alpha * sum of A_prev[j]^2)^beta over c - size // 2 <= j <=
    c + (size - 1) // 2 (Krizhevsky et al., "ImageNet classification", 2012, section 3.3).

    A_prev: (m, ..., n_C). Returns A in the same shape.
    """
    scale = _neighbour_sums(A_prev * A_prev, size // 2, (size - 1) // 2)
    scale *= alpha
    scale += k
    A: Array = A_prev * np.power(scale, -beta, out=scale)
    return A


def lrn_backward(
    dA: Array,
    A_prev: Array,
    *,
    size: int = 5,
    alpha: float = 1e-4,
    beta: float = 0.75,
    k: float = 2.0,
) -> Array:
    """Return the gradient of `lrn_forward`.

    With S[c] = k + alpha * (sum of the squares around c):
    dA_prev[j] = dA[j] S[j]^-beta - 2 alpha beta A_prev[j] *
        sum of dA[c] A_prev[c] S[c]^(-beta - 1), over all c around which j is
    """
    before, after = size // 2, (size - 1) // 2
    scale = k + alpha * _neighbour_sums(A_prev * A_prev, before, after)
    dA_prev: Array = dA * scale**-beta
    dA_prev -= (
        (2 * alpha * beta) * A_prev * _neighbour_sums(dA_prev * A_prev / scale, after, before)
    )
    return dA_prev


def dropout_mask(shape: tuple[int, ...], rate: float, generator: np.random.Generator) -> Array:
    """Draw a single precision mask: 1 / (1 - rate) with probability 1 - rate, else 0.

    The layer is A = A_prev * mask, and its gradient dA_prev = dA * mask (Srivastava et al., 2014;
    inverted: the survivors are scaled up while training).
    """
    mask: Array = (generator.random(shape, dtype=np.float32) >= rate).astype(np.float32)
    mask *= 1 / (1 - rate)
    return mask


def _neighbour_sums(X: Array, before: int, after: int) -> Array:
    """Sum X over each channel, as many before it and as many after it."""
    sums = X.copy()
    for distance in range(1, min(before, X.shape[-1] - 1) + 1):
        sums[..., distance:] += X[..., :-distance]
    for distance in range(1, min(after, X.shape[-1] - 1) + 1):
        sums[..., :-distance] += X[..., distance:]
    return sums


def _channel_products(X: Array, Y: Array) -> Array:
    """Sum X * Y over all axes but the channels, without making the product: (n_C,).

    Within each image in the arrays' own precision, over the images in double precision.
    """
    m, n_C = len(X), X.shape[-1]
    per_image = np.einsum("mpc,mpc->mc", X.reshape(m, -1, n_C), Y.reshape(m, -1, n_C))
    sums: Array = per_image.sum(axis=0, dtype=np.float64).astype(X.dtype)
    return sums


def scaled(X_hat: Array, gamma: Array | None, beta: Array | None) -> Array:
    """Return gamma X_hat + beta; without both a copy, since X_hat is kept for the backward pass."""
    Y: Array = X_hat.copy() if gamma is None else X_hat * gamma
    if beta is not None:
        Y += beta
    return Y


def _factor(variance: Array, gamma: Array | None, epsilon: float) -> Array:
    factor: Array = 1 / np.sqrt(variance + epsilon)
    return factor if gamma is None else gamma * factor
