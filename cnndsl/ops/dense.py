"""Layers on vectors, and the way from images to vectors."""

from __future__ import annotations

from ..values import Shape
from .base import (
    ABSORBS_ORDER,
    ANYTHING,
    COUNT,
    FLAG,
    INITIALIZER,
    KEEPS_ORDER,
    NON_NEGATIVE,
    RATE,
    SEED,
    VECTORS,
    InPlace,
    Op,
    Weight,
    attribute,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


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
        kernel = Weight("kernel", (inputs[0].elements, self.units), self.init)
        return (kernel, Weight("bias", (self.units,), 0.0)) if self.bias else (kernel,)

    def macs_per_pixel(self, inputs: Sequence[Shape]) -> int:
        return inputs[0].elements * self.units


class Flatten(Op):
    """Lay an image out as a vector, row by row: element (h * width + w) * channels + c.

    A vector stays as it is.
    """

    name = "flatten"
    ranks = ANYTHING
    order = KEEPS_ORDER
    folds_space = True

    def extent(self, inputs: Sequence[Shape]) -> Shape:
        return Shape((inputs[0].elements,))


class Dropout(InPlace):
    """In training, zero each value with probability `rate` and divide the rest by 1 - rate.

    In inference the input passes unchanged (Srivastava et al. 2014; "inverted" scaling).
    """

    name = "dropout"
    passes_on = True
    rate: float = attribute(RATE, doc="the share of values that training drops")


class Identity(InPlace):
    """Pass the input on. In a merge it is the empty path."""

    name = "identity"
