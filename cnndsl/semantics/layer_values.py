"""The values of layers with arguments of their own: `act = leaky_relu(0.1)`."""

from __future__ import annotations

from .. import diagnostics
from ..values import LayerValue
from .failures import EvaluationFailed, accepted, measured, wrong_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from ..diagnostics.base import Diagnostic
    from ..syntax import tree
    from ..syntax.tree import Expression
    from ..values import Value


def layer_with(node: tree.LayerWith, value: Callable[[Expression], Value]) -> LayerValue:
    """The layer with its arguments. Raises `EvaluationFailed`."""
    layer = value(node.layer)
    if type(layer) is not LayerValue:
        what = f"`{getattr(node.layer, 'name', '')}` with arguments in brackets"
        raise wrong_value(what, "a layer", layer, node.layer)
    placed = _placed(node.arguments, layer)
    is_op = isinstance(layer.callee, type)
    known = dict(layer.arguments)
    for name, one in placed.items():
        found = value(one.value)
        known[name] = accepted(layer.callee, name, one.value, found) if is_op else found
    row = [*layer.callee.attributes]
    named = {*layer.keywords, *(name for name, one in placed.items() if one.name)}
    measured((*known.values(),), node, "a layer")
    arguments = tuple((name, known[name]) for name in row if name in known)
    return LayerValue(layer.name, layer.callee, arguments, _keywords(row, known, named))


def _placed(arguments: tuple[tree.Argument, ...], layer: LayerValue) -> dict[str, tree.Argument]:
    """Arguments by their attributes. Raises `EvaluationFailed` where a variable is such a layer."""
    row = (*layer.callee.attributes,)
    found: dict[str, tree.Argument] = {}
    for place, one in enumerate(arguments):
        name = one.attribute(place, row)
        fault: Diagnostic | None = None
        if not name:
            fault = diagnostics.TooManyArguments(layer.name, row, len(arguments))
        elif name not in row:
            fault = diagnostics.UnknownAttribute(layer.name, name, row)
        elif not one.name and any(other.name for other in arguments[:place]):
            fault = diagnostics.PositionalAfterNamed(layer.name)
        elif name in found or name in dict(layer.arguments):
            fault = given_twice(layer, name)
        if fault is not None:
            raise EvaluationFailed(fault, one)
        found[name] = one
    return found


def _keywords(row: list[str], known: Collection[str], named: Collection[str]) -> tuple[str, ...]:
    """The arguments that are written by name: from the first on that has been, or has to be."""
    places = (at for at, name in enumerate(row) if name not in known or name in named)
    first = next(places, len(row))
    return tuple(name for name in row[first:] if name in known)


def given_twice(layer: LayerValue, name: str) -> diagnostics.ArgumentTwice:
    """What to say of an argument that a layer has already."""
    return diagnostics.ArgumentTwice(
        layer.name, name, f"the layer that is given is `{layer}`; write the argument in one place"
    )
