"""Definitions as trees of items, with what is known of every instance beside them.

A definition is outlined as written, for a group of instances that share one body. Where that does
not do, it is outlined for one instance, whose stages and loops are one item for each layer, with
numbers for formulas.
"""

from __future__ import annotations

import itertools

from .. import syntax
from ..evaluate import EvaluationFailed, UnknownShape, evaluate
from ..network import Child, Layer, Run, steps_of
from ..ops import OPS, WORDS
from ..record import Record
from ..template import TRANSPARENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from typing import Any, TypeAlias

    from ..network import Scope, Step
    from ..op import Op
    from ..template import Template
    from ..values import Value

    Items: TypeAlias = tuple["Item", ...]
    Item: TypeAlias = (
        "LayerItem | CallItem | MergeItem | NestedItem | SequenceItem | RepeatItem | ForItem | "
        "IfItem | ReadItem | BindItem | LetItem"
    )


class Formula(Record):
    """An expression of the spec, or (`node` is None) a value that is known already."""

    node: syntax.Expression | None
    value: Value = None


class LayerItem(Record):
    """A layer. `name` is None where its sequence numbers it; `layers` are its instances."""

    name: str | None
    element: syntax.Element
    op_class: type[Op]
    attributes: dict[str, Formula]
    layers: tuple[Layer, ...]


class CallItem(Record):
    """A block call. `children` are the block's instances here."""

    name: str | None
    element: syntax.Element
    template: Template
    arguments: dict[str, Formula]
    children: tuple[Child, ...]


class MergeItem(Record):
    """A merge of `paths`, or of the values `names`. One of the two is empty."""

    name: str | None
    element: syntax.Element
    op_class: type[Op]
    paths: tuple[Items, ...]
    names: tuple[str, ...]
    layers: tuple[Layer, ...]


class NestedItem(Record):
    """A merge within a sequence: a namespace of its own, and one child of the sequence."""

    name: str | None
    element: syntax.Element
    items: Items
    children: tuple[Child, ...]


class SequenceItem(Record):
    """A stage, or the sequence that a loop or repeat makes outside of one."""

    name: str | None
    element: syntax.Element
    items: Items
    children: tuple[Child, ...]
    is_stage: bool = False


class RepeatItem(Record):
    """`items`, `count` times. In a sequence alone."""

    count: Formula
    items: Items


class ForItem(Record):
    """`items` for each element of `iterable`. In a sequence alone."""

    targets: tuple[str, ...]
    iterable: Formula
    items: Items


class IfItem(Record):
    condition: Formula
    then: Items
    otherwise: Items


class ReadItem(Record):
    """Go on from a named value."""

    name: str


class BindItem(Record):
    """Name the current value."""

    name: str


class LetItem(Record):
    """A side chain, after which the main line goes on where it was."""

    name: str
    items: Items


class Outline(Record):
    """A definition's body and outputs; a concrete one has no parameters."""

    template: Template
    scopes: tuple[Scope, ...]
    is_concrete: bool
    items: Items
    outputs: tuple[str, ...]


def inner_items(item: Item) -> tuple[Items, ...]:
    """The items inside an item."""
    if isinstance(item, MergeItem):
        return item.paths
    if isinstance(item, IfItem):
        return (item.then, item.otherwise)
    if isinstance(item, LayerItem | CallItem | ReadItem | BindItem):
        return ()
    return (item.items,)


class Facts:
    """The instances of every element in some scopes of one definition."""

    def __init__(self, scopes: Iterable[Scope]) -> None:
        self.steps: dict[int, list[Any]] = {}
        pending = list(scopes)
        while pending:
            for step in steps_of(pending.pop()):
                self.steps.setdefault(id(step.site), []).append(step)
                if isinstance(step, Child) and step.scope.kind != "block":
                    pending.append(step.scope)

    def layers(self, element: syntax.Element) -> tuple[Layer, ...]:
        """The layers that an element made, a merge's within a sequence included."""
        return tuple(s for s in self.steps.get(id(element), ()) if isinstance(s, Layer))

    def children(self, element: syntax.Element) -> tuple[Child, ...]:
        return tuple(s for s in self.steps.get(id(element), ()) if isinstance(s, Child))


def outline(template: Template, scopes: Sequence[Scope]) -> Outline:
    """A definition as written, for instances that share it."""
    items = _Written(template, Facts(scopes)).body(template.definition.body, in_sequence=False)
    return Outline(template, tuple(scopes), False, items, _outputs(template))


def _outputs(template: Template) -> tuple[str, ...]:
    for statement in template.definition.body.statements:
        if isinstance(statement, syntax.Output):
            return tuple(name.name for name in statement.names)
    return ("main",)


class _Written:
    """Outlines syntax."""

    def __init__(self, template: Template, facts: Facts) -> None:
        self.template = template
        self.facts = facts

    def body(self, body: syntax.Body, in_sequence: bool) -> Items:
        items: list[Item] = []
        for statement in body.statements:
            if isinstance(statement, syntax.Chain):
                items += self.chain(statement, in_sequence)
            elif isinstance(statement, syntax.Let):
                items.append(LetItem(statement.name.name, self.chain(statement.chain, in_sequence)))
        return tuple(items)

    def chain(self, chain: syntax.Chain, in_sequence: bool) -> Items:
        items: list[Item] = []
        for element in chain.elements:
            items += self.element(element, in_sequence)
            if not in_sequence:
                if element.name is not None:
                    items.append(BindItem(element.name.name))
                if isinstance(element.primary, syntax.Stage):
                    items.append(BindItem(element.primary.name))
        return tuple(items)

    def element(self, element: syntax.Element, in_sequence: bool) -> Items:
        primary = element.primary
        is_loop = element.repeat is not None or isinstance(primary, syntax.For)
        if is_loop and not in_sequence:
            items = self.turns(element)
            return (self.sequence(element, items, is_stage=False),)
        if is_loop:
            return self.turns(element)
        return self.primary(element, in_sequence)

    def sequence(self, element: syntax.Element, items: Items, is_stage: bool) -> SequenceItem:
        name = self.name(element) if is_stage else self.template.names.get(id(element))
        children = tuple(
            child for child in self.facts.children(element) if child.scope.kind == "sequence"
        )
        return SequenceItem(name, element, items, children, is_stage)

    def turns(self, element: syntax.Element) -> Items:
        items = self.primary(element, in_sequence=True)
        if element.repeat is None:
            return items
        return (RepeatItem(Formula(element.repeat), items),)

    def primary(self, element: syntax.Element, in_sequence: bool) -> Items:
        primary = element.primary
        if isinstance(primary, syntax.Call):
            return self.call(element, primary, in_sequence)
        if isinstance(primary, syntax.Group):
            return self.chain(primary.chain, in_sequence)
        if isinstance(primary, syntax.If):
            then = self.body(primary.then, in_sequence)
            otherwise = self.body(primary.otherwise, in_sequence) if primary.otherwise else ()
            return (IfItem(Formula(primary.condition), then, otherwise),)
        if isinstance(primary, syntax.For):
            targets = tuple(target.name for target in primary.targets)
            items = self.body(primary.body, in_sequence=True)
            return (ForItem(targets, Formula(primary.iterable), items),)
        if isinstance(primary, syntax.Stage):
            items = self.body(primary.body, in_sequence=True)
            return (self.sequence(element, items, is_stage=True),)
        paths = tuple(
            self.chain(statement, in_sequence=False)
            for statement in primary.body.statements
            if isinstance(statement, syntax.Chain)
        )
        return self.merge(element, OPS[primary.name], paths, (), in_sequence)

    def merge(
        self,
        element: syntax.Element,
        op_class: type[Op],
        paths: tuple[Items, ...],
        names: tuple[str, ...],
        in_sequence: bool,
    ) -> Items:
        layers = self.facts.layers(element)
        if not in_sequence:
            return (MergeItem(self.name(element), element, op_class, paths, names, layers),)
        inner = self.template.names[id(element.primary)]
        children = tuple(
            child for child in self.facts.children(element) if child.scope.kind == "merge"
        )
        merge = MergeItem(inner, element, op_class, paths, names, layers)
        return (NestedItem(self.name(element), element, (merge,), children),)

    def name(self, element: syntax.Element) -> str | None:
        """The element's fixed name; a repeat's name is that of its sequence."""
        return self.template.names.get(id(element)) if element.repeat is None else None

    def call(self, element: syntax.Element, call: syntax.Call, in_sequence: bool) -> Items:
        if call.name == TRANSPARENT:
            return ()
        template = self.template.visible.get(call.name)
        if template is not None:
            known = [parameter.name for parameter in template.parameters]
            arguments = self.arguments(call, known)
            children = tuple(
                child for child in self.facts.children(element) if child.scope.kind == "block"
            )
            return (CallItem(self.name(element), element, template, arguments, children),)
        op_class = OPS.get(call.name)
        if op_class is None:
            return (ReadItem(call.name),)
        if op_class.merges:
            names = tuple(
                argument.value.name
                for argument in call.arguments or ()
                if isinstance(argument.value, syntax.Name)
            )
            return self.merge(element, op_class, (), names, in_sequence)
        attributes = self.arguments(call, list(op_class.attributes))
        layers = self.facts.layers(element)
        return (LayerItem(self.name(element), element, op_class, attributes, layers),)

    def arguments(self, call: syntax.Call, known: list[str]) -> dict[str, Formula]:
        """The given arguments by name, in the order in which they are declared."""
        given: dict[str, Formula] = {}
        for position, argument in enumerate(call.arguments or ()):
            given[argument.name or known[position]] = Formula(argument.value)
        return {name: given[name] for name in known if name in given}


def outline_instance(
    template: Template, scope: Scope, elements: Collection[int] | None = None
) -> Outline:
    """One instance of a definition, with its stages and loops item by item, in numbers.

    `elements` are the identities of those of them, if not all, that need it.
    """
    try:
        instance = _Instance(template, scope, elements)
        items = instance.body(template.definition.body, in_sequence=False)
    except _Undecided:
        items, values = _concrete_frame(scope)
        outputs = tuple(
            values[value] if name != "main" else "main" for name, value in scope.outputs
        )
        return Outline(template, (scope,), True, items, outputs)
    return Outline(template, (scope,), True, items, _outputs(template))


class _Undecided(Exception):
    """A branch of which nothing tells whether an instance takes it."""


class _Instance(_Written):
    """Outlines syntax for one instance, of which every step is known."""

    def __init__(
        self, template: Template, scope: Scope, elements: Collection[int] | None = None
    ) -> None:
        super().__init__(template, Facts([scope]))
        self.given = dict(scope.arguments)
        self.elements = elements

    def sequence(self, element: syntax.Element, items: Items, is_stage: bool) -> SequenceItem:
        written = super().sequence(element, items, is_stage)
        is_wanted = self.elements is None or id(element) in self.elements
        if not written.children or not is_wanted:
            return written
        child = written.children[0]  # the outermost, if the element is a repeated stage
        items = tuple(item for step in child.scope.steps for item in _concrete_step(step, {}))
        return SequenceItem(written.name, element, items, (child,), is_stage)

    def primary(self, element: syntax.Element, in_sequence: bool) -> Items:
        items = super().primary(element, in_sequence)
        if self.elements is None and isinstance(element.primary, syntax.If):
            return tuple(self.decided(one) for one in items if isinstance(one, IfItem))
        return items

    def decided(self, item: IfItem) -> IfItem:
        """The branch that the instance takes, as one whose condition is known."""
        made = [bool(_instances((branch,))) for branch in (item.then, item.otherwise)]
        if made[0] and made[1]:
            raise _Undecided  # in a loop
        if made[0] == made[1] and _names_values((item,)):
            condition = item.condition.node
            try:
                if condition is not None:
                    made[0] = evaluate(condition, self.given, None)
            except (EvaluationFailed, UnknownShape):
                raise _Undecided from None
        return IfItem(Formula(None, True), item.then if made[0] else item.otherwise, ())


def _instances(bodies: Iterable[Items]) -> list[Layer | Child]:
    """The layers and blocks that items made, at whatever depth."""
    found: list[Layer | Child] = []
    for item in itertools.chain(*bodies):
        if isinstance(item, LayerItem | MergeItem):
            found += item.layers
        elif isinstance(item, CallItem):
            found += item.children
        found += _instances(inner_items(item))
    return found


def _names_values(items: Items) -> bool:
    """Whether items name values or go on from named ones."""
    return any(
        isinstance(item, ReadItem | BindItem) or any(map(_names_values, inner_items(item)))
        for item in items
    )


def _valued(item: Item, template: Template) -> Item:
    """An item with values for formulas that read a loop's variable."""
    if isinstance(item, LayerItem):
        op = item.layers[0].op
        attributes = {
            name: _settled(formula, getattr(op, name), template)
            for name, formula in item.attributes.items()
        }
        return LayerItem(item.name, item.element, item.op_class, attributes, item.layers)
    if isinstance(item, CallItem):
        given = dict(item.children[0].scope.arguments)
        arguments = {
            name: _settled(formula, given[name], template)
            for name, formula in item.arguments.items()
        }
        return CallItem(item.name, item.element, item.template, arguments, item.children)
    if isinstance(item, MergeItem):
        paths = tuple(tuple(_valued(one, template) for one in path) for path in item.paths)
        return MergeItem(item.name, item.element, item.op_class, paths, item.names, item.layers)
    if isinstance(item, IfItem):
        return IfItem(item.condition, tuple(_valued(one, template) for one in item.then), ())
    return item


def _settled(formula: Formula, value: Value, template: Template) -> Formula:
    """The formula, if it reads nothing but parameters and `in`, or else its value."""
    from .formulas import names_of  # which needs this module

    lasting = {"in", *WORDS, *(parameter.name for parameter in template.parameters)}
    if formula.node is not None and names_of(formula.node) <= lasting:
        return formula
    return Formula(None, value)


def _concrete_frame(scope: Scope) -> tuple[Items, dict[int, str]]:
    """A namespace's items; values that are not merely passed on are bound to `%number`."""
    uses: dict[int, list[int]] = {}
    for number, step in enumerate(scope.steps, start=1):
        for value in step.inputs:
            uses.setdefault(value, []).append(number)
    direct = {
        number
        for number, step in enumerate(scope.steps, start=1)
        if step.inputs == (number - 1,) and not _is_merge(step)
    }
    named = {
        value
        for value, users in uses.items()
        if any(user not in direct or user != value + 1 for user in users)
    }
    named |= {value for _, value in scope.outputs}
    names = {value: f"%{value}" for value in named}
    items: list[Item] = [BindItem(names[0])] if 0 in named else []
    for number, step in enumerate(scope.steps, start=1):
        if not _is_merge(step) and number not in direct:
            items.append(ReadItem(names[step.inputs[0]]))
        items += _concrete_step(step, names)
        if number in named:
            items.append(BindItem(names[number]))
    final = scope.outputs[0][1] if scope.outputs[0][0] == "main" else len(scope.steps)
    if final != len(scope.steps):
        items.append(ReadItem(names[final]))
    return tuple(items), names


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
        return (LayerItem(name, step.site, type(step.op), attributes, (step,)),)
    scope = step.scope
    if scope.kind == "block":
        arguments = {key: Formula(None, value) for key, value in scope.arguments}
        return (CallItem(name, step.site, scope.template, arguments, (step,)),)
    if scope.kind == "sequence":
        items = tuple(item for inner in scope.steps for item in _concrete_step(inner, {}))
        return (SequenceItem(name, step.site, items, (step,)),)
    return (NestedItem(name, step.site, _concrete_merge(step), (step,)),)


def _concrete_merge(step: Child) -> Items:
    """The one merge of a scope within a sequence, with its paths."""
    scope = step.scope
    try:
        written = _Instance(scope.template, scope).primary(step.site, in_sequence=True)
    except _Undecided:
        return _concrete_frame(scope)[0]
    return tuple(
        _valued(item, scope.template) for nested in written for item in inner_items(nested)[0]
    )
