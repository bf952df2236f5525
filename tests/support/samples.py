"""Calls of every op, drawn from the op classes: a new op is in them without an edit here.

An attribute's kind says which of the candidates it takes. Where a call can stand, and whether it
keeps an image's height and width, is seen by trying.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from itertools import product
from random import Random
from typing import Any, NamedTuple

from cnndsl.diagnostics.base import Rejected
from cnndsl.ops import OPS
from cnndsl.ops.base import Kind, Op, WrongKind
from cnndsl.ops.dense import Identity
from cnndsl.values import Padding, Shape, Size, write

CANDIDATES: tuple[Any, ...] = (
    *(None, True, False, -2, 1, 2, 3, 0.001, 0.25, 0.75),
    *(Size(1, 1), Size(3, 3), Size(2, 1), Size(1, 3)),
    *((0, 0, 0, 0), (1, 1, 1, 1), (0, 1, 1, 0)),
)
"""Values of all types."""

LAYERS: tuple[type[Op], ...] = tuple(
    op for op in OPS.values() if not op.merges and op is not Identity
)
"""The ops that make a layer of one input."""

IMAGES = (Shape((9, 8, 4)), Shape((5, 6, 4)))
VECTOR = Shape((7,))


@functools.cache
def values_of(kind: Kind) -> tuple[Any, ...]:
    """The candidates, and the words, that an attribute of this kind takes."""
    found: dict[Any, Any] = {}
    for value in (*kind.words, *CANDIDATES):
        try:
            found.setdefault(kind.accept(value), value)
        except WrongKind:
            continue
    return tuple(found.values())


class Call(NamedTuple):
    """An op with some attributes, in the language's values."""

    op_class: type[Op]
    given: dict[str, Any]

    @property
    def text(self) -> str:
        """The call as a spec has it."""
        arguments = [f"{name}={write(value)}" for name, value in self.given.items()]
        name = self.op_class.name
        return f"{name}({', '.join(arguments)})" if arguments else name

    @property
    def op(self) -> Op:
        return self.op_class(**accepted(self.op_class, self.given))

    def shape(self, shape: Shape) -> Shape | None:
        """The shape that the checker gives for an input; None where it refuses it."""
        try:
            return self.op.shape([shape])
        except Rejected:
            return None


def accepted(op: type[Op], given: dict[str, Any]) -> dict[str, Any]:
    """Attributes as the op stores them."""
    return {name: op.attributes[name].kind.accept(value) for name, value in given.items()}


def plain(value: Any) -> Any:
    """A stored value as bare data: (height, width) or (top, bottom, left, right)."""
    if isinstance(value, Size):
        return value.height, value.width
    if isinstance(value, Padding):
        return value.top, value.bottom, value.left, value.right
    return value


def required(op: type[Op]) -> dict[str, Any]:
    """A value for each attribute that must be given: the last ones that an input of these takes."""
    values = {
        name: values_of(one.kind)[::-1] for name, one in op.attributes.items() if one.is_required
    }
    every = [dict(zip(values, one, strict=True)) for one in product(*values.values())]
    calls = (Call(op, given) for given in every)
    fitting = (one.given for one in calls if any(map(one.shape, (*IMAGES, VECTOR))))
    return next(fitting, every[0])


@functools.cache
def calls_of(op: type[Op]) -> tuple[Call, ...]:
    """The op as plain as can be, and once with each value of each attribute."""
    varied = [
        Call(op, {**required(op), name: value})
        for name, one in op.attributes.items()
        for value in values_of(one.kind)
    ]
    return (Call(op, required(op)), *varied)


def drawn(op: type[Op], random: Random, share: float = 0.5) -> Call:
    """The op with any of its attributes, required ones always."""
    return Call(
        op,
        {
            name: random.choice(values_of(one.kind))
            for name, one in op.attributes.items()
            if one.is_required or random.random() < share
        },
    )


Choices = tuple[tuple[Call, ...], ...]
"""By op, some calls of it."""


def choices(fit: Callable[[Shape, Shape], bool], *inputs: Shape) -> Choices:
    """The calls whose output fits each of these inputs."""

    def fits(call: Call) -> bool:
        pairs = [(shape, call.shape(shape)) for shape in inputs]
        return all(found is not None and fit(shape, found) for shape, found in pairs)

    found = (tuple(filter(fits, calls_of(op))) for op in LAYERS)
    return tuple(calls for calls in found if calls)


def is_kept(shape: Shape, output: Shape) -> bool:
    """Whether an image keeps its height and width, or a vector stays one."""
    return output.dims[:-1] == shape.dims[:-1]


def is_smaller(shape: Shape, output: Shape) -> bool:
    """Whether an image is smaller than before, and not by much."""
    sides = ((shape.height, output.height), (shape.width, output.width))
    is_close = all(few <= many <= 3 * few for many, few in sides)
    return output.is_image and output != shape and is_close


def is_vector(_shape: Shape, output: Shape) -> bool:
    return not output.is_image


ON_IMAGES = choices(is_kept, *IMAGES)
ON_VECTORS = choices(is_kept, VECTOR)
ANYWHERE = choices(is_kept, *IMAGES, VECTOR)
SHRINKING = choices(is_smaller, *IMAGES)
TO_VECTORS = choices(is_vector, *IMAGES)


def accepted_calls(op: type[Op], shape: Shape) -> list[str]:
    """The calls of an op that the checker accepts for an input, as texts."""
    return [call.text for call in calls_of(op) if call.shape(shape) is not None]


def layer(random: Random, among: Choices) -> str:
    """The text of a call: each op is as likely, whatever its attributes."""
    return random.choice(random.choice(among)).text
