"""Merges: ops that join two or more paths. And what readies a path for one: padding, scaling."""

from __future__ import annotations

from ..diagnostics.base import Rejected
from ..diagnostics.shapes import ConcatMismatch, PathsDiffer, TooFewPaths
from ..values import Padding, Shape
from .base import EXPLICIT_PADS, NUMBER, Op, attribute, need_image

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


class Merge(Op):
    """What the merges share: two or more inputs."""

    merges = True
    permutable = False

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        if len(inputs) < 2:
            raise Rejected(TooFewPaths(self.name, len(inputs)))
        return self.joined(inputs)

    def joined(self, inputs: Sequence[Shape]) -> Shape:
        """The output's shape: by default all inputs' one shape."""
        if any(shape != inputs[0] for shape in inputs):
            raise Rejected(PathsDiffer(self.name, tuple(inputs)))
        return inputs[0]


class Add(Merge):
    """The sum of the paths, element by element.

    (add-1) there are at least two paths
    (add-2) all paths have the same shape
    """

    name = "add"


class Multiply(Merge):
    """The product of the paths, element by element; a 1x1 image scales the channels of the others.

    So do the gates of squeeze-and-excitation networks (Hu et al. 2018, section 3.2).

    (multiply-1) there are at least two paths
    (multiply-2) all paths have the same shape, but for 1x1 images with as many channels
    """

    name = "multiply"

    def joined(self, inputs: Sequence[Shape]) -> Shape:
        image = max(inputs, key=lambda shape: shape.elements)
        gate = Shape((*[1] * (len(image.dims) - 1), image.channels))
        if any(shape not in (image, gate) for shape in inputs):
            raise Rejected(PathsDiffer(self.name, tuple(inputs)))
        return image


class Concat(Merge):
    """The paths side by side along the channels, in the order in which they are written.

    (concat-1) there are at least two paths
    (concat-2) all paths have the same height and width, or all are vectors
    """

    name = "concat"
    sums_channels = True

    def joined(self, inputs: Sequence[Shape]) -> Shape:
        if any(shape.dims[:-1] != inputs[0].dims[:-1] for shape in inputs):
            raise Rejected(ConcatMismatch(tuple(inputs)))
        return Shape((*inputs[0].dims[:-1], self.channels([s.channels for s in inputs])))

    def channels(self, inputs: Sequence[Any]) -> Any:
        total = inputs[0]
        for count in inputs[1:]:
            total = total + count
        return total


class ZeroPad(Op):
    """Put zeros around the image.

    (zero_pad-1) the input is an image
    """

    name = "zero_pad"
    pad: Padding = attribute(EXPLICIT_PADS, doc="rows and columns of zeros")

    def shape(self, inputs: Sequence[Shape]) -> Shape:
        (image,) = inputs
        need_image(self, image)
        return Shape(
            (
                self.pad.top + image.height + self.pad.bottom,
                self.pad.left + image.width + self.pad.right,
                image.channels,
            )
        )


class Scale(Op):
    """Multiply every value by a constant: y = factor * x.

    Residual networks scale a path down before it is added (Szegedy et al. 2016, section 3.3).
    """

    name = "scale"
    factor: float = attribute(NUMBER, doc="what every value is multiplied by")
