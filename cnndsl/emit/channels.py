"""How many channels enter and leave each item, in the symbols of the code that is written.

Layers of most frameworks must be told how many channels enter them. Where a block's own parameters
say how many leave it, code can say so too (`4 * filters`), and one class serves every instance.
"""

from __future__ import annotations

from itertools import compress, zip_longest
from math import gcd

from ..ops.base import Op
from ..record import Record
from ..semantics.evaluate import evaluate
from ..semantics.failures import EvaluationFailed
from ..syntax.tree import names_of
from ..values import Shape
from ..values import write as write_value
from . import python
from .amounts import Symbol, divide, multiply
from .choices import choice_of, mentions, same
from .environment import Environment, Inexpressible, no_shape
from .formulas import (
    amount,
    amounts_in,
    known_value,
    with_number,
    write,
    written_for,
)
from .growth import ENTRY, VARIABLE, ListChannels, grown, turns_of
from .items import ASIDE, Visitor, is_unreached, only_branch
from .lines import SEVERAL, several
from .outline import CallItem, LayerItem, NamesItem, NumberItem, RepeatItem, ValuesItem
from .planning import Split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from ..ir.network import Layer
    from ..values import Value
    from . import outline
    from .amounts import Amount
    from .kinds import Kind
    from .outline import Item, Items
    from .planning import Group, Plan

    Amounts = dict[str, "Amount | None"]
    Line = tuple["Amount | None", ...]
    """The channels of values side by side, of which there is at least one."""


NO_LISTS: Mapping[str, python.Expression] = {}


class Place(Record):
    """A place between items: the channels there, and what formulas mean.

    `channels` are None where symbols cannot say them; `values` are the amounts of named values,
    to which items that name more of them add.
    """

    channels: Amount | None
    environment: Environment
    values: Amounts
    beside: tuple[Amount | None, ...] = ()
    """The channels of the values beside the first, where there are several."""

    @property
    def line(self) -> Line:
        """The channels of all values here."""
        return self.channels, *self.beside

    def at(self, channels: Amount | None, *beside: Amount | None) -> Place:
        """The same with other channels."""
        return self.replaced(channels=channels, beside=beside)

    def copied(self) -> Place:
        """The same, to look ahead from: items behind it name no values here."""
        return self.replaced(values=dict(self.values))

    def entered(self) -> Place:
        """Where items begin for which `in` is what enters here."""
        channels, values, around = self.channels, self.values, self.environment.entering

        def dimension(axis: str) -> Amount:
            name, _, side = axis.rpartition(".")
            if name and name not in values:
                return around(axis)
            found = values[name] if name else channels
            if side != "channels" or found is None:
                raise Inexpressible
            return found

        return self.replaced(environment=self.environment.replaced(entering=dimension))

    def apart(self, environment: Environment | None = None) -> Place:
        """The same in a namespace of its own."""
        return Place(self.channels, environment or self.environment, {})


class Attributes:
    """Stands in for an op whose attributes are expressions."""

    def __init__(self, item: LayerItem | outline.MergeItem, environment: Environment) -> None:
        self._item = item
        self._environment = environment

    def __getattr__(self, name: str) -> Any:
        if name not in self._item.attributes:
            return self._item.op_class.attributes[name].default
        try:
            declared = self._item.op_class.attributes[name]
            formula = written_for(declared, self._item.attributes[name], self._environment)
            known = known_value(formula, self._environment)
            if known is not None:
                return known[0]
            sizes = amounts_in(formula, self._environment)
            if sizes is not None:
                return (*map(Symbol, sizes),)
            return Symbol(amount(formula, self._environment))
        except Inexpressible:
            values = {getattr(layer.op, name) for layer in self._item.layers}
            if len(values) != 1:
                raise
            return values.pop()


class Unknown:
    """Stands in for channels that symbols cannot say: an op may but pass them on."""

    def __add__(self, _other: object) -> Unknown:
        raise Inexpressible

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __floordiv__ = __add__


def amount_of(result: Any) -> Amount | None:
    """What an op's `channels` gives for symbols and stand-ins."""
    if isinstance(result, Unknown):
        return None
    amount: Amount = result.amount if isinstance(result, Symbol) else result
    return amount


def ratio_of_channels(layer: Layer) -> tuple[int, int]:
    """By which fraction channels grow, in lowest terms; over 0, a number that never changes."""
    entering, after = layer.input_shapes[0], layer.shape.channels
    twice = Shape((*entering.dims[:-1], 2 * entering.channels))
    if layer.op.extent([twice]).channels == after:
        return after, 0
    common = gcd(after, entering.channels)
    return after // common, entering.channels // common


class Flow(Visitor):
    """Follows channels through items: a visit gives those behind the item."""

    def __init__(
        self,
        plan: Plan,
        group: Group,
        outer: tuple[Group, ...] = (),
        lists: Mapping[str, python.Expression] = NO_LISTS,
    ) -> None:
        self.plan = plan
        self.group = group
        self.outer = outer
        """The groups whose calls lead here, which are not followed again."""
        self.lists = lists
        """The variables for the channels of lists of values."""
        self.counted = ListChannels()
        """What the lists are known to have that no variables are for."""

    def items(self, items: Items, place: Place) -> Amount | None:
        return self.through(items, place).channels

    def through(self, items: Items, place: Place) -> Place:
        """The place behind items."""
        for item in items:
            if isinstance(item, NumberItem):
                place = place.replaced(environment=with_number(place.environment, item)[0])
            else:
                place = place.at(*self.behind(item, place))
        return place

    def behind(self, item: Item, place: Place) -> Line:
        """The channels of all values behind an item."""
        self.plan.effort.spend(1)
        if isinstance(item, CallItem):
            return self.results(item, place)
        if isinstance(item, ValuesItem):
            return amounts_of(item.names, place)
        if place.beside and type(item) in SEVERAL:
            return several(self, item, place)
        return self.visit(item, place), *(place.beside if type(item) in ASIDE else ())

    def layer(self, item: LayerItem, place: Place) -> Amount | None:
        if item.op_class.folds_space:
            return self.folded(item, place.channels)
        if item.op_class.channels is Op.channels:
            return place.channels
        stand_in: Any = Attributes(item, place.environment)
        entry = Unknown() if place.channels is None else Symbol(place.channels)
        try:
            return amount_of(item.op_class.channels(stand_in, [entry]))
        except (Inexpressible, EvaluationFailed):
            return None

    def folded(self, item: LayerItem, channels: Amount | None) -> Amount | None:
        """A flatten's length: the channels times the area, if that is the same everywhere.

        Where an image is made of them, over its area; where columns become channels, these alone.
        """
        ratios = {ratio_of_channels(layer) for layer in item.layers}
        if len(ratios) != 1:
            return None
        many, few = ratios.pop()
        if not few:
            return many
        return None if channels is None else divide(multiply(many, channels), few)

    def results(self, item: CallItem, place: Place) -> Line:
        """What the callee makes of the channels, with the call's arguments for its parameters."""
        nothing = (None,) * item.outputs
        if not item.children:
            return nothing
        callee = self.plan.callee(self.group, item)
        if callee in self.outer:
            self.plan.cut_off += 1
            return nothing
        line, given = place.line[: item.inputs], self.arguments(item, place.environment)
        known, key = self.plan.channels, (callee, *map(str, line), *given.written)
        if key not in known:
            cut_off = self.plan.cut_off
            named = dict(zip_longest(item.template.body.inputs, line))
            entered = Place(place.channels, given, named).entered()
            flow = Flow(self.plan, callee, (*self.outer, callee))
            after = flow.items(callee.outline.items, entered)
            found = amounts_of(callee.outline.outputs, entered.at(after))
            if cut_off != self.plan.cut_off:  # it depends on the calls that lead here
                return found
            known[key] = found
        return known[key]

    def arguments(self, item: CallItem, environment: Environment) -> Environment:
        """What a callee's parameters are, in the caller's symbols."""
        symbols: dict[str, python.Expression] = {}
        constants: dict[str, Value] = {}
        kinds: dict[str, Kind] = {}
        for parameter in item.template.parameters:
            name = parameter.name
            formula = item.arguments.get(name)
            try:
                if formula is None:
                    if parameter.default is not None:
                        constants[name] = evaluate(parameter.default, constants, None)
                    continue
                known = known_value(formula, environment)
                if known is not None:
                    constants[name] = known[0]
                else:
                    symbols[name] = python.expression(amount(formula, environment))
                    if formula.node is not None:
                        kinds[name] = environment.kind(formula.node)
            except EvaluationFailed:  # a default over symbols
                continue
            except Inexpressible:
                values = {write_value(dict(one.scope.arguments)[name]) for one in item.children}
                if len(values) == 1:
                    constants[name] = dict(item.children[0].scope.arguments)[name]
        return Environment(symbols, constants, kinds, no_shape, environment.layers)

    def merge(self, item: outline.MergeItem, place: Place) -> Amount | None:
        ends = [self.items(path, place.entered()) for path in item.paths]
        return self.merged(item, place, ends)

    def merged(
        self, item: outline.MergeItem, place: Place, ends: list[Amount | None]
    ) -> Amount | None:
        """What a merge makes of what leaves its paths."""
        amounts = [*amounts_of(item.names, place), *ends]
        if not item.op_class.sums_channels:
            if not (item.op_class.joins_lists and item.layers):  # whose paths have one shape
                amounts = [*compress(amounts, has_all_channels(item))]
            known = [one for one in amounts if one is not None]
            return min(known, key=_simplicity) if known else None
        known = [one for one in amounts if one is not None]
        if len(known) < len(amounts):
            return None
        stand_in: Any = Attributes(item, place.environment)
        return amount_of(item.op_class.channels(stand_in, [Symbol(one) for one in known]))

    def nested(self, item: outline.NestedItem, place: Place) -> Amount | None:
        return self.items(item.items, place.apart())

    def turn(self, item: outline.TurnItem, place: Place) -> Amount | None:
        return self.items(item.items, place.entered().apart())

    def grow(self, item: outline.GrowItem, place: Place) -> Amount | None:
        self.counted.grow(item.list, place.channels)
        return place.channels

    def pick(self, item: outline.PickItem, place: Place) -> Amount | None:
        """The line's channels. Those of the list's value are in a constructor's list of channels.

        What is counted from the front stays where it is when the list grows.
        """
        found: Amount | None = self.channels_of(item, place.environment)
        if found is None and item.joined_by is not None:
            place.values[item.name] = self.counted.joined(item.list, item.joined_by)
            return place.channels
        is_fixed = isinstance(found, python.Index) and "[-" not in str(found)
        place.values.setdefault(item.name, found if is_fixed else None)
        return place.channels

    def channels_of(
        self, item: outline.PickItem, environment: Environment
    ) -> python.Expression | None:
        """The channels of a list's value, or of all of them, by the constructor's list of those.

        Raises `Split` where code has no words for the index.
        """
        channels = self.lists.get(item.list)
        if channels is None:
            return None
        if item.joined_by is not None and item.joined_by.sums_channels:
            return python.call("sum", channels)
        if item.index is None:
            return python.Index(channels, 0)
        try:
            return python.Index(channels, write(item.index, environment))
        except Inexpressible:
            raise Split(self.group, id) from None

    def sequence(self, item: outline.SequenceItem, place: Place) -> Amount | None:
        return self.items(item.items, (place.entered() if item.is_stage else place).apart())

    def repeat(self, item: RepeatItem, place: Place) -> Amount | None:
        channels = place.channels
        if is_unreached(item.items):
            return channels
        count = known_value(item.count, place.environment)
        if count is not None and count[0] == 0:
            return channels
        once = self.items(item.items, place.apart())
        if same(once, channels):
            return channels
        if count is None:
            return self.after_growth(item, place)
        if count[0] == 1 or once is None:
            return once
        twice = self.items(item.items, place.at(once).apart())
        return once if same(once, twice) else None

    def loop(self, item: outline.ForItem, place: Place) -> Amount | None:
        if is_unreached(item.items):
            return place.channels
        environment = place.environment
        known = known_value(item.iterable, environment)
        if known is None:
            return self.after_growth(item, place)
        channels = place.channels
        for value in known[0]:
            values = (value,) if len(item.targets) == 1 else value
            turn = environment.settled(dict(zip(item.targets, values, strict=True)))
            channels = self.items(item.items, place.at(channels).apart(turn).entered())
        return channels

    def after_growth(self, item: RepeatItem | outline.ForItem, place: Place) -> Amount | None:
        """Channels behind turns whose number is an expression.

        They are known if each turn adds as many as the others, as the layers of a DenseNet's block
        do (Huang et al. 2017, section 3), or if all give the same and there is always one.
        """
        turn = place.at(python.name(ENTRY))
        outer, self.counted = self.counted, ListChannels(is_turn=True)
        if isinstance(item, RepeatItem):
            behind = self.items(item.items, turn.apart())
        else:
            unknown = {name: python.name(VARIABLE) for name in item.targets}
            inner = turn.apart(place.environment.extended(unknown))
            behind = self.items(item.items, inner.entered())
        outer.repeat(self.counted, turns_of(item, place.environment))
        self.counted = outer
        if behind is None or place.channels is None:
            return None
        if str(behind) == ENTRY:
            return place.channels
        if not mentions(behind, (ENTRY, VARIABLE)):
            return behind if self.always_turns(item) else None
        return grown(place.channels, behind, item, place.environment)

    def always_turns(self, item: RepeatItem | outline.ForItem) -> bool:
        """Whether all instances of the group are known to make a turn.

        Arguments for which none is made are refused where validation finds the text wrong for them.
        """
        formula = item.count if isinstance(item, RepeatItem) else item.iterable
        if formula.node is None:
            return bool(formula.value)
        given = [dict(scope.arguments) for scope in self.group.scopes]
        if any(name not in one for name in names_of(formula.node) for one in given):
            return False
        try:
            return all(evaluate(formula.node, one, None) for one in given)
        except EvaluationFailed:  # in a branch that such an instance does not take
            return False

    def branches(self, item: outline.IfItem, place: Place) -> Amount | None:
        """The channels of the branch that is taken, as a conditional expression if it is short."""
        only = only_branch(item, place.environment)
        if only is not None:
            return self.items(only, place.entered())
        then, otherwise = (
            self.items(branch, place.entered()) for branch in (item.then, item.otherwise)
        )
        return choice_of(then, self.condition(item, place), otherwise)

    def condition(self, item: outline.IfItem, place: Place) -> python.Expression | None:
        """A condition as code, if there is any for it."""
        try:
            return write(item.condition, place.environment)
        except (Inexpressible, EvaluationFailed):
            return None

    def read(self, item: outline.ReadItem, place: Place) -> Amount | None:
        return place.values.get(item.name)

    def unpack(self, item: NamesItem, place: Place) -> Amount | None:
        place.values.update(zip_longest(item.names, place.line[: len(item.names)]))
        return place.channels

    def bind(self, item: outline.BindItem, place: Place) -> Amount | None:
        place.values[item.name] = place.channels
        return place.channels

    def let(self, item: outline.LetItem, place: Place) -> Amount | None:
        place.values[item.name] = self.items(item.items, place)
        return place.channels


def has_all_channels(item: outline.MergeItem) -> list[bool]:
    """Whether a merge's paths have the channels of its result, in all of its instances."""
    found = (
        [one.channels == layer.shape.channels for one in layer.input_shapes]
        for layer in item.layers
    )
    return [all(path) for path in zip(*found, strict=True)]


def amounts_of(names: Iterable[str], place: Place) -> Line:
    """The channels of named values, `main` being the line's own."""
    values = {**place.values, "main": place.channels}
    return tuple([values.get(name) for name in names])


def _simplicity(value: Amount) -> tuple[bool, int]:
    """Numbers before expressions, short ones first."""
    return not isinstance(value, int), len(str(value))
