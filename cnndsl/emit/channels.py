"""How many channels leave a definition, in the symbols of the code that calls it.

PyTorch's layers must be told how many channels enter them. Where a block's own parameters say how
many leave it, code can say so too (`4 * filters`), and one class serves every instance.
"""

from __future__ import annotations

import re

from ..semantics.evaluate import EvaluationFailed, evaluate
from ..syntax import tree
from ..syntax.tree import names_of
from ..values import write as write_value
from . import python
from .formulas import (
    Environment,
    Inexpressible,
    Symbol,
    add,
    amount,
    known_value,
    multiply,
    simplest,
    write,
)
from .outline import (
    BindItem,
    CallItem,
    ForItem,
    Formula,
    IfItem,
    LayerItem,
    LetItem,
    MergeItem,
    NestedItem,
    ReadItem,
    RepeatItem,
    SequenceItem,
)
from .writer import is_unreached, only_branch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ..values import Value
    from .formulas import Amount
    from .kinds import Kind
    from .outline import Item, Items, Outline
    from .planning import Group, Plan


ENTRY = "_"
"""Stands for what enters a turn of a loop."""

VARIABLE = "__"
"""Stands for a variable of the loop."""

LONGEST_CHOICE = 80
"""A longer conditional is not written: one inside another would double it again and again."""


class Attributes:
    """Stands in for an op whose attributes are expressions."""

    def __init__(self, item: LayerItem | MergeItem, environment: Environment) -> None:
        self._item = item
        self._environment = environment

    def __getattr__(self, name: str) -> Any:
        given = self._item.attributes if isinstance(self._item, LayerItem) else {}
        if name not in given:
            return self._item.op_class.attributes[name].default
        try:
            return Symbol(amount(given[name], self._environment))
        except Inexpressible:
            values = {getattr(layer.op, name) for layer in self._item.layers}
            if len(values) != 1:
                raise
            return values.pop()


class Unknown:
    """Stands in for channels that symbols cannot say: an op may but pass them on."""

    def __add__(self, _other: object) -> Unknown:
        raise Inexpressible

    __radd__ = __mul__ = __rmul__ = __add__


def amount_of(result: Any) -> Amount | None:
    """What an op's `channels` gives for symbols and stand-ins."""
    if isinstance(result, Unknown):
        return None
    amount: Amount = result.amount if isinstance(result, Symbol) else result
    return amount


class Flow:
    """Follows channels through items. None stands for an amount that symbols cannot say.

    `values` are the amounts of named values; items that name more of them add to it.
    """

    def __init__(self, plan: Plan, group: Group) -> None:
        self.plan = plan
        self.group = group

    def items(
        self,
        items: Items,
        channels: Amount | None,
        environment: Environment,
        values: dict[str, Amount | None],
    ) -> Amount | None:
        for item in items:
            channels = self.item(item, channels, environment, values)
        return channels

    def item(
        self,
        item: Item,
        channels: Amount | None,
        environment: Environment,
        values: dict[str, Amount | None],
    ) -> Amount | None:
        if isinstance(item, LayerItem):
            return self.layer(item, channels, environment)
        if isinstance(item, CallItem):
            return self.call(item, channels, environment)
        if isinstance(item, MergeItem):
            return self.merge(item, channels, environment, values)
        if isinstance(item, NestedItem):
            return self.items(item.items, channels, environment, {})
        if isinstance(item, SequenceItem):
            inner = entering(environment, channels) if item.is_stage else environment
            return self.items(item.items, channels, inner, {})
        if isinstance(item, RepeatItem):
            return self.repeat(item, channels, environment)
        if isinstance(item, ForItem):
            return self.loop(item, channels, environment)
        if isinstance(item, IfItem):
            return self.branches(item, channels, environment, values)
        if isinstance(item, ReadItem):
            return values.get(item.name)
        if isinstance(item, BindItem):
            values[item.name] = channels
        elif isinstance(item, LetItem):
            values[item.name] = self.items(item.items, channels, environment, values)
        return channels

    def braces(
        self,
        items: Items,
        channels: Amount | None,
        environment: Environment,
        values: dict[str, Amount | None],
    ) -> Amount | None:
        """Through items in braces of their own, for which `in` is what enters them."""
        return self.items(items, channels, entering(environment, channels), values)

    def layer(
        self, item: LayerItem, channels: Amount | None, environment: Environment
    ) -> Amount | None:
        if item.op_class.folds_space:
            return self.folded(item, channels)
        stand_in: Any = Attributes(item, environment)
        entry = Unknown() if channels is None else Symbol(channels)
        try:
            result = item.op_class.channels(stand_in, [entry])
        except (Inexpressible, EvaluationFailed):
            return None
        return amount_of(result)

    def folded(self, item: LayerItem, channels: Amount | None) -> Amount | None:
        """A flatten's length: the channels times the area, if that is the same everywhere."""
        areas = {
            layer.input_shapes[0].elements // layer.input_shapes[0].channels
            for layer in item.layers
        }
        if channels is None or len(areas) != 1:
            return None
        return multiply(areas.pop(), channels)

    def call(
        self, item: CallItem, channels: Amount | None, environment: Environment
    ) -> Amount | None:
        if not item.children:
            return None
        callee = self.plan.callee(self.group, item.element, item.children)
        symbols: dict[str, python.Expression] = {}
        constants: dict[str, Value] = {}
        kinds: dict[str, Kind] = {}
        for parameter in item.template.parameters:
            formula = item.arguments.get(parameter.name)
            try:
                if formula is None:
                    if parameter.default is not None:
                        value = evaluate(parameter.default, constants, None)
                        constants[parameter.name] = value
                    continue
                known = known_value(formula, environment)
                if known is not None:
                    constants[parameter.name] = known[0]
                else:
                    symbols[parameter.name] = python.expression(amount(formula, environment))
                    if formula.node is not None:
                        kinds[parameter.name] = environment.kind(formula.node)
            except EvaluationFailed:  # a default over symbols
                continue
            except Inexpressible:
                name = parameter.name
                values = {write_value(dict(one.scope.arguments)[name]) for one in item.children}
                if len(values) == 1:
                    constants[name] = dict(item.children[0].scope.arguments)[name]
        inner = Environment(symbols, constants, kinds, environment.entering)
        return Flow(self.plan, callee).outline(callee.outline, channels, inner)

    def outline(
        self, outline: Outline, channels: Amount | None, environment: Environment
    ) -> Amount | None:
        return self.braces(outline.items, channels, environment, {})

    def merge(
        self,
        item: MergeItem,
        channels: Amount | None,
        environment: Environment,
        values: dict[str, Amount | None],
    ) -> Amount | None:
        amounts = [channels if name == "main" else values.get(name) for name in item.names]
        for path in item.paths:
            amounts.append(self.braces(path, channels, environment, values))
        known = [one for one in amounts if one is not None]
        if not item.op_class.sums_channels:
            return min(known, key=_simplicity) if known else None
        if len(known) < len(amounts):
            return None
        stand_in: Any = Attributes(item, environment)
        return amount_of(item.op_class.channels(stand_in, [Symbol(one) for one in known]))

    def repeat(
        self, item: RepeatItem, channels: Amount | None, environment: Environment
    ) -> Amount | None:
        if is_unreached(item.items):
            return channels
        try:
            count = known_value(item.count, environment)
        except EvaluationFailed:
            return None
        if count is not None and count[0] == 0:
            return channels
        once = self.items(item.items, channels, environment, {})
        if same(once, channels):
            return channels
        if count is None:
            return self.after_growth(item, channels, environment)
        if count[0] == 1 or once is None:
            return once
        twice = self.items(item.items, once, environment, {})
        return once if same(once, twice) else None

    def loop(
        self, item: ForItem, channels: Amount | None, environment: Environment
    ) -> Amount | None:
        if is_unreached(item.items):
            return channels
        try:
            known = known_value(item.iterable, environment)
        except EvaluationFailed:
            known = None
        if known is None:
            return self.after_growth(item, channels, environment)
        for value in known[0]:
            values = (value,) if len(item.targets) == 1 else value
            turn = dict(zip(item.targets, values, strict=True))
            symbols = {key: one for key, one in environment.symbols.items() if key not in turn}
            constants = {**environment.constants, **turn}
            inner = Environment(symbols, constants, environment.kinds, environment.entering)
            channels = self.braces(item.items, channels, inner, {})
        return channels

    def after_growth(
        self, item: RepeatItem | ForItem, channels: Amount | None, environment: Environment
    ) -> Amount | None:
        """Channels behind turns whose number is an expression, if each adds as many as the others.

        So do the layers of a DenseNet's block (Huang et al. 2017, section 3).
        """
        entry = python.name(ENTRY)
        if isinstance(item, RepeatItem):
            behind = self.items(item.items, entry, environment, {})
        else:
            unknown = {name: python.name(VARIABLE) for name in item.targets}
            behind = self.braces(item.items, entry, environment.extended(unknown), {})
        if behind is None or channels is None:
            return None
        if str(behind) == ENTRY:
            return channels
        more = _added(behind)
        if more is None:
            return None
        try:
            turns = turns_of(item, environment)
            total = multiply(more, turns) if isinstance(more, int) else multiply(turns, more)
            return add(channels, total)
        except Inexpressible:
            return None

    def branches(
        self,
        item: IfItem,
        channels: Amount | None,
        environment: Environment,
        values: dict[str, Amount | None],
    ) -> Amount | None:
        try:
            only = only_branch(item, environment)
        except EvaluationFailed:
            return None
        if only is not None:
            return self.braces(only, channels, environment, values)
        then = self.braces(item.then, channels, environment, values)
        otherwise = self.braces(item.otherwise, channels, environment, values)
        return then if same(then, otherwise) else self.either(item, then, otherwise, environment)

    def either(
        self,
        item: IfItem,
        then: Amount | None,
        otherwise: Amount | None,
        environment: Environment,
    ) -> Amount | None:
        """The channels of the branch that is taken, as a conditional expression if it is short."""
        if then is None or otherwise is None:
            return None
        try:
            condition = write(item.condition, environment)
        except (Inexpressible, EvaluationFailed):
            return None
        choice = python.Conditional(
            python.expression(then), condition, python.expression(otherwise)
        )
        return choice if len(str(choice)) <= LONGEST_CHOICE else None


def _added(value: Amount) -> Amount | None:
    """What an amount adds to the entry of a turn, if it is a sum with it."""
    if not isinstance(value, python.Binary) or value.operator != "+":
        return None
    left, right = map(simplest, value.operands)
    for one, other in ((left, right), (right, left)):
        if mentions(other, ENTRY) or mentions(other, VARIABLE):
            continue
        if str(one) == ENTRY:
            return other
        more = _added(one)
        if more is not None:
            return add(more, other)
    return None


def turns_of(item: RepeatItem | ForItem, environment: Environment) -> Amount:
    """How many turns a loop makes. Raises `Inexpressible`."""
    if isinstance(item, RepeatItem):
        return amount(item.count, environment)
    node = item.iterable.node
    if isinstance(node, tree.Function) and node.name == "range" and len(node.arguments) == 1:
        return amount(Formula(node.arguments[0]), environment)
    if isinstance(node, tree.Name):
        return python.call("len", write(item.iterable, environment))
    raise Inexpressible


def _simplicity(value: Amount) -> tuple[bool, int]:
    """Numbers before expressions, short ones first."""
    return not isinstance(value, int), len(str(value))


def same(left: Amount | None, right: Amount | None) -> bool:
    """Whether two amounts are known and the same."""
    return left is not None and right is not None and str(left) == str(right)


def chooses(value: Amount | None) -> bool:
    """Whether a conditional expression is in an amount."""
    return " if " in str(value)


def mentions(value: Amount | None, variable: str) -> bool:
    """Whether an amount is written with a variable of the emitted code."""
    return re.search(rf"(?<![\w.]){variable}\b", str(value)) is not None


def entering(environment: Environment, channels: Amount | None) -> Environment:
    """The environment within braces that these channels enter."""

    def dimension(axis: str) -> Amount:
        if axis != "channels" or channels is None:
            raise Inexpressible
        return channels

    return environment.entered(dimension)


def reads_entry(items: Items) -> bool:
    """Whether a formula of the items reads the `in` of the braces that they stand in."""
    for item in items:
        for formula in _formulas(item):
            if formula.node is not None and "in" in names_of(formula.node):
                return True
        if isinstance(item, RepeatItem | LetItem) and reads_entry(item.items):
            return True
        if isinstance(item, SequenceItem) and not item.is_stage and reads_entry(item.items):
            return True
    return False


def _formulas(item: Item) -> Iterator[Formula]:
    if isinstance(item, LayerItem):
        yield from item.attributes.values()
    elif isinstance(item, CallItem):
        yield from item.arguments.values()
    elif isinstance(item, RepeatItem):
        yield item.count
    elif isinstance(item, ForItem):
        yield item.iterable
    elif isinstance(item, IfItem):
        yield item.condition
