"""Layers with arguments of their own as values, bound: `act = leaky_relu(0.1)`."""

from __future__ import annotations

from .. import diagnostics
from ..ops import OPS
from ..syntax import tree
from ..values import LayerValue
from .evaluate import FUNCTIONS
from .signatures import match, signature_of
from .words import behind, function_advice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..diagnostics.base import Diagnostic
    from ..syntax.tree import Expression
    from .expressions import ExpressionBinder, Names
    from .words import Light

    Given = list[tuple[tree.Argument, Light | None]]
    """Arguments as they are written, each with what it is for."""


def bound_layer(
    binder: ExpressionBinder, node: tree.Function, names: Names, light: Light | None
) -> tree.LayerWith | tree.Invalid | None:
    """A layer with arguments, bound; None for what is none where it stands, or is no layer."""
    call = node.as_call
    arguments = call.arguments or ()
    if not binder.is_for_layer(light):
        return None
    if node.name in names:
        name = tree.Name(node.start, call.name_end, node.name)
        return _with(binder, node, name, [(one, light) for one in arguments], names)
    callee = binder.layers(light).get(node.name) or OPS.get(node.name)
    if callee is None:
        return None
    placed = match(signature_of(callee), call, binder.report, needs_all=False)
    if placed is None:
        for one in arguments:
            binder.part(one.value, names, light)
        return tree.Invalid(node.start, node.end)
    layer = tree.Literal(node.start, call.name_end, LayerValue(node.name, callee))
    lights: dict[tree.Argument, Light] = {one: (callee, name) for name, one in placed.items()}
    return _with(binder, node, layer, [(one, lights[one]) for one in arguments], names)


def _with(
    binder: ExpressionBinder, node: tree.Function, layer: Expression, given: Given, names: Names
) -> tree.LayerWith:
    arguments = tuple(
        one.replaced(value=binder.part(one.value, names, light)) for one, light in given
    )
    return tree.LayerWith(node.start, node.end, layer, arguments)


def no_function(
    binder: ExpressionBinder, node: tree.Function, names: Names, light: Light | None
) -> Diagnostic:
    """What to say of a call in an expression that is none of a function."""
    if node.name in FUNCTIONS:
        return diagnostics.BadOperation(f"{node.name} takes no arguments by name")
    blocks = binder.layers(light)
    if node.name in OPS or node.name in blocks:
        is_for_op = light is not None and not isinstance(light[0], str)  # and for no number
        advice = behind(node.name, light) if is_for_op else None
        return diagnostics.LayerAsValue(node.name, False, advice)
    if binder.is_for_layer(light):
        return diagnostics.UnknownName(node.name, binder.choices.of(node.name, names, OPS, blocks))
    advice = function_advice(node.name)
    return diagnostics.UnknownName(node.name, () if advice else tuple(FUNCTIONS), advice)
