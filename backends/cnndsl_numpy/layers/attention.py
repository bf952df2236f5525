"""The layers that attention is made of."""

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnndsl.ops import attention
from cnndsl_numpy.functional.activations import softmax, softmax_backward
from cnndsl_numpy.functional.convolution import channel_sums
from cnndsl_numpy.functional.geometry import Array
from cnndsl_numpy.functional.position_bias import PositionBias
from cnndsl_numpy.functional.windows import heads_of, image_of, join_heads, windows_of
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


class Attention(UnaryLayer, op=attention.Attention):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        """Keep the windows, their queries, keys and values, and the weights of pixels."""
        windows = windows_of(inputs[0], self.extents(inputs[0].shape), self.grid)
        queries, keys, values = np.split(windows, self.bounds(), axis=-1)
        queries = self.asking(queries)
        Q = heads_of(queries, self.heads)
        K, V = (np.repeat(heads_of(one, self.sources), self.readers, 2) for one in (keys, values))
        scores = Q @ K.swapaxes(-1, -2) * self.factor
        if self.bias is not None:
            scores = scores + self.position_bias(windows).forward(weights)
        A = softmax(scores)
        return image_of(join_heads(A @ V, queries.shape), self.grid), (windows, Q, K, V, A)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        windows, Q, K, V, A = saved
        extents = self.asking(windows).shape[3:5]
        d_found = heads_of(windows_of(dA, extents, self.grid), self.heads)
        dZ = softmax_backward(d_found @ V.swapaxes(-1, -2), A)
        first, end = self.bounds()
        dX = np.zeros_like(windows)
        d_queries = self.asking(dX)[..., :first]
        d_queries[...] = join_heads(dZ @ K * self.factor, d_queries.shape)
        dX[..., first:end] = self.shared(dZ.swapaxes(-1, -2) @ Q * self.factor, windows.shape)
        dX[..., end:] = self.shared(A.swapaxes(-1, -2) @ d_found, windows.shape)
        found = {}
        if self.bias is not None:
            found = self.position_bias(windows).backward(dZ.sum(axis=(0, 1)), weights)
        return (image_of(dX, self.grid),), found

    @property
    def factor(self) -> float:
        """By what the products of queries and keys are multiplied."""
        return float(self.key_size**-0.5)

    @property
    def sources(self) -> int:
        """How many heads have keys and values of their own."""
        return int(self.key_heads or self.heads)

    @property
    def readers(self) -> int:
        """How many heads read the same keys and values."""
        return int(self.heads // self.sources)

    def bounds(self) -> tuple[int, int]:
        """Return the channels where keys and where values begin."""
        return self.heads * self.key_size, (self.heads + self.sources) * self.key_size

    def extents(self, shape: Sequence[int]) -> tuple[int, ...]:
        """Return the height and width of a window of images (m, rows, columns, channels)."""
        sides = shape[1:3] if self.window is None else self.window
        return (sides, sides) if isinstance(sides, int) else tuple(sides)

    def asking(self, windows: Array) -> Array:
        """Return the pixels of windows that ask."""
        return windows[:, :, :, :: self.stride, :: self.stride]

    def position_bias(self, windows: Array) -> PositionBias:
        return PositionBias(self.bias, windows.shape[3:5], self.stride)

    def shared(self, dX: Array, shape: tuple[int, ...]) -> Array:
        """Return the gradient of keys or values in windows, of which several heads read each."""
        m, windows, _, *rest = dX.shape
        summed = dX.reshape(m, windows, self.sources, self.readers, *rest).sum(axis=3)
        return join_heads(summed, shape)


class PositionEmbedding(UnaryLayer, op=attention.PositionEmbedding):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return inputs[0] + weights["embedding"], ()

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        return (dA,), {"embedding": dA.sum(axis=0)}


class ScalarAffine(UnaryLayer, op=attention.ScalarAffine):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return weights["gamma"] * inputs[0] + weights.get("beta", 0), inputs

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        found = {"gamma": np.asarray((dA * saved[0]).sum()), "beta": np.asarray(dA.sum())}
        return (weights["gamma"] * dA,), found


def products(X: Array, dZ: Array) -> Array:
    """Return the gradient of W in X @ W: the sum of X^T dZ over samples and pixels."""
    dW: Array = np.tensordot(X, dZ, ((0, 1), (0, 1)))
    return dW
