"""The layers that arrange values: flatten, padding, scaling, merges and the identity."""

from functools import reduce
from itertools import accumulate
from typing import ClassVar

import numpy as np

from cnndsl import values
from cnndsl.ops import dense, merging
from cnndsl_numpy.functional.geometry import Array, pad_image, sides
from cnndsl_numpy.graph import Arrays, Gradients, Inputs, Mode, Output, Saved, Shape, describe
from cnndsl_numpy.layers.derived import MergeLayer, UnaryLayer


class Flatten(UnaryLayer, op=dense.Flatten):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return inputs[0].reshape(len(inputs[0]), -1), (inputs[0].shape,)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        return (dA.reshape(*saved),), {}


class Reshape(Flatten, op=dense.Reshape):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        (X,) = inputs
        return X.reshape(len(X), *self.output_shape(X.shape[1:])), (X.shape,)


class Identity(UnaryLayer, op=dense.Identity):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return inputs[0], ()

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        return (dA,), {}


class Placeholder(Identity, op=dense.Placeholder):
    pass


class ZeroPad(UnaryLayer, op=merging.ZeroPad):
    def sides(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return the zeros as ((top, bottom), (left, right))."""
        found = sides(self.pad)
        if found is None:
            raise ValueError('pad "same" has no meaning without a window')
        return found

    def check(self, *shapes: Shape) -> None:
        self.sides()

    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return pad_image(inputs[0], self.sides()), (inputs[0].shape,)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        """Return the gradient of the image within the padding."""
        ((_, height, width, _),) = saved
        (top, _), (left, _) = self.sides()
        return (dA[:, top : top + height, left : left + width],), {}


class Scale(UnaryLayer, op=merging.Scale):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return inputs[0] * self.factor, ()

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        return (dA * self.factor,), {}


class Rescale(Scale, op=merging.Rescale):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return inputs[0] * self.factor + self.offset, ()


class Elementwise(MergeLayer):
    """A layer that joins inputs of one shape."""

    def check(self, *shapes: Shape) -> None:
        need_one_shape(*shapes)


class Add(Elementwise, op=merging.Add):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        total = inputs[0] + inputs[1] if len(inputs) > 1 else inputs[0]
        for other in inputs[2:]:
            total += other
        return total, (len(inputs),)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        (count,) = saved
        return (dA,) * count, {}


class Multiply(MergeLayer, op=merging.Multiply):
    def check(self, *shapes: Shape) -> None:
        if not merging.Multiply().fit([values.Shape(shape) for shape in shapes]):
            need_one_shape(*shapes)

    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return reduce(np.multiply, inputs), inputs

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        """Return to each input the gradient times the product of the other inputs.

        A 1x1 image takes part at every pixel, so that its gradient is the sum over the pixels; that
        of an image of one channel is the sum over the channels.
        """
        gradients: list[Array] = []
        for index, own in enumerate(saved):
            others = (other for at, other in enumerate(saved) if at != index)
            gradient = reduce(np.multiply, others, dA)
            sizes = zip(own.shape, dA.shape, strict=True)
            stretched = tuple(axis for axis, (size, whole) in enumerate(sizes) if size != whole)
            gradients.append(gradient.sum(axis=stretched, keepdims=True) if stretched else gradient)
        return tuple(gradients), {}


class Subtract(Elementwise, op=merging.Subtract):
    def check(self, *shapes: Shape) -> None:
        super().check(*shapes)
        if len(shapes) != 2:
            raise ValueError(f"needs 2 inputs, got {len(shapes)}")

    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return inputs[0] - inputs[1], ()

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        return (dA, -dA), {}


class Average(Elementwise, op=merging.Average):
    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return reduce(np.add, inputs) / len(inputs), (len(inputs),)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        (count,) = saved
        return (dA / count,) * count, {}


class Extremum(Elementwise):
    """The largest or smallest of the inputs."""

    choose: ClassVar[np.ufunc]

    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        A = reduce(self.choose, inputs)
        return A, (A, *inputs)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        """Return the gradient to the inputs that were chosen, in equal shares."""
        A, *inputs = saved
        chosen = [each == A for each in inputs]
        shares = dA / reduce(np.add, chosen, np.zeros(A.shape, A.dtype))
        return tuple(shares * each for each in chosen), {}


class Maximum(Extremum, op=merging.Maximum):
    choose = np.maximum


class Minimum(Extremum, op=merging.Minimum):
    choose = np.minimum


class Concat(MergeLayer, op=merging.Concat):
    def check(self, *shapes: Shape) -> None:
        if len({shape[:-1] for shape in shapes}) > 1:
            raise ValueError(
                "needs inputs of equal height and width, or vectors only, got "
                + ", ".join(map(describe, shapes))
            )

    def forward(self, inputs: Inputs, weights: Arrays, mode: Mode) -> Output:
        return np.concatenate(inputs, axis=-1), tuple(each.shape[-1] for each in inputs)

    def backward(self, dA: Array, saved: Saved, weights: Arrays, input_gradient: bool) -> Gradients:
        """Return to each input the gradient of its channels."""
        return tuple(np.split(dA, list(accumulate(saved))[:-1], axis=-1)), {}


def need_one_shape(*shapes: Shape) -> None:
    """Raise ValueError unless all shapes are equal."""
    if len(set(shapes)) > 1:
        raise ValueError(f"needs inputs of one shape, got {', '.join(map(describe, shapes))}")
