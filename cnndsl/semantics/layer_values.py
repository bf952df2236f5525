"""Layers with arguments of their own as values: `act = leaky_relu(0.1)`."""

from __future__ import annotations

from .. import diagnostics
from ..ops import OPS
from ..syntax import tree
from ..values import LayerValue
from .bound import Argument
from .evaluate import FUNCTIONS, accepted
from .expressions import match, signature_of
from .failures import EvaluationFailed, measured, wrong_value
from .template import Template
from .words import function_advice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from typing import NoReturn

    from ..diagnostics.base import Diagnostic
    from ..syntax.tree import Expression
    from ..values import Value
    from . import bound
    from .expressions import ExpressionBinder, Names
    from .words import Light, Owner


def bound_layer(
    binder: ExpressionBinder, node: tree.Function, names: Names, light: Light | None
) -> tree.LayerWith | tree.Invalid | None:
    """A layer with arguments, bound; None for what is none where it stands, or is no layer."""
    call = node.as_call
    if not binder.is_for_layer(light):
        return None
    if node.name in names:
        layer: Expression = tree.Name(node.start, call.name_end, node.name)
        given = [(one, light) for one in call.arguments or ()]
        return _with(binder, node, layer, given, names)
    callee = binder.layers(light).get(node.name) or OPS.get(node.name)
    if callee is None:
        return None
    placed = match(signature_of(callee), call, binder.report, needs_all=False)
    if placed is None:
        for one in call.arguments or ():
            binder.part(one.value, names, light)
        return tree.Invalid(node.start, node.end)
    layer = tree.Literal(node.start, call.name_end, LayerValue(node.name, callee))
    lights: dict[tree.Argument, Light] = {one: (callee, name) for name, one in placed.items()}
    return _with(binder, node, layer, list(lights.items()), names)


def no_function(
    binder: ExpressionBinder, node: tree.Function, names: Names, light: Light | None
) -> Diagnostic:
    """What to say of a call in an expression that is none of a function."""
    if node.name in FUNCTIONS:
        first = node.named[0].name
        return diagnostics.BadOperation(f"{node.name} takes no argument `{first}` by name")
    if node.name in OPS or node.name in binder.layers(light):
        return diagnostics.LayerAsValue(node.name, False)
    if binder.is_for_layer(light):
        blocks = binder.layers(light)
        return diagnostics.UnknownName(node.name, binder.choices.of(node.name, names, OPS, blocks))
    advice = function_advice(node.name)
    return diagnostics.UnknownName(node.name, () if advice else tuple(FUNCTIONS), advice)


def _with(
    binder: ExpressionBinder,
    node: tree.Function,
    layer: Expression,
    given: list[tuple[tree.Argument, Light]] | list[tuple[tree.Argument, Light | None]],
    names: Names,
) -> tree.LayerWith:
    arguments = tuple(
        one.replaced(value=binder.part(one.value, names, light))
        for one, light in sorted(given, key=lambda pair: pair[0].start)
    )
    return tree.LayerWith(node.start, node.end, layer, arguments)


def layer_with(node: tree.LayerWith, value: Callable[[Expression], Value]) -> Value:
    """The layer with its arguments. Raises `EvaluationFailed`."""
    layer = value(node.layer)
    if type(layer) is not LayerValue:
        what = f"`{getattr(node.layer, 'name', '')}` with arguments in brackets"
        raise wrong_value(what, "a layer", layer, node.layer)
    known = dict(layer.arguments)
    named = {*layer.keywords}
    callee: Owner = layer.callee
    for name, one in _placed(node, layer).items():
        if name in known:
            raise EvaluationFailed(given_twice(layer, name), one)
        found = value(one.value)
        known[name] = found if isinstance(callee, Template) else _taken(callee, name, one, found)
        named |= {name} if one.name else set()
    ordered = tuple((name, known[name]) for name in callee.attributes if name in known)
    measured(tuple(one for _, one in ordered), node, f"a layer {layer.name}")
    return LayerValue(layer.name, callee, ordered, _keywords(callee, known, named))


def _keywords(callee: Owner, known: Container[str], named: Container[str]) -> tuple[str, ...]:
    """The arguments that are written by name: from the first one on that has been, or has to be."""
    row = [*callee.attributes]
    first = next((at for at, name in enumerate(row) if name not in known or name in named), None)
    return tuple(name for name in row[first:] if name in known) if first is not None else ()


def _placed(node: tree.LayerWith, layer: LayerValue) -> dict[str, tree.Argument]:
    call = tree.Call(node.start, node.end, layer.name, node.arguments, node.layer.end)

    def refuse(diagnostic: Diagnostic, place: tree.Node | bound.Node) -> NoReturn:
        raise EvaluationFailed(diagnostic, place)

    return match(signature_of(layer.callee), call, refuse, needs_all=False) or {}


def _taken(callee: Owner, name: str, one: tree.Argument, value: Value) -> Value:
    return accepted(callee, Argument(one, name, one.value), value)  # type: ignore[arg-type]  # an op


def given_twice(layer: LayerValue, name: str) -> diagnostics.ArgumentTwice:
    """What to say of an argument that a layer has already."""
    return diagnostics.ArgumentTwice(
        layer.name, name, f"the layer that is given is `{layer}`; write the argument in one place"
    )
