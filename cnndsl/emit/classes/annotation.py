"""The items of a class with the channels before and after each of them.

What a loop carries from turn to turn, and what a branch decides on, are variables, each with one
definition. Code is written from these annotations alone; the writer names the variables.
"""

from __future__ import annotations

from ...ir.network import Layer
from ...record import Record
from .. import python
from ..channels import chooses, same
from ..formulas import known_value
from ..items import (
    INSTANCES,
    MODULES,
    Visitor,
    is_unreached,
    modules_in,
    only_branch,
    reached,
    reads_entry,
)
from ..outline import BindItem, ForItem, IfItem, RepeatItem, SequenceItem
from ..planning import Split
from .loop_header import LoopHeader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable
    from typing import Any

    from ...ir.network import Child
    from ..channels import Flow, Place
    from ..formulas import Amount, Environment
    from ..items import ModuleItem
    from ..outline import Item, Items, LetItem, MergeItem, ReadItem
    from ..planning import Group


class Variable(python.Name):
    """A variable of the emitted code whose name is given where it is first assigned."""

    __slots__ = ()

    def __init__(self, number: int) -> None:
        super().__init__("unnamed")
        self.text = f"channel#{number}"

    def call(self, name: str) -> None:
        """Give the variable its name."""
        self.text = name


def is_variable(value: Amount | None) -> bool:
    """Whether an amount is written with a variable that code assigns on its way."""
    return "#" in str(value)


class Body(Record):
    """Items one after the other. `held` are the channels that `in` means, if they read it."""

    items: tuple[Annotated, ...]
    before: Amount | None
    after: Amount | None
    held: Amount | None = None


class Annotated(Record):
    """An item with the channels around it; None where symbols cannot say them.

    A loop that is not run, or a branch that is decided, has the bodies that are left: none, or
    one. A repeat written as expressions has one for the first turn, and another for those behind
    if they differ.
    """

    item: Item
    environment: Environment
    before: Amount | None
    after: Amount | None
    bodies: tuple[Body, ...] = ()
    variable: Variable | None = None
    """What channels have to be assigned to: a loop's in each turn, others' behind the item."""
    value: Amount | None = None
    """What is assigned to the variable: before a loop, or behind the item."""
    header: LoopHeader | None = None
    count: int | None = None
    """How many turns a repeat makes, if it is not written as a loop."""
    fills_list: bool = False
    """Whether statements fill a list with the children of this sequence."""


class Annotator(Visitor):
    """Annotates the items of one class. A visit gives the annotated item.

    `names` are those of the values that items go on from.
    """

    def __init__(self, flow: Flow, names: Collection[str] = ()) -> None:
        self.flow = flow
        self.names = names

    def body(self, items: Items, place: Place) -> Body:
        before = place.channels
        annotated: list[Annotated] = []
        for item in items:
            annotated.append(self.visit(item, place))
            place = place.at(annotated[-1].after)
        return Body(tuple(annotated), before, place.channels)

    def scoped(self, items: Items, place: Place) -> Body:
        """Items for which `in` is what enters here."""
        body = self.body(items, place.entered())
        held = place.channels if reads_entry(items) else None
        return Body(body.items, body.before, body.after, held)

    def annotated(
        self,
        item: Item,
        place: Place,
        after: Amount | None,
        bodies: tuple[Body, ...] = (),
        fills_list: bool = False,
    ) -> Annotated:
        """An item behind which a branch may decide on the channels: those are a variable then."""
        variable = self.new_variable() if self.keeps(after) else None
        value = None if variable is None else after
        return Annotated(
            item,
            place.environment,
            place.channels,
            variable or after,
            bodies,
            variable,
            value,
            fills_list=fills_list,
        )

    def keeps(self, after: Amount | None) -> bool:
        """Whether channels have to be in a variable behind an item."""
        return chooses(after)

    def new_variable(self) -> Variable:
        self.flow.variables += 1
        return Variable(self.flow.variables)

    def module(self, item: ModuleItem, place: Place) -> Annotated:
        return self.annotated(item, place, self.flow.visit(item, place))

    layer = call = nested = module

    def sequence(self, item: SequenceItem, place: Place) -> Annotated:
        behind = self.flow.sequence(item, place)
        children = SequenceAnnotator(self.flow, item, place)
        try:
            body = (children.scoped if item.is_stage else children.body)(item.items, place)
        except Split as split:
            if split.group is self.flow.group:
                split.element = item.element  # in the end, the outermost
            raise
        if behind is None:
            ends = {child.scope.output_shape.channels for child in item.children}
            behind = ends.pop() if len(ends) == 1 else body.after
        elif is_variable(behind) and body.after is not None:
            behind = body.after
        return self.annotated(item, place, behind, (body,), children.fills_list)

    def merge(self, item: MergeItem, place: Place) -> Annotated:
        after = self.flow.merge(item, place.copied())
        paths = tuple(self.scoped(path, place) for path in item.paths)
        return self.annotated(item, place, after, paths)

    def branches(self, item: IfItem, place: Place) -> Annotated:
        only = only_branch(item, place.environment)
        if only is None:
            return self.open_branches(item, place)
        body = self.scoped(only, place)
        return Annotated(item, place.environment, place.channels, body.after, (body,))

    def open_branches(self, item: IfItem, place: Place) -> Annotated:
        """A branch that code has to choose, with the items that some instance reaches."""
        after = self.flow.branches(item, place.copied())
        bodies = tuple(
            self.scoped(
                tuple(
                    one
                    for one in reached(branch)
                    if not isinstance(one, BindItem) or one.name in self.names
                ),
                place,
            )
            for branch in (item.then, item.otherwise)
        )
        return self.annotated(item, place, after, bodies)

    def read(self, item: ReadItem, place: Place) -> Annotated:
        after = place.values[item.name]
        return Annotated(item, place.environment, place.channels, after)

    def bind(self, item: BindItem, place: Place) -> Annotated:
        place.values[item.name] = place.channels
        return Annotated(item, place.environment, place.channels, place.channels)

    def let(self, item: LetItem, place: Place) -> Annotated:
        own = BindItem(item.name)
        body = self.body(tuple(one for one in item.items if one != own), place)
        place.values[item.name] = body.after
        return Annotated(item, place.environment, place.channels, place.channels, (body,))


class SequenceAnnotator(Annotator):
    """Annotates the items of a sequence, which has loops but no named values."""

    def __init__(self, flow: Flow, sequence: SequenceItem, place: Place) -> None:
        super().__init__(flow)
        self.is_named = any(one.name is not None for one in modules_in(sequence.items))
        inner = place.entered() if sequence.is_stage else place
        self.fills_list = self.needs_statements(sequence.items, inner)

    def keeps(self, after: Amount | None) -> bool:
        return False

    def needs_statements(self, items: Items, place: Place) -> bool:
        """Whether some modules cannot be written as expressions side by side."""
        for item in items:
            if isinstance(item, RepeatItem) and turns_of(item, place) == 1:
                if self.needs_statements(item.items, place):
                    return True
            elif isinstance(item, RepeatItem | ForItem) and not is_unreached(item.items):
                if self.is_named or not self.is_comprehension(item, place):
                    return True
            elif isinstance(item, IfItem):
                only = only_branch(item, place.environment)
                if only is None or self.needs_statements(only, place.entered()):
                    return True
            place = place.at(self.flow.visit(item, place))
        return False

    def is_comprehension(self, item: RepeatItem | ForItem, place: Place) -> bool:
        """Whether a repeat is one child often, but for the channels that enter the first."""
        if isinstance(item, ForItem) or len(item.items) != 1:
            return False
        (child,) = item.items
        count = turns_of(item, place)
        if count is None or type(child) not in MODULES:
            return False
        if (
            isinstance(child, SequenceItem)
            and SequenceAnnotator(self.flow, child, place).fills_list
        ):
            return False
        behind = self.flow.visit(child, place)
        settled = same(behind, place.channels)
        return count < 2 or settled or same(self.flow.visit(child, place.at(behind)), behind)

    def open_branches(self, item: IfItem, place: Place) -> Annotated:
        """A branch that code has to choose: a variable holds the channels at the end of either."""
        then, otherwise = (
            self.scoped(reached(branch), place) for branch in (item.then, item.otherwise)
        )
        after, variable = then.after, None
        if then.after is None or otherwise.after is None:
            after = None
        elif not same(then.after, otherwise.after):
            after = variable = self.new_variable()
        return Annotated(
            item, place.environment, place.channels, after, (then, otherwise), variable
        )

    def repeat(self, item: RepeatItem, place: Place) -> Annotated:
        turns = 0 if is_unreached(item.items) else turns_of(item, place)
        environment, channels = place.environment, place.channels
        if turns == 0:
            return Annotated(item, environment, channels, channels, count=0)
        if turns is None or (turns > 1 and self.fills_list):
            return self.carried(item, place, place, self.body)
        first = self.body(item.items, place)
        bodies: tuple[Body, ...] = (first,)
        if turns > 1 and not same(first.after, channels):
            bodies = (first, self.body(item.items, place.at(first.after)))
        return Annotated(item, environment, channels, first.after, bodies, count=turns)

    def loop(self, item: ForItem, place: Place) -> Annotated:
        known = known_value(item.iterable, place.environment)
        if is_unreached(item.items) or (known is not None and not known[0]):
            return Annotated(item, place.environment, place.channels, place.channels)
        header = LoopHeader(item, place.environment, self.new_variable)
        inner = place.apart(place.environment.extended(header.symbols, header.kinds))
        return self.carried(item, place, inner, self.scoped, header)

    def carried(
        self,
        item: RepeatItem | ForItem,
        place: Place,
        inner: Place,
        annotate: Callable[[Items, Place], Body],
        header: LoopHeader | None = None,
    ) -> Annotated:
        """A loop that fills the list; a variable follows the channels if they change."""
        entry, channels, variable = inner, place.channels, None
        if isinstance(item, ForItem):
            entry = inner.entered()
        behind = self.flow.items(item.items, entry)
        if channels is not None and not same(behind, channels):
            variable = self.new_variable()
        body = annotate(item.items, inner.at(variable or channels))
        if variable is not None:
            after = self.measured(item.items, body.after)
            body = Body(body.items, body.before, after, body.held)
        return Annotated(
            item,
            place.environment,
            channels,
            variable or channels,
            (body,),
            variable,
            channels,
            header,
        )

    def measured(self, items: Items, channels: Amount | None) -> Amount:
        """Channels behind items: as symbols say, or as all instances of the last have them."""
        last = items[-1] if items else None
        if channels is not None:
            return channels
        if last is None or type(last) not in MODULES:
            raise Split(self.flow.group, id)
        return measured(self.flow.group, last, channels_behind)


def turns_of(item: RepeatItem, place: Place) -> int | None:
    """How many turns a repeat makes, where that is a number."""
    known = known_value(item.count, place.environment)
    return None if known is None else int(known[0])


def channels_before(instance: Layer | Child) -> int:
    """The channels that enter a layer or a scope."""
    if isinstance(instance, Layer):
        return instance.input_shapes[0].channels
    return instance.scope.input_shape.channels


def channels_behind(instance: Layer | Child) -> int:
    """The channels that leave a layer or a scope."""
    if isinstance(instance, Layer):
        return instance.shape.channels
    return instance.scope.output_shape.channels


def measured(group: Group, item: Any, measure: Callable[[Any], int]) -> int:
    """What `measure` gives for every instance of an item. Raises `Split`."""
    instances = INSTANCES[type(item)](item)
    kinds = tuple({type(one) for one in instances})

    def of_own_kind(step: object) -> Hashable:
        return measure(step) if isinstance(step, kinds) else None

    return int(str(group.constant(item.element, instances, of_own_kind)))
