"""The layers that make images larger or smaller without a window."""

from typing import Any

import numpy as np

from cnndsl.ops import resizing
from cnndsl.values import Padding
from cnndsl.values import Shape as OpShape
from cnndsl_numpy.functional.geometry import Array, pad_image
from cnndsl_numpy.functional.resizing import (
    Taps,
    interpolate,
    interpolate_backward,
    pad_places,
    taps,
)
from cnndsl_numpy.graph import Arrays, Gradients, Inputs, Mode, Output, Saved, Shape
from cnndsl_numpy.layers.derived import UnaryLayer


class Interpolation(UnaryLayer):
    """A layer whose pixels are weighted sums of those of its image, by rows and by columns."""

    def taps(self, shape: Shape) -> tuple[Taps, Taps]:
        """Return what rows and columns of the output take of an image."""
        sides = zip(shape[:2], self.output_shape(shape)[:2], strict=True)
        rows, columns = (taps(*side, self.mode, self.align_corners) for side in sides)
        return rows, columns

    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        (X,) = inputs
        for axis, along in enumerate(self.taps(X.shape[1:]), 1):
            X = interpolate(X, along, axis)
        return X, (inputs[0].shape,)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        (shape,) = saved
        rows, columns = self.taps(shape[1:])
        dA = interpolate_backward(dA, columns, 2, shape[2])
        return (interpolate_backward(dA, rows, 1, shape[1]),), {}


class Upsample(Interpolation, op=resizing.Upsample):
    pass


class Resize(Interpolation, op=resizing.Resize):
    pass


class Pad(Interpolation, op=resizing.Pad):
    def taps(self, shape: Shape) -> tuple[Taps, Taps]:
        border = padding(self)
        rows = pad_places(shape[0], border.top, border.bottom, self.mode)
        columns = pad_places(shape[1], border.left, border.right, self.mode)
        return (rows[None], np.ones((1, len(rows)))), (columns[None], np.ones((1, len(columns))))

    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        if self.mode != resizing.CONSTANT:
            return super().forward(inputs, weights, mode)
        return framed(inputs[0], padding(self), self.value), (inputs[0].shape,)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        if self.mode != resizing.CONSTANT:
            return super().backward(dA, saved, weights, input_gradient)
        return (within(dA, padding(self)),), {}


def padding(layer: Pad) -> Padding:
    op: Any = layer.op()
    found: Padding = op.pad
    return found


def framed(X: Array, border: Padding, value: float = 0.0) -> Array:
    """Return images with a border around them."""
    return pad_image(X, ((border.top, border.bottom), (border.left, border.right)), value)


def within(X: Array, border: Padding) -> Array:
    """Return what is within a border of images."""
    _, height, width, _ = X.shape
    return X[:, border.top : height - border.bottom, border.left : width - border.right]


class Cropping(UnaryLayer):
    """A layer that leaves out a border."""

    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        op: Any = self.op()
        border = op.removed(OpShape(inputs[0].shape[1:]))
        return within(inputs[0], border), (border,)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        return (framed(dA, *saved),), {}


class Crop(Cropping, op=resizing.Crop):
    pass


class CenterCrop(Cropping, op=resizing.CenterCrop):
    pass
