"""What writers of functions and of classes share: formulas, facts and calls in one definition."""

from __future__ import annotations

import itertools

from ..record import Record
from ..semantics.bound import BlockCall
from ..syntax.tree import names_of
from . import python
from .formulas import Environment, Identifiers, Inexpressible, known_value, literal, write
from .kinds import NOTHING, kind_of, union
from .outline import (
    BindItem,
    CallItem,
    ForItem,
    Formula,
    IfItem,
    LayerItem,
    MergeItem,
    NestedItem,
    ReadItem,
    RepeatItem,
    SequenceItem,
    inner_items,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from ..ir.network import Child, Layer
    from ..values import Value
    from .kinds import Kind
    from .outline import Item, Items
    from .planning import Group


class Known(Record):
    """A value of the language, told apart by how it is written: 1, 1.0 and true differ."""

    value: Value

    def __hash__(self) -> int:
        return hash(repr(self.value))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Known) and repr(other.value) == repr(self.value)


class Written(Record):
    """A function or class that has been written: how to call it."""

    name: str
    parameters: dict[str, str]
    """Python's names of the parameters that it takes, by the spec's."""
    defaults: frozenset[str]
    name_parameter: str


class Writer:
    """Writes one definition of emitted code for a group of instances."""

    def __init__(
        self, group: Group, identifiers: Identifiers, baked: frozenset[str] = frozenset()
    ) -> None:
        self.group = group
        self.identifiers = identifiers
        self.bodies: list[list[python.Statement]] = [[]]
        self.used: set[str] = set()
        arguments = [dict(scope.arguments) for scope in group.scopes]
        constants: dict[str, Value] = {}
        symbols: dict[str, python.Expression] = {}
        kinds: dict[str, Kind] = {}
        for parameter in group.template.parameters:
            values = [one[parameter.name] for one in arguments]
            if parameter.name in baked:
                constants[parameter.name] = values[0]
            else:
                symbols[parameter.name] = python.name(self.identifiers.fresh(parameter.name))
                kinds[parameter.name] = union(map(kind_of, values))
        self.parameters = {name: str(symbol) for name, symbol in symbols.items()}
        self.environment = Environment(symbols, constants, kinds, _no_shape)

    def emit(self, statement: python.Statement) -> None:
        self.bodies[-1].append(statement)

    def nested(self, write_body: Callable[[], None]) -> list[python.Statement]:
        """The statements that a function writes."""
        self.bodies.append([])
        try:
            write_body()
        finally:
            body = self.bodies.pop()
        return body

    def constant(self, item: LayerItem | MergeItem, measure: Callable[[Layer], Hashable]) -> Value:
        """What `measure` gives for every instance of a layer."""

        def wrapped(instance: object) -> Hashable:
            return Known(measure(instance))  # type: ignore[arg-type]  # instances of layers

        known = self.group.constant(item.element, item.layers, wrapped)
        return known.value if isinstance(known, Known) else known

    def note_uses(self, formulas: Iterable[Formula]) -> None:
        """Remember which parameters some formulas read."""
        for formula in formulas:
            if formula.node is not None:
                self.used |= names_of(formula.node)

    def call_arguments(
        self, item: CallItem, written: Written
    ) -> tuple[list[python.Value], list[tuple[str, python.Value]]]:
        """A block call's arguments: by position where the spec has them so, defaults left out."""
        positional: list[python.Value] = []
        keywords: list[tuple[str, python.Value]] = []
        by_position = set(positional_names(item))
        in_a_row = True
        for parameter in item.template.parameters:
            name = parameter.name
            if name not in written.parameters:
                continue
            if name not in item.arguments and name in written.defaults:
                in_a_row = False
                continue
            value = self.argument(item, name)
            if in_a_row and (name in by_position or self.group.is_concrete):
                positional.append(value)
            else:
                in_a_row = False
                keywords.append((written.parameters[name], value))
        return positional, keywords

    def argument(self, item: CallItem, name: str) -> python.Expression:
        """One argument as written, or as the value that all instances share."""
        formula = item.arguments.get(name)
        try:
            if formula is None:
                return self.default_argument(item, name)
            value = write(formula, self.environment)
        except Inexpressible:
            pass
        else:
            self.note_uses([formula])
            return value

        def measure(child: object) -> Hashable:
            arguments: Child = child  # type: ignore[assignment]  # instances of calls
            return Known(dict(arguments.scope.arguments)[name])

        known = self.group.constant(item.element, item.children, measure)
        return literal(known.value if isinstance(known, Known) else known)

    def default_argument(self, item: CallItem, name: str) -> python.Expression:
        """A default that is made of parameters before it, in terms of their arguments."""
        default = next(one.default for one in item.template.parameters if one.name == name)
        if default is None:
            raise Inexpressible
        arguments = [dict(child.scope.arguments) for child in item.children]
        read = sorted(names_of(default) & {one.name for one in item.template.parameters})
        symbols = {one: self.argument(item, one) for one in read}
        kinds = {one: union(kind_of(values[one]) for values in arguments) for one in read}
        return write(Formula(default), Environment(symbols, {}, kinds, _no_shape))


class BaseSite:
    """One layer of the outline, for a backend's emitter to write.

    Symbols are expressions of the emitted code; constants are values that all instances share.
    """

    def __init__(self, writer: Writer, item: LayerItem) -> None:
        self.writer = writer
        self.item = item

    def given(self, attribute: str) -> bool:
        """Whether any instance has another value than the default."""
        default = self.item.op_class.attributes[attribute].default
        if attribute not in self.item.attributes:
            return False
        return any(getattr(layer.op, attribute) != default for layer in self.item.layers)

    def values(self, attribute: str) -> set[Value]:
        """The attribute's values in all instances."""
        return {getattr(layer.op, attribute) for layer in self.item.layers}

    def constant(self, attribute: str) -> Value:
        """The attribute's value, the same in all instances."""
        return self.measure(lambda layer: getattr(layer.op, attribute))

    def measure(self, function: Callable[[Layer], Hashable]) -> Value:
        """What `function` gives for every instance."""
        return self.writer.constant(self.item, function)

    def kind(self, attribute: str) -> Kind:
        """The kind of the attribute as written; nothing where it is not."""
        formula = self.item.attributes.get(attribute)
        if formula is None or formula.node is None:
            return NOTHING
        return self.writer.environment.kind(formula.node)

    def symbol(self, attribute: str) -> python.Expression:
        """The attribute as written, in Python; as a value where Python has no words for it."""
        formula = self.item.attributes.get(attribute)
        if formula is not None:
            try:
                value = write(formula, self.writer.environment)
            except Inexpressible:
                pass
            else:
                self.writer.note_uses([formula])
                return value
        return literal(self.constant(attribute))


def _no_shape(axis: str) -> python.Expression:
    raise Inexpressible


def positional_names(item: CallItem) -> Iterable[str]:
    """The parameters that the spec gives by position."""
    given = item.element.arguments if isinstance(item.element, BlockCall) else ()
    return (one.name for one in given if one.syntax.name is None)


def is_unreached(items: Items) -> bool:
    """Whether no layer of the items has an instance, at whatever depth of loops and branches."""
    return not any(map(_has_instance, items))


def _has_instance(item: Item) -> bool:
    if isinstance(item, ReadItem):
        return True
    if isinstance(item, LayerItem | MergeItem) and item.layers:
        return True
    if isinstance(item, CallItem) and item.children:
        return True
    return any(map(_has_instance, itertools.chain(*inner_items(item))))


def is_never_taken(items: Items) -> bool:
    """Whether a layer that the items are sure to make has no instance."""
    for item in items:
        if isinstance(item, IfItem) and is_never_taken(item.then):
            if is_never_taken(item.otherwise):
                return True
            continue
        if isinstance(item, LayerItem | MergeItem) and not item.layers:
            return True
        if isinstance(item, CallItem | SequenceItem | NestedItem) and not item.children:
            return True
        is_sure = not isinstance(item, RepeatItem | ForItem | IfItem)
        if is_sure and any(map(is_never_taken, inner_items(item))):
            return True
    return False


def only_branch(item: IfItem, environment: Environment) -> Items | None:
    """The branch that every instance takes, or None where code has to choose.

    Where neither makes a layer, only the names that they give are left.
    """
    known = known_value(item.condition, environment)
    if known is not None:
        return item.then if known[0] else item.otherwise
    never = [is_never_taken(branch) for branch in (item.then, item.otherwise)]
    if never[0] != never[1]:
        return item.otherwise if never[0] else item.then
    both = item.then + item.otherwise
    return reached(both) if is_unreached(both) else None


def reached(items: Items) -> Items:
    """The items, or but the names that they give where no layer of theirs has an instance."""
    if not is_unreached(items):
        return items
    return tuple(one for one in items if isinstance(one, BindItem))
