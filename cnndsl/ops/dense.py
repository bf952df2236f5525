"""Layers on vectors, and the way from images to vectors."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Rejected
from ..values import Shape, Size
from .base import (
    ABSORBS_ORDER,
    ANYTHING,
    COUNT,
    FLAG,
    IMAGES,
    INITIALIZER,
    KEEPS_ORDER,
    NON_NEGATIVE,
    RATE,
    SEED,
    SEES_ORDER,
    VECTORS,
    InPlace,
    Op,
    SizeKind,
    Weight,
    attribute,
    moved,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, ClassVar

    from .base import Reach

PIXELS = SizeKind("height and width such as 4x4, or one integer for a square (the channels follow)")


class Dense(Op):
    """Multiply the vector by a matrix and add a bias: y = x W + b.

    Weights: kernel (length, units), bias (units).

    (dense-1) the input is a vector
    """

    name = "dense"
    units: int = attribute(COUNT, doc="length of the output")
    bias: bool = attribute(FLAG, default=True, doc="add a trainable bias")
    init: str = attribute(INITIALIZER, default="glorot_uniform", doc="initialiser of the kernel")
    seed: int | None = attribute(SEED, default=None, doc="seed of the initialiser")
    l2: float = attribute(
        NON_NEGATIVE, default=0.0, doc="the loss gains l2 times the sum of the squared kernel"
    )
    ranks = VECTORS
    order = ABSORBS_ORDER
    depth = 1
    deviation = 1.0

    def channels(self, inputs: Sequence[Any]) -> Any:
        return self.units

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        kernel = Weight("kernel", (inputs[0].channels, self.units), self.init)
        return (kernel, Weight("bias", (self.units,), 0.0)) if self.bias else (kernel,)

    def macs_per_pixel(self, inputs: Sequence[Shape]) -> int:
        return inputs[0].channels * self.units


class PixelDense(Dense):
    """`dense` on the channels of each pixel: y = x W + b, the numbers of a 1x1 convolution.

    Files keep its weights as those of a dense layer, as ConvNeXt has them (Liu et al. 2022).

    Weights: kernel (channels, units), bias (units).

    (pixel_dense-1) the input is an image
    """

    name = "pixel_dense"
    ranks = IMAGES
    order = SEES_ORDER


class Flatten(Op):
    """Lay an image out as a vector, row by row: element (h * width + w) * channels + c.

    A vector stays as it is.
    """

    name = "flatten"
    operations = 0
    ranks = ANYTHING
    order = KEEPS_ORDER
    folds_space = True

    def extent(self, inputs: Sequence[Shape]) -> Shape:
        return Shape((inputs[0].elements,))


class Reshape(Op):
    """Lay the values out as an image of `size`, row by row: what undoes `flatten`.

    Value (h * W + w) * channels + c of the vector, or of the flattened image, is channel c of
    pixel (h, w), of H x W. PyTorch's `view(channels, H, W)` has another order.

    (reshape-1) height * width of `size` divides the number of values
    """

    name = "reshape"
    operations = 0
    ranks = ANYTHING
    order = SEES_ORDER
    folds_space = True
    size: Size = attribute(PIXELS, doc="height and width of the output; the channels follow")

    def check(self, inputs: Sequence[Shape]) -> None:
        if inputs[0].elements % self.size.area:
            raise Rejected(diagnostics.NoWholePixels("reshape-1", self.size, inputs[0]))

    def extent(self, inputs: Sequence[Shape]) -> Shape:
        pixels = self.size.height, self.size.width
        return Shape((*pixels, inputs[0].elements // self.size.area))

    def reach(self, inputs: Sequence[Shape]) -> tuple[Reach, ...]:
        return moved(0, 0)


class Dropping(InPlace):
    """What the layers share that drop some of their input in training, and scale up the rest."""

    passes_on = True
    operations = 0
    dropped: ClassVar[str]
    """What is dropped by itself, in a word."""

    rate: float = attribute(RATE, doc="the share that training drops")

    @staticmethod
    def drawn(batch: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of what is drawn for a batch; sides of 1 go over values that go together."""
        return batch


class Dropout(Dropping):
    """In training, zero each value with probability `rate` and divide the rest by 1 - rate.

    In inference the input passes unchanged (Srivastava et al. 2014; "inverted" scaling).
    """

    name = "dropout"
    dropped = "value"


class SpatialDropout(Dropping):
    """In training, zero each channel of a sample as a whole with probability `rate` and divide the
    rest by 1 - rate.

    In inference the input passes unchanged (Tompson et al. 2015, section 3.2).

    (spatial_dropout-1) the input is an image
    """

    name = "spatial_dropout"
    ranks = IMAGES
    dropped = "channel"

    @staticmethod
    def drawn(batch: tuple[int, ...]) -> tuple[int, ...]:
        return batch[0], 1, 1, batch[-1]


class DropPath(Dropping):
    """In training, zero each sample as a whole with probability `rate` and divide the rest by
    1 - rate: at the end of a path of `add`, stochastic depth.

    In inference the input passes unchanged (Huang et al. 2016, section 3; scaled in training).
    """

    name = "drop_path"
    dropped = "sample"

    @staticmethod
    def drawn(batch: tuple[int, ...]) -> tuple[int, ...]:
        return batch[0], *[1] * len(batch[1:])


class Identity(InPlace):
    """Pass the input on. In a merge it is the empty path."""

    name = "identity"
    operations = 0


class Placeholder(InPlace):
    """Pass the input on, as a layer: it takes a number in a sequence, or a name, where the names in
    a checkpoint have a gap. `identity` makes no layer.
    """

    name = "placeholder"
    passes_on = True
    operations = 0
