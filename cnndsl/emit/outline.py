"""Definitions as trees of items, with what is known of every instance beside them.

A definition is outlined as written, for a group of instances that share one body. Where that does
not do, `concrete` outlines it for one instance.
"""

from __future__ import annotations

from ..ir.network import Child, steps_of
from ..record import Record
from ..semantics import bound
from ..syntax import tree
from .applied import Applied, AppliedOrNone, is_handed_over

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, TypeAlias

    from ..ir.network import Layer, Scope
    from ..ops.base import Op
    from ..semantics.bound import Node
    from ..semantics.template import Template
    from ..values import Value

    Items: TypeAlias = tuple["Item", ...]
    Item: TypeAlias = (
        "LayerItem | CallItem | MergeItem | NestedItem | SequenceItem | RepeatItem | ForItem | "
        "IfItem | ReadItem | ValuesItem | BindItem | NamesItem | LetItem | NumberItem | "
        "TurnItem | GrowItem | PickItem"
    )


class Formula(Record):
    """An expression of the spec, or (`node` is None) a value that is known already.

    A count is an integer, as which a decimal that is whole counts.
    """

    node: tree.Expression | None
    value: Value = None
    is_count: bool = False


class LayerItem(Record):
    """A layer. `name` is None where its sequence numbers it; `layers` are its instances.

    `call` is which one of several calls of the same layer this is, from 1 on, or 0.
    """

    name: str | None
    element: Node
    op_class: type[Op]
    attributes: dict[str, Formula]
    layers: tuple[Layer, ...]
    call: int = 0


class CallItem(Record):
    """A block call. `children` are the block's instances here, `call` is as of a layer."""

    name: str | None
    element: Node
    template: Template
    arguments: dict[str, Formula]
    children: tuple[Child, ...]
    call: int = 0

    @property
    def inputs(self) -> int:
        """How many values the block takes."""
        return len(self.template.body.inputs) or 1

    @property
    def outputs(self) -> int:
        """How many values the block gives."""
        return len(self.template.body.outputs) or 1

    @property
    def names_beside(self) -> tuple[str, ...]:
        """Names for the values that the block takes or gives side by side."""
        body = self.template.body
        names = tuple(one.name for one in body.outputs)
        return (*body.inputs, *names[len(body.inputs) :])

    @property
    def is_plain(self) -> bool:
        """Whether it goes from one value to one."""
        return self.inputs == self.outputs == 1


class MergeItem(Record):
    """A merge of `paths`, or of the values `names`. One of the two is empty."""

    name: str | None
    element: Node
    op_class: type[Op]
    paths: tuple[Items, ...]
    names: tuple[str, ...]
    layers: tuple[Layer, ...]

    @property
    def attributes(self) -> dict[str, Formula]:
        """None: merges have no attributes."""
        return {}


class NestedItem(Record):
    """A merge within a sequence: a namespace of its own, and one child of the sequence."""

    name: str | None
    element: Node
    items: Items
    children: tuple[Child, ...]


class SequenceItem(Record):
    """A stage, or the sequence that a loop or repeat makes outside of one.

    `lists` are the lists of values that a loop's turns know.
    """

    name: str | None
    element: Node
    items: Items
    children: tuple[Child, ...]
    is_stage: bool = False
    lists: tuple[str, ...] = ()

    @property
    def inputs(self) -> int:
        """How many values go through it side by side."""
        return len(self.children[0].inputs) if self.children and not self.lists else 1


class TurnItem(Record):
    """A turn of a loop that knows lists of values: a namespace, and one child of the sequence."""

    name: str | None
    element: Node
    items: Items
    children: tuple[Child, ...]
    lists: tuple[str, ...]


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


class ValuesItem(Record):
    """Go on from several named values side by side."""

    names: tuple[str, ...]


class BindItem(Record):
    """Name the current value."""

    name: str


class NamesItem(Record):
    """Name the several current values, the first of which the line goes on from."""

    names: tuple[str, ...]


class LetItem(Record):
    """A side chain, after which the main line goes on where it was."""

    name: str
    items: Items


class NumberItem(Record):
    """A named number, which the items behind it in the same braces can read."""

    name: str
    formula: Formula


class GrowItem(Record):
    """A list of values has the current one, too."""

    list: str


class PickItem(Record):
    """A value of a list, which what stands behind knows by a name.

    Without an index these are all of its values, which the merge `joined_by` joins.
    """

    name: str
    list: str
    index: Formula | None
    joined_by: type[Op] | None = None


class Outline(Record):
    """A definition's body and outputs, the last of which may be for training alone."""

    items: Items
    outputs: tuple[str, ...]
    training_outputs: int = 0

    @property
    def is_sequence(self) -> bool:
        """Whether it is a block that is one stage, whose layers are its own."""
        return bool(self.items) and getattr(self.items[0], "name", None) == ""


def _items_of(item: Any) -> tuple[Items, ...]:
    return (item.items,)


INNER: dict[type, Callable[[Any], tuple[Items, ...]]] = {
    MergeItem: lambda item: item.paths,
    NestedItem: _items_of,
    TurnItem: _items_of,
    SequenceItem: _items_of,
    RepeatItem: _items_of,
    ForItem: _items_of,
    IfItem: lambda item: (item.then, item.otherwise),
    LetItem: _items_of,
}


def inner_items(item: Item) -> tuple[Items, ...]:
    inner = INNER.get(type(item))
    return () if inner is None else inner(item)


def choosing(items: Items) -> Items:
    """Items that ask for each layer they are given, where it may be none, whether it is one."""
    return tuple(map(_choosing, items))


def _choosing(item: Any) -> Item:
    if isinstance(item, LayerItem) and item.op_class is AppliedOrNone:
        name: Any = item.attributes["layer"].node
        nothing = tree.Literal(name.start, name.end, None)
        is_given = tree.Binary(name.start, name.end, name, "!=", nothing, 1)
        return IfItem(Formula(is_given), (item,), ())
    if isinstance(item, IfItem):
        return item.replaced(then=choosing(item.then), otherwise=choosing(item.otherwise))
    if isinstance(item, MergeItem):
        return item.replaced(paths=tuple(map(choosing, item.paths)))
    made: Item = item.replaced(items=choosing(item.items)) if hasattr(item, "items") else item
    return made


class Facts:
    """The instances of every node in some scopes of one definition."""

    def __init__(self, scopes: Iterable[Scope]) -> None:
        self.steps: dict[Node, list[Any]] = {}
        pending = list(scopes)
        self.arguments = [dict(scope.arguments) for scope in pending]
        while pending:
            for step in steps_of(pending.pop()):
                self.steps.setdefault(step.site, []).append(step)
                if isinstance(step, Child) and step.scope.kind != "block":
                    pending.append(step.scope)

    def instances(self, node: Node) -> tuple[Any, ...]:
        """The layers or nested scopes that a node made."""
        if isinstance(node, bound.Application):
            return tuple(one for call in node.calls.values() for one in self.instances(call))
        return tuple(self.steps.get(node, ()))

    def passes_on(self, node: bound.Application) -> bool:
        """Whether an application's parameter is `identity` in some of the scopes."""
        layers = {one.get(node.variable) for one in self.arguments}
        calls = (call for layer, call in node.calls.items() if layer in layers)
        return any(isinstance(call, bound.Identity) for call in calls)


def outline(template: Template, scopes: Sequence[Scope]) -> Outline:
    """A definition as written, for instances that share it."""
    return outline_by(Written(Facts(scopes)), template)


def outline_by(written: Written, template: Template) -> Outline:
    """A definition as what outlines its steps has it."""
    body = template.body
    outputs = tuple(name.name for name in body.outputs) or ("main",)
    training = tuple(name.name for name in body.training_outputs)
    return Outline(written.items(body.steps), outputs + training, len(training))


class SeveralLayers(Exception):
    """A name stands for one layer here and for another there: no one line can say that."""


class Written:
    """Outlines bound steps; `_RULES` has the rule for each kind of node that makes an item."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.calls: dict[bound.Shared, int] = {}
        """How often what is shared has been called so far."""

    def shared(self, node: bound.SharedCall) -> Item:
        calls = self.calls[node.shared] = self.calls.get(node.shared, 0) + 1
        call: Any = node.shared.call
        item: Any = _RULES[type(call)](self, call)
        made: Item = item.replaced(call=calls)
        return made

    def items(self, steps: bound.Steps) -> Items:
        made = (self.called(node) for node in steps)
        return tuple(_RULES[type(node)](self, node) for node in made if type(node) in _RULES)

    def called(self, node: Node) -> Node:
        """The call that an application comes to here, or itself where the caller is to choose.

        Raises `SeveralLayers` where it cannot.
        """
        if not isinstance(node, bound.Application):
            return node
        found = [pair for pair in node.calls.items() if self.facts.instances(pair[1])]
        if not found:
            return bound.Identity(node.syntax)
        if len(found) == 1 and not self.facts.passes_on(node):
            return found[0][1]
        if not all(is_handed_over(*pair) for pair in found):
            raise SeveralLayers(node.variable)
        return node

    def layer(self, node: bound.OpCall) -> Item:
        attributes = formulas(node.arguments)
        layers = self.facts.instances(node)
        return LayerItem(node.name, node, node.op_class, attributes, layers)

    def applied(self, node: bound.Application) -> Item:
        place = node.syntax
        attributes = {"layer": Formula(tree.Name(place.start, place.end, node.variable))}
        op = AppliedOrNone if self.facts.passes_on(node) else Applied
        return LayerItem(node.name, node, op, attributes, self.facts.instances(node))

    def call(self, node: bound.BlockCall) -> Item:
        arguments = formulas(node.arguments)
        children = self.facts.instances(node)
        return CallItem(node.name, node, node.template, arguments, children)

    def merge(self, node: bound.Merge) -> Item:
        paths = tuple(self.items(path.steps) for path in node.paths)
        layers = self.facts.instances(node)
        return MergeItem(node.name, node, node.op_class, paths, (), layers)

    def merge_call(self, node: bound.MergeCall) -> Item:
        names = tuple(value.name for value in node.values)
        layers = self.facts.instances(node)
        return MergeItem(node.name, node, node.op_class, (), names, layers)

    def nested(self, node: bound.Nested) -> Item:
        items = self.items((node.merge,))
        return NestedItem(node.name, node, items, self.facts.instances(node))

    def sequence(self, node: bound.Sequence) -> Item:
        items, children = self.items(node.body), self.facts.instances(node)
        return SequenceItem(node.name, node, items, children, node.is_stage, lists_of(node))

    def turn(self, node: bound.Turn) -> Item:
        items, children = self.items(node.steps), self.facts.instances(node)
        return TurnItem(node.name, node, items, children, lists_of(node))

    def branch(self, node: bound.Branch) -> Item:
        then, otherwise = self.items(node.then), self.items(node.otherwise)
        return IfItem(Formula(node.condition), then, otherwise)


def lists_of(node: bound.Sequence | bound.Turn) -> tuple[str, ...]:
    return tuple(dict.fromkeys(node.grows + node.reads))


def formulas(arguments: bound.Arguments) -> dict[str, Formula]:
    return {one.name: Formula(one.value) for one in arguments}


_RULES: dict[type, Callable[[Written, Any], Item]] = {
    bound.OpCall: lambda written, node: written.layer(node),
    bound.Application: lambda written, node: written.applied(node),
    bound.BlockCall: lambda written, node: written.call(node),
    bound.Merge: lambda written, node: written.merge(node),
    bound.MergeCall: lambda written, node: written.merge_call(node),
    bound.Nested: lambda written, node: written.nested(node),
    bound.Sequence: lambda written, node: written.sequence(node),
    bound.Repeat: lambda written, node: RepeatItem(
        Formula(node.count, is_count=True), written.items(node.body)
    ),
    bound.Loop: lambda written, node: ForItem(
        node.targets, Formula(node.iterable), written.items(node.body)
    ),
    bound.Branch: lambda written, node: written.branch(node),
    bound.SharedCall: lambda written, node: written.shared(node),
    bound.Turn: lambda written, node: written.turn(node),
    bound.Grow: lambda _, node: GrowItem(node.list),
    bound.Pick: lambda _, node: PickItem(
        node.name,
        node.list,
        None if node.index is None else Formula(node.index, is_count=True),
        node.joined_by,
    ),
    bound.ValueRead: lambda _, node: ReadItem(node.name),
    bound.Values: lambda _, node: ValuesItem(tuple(one.name for one in node.values)),
    bound.Bind: lambda _, node: BindItem(node.name),
    bound.Names: lambda _, node: NamesItem(node.names),
    bound.Number: lambda _, node: NumberItem(node.name, Formula(node.value)),
    bound.Let: lambda written, node: LetItem(node.name, written.items(node.steps)),
}
