"""The layers that make images larger or smaller without a window."""

from cnndsl.ops import resizing
from cnndsl_numpy.functional.geometry import Array
from cnndsl_numpy.functional.resizing import Taps, interpolate, interpolate_backward, taps
from cnndsl_numpy.graph import Arrays, Gradients, Inputs, Mode, Output, Saved, Shape
from cnndsl_numpy.layers.derived import UnaryLayer


class Interpolation(UnaryLayer):
    """A layer that interpolates rows, then columns."""

    def check(self, *shapes: Shape) -> None:
        if self.align_corners and self.mode == "nearest":
            raise ValueError('align_corners means nothing for mode "nearest"')

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
