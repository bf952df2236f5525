"""The layers that attention is made of."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnndsl.ops import attention
from cnndsl_numpy.functional.activations import softmax, softmax_backward
from cnndsl_numpy.functional.convolution import channel_sums
from cnndsl_numpy.functional.geometry import Array
from cnndsl_numpy.graph import Arrays, Gradients, Inputs, Mode, Output, Saved
from cnndsl_numpy.layers.derived import UnaryLayer


class ChannelConv(UnaryLayer, op=attention.ChannelConv):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return self.neighbours(inputs[0]) @ weights["kernel"].ravel(), inputs

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        """Return the same with the kernel turned round, and the sum of dA times each neighbour."""
        kernel = weights["kernel"]
        dW = np.tensordot(dA, self.neighbours(saved[0]), dA.ndim)
        dX = self.neighbours(dA) @ kernel.ravel()[::-1]
        return (dX,), {"kernel": dW.reshape(kernel.shape)}

    def neighbours(self, X: Array) -> Array:
        """Return the channels around each channel on a last axis, zeros where there are none."""
        around = [(0, 0)] * (X.ndim - 1) + [(self.kernel // 2, self.kernel // 2)]
        windows: Array = sliding_window_view(np.pad(X, around), self.kernel, axis=-1)
        return windows


class PathSoftmax(UnaryLayer, op=attention.PathSoftmax):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        """Keep the weights of the paths, on a last axis."""
        A = softmax(self.beside(inputs[0]))
        return A.swapaxes(-1, -2).reshape(inputs[0].shape), (A,)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        dX = softmax_backward(self.beside(dA), *saved)
        return (dX.swapaxes(-1, -2).reshape(dA.shape),), {}

    def beside(self, X: Array) -> Array:
        """Return X with the same channel of all paths on a last axis."""
        return X.reshape(*X.shape[:-1], self.paths, -1).swapaxes(-1, -2)


class MultiHeadAttention(UnaryLayer, op=attention.MultiHeadAttention):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        """Keep the pixels, their queries, keys and values, the weights, and what heads give."""
        (X,) = inputs
        pixels = X.reshape(len(X), -1, X.shape[-1])
        entering = pixels @ weights["in_kernel"] + weights.get("in_bias", 0)
        Q, K, V = (self.apart(each) for each in np.split(entering, 3, axis=-1))
        A = softmax(Q @ K.swapaxes(-1, -2) * self.factor(Q))
        H = self.joined(A @ V)
        Y = H @ weights["out_kernel"] + weights.get("out_bias", 0)
        return Y.reshape(X.shape), (pixels, Q, K, V, A, H)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        pixels, Q, K, V, A, H = saved
        dY = dA.reshape(pixels.shape)
        d_heads = self.apart(dY @ weights["out_kernel"].T)
        dZ = softmax_backward(d_heads @ V.swapaxes(-1, -2), A) * self.factor(Q)
        parts = dZ @ K, dZ.swapaxes(-1, -2) @ Q, A.swapaxes(-1, -2) @ d_heads
        d_entering = np.concatenate([self.joined(part) for part in parts], axis=-1)
        found = {"in_kernel": products(pixels, d_entering), "in_bias": channel_sums(d_entering)}
        found |= {"out_kernel": products(H, dY), "out_bias": channel_sums(dY)}
        return ((d_entering @ weights["in_kernel"].T).reshape(dA.shape),), found

    @staticmethod
    def factor(Q: Array) -> float:
        """Return by what the products of queries and keys are multiplied."""
        return float(1 / np.sqrt(Q.shape[-1]))

    def apart(self, X: Array) -> Array:
        """Return X (m, pixels, width) head by head: (m, heads, pixels, width / heads)."""
        return X.reshape(*X.shape[:2], self.heads, -1).swapaxes(1, 2)

    @staticmethod
    def joined(X: Array) -> Array:
        """Return heads (m, heads, pixels, size) side by side: (m, pixels, heads * size)."""
        m, heads, pixels, size = X.shape
        return X.swapaxes(1, 2).reshape(m, pixels, heads * size)


def products(X: Array, dZ: Array) -> Array:
    """Return the gradient of W in X @ W: the sum of X^T dZ over samples and pixels."""
    dW: Array = np.tensordot(X, dZ, ((0, 1), (0, 1)))
    return dW
