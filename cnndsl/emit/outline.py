"""Definitions as trees of items, with what is known of every instance beside them.

A definition is outlined as written, for a group of instances that share one body. Where that does
not do, `concrete` outlines it for one instance.
"""

from __future__ import annotations

from ..ir.network import Child, Layer, steps_of
from ..ops import OPS
from ..record import Record
from ..semantics.template import TRANSPARENT
from ..syntax import tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, TypeAlias

    from ..ir.network import Scope
    from ..ops.base import Op
    from ..semantics.template import Template
    from ..values import Value

    Items: TypeAlias = tuple["Item", ...]
    Item: TypeAlias = (
        "LayerItem | CallItem | MergeItem | NestedItem | SequenceItem | RepeatItem | ForItem | "
        "IfItem | ReadItem | BindItem | LetItem"
    )


class Formula(Record):
    """An expression of the spec, or (`node` is None) a value that is known already."""

    node: tree.Expression | None
    value: Value = None


class LayerItem(Record):
    """A layer. `name` is None where its sequence numbers it; `layers` are its instances."""

    name: str | None
    element: tree.Element
    op_class: type[Op]
    attributes: dict[str, Formula]
    layers: tuple[Layer, ...]


class CallItem(Record):
    """A block call. `children` are the block's instances here."""

    name: str | None
    element: tree.Element
    template: Template
    arguments: dict[str, Formula]
    children: tuple[Child, ...]


class MergeItem(Record):
    """A merge of `paths`, or of the values `names`. One of the two is empty."""

    name: str | None
    element: tree.Element
    op_class: type[Op]
    paths: tuple[Items, ...]
    names: tuple[str, ...]
    layers: tuple[Layer, ...]


class NestedItem(Record):
    """A merge within a sequence: a namespace of its own, and one child of the sequence."""

    name: str | None
    element: tree.Element
    items: Items
    children: tuple[Child, ...]


class SequenceItem(Record):
    """A stage, or the sequence that a loop or repeat makes outside of one."""

    name: str | None
    element: tree.Element
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


def _items_of(item: Any) -> tuple[Items, ...]:
    return (item.items,)


INNER: dict[type, Callable[[Any], tuple[Items, ...]]] = {
    MergeItem: lambda item: item.paths,
    NestedItem: _items_of,
    SequenceItem: _items_of,
    RepeatItem: _items_of,
    ForItem: _items_of,
    IfItem: lambda item: (item.then, item.otherwise),
    LetItem: _items_of,
}


def inner_items(item: Item) -> tuple[Items, ...]:
    """The items inside an item."""
    inner = INNER.get(type(item))
    return () if inner is None else inner(item)


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

    def layers(self, element: tree.Element) -> tuple[Layer, ...]:
        """The layers that an element made, a merge's within a sequence included."""
        return tuple(s for s in self.steps.get(id(element), ()) if isinstance(s, Layer))

    def children(self, element: tree.Element) -> tuple[Child, ...]:
        return tuple(s for s in self.steps.get(id(element), ()) if isinstance(s, Child))


def outline(template: Template, scopes: Sequence[Scope]) -> Outline:
    """A definition as written, for instances that share it."""
    items = Written(template, Facts(scopes)).body(template.definition.body, in_sequence=False)
    return Outline(template, tuple(scopes), False, items, outputs_of(template))


def outputs_of(template: Template) -> tuple[str, ...]:
    for statement in template.definition.body.statements:
        if isinstance(statement, tree.Output):
            return tuple(name.name for name in statement.names)
    return ("main",)


class Written:
    """Outlines syntax."""

    def __init__(self, template: Template, facts: Facts) -> None:
        self.template = template
        self.facts = facts

    def body(self, body: tree.Body, in_sequence: bool) -> Items:
        items: list[Item] = []
        for statement in body.statements:
            if isinstance(statement, tree.Chain):
                items += self.chain(statement, in_sequence)
            elif isinstance(statement, tree.Let):
                items.append(LetItem(statement.name.name, self.chain(statement.chain, in_sequence)))
        return tuple(items)

    def chain(self, chain: tree.Chain, in_sequence: bool) -> Items:
        items: list[Item] = []
        for element in chain.elements:
            items += self.element(element, in_sequence)
            if not in_sequence:
                if element.name is not None:
                    items.append(BindItem(element.name.name))
                if isinstance(element.primary, tree.Stage):
                    items.append(BindItem(element.primary.name))
        return tuple(items)

    def element(self, element: tree.Element, in_sequence: bool) -> Items:
        primary = element.primary
        is_loop = element.repeat is not None or isinstance(primary, tree.For)
        if is_loop and not in_sequence:
            items = self.turns(element)
            return (self.sequence(element, items, is_stage=False),)
        if is_loop:
            return self.turns(element)
        return self.primary(element, in_sequence)

    def sequence(self, element: tree.Element, items: Items, is_stage: bool) -> SequenceItem:
        name = self.name(element) if is_stage else self.template.names.get(id(element))
        children = tuple(
            child for child in self.facts.children(element) if child.scope.kind == "sequence"
        )
        return SequenceItem(name, element, items, children, is_stage)

    def turns(self, element: tree.Element) -> Items:
        items = self.primary(element, in_sequence=True)
        if element.repeat is None:
            return items
        return (RepeatItem(Formula(element.repeat), items),)

    def primary(self, element: tree.Element, in_sequence: bool) -> Items:
        primary = element.primary
        if isinstance(primary, tree.Call):
            return self.call(element, primary, in_sequence)
        if isinstance(primary, tree.Group):
            return self.chain(primary.chain, in_sequence)
        if isinstance(primary, tree.If):
            then = self.body(primary.then, in_sequence)
            otherwise = self.body(primary.otherwise, in_sequence) if primary.otherwise else ()
            return (IfItem(Formula(primary.condition), then, otherwise),)
        if isinstance(primary, tree.For):
            targets = tuple(target.name for target in primary.targets)
            items = self.body(primary.body, in_sequence=True)
            return (ForItem(targets, Formula(primary.iterable), items),)
        if isinstance(primary, tree.Stage):
            items = self.body(primary.body, in_sequence=True)
            return (self.sequence(element, items, is_stage=True),)
        paths = tuple(
            self.chain(statement, in_sequence=False)
            for statement in primary.body.statements
            if isinstance(statement, tree.Chain)
        )
        return self.merge(element, OPS[primary.name], paths, (), in_sequence)

    def merge(
        self,
        element: tree.Element,
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

    def name(self, element: tree.Element) -> str | None:
        """The element's fixed name; a repeat's name is that of its sequence."""
        return self.template.names.get(id(element)) if element.repeat is None else None

    def call(self, element: tree.Element, call: tree.Call, in_sequence: bool) -> Items:
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
                if isinstance(argument.value, tree.Name)
            )
            return self.merge(element, op_class, (), names, in_sequence)
        attributes = self.arguments(call, list(op_class.attributes))
        layers = self.facts.layers(element)
        return (LayerItem(self.name(element), element, op_class, attributes, layers),)

    def arguments(self, call: tree.Call, known: list[str]) -> dict[str, Formula]:
        """The given arguments by name, in the order in which they are declared."""
        given: dict[str, Formula] = {}
        for position, argument in enumerate(call.arguments or ()):
            given[argument.name or known[position]] = Formula(argument.value)
        return {name: given[name] for name in known if name in given}
