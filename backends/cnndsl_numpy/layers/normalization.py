"""The normalising layers, and dropout."""

import numpy as np

from cnndsl.ops import dense, normalization
from cnndsl_numpy.functional import normalization as functional
from cnndsl_numpy.functional.convolution import channel_sums
from cnndsl_numpy.functional.geometry import Array
from cnndsl_numpy.graph import Arrays, Gradients, Inputs, Mode, Output, Saved, Shape
from cnndsl_numpy.layers.derived import UnaryLayer


class BatchNorm(UnaryLayer, op=normalization.BatchNorm):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        """Keep the normalised input; training moves the moving statistics, in place."""
        (X,) = inputs
        gamma, beta = weights.get("gamma"), weights.get("beta")
        mean, variance = weights["moving_mean"], weights["moving_variance"]
        if not mode.training:
            Y = functional.batch_norm_inference(
                X, gamma, beta, mean, variance, epsilon=self.epsilon
            )
            return Y, (False, X, None)
        Y, X_hat, batch_mean, batch_variance = functional.batch_norm_forward(
            X, gamma, beta, epsilon=self.epsilon
        )
        for moving, batch in ((mean, batch_mean), (variance, batch_variance)):
            moving *= self.momentum
            moving += (1 - self.momentum) * batch
        return Y, (True, X_hat, batch_variance)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        (is_training, X, variance), gamma = saved, weights.get("gamma")
        if is_training:
            gradients = functional.batch_norm_backward(dA, X, variance, gamma, epsilon=self.epsilon)
        else:
            mean, variance = weights["moving_mean"], weights["moving_variance"]
            gradients = functional.batch_norm_inference_backward(
                dA, X, gamma, mean, variance, epsilon=self.epsilon
            )
        dX, d_gamma, d_beta = gradients
        return (dX,), {"gamma": d_gamma, "beta": d_beta}


class LayerNorm(UnaryLayer, op=normalization.LayerNorm):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        """Keep the normalised input, and by what it was divided."""
        (X,) = inputs
        X_hat = X - X.mean(axis=-1, keepdims=True)
        deviation = np.sqrt((X_hat * X_hat).mean(axis=-1, keepdims=True) + self.epsilon)
        X_hat /= deviation
        return weights["gamma"] * X_hat + weights["beta"], (X_hat, deviation)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        """Return dX = (d - mean(d) - X_hat mean(d X_hat)) / deviation with d = gamma dA."""
        X_hat, deviation = saved
        d = weights["gamma"] * dA
        dX = d - d.mean(axis=-1, keepdims=True)
        dX -= X_hat * (d * X_hat).mean(axis=-1, keepdims=True)
        gradients = {"gamma": channel_sums(dA * X_hat), "beta": channel_sums(dA)}
        return (dX / deviation,), gradients


class Lrn(UnaryLayer, op=normalization.Lrn):
    def check(self, *shapes: Shape) -> None:
        if self.size % 2 == 0:
            raise ValueError(f"size must be odd, got {self.size}")

    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return functional.lrn_forward(inputs[0], **self.attributes()), inputs

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        return (functional.lrn_backward(dA, *saved, **self.attributes()),), {}


class Dropout(UnaryLayer, op=dense.Dropout):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        """Keep the mask."""
        (A_prev,) = inputs
        if not (mode.training and mode.drops) or self.rate == 0:
            return A_prev, (None,)
        mask = functional.dropout_mask(A_prev.shape, self.rate, mode.generator).astype(A_prev.dtype)
        return A_prev * mask, (mask,)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        (mask,) = saved
        return (dA if mask is None else dA * mask,), {}
