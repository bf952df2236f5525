"""Layers that emitted code is given: what stands where the spec applies a parameter.

A block whose instances differ in nothing but such a layer is one function or class, which takes
the layer in its library's words: a class of modules, the name of a function.
"""

from __future__ import annotations

from ..ops.base import InPlace, Kind, attribute
from ..semantics import bound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class LayerKind(Kind):
    """A layer, which no op of the language takes."""

    def takes(self, value: Any) -> bool:
        return False


class Applied(InPlace):
    """The layer that `layer` stands for."""

    name = "applied"
    layer: Any = attribute(LayerKind("a layer"), doc="the parameter")


def is_handed_over(call: bound.OpCall | bound.BlockCall | bound.Identity) -> bool:
    """Whether a call of an application can be left to the code's caller.

    A function of each value, without attributes or weights of its own, fits wherever another does.
    """
    if not isinstance(call, bound.OpCall) or call.arguments:
        return False
    return issubclass(call.op_class, InPlace) and call.op_class.weights is InPlace.weights
