"""One instance of a definition as a tree of items.

Its stages and loops are one item for each layer, with numbers for formulas.
"""

from __future__ import annotations

from ..ir.network import Layer, Run, width
from ..semantics import bound
from ..semantics.bound import nodes
from ..semantics.evaluate import evaluate
from ..syntax.tree import names_of
from .items import is_unreached, walk
from .outline import (
    BindItem,
    CallItem,
    Facts,
    Formula,
    IfItem,
    LayerItem,
    LetItem,
    MergeItem,
    NamesItem,
    NestedItem,
    NumberItem,
    Outline,
    PickItem,
    ReadItem,
    RepeatItem,
    SequenceItem,
    TurnItem,
    ValuesItem,
    Written,
    inner_items,
    lists_of,
    outline_by,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from ..ir.network import Child, Scope, Step
    from ..semantics.bound import Node
    from ..semantics.template import Template
    from ..values import Value
    from .outline import Item, Items


def outline_instance(
    template: Template, scope: Scope, elements: Collection[Node] | None = None
) -> Outline:
    """One instance of a definition, step by step, in numbers.

    `elements` are the stages and loops, if not all of it, that need it.
    """
    if elements is not None or any(type(one) is bound.Grow for one in nodes(template.body.steps)):
        return outline_by(_Instance(scope, elements), template)
    items, values = _concrete_frame(scope)
    outputs = tuple(values[value] if name != "main" else "main" for name, value in scope.outputs)
    return Outline(items, outputs, len(template.body.training_outputs))


class _Instance(Written):
    """Outlines steps as written for one instance, but for its sequences, or some of them."""

    def __init__(self, scope: Scope, elements: Collection[Node] | None = None) -> None:
        super().__init__(Facts([scope]))
        self.elements = elements

    def sequence(self, node: bound.Sequence) -> Item:
        children = self.facts.instances(node)
        if not children or not (self.elements is None or node in self.elements):
            return super().sequence(node)
        steps = children[0].scope.steps
        items = tuple(item for step in steps for item in _concrete_step(step, {}))
        return SequenceItem(node.name, node, items, children[:1], node.is_stage, lists_of(node))

    def branch(self, node: bound.Branch) -> Item:
        """The branch that the instance takes, as one whose condition is known if that is plain."""
        item = super().branch(node)
        reached = [one for one in inner_items(item) if not is_unreached(one)]
        if self.elements is not None or len(reached) > 1:
            return item
        return IfItem(Formula(None, True), reached[0] if reached else (), ())


def _concrete_merge(step: Child) -> Items:
    """The one merge of a scope within a sequence, with its paths if all conditions are known."""
    items = _Instance(step.scope).items((step.site.merge,))
    if any(isinstance(item, IfItem) and item.condition.node is not None for item in walk(items)):
        return _concrete_frame(step.scope)[0]
    return tuple(_valued(item, step.scope.template) for item in items)


def _concrete_turn(step: Child) -> Items:
    """The items of a turn, in which nothing reads a loop's variable or a named number."""
    names = dict(step.scope.arguments)

    def valued(items: Items) -> Items:
        found: list[Item] = []
        for item in items:
            if isinstance(item, LetItem):
                found.append(item.replaced(items=valued(item.items)))
            elif isinstance(item, IfItem):
                then, otherwise = map(valued, inner_items(item))
                found.append(item.replaced(then=then, otherwise=otherwise))
            elif isinstance(item, PickItem) and item.index is not None:
                node: Any = item.index.node
                index = Formula(None, evaluate(node, names, None), is_count=True)
                found.append(item.replaced(index=index))
            elif not isinstance(item, NumberItem):
                found.append(_valued(item, step.scope.template))
        return tuple(found)

    return valued(_Instance(step.scope).items(step.site.steps))


def _valued(item: Item, template: Template) -> Item:
    """An item with values for formulas that read a loop's variable."""
    if isinstance(item, LayerItem):
        op = item.layers[0].op
        attributes = {
            name: _settled(formula, getattr(op, name), template)
            for name, formula in item.attributes.items()
        }
        return item.replaced(attributes=attributes)
    if isinstance(item, CallItem):
        given = dict(item.children[0].scope.arguments)
        arguments = {
            name: _settled(formula, given[name], template)
            for name, formula in item.arguments.items()
        }
        return item.replaced(arguments=arguments)
    if isinstance(item, MergeItem):
        paths = tuple(tuple(_valued(one, template) for one in path) for path in item.paths)
        return item.replaced(paths=paths)
    if isinstance(item, IfItem):
        return item.replaced(then=tuple(_valued(one, template) for one in item.then))
    return item


def _settled(formula: Formula, value: Value, template: Template) -> Formula:
    """The formula, if it reads nothing but parameters and `in`, or else its value."""
    lasting = {"in", *(parameter.name for parameter in template.parameters)}
    if formula.node is not None and names_of(formula.node) <= lasting:
        return formula
    return Formula(None, value)


def _concrete_frame(scope: Scope) -> tuple[Items, dict[int, str]]:
    """A namespace's items; values that are not merely passed on are bound to `%number`."""
    made = _values_made(scope)
    uses: dict[int, list[int]] = {}
    for number, step in enumerate(scope.steps, start=1):
        for value in step.inputs:
            uses.setdefault(value, []).append(number)
    direct = {
        number
        for number, step in enumerate(scope.steps, start=1)
        if step.inputs == made[number - 1] and not _is_merge(step)
        if number > 1 or len(step.inputs) == 1  # the line starts with the first input
    }
    named = {
        value
        for number, values in enumerate(made)
        for value in values
        if any(user not in direct or user != number + 1 for user in uses.get(value, ()))
    }
    named |= {value for _, value in scope.outputs}
    has_inputs = scope.kind in ("block", "model")
    inputs = dict(enumerate(scope.template.body.inputs)) if has_inputs else {}
    names = {value: inputs.get(value, f"%{value}") for value in named}
    items: list[Item] = [] if inputs else [*_named(made[0], names)]
    for number, step in enumerate(scope.steps, start=1):
        if not _is_merge(step) and number not in direct:
            values = tuple(names[value] for value in step.inputs)
            items.append(ReadItem(*values) if len(values) == 1 else ValuesItem(values))
        items += _concrete_step(step, names)
        items += _named(made[number], names)
    final = dict(scope.outputs).get("main", made[-1][0])
    if final != made[-1][0]:
        items.append(ReadItem(names[final]))
    return tuple(items), names


def _values_made(scope: Scope) -> list[tuple[int, ...]]:
    """The numbers of the inputs, and of what each step makes."""
    made = [tuple(range(len(scope.input_shapes)))]
    for step in scope.steps:
        start = made[-1][-1] + 1
        made.append(tuple(range(start, start + width(step))))
    return made


def _named(values: tuple[int, ...], names: dict[int, str]) -> Items:
    """What names the values of a step, if any of them is read elsewhere."""
    if len(values) > 1 and any(value in names for value in values):
        return (NamesItem(tuple(names.get(value, f"%{value}") for value in values)),)
    return tuple(BindItem(names[value]) for value in values if value in names)


def _is_merge(step: Step) -> bool:
    return isinstance(step, Layer) and step.op.merges


def _concrete_step(step: Step, names: dict[int, str]) -> Items:
    if isinstance(step, Run):
        items = tuple(item for inner in step.steps for item in _concrete_step(inner, {}))
        return (RepeatItem(Formula(None, step.count), items),)
    name = None if step.name.isdigit() else step.name
    if isinstance(step, Layer):
        if step.op.merges:
            inputs = tuple(names[value] for value in step.inputs)
            return (MergeItem(name, step.site, type(step.op), (), inputs, (step,)),)
        attributes = {
            field: Formula(None, getattr(step.op, field))
            for field, attribute in step.op.attributes.items()
            if getattr(step.op, field) != attribute.default
        }
        return (LayerItem(name, step.site, type(step.op), attributes, (step,), step.call),)
    scope = step.scope
    if scope.kind == "block":
        arguments = {key: Formula(None, value) for key, value in scope.arguments}
        return (CallItem(name, step.site, scope.template, arguments, (step,), step.call),)
    if scope.kind == "sequence":
        items = tuple(item for inner in scope.steps for item in _concrete_step(inner, {}))
        return (SequenceItem(name, step.site, items, (step,), False, lists_of(step.site)),)
    if scope.kind == "turn":
        items = _concrete_turn(step)
        return (TurnItem(name, step.site, items, (step,), lists_of(step.site)),)
    return (NestedItem(name, step.site, _concrete_merge(step), (step,)),)
