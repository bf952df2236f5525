"""Merges: ops that join two or more paths. And what readies a path for one: padding, scaling."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Rejected
from ..values import Padding, Shape
from .base import ANYTHING, EXPLICIT_PADS, IMAGES, NUMBER, SEES_ORDER, InPlace, Op, attribute, moved

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..diagnostics.base import Diagnostic
    from .base import Reach


class Merge(Op):
    """What the merges share: several inputs, or those of a list, which may have but one."""

    ranks = ANYTHING
    order = SEES_ORDER
    merges = True
    joins_lists = True

    def check(self, inputs: Sequence[Shape]) -> None:
        if not self.fit(inputs):
            raise Rejected(self.misfit(inputs))

    def operations_per_value(self, inputs: Sequence[Shape]) -> int:
        return self.operations * (len(inputs) - 1)

    def fit(self, inputs: Sequence[Shape]) -> bool:
        """Whether the inputs can be joined: by default if all have one shape."""
        return all(shape == inputs[0] for shape in inputs)

    def misfit(self, inputs: Sequence[Shape]) -> Diagnostic:
        """What is wrong with inputs that do not fit."""
        return diagnostics.PathsDiffer(self.name, tuple(inputs))


class Add(Merge):
    """The sum of the paths, element by element.

    (add-1) there are at least two paths, or those of a list
    (add-2) all paths have the same shape
    """

    name = "add"


class Multiply(Merge):
    """The product of the paths, element by element; a 1x1 image scales the channels of the others,
    and an image of one channel their pixels.

    So do the gates of squeeze-and-excitation networks (Hu et al. 2018, section 3.2), and the
    spatial attention of CBAM (Woo et al. 2018, section 3).

    (multiply-1) there are at least two paths
    (multiply-2) all paths have the same shape, but for 1x1 images with as many channels, and
    images of as many pixels with one channel
    """

    name = "multiply"
    joins_lists = False

    def fit(self, inputs: Sequence[Shape]) -> bool:
        image = self.extent(inputs)
        gates = [(1, 1, image.channels), (*image.dims[:-1], 1)] if image.is_image else []
        return all(shape.dims in (image.dims, *gates) for shape in inputs)

    def sides(self, inputs: Sequence[Shape]) -> tuple[int, ...]:
        return tuple(map(max, zip(*(shape.dims[:-1] for shape in inputs), strict=False)))

    def channels(self, inputs: Sequence[Any]) -> Any:
        return max(inputs)

    def reach(self, inputs: Sequence[Shape]) -> tuple[Reach, ...]:
        return moved(0, 0)


class Subtract(Merge):
    """The first path less the second, element by element.

    (subtract-1) there are two paths
    (subtract-2) both paths have the same shape
    """

    name = "subtract"
    joins_lists = False

    def check(self, inputs: Sequence[Shape]) -> None:
        super().check(inputs)
        if len(inputs) > 2:
            raise Rejected(diagnostics.TooManyPaths(self.name, len(inputs)))

    def cancelled(self, largest: float) -> float:
        return 4.0 * largest  # two paths, each with the rounding of some layers


class Maximum(Merge):
    """The largest of the paths' values, element by element.

    (maximum-1) there are at least two paths, or those of a list
    (maximum-2) all paths have the same shape
    """

    name = "maximum"
    selects = True


class Minimum(Merge):
    """The smallest of the paths' values, element by element.

    (minimum-1) there are at least two paths, or those of a list
    (minimum-2) all paths have the same shape
    """

    name = "minimum"
    selects = True


class Average(Merge):
    """The mean of the paths' values, element by element.

    (average-1) there are at least two paths, or those of a list
    (average-2) all paths have the same shape
    """

    name = "average"


class Concat(Merge):
    """The paths side by side along the channels, in the order in which they are written.

    (concat-1) there are at least two paths, or those of a list
    (concat-2) all paths have the same height and width, or all are vectors
    """

    name = "concat"
    operations = 0
    sums_channels = True

    def fit(self, inputs: Sequence[Shape]) -> bool:
        return all(shape.dims[:-1] == inputs[0].dims[:-1] for shape in inputs)

    def misfit(self, inputs: Sequence[Shape]) -> Diagnostic:
        return diagnostics.ConcatMismatch(tuple(inputs))

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
    operations = 0
    ranks = IMAGES
    order = SEES_ORDER
    pad: Padding = attribute(EXPLICIT_PADS, doc="rows and columns of zeros")

    def sides(self, inputs: Sequence[Shape]) -> tuple[int, ...]:
        (image,) = inputs
        height = self.pad.top + image.height + self.pad.bottom
        return height, self.pad.left + image.width + self.pad.right

    def reach(self, inputs: Sequence[Shape]) -> tuple[Reach, ...]:
        return moved(self.pad.top, self.pad.left)


class Scale(InPlace):
    """Multiply every value by a constant: y = factor * x.

    Residual networks scale a path down before it is added (Szegedy et al. 2016, section 3.3).
    `rescale` adds a constant, too.
    """

    name = "scale"
    passes_on = True
    factor: float = attribute(NUMBER, doc="what every value is multiplied by")


class Rescale(InPlace):
    """Multiply every value by a constant and add another: y = factor * x + offset.

    So pixels get another range: `rescale(1 / 127.5, -1)` takes 0 to 255 to -1 to 1.
    """

    name = "rescale"
    operations = 2
    factor: float = attribute(NUMBER, doc="what every value is multiplied by")
    offset: float = attribute(NUMBER, default=0.0, doc="what is added")
