"""Layers that emitted code is given: what stands where the spec applies a parameter.

A block whose instances differ in nothing but such a layer is one function or class, which takes
the layer in its library's words: a class of modules, the name of a function.
"""

from __future__ import annotations

from ..ops import OPS
from ..ops.base import InPlace, Kind, attribute
from ..ops.dense import Identity
from ..semantics import bound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..ops.base import Op
    from ..values import LayerValue


class LayerKind(Kind):
    """A layer, which no op of the language takes."""

    def takes(self, value: Any) -> bool:
        return False


class Applied(InPlace):
    """The layer that `layer` stands for."""

    name = "applied"
    layer: Any = attribute(LayerKind("a layer"), doc="the parameter")


class AppliedOrNone(Applied):
    """The same where `layer` can be `identity`, which makes no layer."""


def is_handed_over(
    value: LayerValue, call: bound.OpCall | bound.BlockCall | bound.Identity
) -> bool:
    """Whether a call of an application can be left to the code's caller.

    A function of each value without weights of its own fits wherever another does, unless it has
    other arguments than the caller gives it.
    """
    is_alike = isinstance(call, bound.OpCall) and len(call.arguments) == len(value.arguments)
    return is_alike and not call.syntax.primary.arguments and can_be_given(value.callee)


def can_be_given(op: type[Op]) -> bool:
    """Whether an op is a function of each value without weights of its own."""
    return issubclass(op, InPlace) and op.weights is InPlace.weights and op is not Identity


def can_be_named(name: str) -> bool:
    """The same of the op of a name."""
    return name in OPS and can_be_given(OPS[name])
