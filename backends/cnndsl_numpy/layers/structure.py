"""The layers that arrange values: flatten, padding, scaling, merges and the identity."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from typing import ClassVar

import numpy as np

from cnndsl_numpy.functional.geometry import Array, SizeLike, pad_image, sides
from cnndsl_numpy.graph import MergeLayer, Mode, Saved, Shape, UnaryLayer, describe


@dataclass(frozen=True)
class Flatten(UnaryLayer):
    """Lay the image out as a vector, row by row, pixel by pixel. A vector stays as it is."""

    def shape_from(self, shape: Shape) -> Shape:
        """Return (height * width * channels,)."""
        return (int(np.prod(shape)),)

    def forward(
        self, inputs: tuple[Array, ...], weights: Mapping[str, Array], mode: Mode
    ) -> tuple[Array, Saved]:
        """Keep the shape of the input."""
        (A_prev,) = inputs
        return A_prev.reshape(len(A_prev), -1), (A_prev.shape,)

    def backward(
        self, dA: Array, saved: Saved, weights: Mapping[str, Array], input_gradient: bool
    ) -> tuple[tuple[Array | None, ...], dict[str, Array]]:
        """Return the gradient of the image."""
        (input_shape,) = saved
        return (dA.reshape(input_shape),), {}


@dataclass(frozen=True)
class Identity(UnaryLayer):
    """Return the input."""

    def forward(
        self, inputs: tuple[Array, ...], weights: Mapping[str, Array], mode: Mode
    ) -> tuple[Array, Saved]:
        """Keep nothing."""
        return inputs[0], ()

    def backward(
        self, dA: Array, saved: Saved, weights: Mapping[str, Array], input_gradient: bool
    ) -> tuple[tuple[Array | None, ...], dict[str, Array]]:
        """Return the gradient as it is."""
        return (dA,), {}


@dataclass(frozen=True)
class ZeroPad(UnaryLayer):
    """Put zeros around the image: one amount, (height, width) or (top, bottom, left, right)."""

    ranks: ClassVar[tuple[int, ...]] = (3,)

    pad: SizeLike | tuple[int, int, int, int]

    def shape_from(self, shape: Shape) -> Shape:
        """Return the padded height and width, and the channels."""
        (top, bottom), (left, right) = self._sides()
        return shape[0] + top + bottom, shape[1] + left + right, shape[2]

    def forward(
        self, inputs: tuple[Array, ...], weights: Mapping[str, Array], mode: Mode
    ) -> tuple[Array, Saved]:
        """Keep the shape of the input."""
        (A_prev,) = inputs
        return pad_image(A_prev, self._sides()), (A_prev.shape,)

    def backward(
        self, dA: Array, saved: Saved, weights: Mapping[str, Array], input_gradient: bool
    ) -> tuple[tuple[Array | None, ...], dict[str, Array]]:
        """Return the gradient of the image within the padding."""
        ((_, height, width, _),) = saved
        (top, _), (left, _) = self._sides()
        return (dA[:, top : top + height, left : left + width],), {}

    def _sides(self) -> tuple[tuple[int, int], tuple[int, int]]:
        found = sides(self.pad)
        if found is None:
            raise ValueError('pad "same" has no meaning without a window')
        return found


@dataclass(frozen=True)
class Scale(UnaryLayer):
    """Multiply by a constant."""

    factor: float

    def forward(
        self, inputs: tuple[Array, ...], weights: Mapping[str, Array], mode: Mode
    ) -> tuple[Array, Saved]:
        """Keep nothing."""
        return inputs[0] * self.factor, ()

    def backward(
        self, dA: Array, saved: Saved, weights: Mapping[str, Array], input_gradient: bool
    ) -> tuple[tuple[Array | None, ...], dict[str, Array]]:
        """Return the gradient times the constant."""
        return (dA * self.factor,), {}


@dataclass(frozen=True)
class Add(MergeLayer):
    """Add inputs of the same shape."""

    def shape_from(self, shapes: Sequence[Shape]) -> Shape:
        """Return the shape that all inputs have."""
        return _common_shape(shapes)

    def forward(
        self, inputs: tuple[Array, ...], weights: Mapping[str, Array], mode: Mode
    ) -> tuple[Array, Saved]:
        """Keep the number of inputs."""
        total = inputs[0] + inputs[1]
        for other in inputs[2:]:
            total += other
        return total, (len(inputs),)

    def backward(
        self, dA: Array, saved: Saved, weights: Mapping[str, Array], input_gradient: bool
    ) -> tuple[tuple[Array | None, ...], dict[str, Array]]:
        """Return the gradient, as it is, to every input."""
        (count,) = saved
        return (dA,) * count, {}


@dataclass(frozen=True)
class Multiply(MergeLayer):
    """Multiply inputs of the same shape, value by value; a 1x1 image scales channels."""

    def shape_from(self, shapes: Sequence[Shape]) -> Shape:
        """Return the shape of the largest input; the others have it too, or are 1x1."""
        image = max(shapes, key=math.prod)
        gate = (*[1] * (len(image) - 1), image[-1])
        return _common_shape([image, *(shape for shape in shapes if shape != gate)])

    def forward(
        self, inputs: tuple[Array, ...], weights: Mapping[str, Array], mode: Mode
    ) -> tuple[Array, Saved]:
        """Keep the inputs."""
        return reduce(np.multiply, inputs), inputs

    def backward(
        self, dA: Array, saved: Saved, weights: Mapping[str, Array], input_gradient: bool
    ) -> tuple[tuple[Array | None, ...], dict[str, Array]]:
        """Return to each input the gradient times the product of the other inputs.

        A 1x1 image takes part at every pixel, so that its gradient is the sum over the pixels.
        """
        gradients: list[Array] = []
        for index, own in enumerate(saved):
            others = (other for at, other in enumerate(saved) if at != index)
            gradient = reduce(np.multiply, others, dA)
            if gradient.shape != own.shape:
                gradient = gradient.sum(axis=(1, 2), keepdims=True)
            gradients.append(gradient)
        return tuple(gradients), {}


@dataclass(frozen=True)
class Concat(MergeLayer):
    """Put the channels of the inputs one after another; heights and widths must be equal."""

    def shape_from(self, shapes: Sequence[Shape]) -> Shape:
        """Return the common height and width, and the sum of the channels."""
        if len({shape[:-1] for shape in shapes}) > 1:
            raise ValueError(
                "needs inputs of equal height and width, or vectors only, got "
                + ", ".join(map(describe, shapes))
            )
        return (*shapes[0][:-1], sum(shape[-1] for shape in shapes))

    def forward(
        self, inputs: tuple[Array, ...], weights: Mapping[str, Array], mode: Mode
    ) -> tuple[Array, Saved]:
        """Keep the channels of each input."""
        return np.concatenate(inputs, axis=-1), tuple(each.shape[-1] for each in inputs)

    def backward(
        self, dA: Array, saved: Saved, weights: Mapping[str, Array], input_gradient: bool
    ) -> tuple[tuple[Array | None, ...], dict[str, Array]]:
        """Return to each input the gradient of its channels."""
        return tuple(np.split(dA, list(accumulate(saved))[:-1], axis=-1)), {}


def _common_shape(shapes: Sequence[Shape]) -> Shape:
    if len(set(shapes)) > 1:
        raise ValueError(f"needs inputs of one shape, got {', '.join(map(describe, shapes))}")
    return shapes[0]
