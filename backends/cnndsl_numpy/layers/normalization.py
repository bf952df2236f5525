"""The normalising layers, and dropout."""

from collections.abc import Mapping
from dataclasses import dataclass

from cnndsl_numpy.functional.dropout import dropout_mask
from cnndsl_numpy.functional.geometry import Array
from cnndsl_numpy.functional.normalization import (
    batch_norm_backward,
    batch_norm_forward,
    batch_norm_inference,
    batch_norm_inference_backward,
    lrn_backward,
    lrn_forward,
)
from cnndsl_numpy.graph import Mode, Saved, Shape, UnaryLayer, Weight
from cnndsl_numpy.initializers import constant


@dataclass(frozen=True)
class BatchNorm(UnaryLayer):
    """Normalise each channel over the batch, then scale and shift it.

    Weights: gamma (channels,) if `scale`, beta (channels,) if `center`, and the statistics for
    inference, moving_mean and moving_variance (channels,), which training updates:
    moving = momentum * moving + (1 - momentum) * that of the batch.
    """

    momentum: float = 0.9
    epsilon: float = 1e-5
    center: bool = True
    scale: bool = True

    def weights(self, *shapes: Shape) -> tuple[Weight, ...]:
        """Return gamma and beta, as far as there are any, and the moving statistics."""
        channels = shapes[0][-1:]
        return (
            *([Weight("gamma", channels, constant(1.0))] if self.scale else []),
            *([Weight("beta", channels, constant(0.0))] if self.center else []),
            Weight("moving_mean", channels, constant(0.0), trainable=False),
            Weight("moving_variance", channels, constant(1.0), trainable=False),
        )

    def forward(
        self, inputs: tuple[Array, ...], weights: Mapping[str, Array], mode: Mode
    ) -> tuple[Array, Saved]:
        """Keep the normalised input; training moves the moving statistics, in place."""
        (X,) = inputs
        gamma, beta = weights.get("gamma"), weights.get("beta")
        mean, variance = weights["moving_mean"], weights["moving_variance"]
        if not mode.training:
            Y = batch_norm_inference(X, gamma, beta, mean, variance, epsilon=self.epsilon)
            return Y, (False, X, None)
        Y, X_hat, batch_mean, batch_variance = batch_norm_forward(
            X, gamma, beta, epsilon=self.epsilon
        )
        for moving, batch in ((mean, batch_mean), (variance, batch_variance)):
            moving *= self.momentum
            moving += (1 - self.momentum) * batch
        return Y, (True, X_hat, batch_variance)

    def backward(
        self, dA: Array, saved: Saved, weights: Mapping[str, Array], input_gradient: bool
    ) -> tuple[tuple[Array | None, ...], dict[str, Array]]:
        """Return the gradients of the input, gamma and beta."""
        gamma = weights.get("gamma")
        if saved[0]:
            _, X_hat, variance = saved
            dX, d_gamma, d_beta = batch_norm_backward(
                dA, X_hat, variance, gamma, epsilon=self.epsilon
            )
        else:
            dX, d_gamma, d_beta = batch_norm_inference_backward(
                dA,
                saved[1],
                gamma,
                weights["moving_mean"],
                weights["moving_variance"],
                epsilon=self.epsilon,
            )
        gradients = {"gamma": d_gamma} if self.scale else {}
        return (dX,), gradients | ({"beta": d_beta} if self.center else {})


@dataclass(frozen=True)
class Lrn(UnaryLayer):
    """Divide each value by (k + alpha * the sum of squares in `size` channels around it)^beta."""

    size: int = 5
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 2.0

    def shape_from(self, shape: Shape) -> Shape:
        """Return the shape of the input."""
        if self.size < 1 or self.size % 2 == 0:
            raise ValueError(f"size must be odd, got {self.size}")
        return shape

    def forward(
        self, inputs: tuple[Array, ...], weights: Mapping[str, Array], mode: Mode
    ) -> tuple[Array, Saved]:
        """Keep the input."""
        (A_prev,) = inputs
        A = lrn_forward(A_prev, size=self.size, alpha=self.alpha, beta=self.beta, k=self.k)
        return A, (A_prev,)

    def backward(
        self, dA: Array, saved: Saved, weights: Mapping[str, Array], input_gradient: bool
    ) -> tuple[tuple[Array | None, ...], dict[str, Array]]:
        """Return the gradient of the input."""
        (A_prev,) = saved
        dA_prev = lrn_backward(
            dA, A_prev, size=self.size, alpha=self.alpha, beta=self.beta, k=self.k
        )
        return (dA_prev,), {}


@dataclass(frozen=True)
class Dropout(UnaryLayer):
    """Training keeps a value with probability 1 - rate and divides it by that, or makes it zero."""

    rate: float

    def shape_from(self, shape: Shape) -> Shape:
        """Return the shape of the input."""
        if not 0 <= self.rate < 1:
            raise ValueError(f"rate must be at least 0 and less than 1, got {self.rate}")
        return shape

    def forward(
        self, inputs: tuple[Array, ...], weights: Mapping[str, Array], mode: Mode
    ) -> tuple[Array, Saved]:
        """Keep the mask."""
        (A_prev,) = inputs
        if not (mode.training and mode.drops) or self.rate == 0:
            return A_prev, (None,)
        mask = dropout_mask(A_prev.shape, self.rate, mode.generator).astype(A_prev.dtype)
        return A_prev * mask, (mask,)

    def backward(
        self, dA: Array, saved: Saved, weights: Mapping[str, Array], input_gradient: bool
    ) -> tuple[tuple[Array | None, ...], dict[str, Array]]:
        """Return the gradient of the input."""
        (mask,) = saved
        return (dA if mask is None else dA * mask,), {}
