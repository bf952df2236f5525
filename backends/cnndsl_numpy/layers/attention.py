"""The layers that attention is made of."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnndsl.ops import attention
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
