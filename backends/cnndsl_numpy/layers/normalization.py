"""The normalising layers, and dropout."""

from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from cnndsl.ops import dense, normalization
from cnndsl_numpy.functional import normalization as functional
from cnndsl_numpy.functional.convolution import channel_sums
from cnndsl_numpy.functional.geometry import Array
from cnndsl_numpy.graph import Arrays, Gradients, Inputs, Mode, Output, Saved
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


class SampleNorm(UnaryLayer):
    """Values of a sample less their mean, divided by their deviation; scaled by channel."""

    def grouped(self, X: Array) -> Array:
        """Return X so that all axes of `axes` but no others are normalised together."""
        return X

    axes: ClassVar[tuple[int, ...]] = (-1,)

    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        """Keep the normalised input, and by what it was divided."""
        X = self.grouped(inputs[0])
        X_hat = X - X.mean(axis=self.axes, keepdims=True)
        deviation = np.sqrt((X_hat * X_hat).mean(axis=self.axes, keepdims=True) + self.epsilon)
        X_hat /= deviation
        Y = functional.scaled(
            X_hat.reshape(inputs[0].shape), weights.get("gamma"), weights.get("beta")
        )
        return Y, (X_hat, deviation)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        """Return dX = (d - mean(d) - X_hat mean(d X_hat)) / deviation with d = gamma dA."""
        X_hat, deviation = saved
        gamma = weights.get("gamma")
        d = self.grouped(dA if gamma is None else gamma * dA)
        dX = d - d.mean(axis=self.axes, keepdims=True)
        dX -= X_hat * (d * X_hat).mean(axis=self.axes, keepdims=True)
        dX /= deviation
        d_gamma = channel_sums(dA * X_hat.reshape(dA.shape))
        return (dX.reshape(dA.shape),), {"gamma": d_gamma, "beta": channel_sums(dA)}


class LayerNorm(SampleNorm, op=normalization.LayerNorm):
    pass


class InstanceNorm(SampleNorm, op=normalization.InstanceNorm):
    axes = (1, 2)


class GroupNorm(SampleNorm, op=normalization.GroupNorm):
    axes = (1, 3)

    def grouped(self, X: Array) -> Array:
        return X.reshape(len(X), -1, self.groups, X.shape[-1] // self.groups)


class RmsNorm(UnaryLayer, op=normalization.RmsNorm):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        """Keep the normalised input, and by what it was divided."""
        (X,) = inputs
        root = np.sqrt((X * X).mean(axis=-1, keepdims=True) + self.epsilon)
        X_hat = X / root
        return weights["gamma"] * X_hat, (X_hat, root)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        """Return dX = (d - X_hat mean(d X_hat)) / root with d = gamma dA."""
        X_hat, root = saved
        d = weights["gamma"] * dA
        dX = (d - X_hat * (d * X_hat).mean(axis=-1, keepdims=True)) / root
        return (dX,), {"gamma": channel_sums(dA * X_hat)}


class L2Normalize(UnaryLayer, op=normalization.L2Normalize):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        """Keep the output, and by what the input was divided."""
        (X,) = inputs
        length = np.sqrt((X * X).sum(axis=-1, keepdims=True) + self.epsilon)
        A = X / length
        return A, (A, length)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        """Return dX = (dA - A sum(dA A)) / length."""
        A, length = saved
        return ((dA - A * (dA * A).sum(axis=-1, keepdims=True)) / length,), {}


class GlobalResponseNorm(UnaryLayer, op=normalization.GlobalResponseNorm):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        """Keep the input, the lengths of its channels, and by what they were divided."""
        (X,) = inputs
        length = np.sqrt((X * X).sum(axis=(1, 2), keepdims=True))
        mean = length.mean(axis=-1, keepdims=True) + self.epsilon
        Y = X + weights["gamma"] * X * (length / mean) + weights["beta"]
        return Y, (X, length, mean)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        """Return dX = dA (1 + gamma n) + X / length (dn - mean(dn n)) / mean, n = length / mean."""
        X, length, mean = saved
        n, gamma = length / mean, weights["gamma"]
        dn = (gamma * dA * X).sum(axis=(1, 2), keepdims=True)
        d_length = (dn - (dn * n).mean(axis=-1, keepdims=True)) / mean
        direction = np.divide(X, length, out=np.zeros_like(X), where=length > 0)
        dX = dA * (1 + gamma * n) + direction * d_length
        return (dX,), {"gamma": channel_sums(dA * X * n), "beta": channel_sums(dA)}


class LayerScale(UnaryLayer, op=normalization.LayerScale):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return weights["gamma"] * inputs[0], inputs

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        return (weights["gamma"] * dA,), {"gamma": channel_sums(dA * saved[0])}


class Normalize(UnaryLayer, op=normalization.Normalize):
    constants: ClassVar[tuple[str, ...]] = ("variance",)

    @cached_property
    def variance(self) -> Any:
        """The squares of the deviations, where they are given."""
        return np.square(1.0 if self.std is None else self.std)

    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        """Keep by what the input was divided."""
        (X,) = inputs
        if weights:
            mean, deviation = weights["mean"], np.sqrt(weights["variance"]).clip(min=1e-7)
        else:
            mean = np.asarray(0.0 if self.mean is None else self.mean, X.dtype)
            deviation = np.sqrt(self.variance).astype(X.dtype)
        return (X - mean) / deviation, (deviation,)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        (deviation,) = saved
        return (dA / deviation,), {}


class Lrn(UnaryLayer, op=normalization.Lrn):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return functional.lrn_forward(inputs[0], **self.attributes()), inputs

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        return (functional.lrn_backward(dA, *saved, **self.attributes()),), {}


class Dropping(UnaryLayer):
    """A layer that drops parts of its input in training."""

    op_class: ClassVar[type[dense.Dropping]]

    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        """Keep the mask."""
        (A_prev,) = inputs
        if not (mode.training and mode.drops) or self.rate == 0:
            return A_prev, (None,)
        shape = self.op_class.drawn(A_prev.shape)
        mask = functional.dropout_mask(shape, self.rate, mode.generator).astype(A_prev.dtype)
        return A_prev * mask, (mask,)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        (mask,) = saved
        return (dA if mask is None else dA * mask,), {}


class Dropout(Dropping, op=dense.Dropout):
    pass


class SpatialDropout(Dropping, op=dense.SpatialDropout):
    pass


class DropPath(Dropping, op=dense.DropPath):
    pass
