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
        is_named = any(one.name is not None for one in modules_in(item.items))
        children = SequenceAnnotator(self.flow, is_named)
        annotate = children.scoped if item.is_stage else children.body
        try:
            body = annotate(item.items, place)
            if children.needs_list:
                children.fills_list = True
                body = annotate(item.items, place)
        except Split as split:
            if split.group is self.flow.group:
                split.element = item.element  # in the end, the outermost
            raise
        after = body.after
        if after is None or is_variable(after):
            after = self.closed_form(item, place, after)
        return self.annotated(item, place, after, (body,), children.fills_list)

    def closed_form(
        self, item: SequenceItem, place: Place, written: Amount | None
    ) -> Amount | None:
        """The channels behind a sequence without variables, if symbols or numbers can say them."""
        closed = self.flow.sequence(item, place)
        if closed is not None:
            return closed if written is None or not is_variable(closed) else written
        ends = {child.scope.output_shape.channels for child in item.children}
        return ends.pop() if len(ends) == 1 else written

    def merge(self, item: MergeItem, place: Place) -> Annotated:
        before = place.copied()
        paths = tuple(self.scoped(path, place) for path in item.paths)
        ends = [path.after for path in paths]
        if any(map(is_variable, ends)):
            after = self.flow.merge(item, before)
        else:
            after = self.flow.merged(item, before, ends)
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
    """Annotates the items of a sequence, which has loops but no named values.

    It takes the children for expressions side by side, and says whether they can be that.
    """

    def __init__(self, flow: Flow, is_named: bool) -> None:
        super().__init__(flow)
        self.is_named = is_named
        self.fills_list = False
        self.needs_list = False

    def keeps(self, after: Amount | None) -> bool:
        return False

    def open_branches(self, item: IfItem, place: Place) -> Annotated:
        """A branch that code has to choose: a variable holds the channels at the end of either."""
        self.needs_list = True
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
        environment, channels = place.environment, place.channels
        known = known_value(item.count, environment)
        turns = None if known is None else int(known[0])
        if is_unreached(item.items) or turns == 0:
            return Annotated(item, environment, channels, channels, count=0)
        if turns is None or (turns > 1 and self.fills_list):
            return self.carried(item, place, place, self.body)
        bodies = [self.body(item.items, place)]
        if turns > 1 and not same(bodies[0].after, channels):
            bodies.append(self.body(item.items, place.at(bodies[0].after)))
        if turns > 1 and not self.is_comprehension(bodies):
            self.needs_list = True
        return Annotated(item, environment, channels, bodies[0].after, tuple(bodies), count=turns)

    def is_comprehension(self, bodies: list[Body]) -> bool:
        """Whether a repeat is one child often, but for the channels that enter the first."""
        children = bodies[0].items
        if self.is_named or len(children) != 1 or type(children[0].item) not in MODULES:
            return False
        return not children[0].fills_list and same(bodies[-1].after, bodies[0].after)

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
        self.needs_list = True
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
