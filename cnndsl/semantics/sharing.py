"""Layers and blocks with one set of weights for several calls."""

from __future__ import annotations

from .. import diagnostics
from ..ir.network import Child, Layer, Run, cost_of
from ..ops import OPS
from ..ops.channels import Split
from ..syntax import tree
from . import blocks, bound
from .failures import EvaluationFailed, Unknown
from .naming import Place
from .template import TRANSPARENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..ir.network import Step
    from ..values import Shape
    from .binder import Binder
    from .elaborate import Elaborator
    from .expressions import Names, Report
    from .naming import Namespace
    from .reporting import Context
    from .scope_builder import Builder

SHAREABLE = bound.OpCall | bound.BlockCall
IN_SEQUENCES = "a stage or a loop is one chain; use `share` in a block or a model"
OF_ITS_BRACES = (
    "what is shared can be called in its own braces, not in a stage, loop or repeat, which is a "
    "module of its own; write a line for each call, such as `let left = a -> {0}`"
)
OF_ONE_INPUT = "what is shared is a layer or a block; a merge or split has no weights to share"


def bound_share(
    binder: Binder, statement: tree.Share, namespace: Namespace, names: Names
) -> bound.Shared | bound.Invalid:
    """`share name = layer`, which is known by its name from here on."""
    call, name = statement.call, statement.name
    if name.name not in OPS and name.name not in binder.visible:
        binder.shared.add(name.name)
    element = tree.Element(call.start, call.end, call, None, name, None)
    place = Place(element, namespace, names, name, True)
    if not can_share(binder, statement, place):
        namespace.shared.setdefault(name.name)
        return bound.Invalid(statement, (), True)
    (node,) = binder.call(call, place)
    made = bound.Shared(statement, node) if isinstance(node, SHAREABLE) else None
    if made is None and not isinstance(node, bound.Invalid):
        binder.report(diagnostics.Misplaced(f"`share {name.name}`", OF_ONE_INPUT), call)
    namespace.shared[name.name] = made
    return made or bound.Invalid(statement, (), True)


def bound_call(call: tree.Call, place: Place, report: Report) -> bound.SharedCall | bound.Invalid:
    """A call of what is shared, by its name."""
    shared, rule = place.namespace.shared, None
    if call.name not in shared:
        rule = OF_ITS_BRACES.format(call.name)
    elif call.arguments is not None:
        rule = "what is shared has its arguments already; write its name alone"
    if rule is not None:
        report(diagnostics.Misplaced(f"`{call.name}`", rule), call)
        return bound.Invalid(place.element)
    made = shared.get(call.name)
    return bound.SharedCall(place.element, made) if made else bound.Invalid(place.element)


def can_share(binder: Binder, statement: tree.Share, place: Place) -> bool:
    """Whether something can be shared under its name; reports otherwise."""
    call, name = statement.call, statement.name
    op_class = OPS.get(call.name)
    is_plain = op_class is None or op_class.merges or op_class is Split or call.name == TRANSPARENT
    taken = (binder.visible, OPS, place.names, place.namespace.values, place.namespace.shared)
    if place.namespace.is_sequence:
        binder.report(diagnostics.Misplaced("`share`", IN_SEQUENCES), statement)
    elif any(name.name in names for names in taken):
        binder.report(diagnostics.NameTaken("the name", name.name), name)
    elif call.name not in binder.visible and op_class is not None and is_plain:
        binder.report(diagnostics.Misplaced(f"`share {name.name}`", OF_ONE_INPUT), call)
    else:
        return True
    return False


class Made:
    """What is shared: the op, or the block's arguments, and its calls so far."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.first: Layer | Child | None = None
        self.calls = 0


def settle(elaborator: Elaborator, node: bound.Shared, builder: Builder, context: Context) -> None:
    """Settle what is shared, but for what its calls give it."""
    call = node.call
    value: Any
    builder.shared[node] = None
    if isinstance(call, bound.OpCall):
        value = call.op or elaborator.op(call, context)
    else:
        value = blocks.parameters(elaborator, call, context)
    if value is not None:
        builder.shared[node] = Made(value)


def call_shared(
    elaborator: Elaborator, node: bound.SharedCall, builder: Builder, context: Context
) -> None:
    """Call what is shared; its weights count in the first call alone."""
    call, primary = node.shared.call, node.syntax.primary
    if node.shared not in builder.shared:  # in a branch that was not taken
        known = (*context.template.visible, *OPS)
        raise EvaluationFailed(diagnostics.UnknownLayer(primary.name, known), primary)
    made = builder.shared[node.shared]
    if made is None:
        raise Unknown
    if isinstance(call, bound.OpCall):
        value = elaborator.lines.one(f"`{primary.name}`", builder, call, context)
        elaborator.apply(call, made.value, (value,), builder, context)
    else:
        blocks.block_of(elaborator, call, made.value, builder, context)
    step = builder.steps[-1]
    if not isinstance(step, Layer | Child):
        return
    made.calls += 1
    builder.steps[-1] = step.replaced(call=made.calls)
    if made.first is None:
        made.first = step
        return
    where = differs(made.first, step)
    if where is not None:
        shapes = map(_entering, (made.first, step))
        found = diagnostics.SharedDiffers(where, *shapes)
        elaborator.findings.report(found, primary, context)
        builder.failed = True
    cost = cost_of(step)
    builder.cost = builder.cost - cost + cost.again
    if isinstance(step, Layer):
        builder.steps[-1] = step.replaced(call=made.calls, cost=cost.again)


def _entering(step: Layer | Child) -> Shape:
    return step.input_shapes[0] if isinstance(step, Layer) else step.scope.input_shape


def differs(one: Step, other: Step) -> str | None:
    """The path at which two calls of the same are not the same layers with the same weights."""
    if isinstance(one, Child) and isinstance(other, Child):
        if one.scope is other.scope:
            return None
        steps = one.scope.steps, other.scope.steps
    elif isinstance(one, Run) and isinstance(other, Run) and one.count == other.count:
        steps = one.steps, other.steps
    else:
        return None if _is_same_layer(one, other) else getattr(one, "name", "")
    if len(steps[0]) != len(steps[1]):
        return getattr(one, "name", "")
    for pair in zip(*steps, strict=True):
        found = differs(*pair)
        if found is not None or pair[0].inputs != pair[1].inputs:
            return f"{getattr(one, 'name', '')}.{found or ''}".strip(".")
    return None


def _is_same_layer(one: Step, other: Step) -> bool:
    if not isinstance(one, Layer) or not isinstance(other, Layer):
        return False
    is_alike = one.name == other.name and one.op == other.op
    return is_alike and one.op.weights(one.input_shapes) == other.op.weights(other.input_shapes)
