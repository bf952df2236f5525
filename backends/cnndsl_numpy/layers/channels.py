"""The layers that choose channels, or put them in another order."""

import numpy as np

from cnndsl.ops import channels
from cnndsl_numpy.functional.geometry import Array
from cnndsl_numpy.graph import Arrays, Gradients, Inputs, Mode, Output, Saved
from cnndsl_numpy.layers.derived import UnaryLayer


class Slice(UnaryLayer, op=channels.Slice):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return inputs[0][..., self.start : self.stop], (inputs[0].shape,)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        """Return the gradient among zeros."""
        dX = np.zeros(saved[0], dA.dtype)
        dX[..., self.start : self.stop] = dA
        return (dX,), {}


class ChannelShuffle(UnaryLayer, op=channels.ChannelShuffle):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return dealt(inputs[0], self.groups), ()

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        return (dealt(dA, dA.shape[-1] // self.groups),), {}


def dealt(X: Array, groups: int) -> Array:
    """Return X with the channels of its groups in turns. As many groups as are dealt to undo it."""
    return X.reshape(*X.shape[:-1], groups, -1).swapaxes(-1, -2).reshape(X.shape)
