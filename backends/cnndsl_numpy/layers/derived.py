"""Layers derived from the language's ops: a class adds how its op runs, forward and backward.

Attributes with their order and defaults, weights with their starts, the output's shape and the
documentation are the op's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cnndsl.diagnostics.base import Rejected
from cnndsl.ops.base import Kind, Op, Pads, Weight, WrongKind
from cnndsl.values import NO_PADDING, Padding, Size
from cnndsl.values import Shape as OpShape
from cnndsl_numpy.graph import Layer, Shape, Tensor, describe

LAYERS: dict[type[Op], type["DerivedLayer"]] = {}
"""The layer of each op."""


class DerivedLayer(Layer):
    """A layer that is an op of the language.

    class Flatten(UnaryLayer, op=dense.Flatten): ...

    It can be made with the op's attributes by position or by name, as Python writes them: 3 or
    (3, 5) for a size, (top, bottom, left, right) for a padding.
    """

    op_class: ClassVar[type[Op]]

    if TYPE_CHECKING:

        def __init__(self, *attributes: Any, name: str, **named: Any) -> None: ...
        def __getattr__(self, name: str) -> Any: ...

    def __init_subclass__(cls, op: type[Op] | None = None) -> None:
        if op is None:  # a base of several layers
            return
        cls.op_class = op
        cls.__doc__ = op.__doc__
        cls.__annotations__ = dict.fromkeys(op.attributes, Any)
        for name, attribute in op.attributes.items():
            if not attribute.is_required:
                setattr(cls, name, as_python(attribute.default))
        LAYERS[op] = dataclass(frozen=True)(cls)

    def attributes(self, *names: str) -> dict[str, Any]:
        """Return some attributes, or all of them, by name."""
        return {name: getattr(self, name) for name in names or self.op_class.attributes}

    def op(self) -> Op:
        """Return the op with these attributes. Raises ValueError for one that it does not take."""
        given = {}
        for name, value in self.attributes().items():
            kind = self.op_class.attributes[name].kind
            try:
                given[name] = kind.accept(as_language(value, kind))
            except WrongKind:
                raise ValueError(f"{name} must be {short(kind)}, got {value!r}") from None
        return self.op_class(**given)

    def output_shape(self, *shapes: Shape) -> Shape:
        try:
            self.check(*shapes)
            return self.op().extent([OpShape(shape) for shape in shapes]).dims
        except Rejected as rejected:
            raise ValueError(rejected.diagnostic.message) from None

    def check(self, *shapes: Shape) -> None:
        """Raise ValueError, or Rejected, when the inputs do not fit."""
        self.op().check([OpShape(shape) for shape in shapes])

    def weights(self, *shapes: Shape) -> tuple[Weight, ...]:
        return tuple(self.op().weights([OpShape(shape) for shape in shapes]))


class UnaryLayer(DerivedLayer):
    """A layer with one input."""

    def __call__(self, x: Tensor) -> Tensor:
        """Apply the layer to a tensor of the graph."""
        return self.connect((x,))

    def output_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        ranks = self.op_class.ranks
        if len(shape) not in ranks:
            kinds = {1: "a vector", 3: "an image (height, width, channels)"}
            wanted = " or ".join(kinds[rank] for rank in ranks)
            raise ValueError(f"needs {wanted}, got {kinds[len(shape)]} of {describe(shape)}")
        return super().output_shape(shape)


class MergeLayer(DerivedLayer):
    """A layer with several inputs, or those of a list, which may have but one."""

    def __call__(self, tensors: Sequence[Tensor]) -> Tensor:
        """Apply the layer to tensors of the graph."""
        return self.connect(tuple(tensors))

    def output_shape(self, *shapes: Shape) -> Shape:
        if not shapes:
            raise ValueError("needs at least one input")
        return super().output_shape(*shapes)


def as_python(value: Any) -> Any:
    """Return a value of the language as layers take it."""
    if isinstance(value, Size):
        return value.height if value.height == value.width else (value.height, value.width)
    if isinstance(value, Padding):
        return (
            "valid" if value == NO_PADDING else (value.top, value.bottom, value.left, value.right)
        )
    return value


def as_language(value: Any, kind: Kind) -> Any:
    """Return an attribute as a value of the language."""
    if isinstance(value, np.generic):
        return value.item()
    is_size = isinstance(kind, Pads) and isinstance(value, tuple) and len(value) == 2
    return Size(*value) if is_size else value


def short(kind: Kind) -> str:
    """Return what an attribute takes, in as few words as errors have for it."""
    return kind.text.removeprefix("an integer of ").removeprefix("a number of ")
