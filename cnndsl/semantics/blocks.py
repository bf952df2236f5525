"""Calls of blocks: their arguments, and one instance for each that is told apart."""

from __future__ import annotations

from .. import diagnostics
from ..values import key_of
from .evaluate import evaluate, need_shape
from .failures import EvaluationFailed, Unknown
from .reporting import Context
from .scope_builder import Builder, finished
from .template import call_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    from ..syntax.tree import Parameter
    from ..values import Value
    from .bound import BlockCall
    from .elaborate import Elaborator
    from .evaluate import Budget
    from .reporting import Findings
    from .scope_builder import Nested, Shapes
    from .template import Template

    InstanceKey: TypeAlias = tuple[Template, tuple[object, ...], Shapes]

STEPS_FOR_BLOCK = 16
"""What a block's first opening with new values counts, as it takes that much more time."""
MOST_LEVELS = 32
"""How often a block can be inside itself."""
ONE_OUTPUT = "a model with several outputs cannot be a part; put what is shared into a block"
NOT_IN_ITSELF = "a model cannot hold itself; put what recurs into a block"


class Openings:
    """The instances of blocks that are being made, each inside another: `now`, by their keys."""

    def __init__(self) -> None:
        self.now: set[object] = set()
        self.endless: set[Template] = set()
        """Blocks that have been found to call themselves without end."""
        self.recurs = False
        """Whether any block was opened inside itself."""

    def check(
        self,
        call: BlockCall,
        key: object,
        arguments: tuple[tuple[str, Value], ...],
        context: Context,
        findings: Findings,
    ) -> None:
        """Raise `Unknown` for a call of a block in itself without end, which is reported once."""
        template = call.template
        levels = sum(outer.template is template for _, outer, _ in context.callers)
        self.recurs = self.recurs or levels > 0
        if levels and template in self.endless:
            raise Unknown
        is_same = key in self.now
        if is_same or levels >= MOST_LEVELS:
            self.endless.add(template)
            how = "on the same input" if is_same else f"more than {MOST_LEVELS} levels deep"
            found = diagnostics.EndlessRecursion(template.name, how, call_text(call, arguments))
            findings.report(found, call.syntax.primary, context)
            raise Unknown


def instance_key(template: Template, values: Iterable[Value], shapes: Shapes) -> InstanceKey:
    """What tells one instance of a block from another."""
    return template, tuple(map(key_of, values)), shapes


def block(elaborator: Elaborator, node: BlockCall, builder: Builder, context: Context) -> None:
    """The call of a block."""
    elaborator.count(node)
    arguments = parameters(elaborator, node, context)
    if arguments is None or node in context.template.circular:
        raise Unknown
    block_of(elaborator, node, arguments, builder, context)


def block_of(
    elaborator: Elaborator,
    node: BlockCall,
    arguments: dict[str, Value],
    builder: Builder,
    context: Context,
) -> None:
    """A block with these arguments."""
    template, call = node.template, node.syntax.primary
    count = len(template.body.inputs) or 1
    elaborator.lines.need(count, f"`{template.name}`", builder.line, builder, call, context)
    if template.kind == "model":
        need_fit(elaborator, node, arguments, builder.line_shapes, context)
    nested = instance_of(elaborator, node, arguments, builder, context)
    elaborator.add_child(node, nested, builder, context)


def need_fit(
    elaborator: Elaborator,
    node: BlockCall,
    arguments: dict[str, Value],
    entering: Shapes,
    context: Context,
) -> None:
    """Raise `Unknown` after reporting why a model cannot stand where it is called."""
    template, place = node.template, node.syntax.primary
    body = template.body
    around = (context.template, *(caller for caller, _, _ in context.callers))
    rules = (
        (len(body.outputs) + len(body.training_outputs) > 1, ONE_OUTPUT),
        (template in around, NOT_IN_ITSELF),
    )
    for is_broken, rule in rules:
        if is_broken:
            misplaced = diagnostics.Misplaced(f"the model `{template.name}`", rule)
            elaborator.findings.report(misplaced, place, context)
            raise Unknown
    if len(body.shapes) != len(entering):
        raise Unknown
    for expression, found, name in zip(body.shapes, entering, body.inputs or ("",), strict=True):
        value = evaluate(expression, arguments, None, elaborator.budget)
        stated = need_shape(value, "input", "32x32x1", expression)
        if found is None:
            raise Unknown
        if stated != found:
            differs = diagnostics.ModelInput(template.name, stated, found, name)
            elaborator.findings.report(differs, place, context)
            raise Unknown


def parameters(
    elaborator: Elaborator, node: BlockCall, context: Context
) -> dict[str, Value] | None:
    """The values of a block's parameters, or None after reporting."""
    given = elaborator.arguments(node.template, node.arguments, context)
    if given is None:
        return None
    values: dict[str, Value] = {}
    try:
        for parameter in node.template.parameters:
            name = parameter.name
            values[name] = (
                given[name] if name in given else default_of(parameter, values, elaborator.budget)
            )
    except EvaluationFailed as failure:  # a mistake at the block, not at the call
        elaborator.findings.explain(failure, Context(node.template, {}), (node.template, name))
        return None
    return values


def instance_of(
    elaborator: Elaborator,
    node: BlockCall,
    arguments: dict[str, Value],
    outer: Builder,
    context: Context,
) -> Nested:
    """The block's instance for these arguments and this input, made once."""
    template, shapes = node.template, outer.line_shapes
    key = instance_key(template, arguments.values(), shapes)
    instance = elaborator.instances.get(key)
    if instance is not None:
        elaborator.count(node, len(instance.findings))
        elaborator.findings.repeat(instance.findings)
        return instance
    elaborator.count(node, STEPS_FOR_BLOCK)
    items = tuple(arguments.items())
    elaborator.openings.check(node, key, items, context, elaborator.findings)
    callers = ((context.template, node, items), *context.callers)
    inner = Context(template, arguments, outer.shape, callers, context.depth + 1, {})
    builder = Builder("block", shapes, template, outer)
    enter(builder, inner)
    mark = len(elaborator.findings.order)
    elaborator.openings.now.add(key)
    elaborator.body(template.body.steps, template.body, builder, inner)
    elaborator.openings.now.remove(key)
    elaborator.lines.leave(builder, inner)
    names = tuple(one.name for one in template.body.outputs) or ("main",)
    instance = finished(builder, items, elaborator.findings.since(mark), names)
    elaborator.instances[key] = instance
    return instance


def default_of(parameter: Parameter, values: dict[str, Value], budget: Budget) -> Value:
    """A parameter's default, which may use the values of the parameters before it.

    Raises `EvaluationFailed` or `Unknown`.
    """
    if parameter.default is None:
        raise Unknown  # one of two parameters of that name
    return evaluate(parameter.default, values, None, budget)


def enter(builder: Builder, context: Context) -> None:
    """Begin a definition: its inputs have their names, and the line is at the first."""
    names = context.template.body.inputs
    builder.named = {name: (value,) for value, name in enumerate(names)}
    for name, entering in zip(names, builder.shapes, strict=False):
        context.measure(name, entering)
    builder.current = 0
