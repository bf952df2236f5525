"""The layers that choose channels, or put them in another order."""

from typing import Any

import numpy as np

from cnndsl.ops import channels
from cnndsl_numpy.functional.geometry import Array
from cnndsl_numpy.graph import Arrays, Gradients, Inputs, Mode, Output, Saved
from cnndsl_numpy.layers.derived import UnaryLayer


class Part(UnaryLayer):
    """A layer that lets some channels pass."""

    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        """Keep the input's shape, and which channels pass."""
        (X,) = inputs
        op: Any = self.op()
        passed = slice(*op.bounds(X.shape[-1]))
        return X[..., passed], (X.shape, passed)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        """Return the gradient among zeros."""
        shape, passed = saved
        dX = np.zeros(shape, dA.dtype)
        dX[..., passed] = dA
        return (dX,), {}


class Slice(Part, op=channels.Slice):
    pass


class Split(Part, op=channels.Split):
    pass


class ChannelShuffle(UnaryLayer, op=channels.ChannelShuffle):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return dealt(inputs[0], self.groups), ()

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        return (dealt(dA, dA.shape[-1] // self.groups),), {}


def dealt(X: Array, groups: int) -> Array:
    """Return X with the channels of its groups in turns. As many groups as are dealt to undo it."""
    return X.reshape(*X.shape[:-1], groups, -1).swapaxes(-1, -2).reshape(X.shape)


class ChannelMean(UnaryLayer, op=channels.ChannelMean):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return inputs[0].mean(axis=-1, keepdims=True), (inputs[0].shape,)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        (shape,) = saved
        return (np.repeat(dA / shape[-1], shape[-1], axis=-1),), {}


class ChannelMax(UnaryLayer, op=channels.ChannelMax):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return inputs[0].max(axis=-1, keepdims=True), inputs

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        """Return the gradient to the largest channels, in equal shares."""
        (X,) = saved
        chosen = X.max(axis=-1, keepdims=True) == X
        return (chosen * (dA / chosen.sum(axis=-1, keepdims=True, dtype=dA.dtype)),), {}


class Permute(UnaryLayer, op=channels.Permute):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return inputs[0].transpose(self.order()), ()

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        return (dA.transpose(np.argsort(self.order())),), {}

    def order(self) -> tuple[int, ...]:
        """Return the axes of a batch as they are taken."""
        op: Any = self.op()
        return 0, *(1 + axis for axis in op.taken)


class DepthToSpace(UnaryLayer, op=channels.DepthToSpace):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return to_space(inputs[0], self.block, self.channel_order), ()

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        return (to_depth(dA, self.block, self.channel_order),), {}


class SpaceToDepth(UnaryLayer, op=channels.SpaceToDepth):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return to_depth(inputs[0], self.block, self.channel_order), ()

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        return (to_space(dA, self.block, self.channel_order),), {}


def to_space(X: Array, block: int, order: str) -> Array:
    """Return X (n, h, w, c) with its channels as blocks: (n, h * block, w * block, c / block^2)."""
    n, h, w, c = X.shape
    if order == "crd":
        X = dealt(X, c // block**2)
    blocks = X.reshape(n, h, w, block, block, -1)
    if order == "drc":
        blocks = blocks.swapaxes(3, 4)
    return blocks.swapaxes(2, 3).reshape(n, h * block, w * block, -1)


def to_depth(X: Array, block: int, order: str) -> Array:
    """Return X (n, h, w, c) with its blocks as channels: (n, h / block, w / block, c * block^2)."""
    n, h, w, _ = X.shape
    blocks = X.reshape(n, h // block, block, w // block, block, -1).swapaxes(2, 3)
    if order == "drc":
        blocks = blocks.swapaxes(3, 4)
    depth = blocks.reshape(n, h // block, w // block, -1)
    return dealt(depth, block**2) if order == "crd" else depth
