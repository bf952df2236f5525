"""The items of a class with the channels before and after each of them.

What a loop carries from turn to turn, and what a branch decides on, are variables, each with one
definition. Code is written from these annotations alone.
"""

from __future__ import annotations

import contextlib

from ...ir.network import Layer
from ...record import Record
from ...semantics.template import SEQUENCE
from .. import python
from ..channels import Place, amounts_of, chooses, mentions, same
from ..formulas import known_value, with_number
from ..items import (
    ASIDE,
    INSTANCES,
    MODULES,
    Visitor,
    is_unreached,
    modules_in,
    only_branch,
    reached,
    reads_entry,
)
from ..outline import (
    BindItem,
    ForItem,
    GrowItem,
    IfItem,
    NamesItem,
    NestedItem,
    RepeatItem,
    SequenceItem,
    inner_items,
)
from ..planning import Split
from .loop_header import LoopHeader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from typing import Any

    from ...ir.network import Child
    from ..amounts import Amount
    from ..channels import Flow
    from ..formulas import Environment
    from ..identifiers import Identifiers
    from ..items import ModuleItem
    from ..outline import (
        CallItem,
        Item,
        Items,
        LetItem,
        MergeItem,
        NumberItem,
        PickItem,
        ReadItem,
        ValuesItem,
    )
    from ..planning import Group


class Variables:
    """The variables for channels of one class's constructor.

    A name is used again once nothing reads what it stood for: `live` are amounts that are still
    read, `pending` those of expressions that are written behind later statements, `free` the
    variables of earlier sequences, `assigned` all that there have been. `loops` are the variables
    of all loops, which are integers and words: no list can have their name.
    """

    def __init__(self, identifiers: Identifiers) -> None:
        self.identifiers = identifiers
        self.live: list[Amount | None] = []
        self.pending: list[Amount | None] = []
        self.free: list[str] = []
        self.assigned: set[str] = set()
        self.loops: set[str] = set()

    def fresh(self) -> str:
        name = self.identifiers.fresh("channels")
        self.assigned.add(name)
        return name

    @contextlib.contextmanager
    def keeping(self, amount: Amount | None) -> Iterator[None]:
        """Within a `with`, leave the variables of an amount as they are."""
        before = len(self.live)
        self.live.append(amount)
        yield
        del self.live[before:]

    def is_live(self, name: str) -> bool:
        return any(mentions(amount, (name,)) for amount in (*self.live, *self.pending))

    def state(self) -> tuple[set[str], list[str], set[str]]:
        return set(self.identifiers.taken), list(self.free), set(self.assigned)

    def restore(self, state: tuple[set[str], list[str], set[str]]) -> None:
        """Go back to an earlier state: what has been annotated since is annotated anew."""
        self.identifiers.taken, self.free, self.assigned = state


class Body(Record):
    """Items one after the other, and the channels behind them."""

    items: tuple[Annotated, ...]
    after: Amount | None


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
    variable: str | None = None
    """What channels have to be assigned to: a loop's in each turn, others' behind the item."""
    value: Amount | None = None
    """What is assigned to the variable: before a loop, or behind the item."""
    header: LoopHeader | None = None
    count: int | None = None
    """How many turns a repeat makes, if it is not written as a loop."""
    list_name: str | None = None
    """The variable in which statements gather the children of this sequence."""
    beside: tuple[Amount | None, ...] = ()
    """The channels of the values beside the first that a call takes."""
    behind: tuple[Amount | None, ...] = ()
    """The same of those behind the item."""


class Annotator(Visitor):
    """Annotates the items of one class. A visit gives the annotated item.

    `names` are those of the values that items go on from.
    """

    def __init__(self, flow: Flow, variables: Variables, names: Collection[str] = ()) -> None:
        self.flow = flow
        self.variables = variables
        self.names = names

    @property
    def is_expression(self) -> bool:
        """Whether what it annotates is written in one expression, behind all statements in it."""
        return False

    def body(self, items: Items, place: Place) -> Body:
        annotated: list[Annotated] = []
        for number, item in enumerate(items):
            if isinstance(item, GrowItem) and item.list in self.flow.lists:
                place = place.at(self.known(place.channels, items[:number]))
            one = self.visit(item, place)
            annotated.append(one)
            beside = place.beside if type(item) in ASIDE else one.behind
            place = Place(one.after, one.environment, place.values, beside)
        return Body(tuple(annotated), place.channels)

    def known(self, channels: Amount | None, items: Items) -> Amount:
        """The channels behind items, if need be as all instances of the last have them.

        Raises `Split`.
        """
        if channels is not None:
            return channels
        made = [one for one in items if type(one) not in (*ASIDE, NamesItem)]
        if not made or type(made[-1]) not in INSTANCES:
            raise Split(self.flow.group, id)
        return measured(self.flow.group, made[-1], channels_behind)

    def scoped(self, items: Items, place: Place) -> Body:
        """Items for which `in` is what enters here."""
        with self.variables.keeping(place.channels if reads_entry(items) else None):
            return self.body(items, place.entered())

    def annotated(
        self, item: Item, place: Place, after: Amount | None, bodies: tuple[Body, ...] = ()
    ) -> Annotated:
        """An item behind which a branch may decide on the channels: those are a variable then."""
        environment, before = place.environment, place.channels
        if not chooses(after):
            return Annotated(item, environment, before, after, bodies)
        name = self.variables.fresh()
        self.variables.free.append(name)
        return Annotated(item, environment, before, python.name(name), bodies, name, after)

    def number(self, item: NumberItem, place: Place) -> Annotated:
        """A named number: a variable, if its value is not known. Items behind it can read it."""
        fresh = self.variables.identifiers.fresh
        environment, value = with_number(place.environment, item, fresh)
        channels = place.channels
        name = None if value is None else str(environment.symbols[item.name])
        return Annotated(item, environment, channels, channels, variable=name, value=value)

    def module(self, item: ModuleItem, place: Place) -> Annotated:
        return self.annotated(item, place, self.flow.visit(item, place))

    layer = nested = turn = module

    def call(self, item: CallItem, place: Place) -> Annotated:
        after, *others = self.flow.behind(item, place)
        behind = [None if chooses(one) else one for one in others]
        found = self.annotated(item, place, after)
        return found.replaced(beside=place.beside, behind=(*behind,))

    def sequence(self, item: SequenceItem, place: Place) -> Annotated:
        variables = self.variables
        state, pending = variables.state(), len(variables.pending)
        children = SequenceAnnotator(self.flow, variables, item)
        try:
            body = children.children(place)
            if children.needs_list:
                variables.restore(state)
                del variables.pending[pending:]
                children.start_list()
                body = children.children(place)
        except Split as split:
            if split.group is self.flow.group:
                split.element = item.element  # in the end, the outermost
            raise
        if not self.is_expression:
            del variables.pending[pending:]
        after = body.after
        if after is None or mentions(after, variables.assigned):
            after = self.closed_form(item, place, after)
        children.close(after)
        annotated = self.annotated(item, place, after, (body,))
        return annotated.replaced(list_name=children.list_name)

    def closed_form(
        self, item: SequenceItem, place: Place, written: Amount | None
    ) -> Amount | None:
        """The channels behind a sequence without variables, if symbols or numbers can say them."""
        closed = self.flow.sequence(item, place)
        if closed is not None and not mentions(closed, self.variables.assigned):
            return closed
        ends = {child.scope.output_shape.channels for child in item.children}
        if len(ends) == 1 and (closed is None or written is None):
            return ends.pop()
        return written

    def merge(self, item: MergeItem, place: Place) -> Annotated:
        before = place.copied()
        with self.variables.keeping(place.channels):
            paths = tuple(self.scoped(path, place) for path in item.paths)
        ends = [path.after for path in paths]
        if any(mentions(end, self.variables.assigned) for end in ends):
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
        bodies = []
        for branch in (item.then, item.otherwise):
            read = [
                one
                for one in reached(branch)
                if not isinstance(one, BindItem) or one.name in self.names
            ]
            with self.variables.keeping(place.channels):
                bodies.append(self.scoped(tuple(read), place))
        return self.annotated(item, place, after, tuple(bodies))

    def read(self, item: ReadItem, place: Place) -> Annotated:
        after = place.values[item.name]
        return Annotated(item, place.environment, place.channels, after)

    def side_by_side(self, item: ValuesItem, place: Place) -> Annotated:
        after, *behind = amounts_of(item.names, place)
        found = Annotated(item, place.environment, place.channels, after)
        return found.replaced(behind=(*behind,))

    def unpack(self, item: NamesItem, place: Place) -> Annotated:
        self.flow.visit(item, place)
        self.variables.live += place.line
        return Annotated(item, place.environment, place.channels, place.channels)

    def bind(self, item: BindItem, place: Place) -> Annotated:
        place.values[item.name] = place.channels
        if item.name in self.names:
            self.variables.live.append(place.channels)  # for as long as names can be read
        return Annotated(item, place.environment, place.channels, place.channels)

    def grow(self, item: GrowItem, place: Place) -> Annotated:
        return Annotated(item, place.environment, place.channels, place.channels)

    def pick(self, item: PickItem, place: Place) -> Annotated:
        """A value of a list: a variable for its channels, if they matter."""
        environment, channels = place.environment, place.channels
        name = place.values[item.name] = None
        value = self.flow.channels_of(item, environment)
        if value is not None:
            name = self.variables.fresh()
            place.values[item.name] = python.name(name)
            self.variables.live.append(place.values[item.name])
        return Annotated(item, environment, channels, channels, variable=name, value=value)

    def let(self, item: LetItem, place: Place) -> Annotated:
        own = BindItem(item.name)
        with self.variables.keeping(place.channels):
            body = self.body(tuple(one for one in item.items if one != own), place)
        place.values[item.name] = body.after
        return Annotated(item, place.environment, place.channels, place.channels, (body,))


class SequenceAnnotator(Annotator):
    """Annotates the items of a sequence, which has loops but no named values.

    It takes the children for expressions side by side, and says whether they can be that.
    """

    def __init__(self, flow: Flow, variables: Variables, sequence: SequenceItem) -> None:
        super().__init__(flow, variables)
        self.owner = sequence
        self.is_named = any(one.name is not None for one in modules_in(sequence.items))
        self.needs_list = False
        self.list_name: str | None = None
        self.own: list[str] = []
        """The variables that follow the channels here."""

    @property
    def is_expression(self) -> bool:
        return self.list_name is None

    def children(self, place: Place) -> Body:
        annotate = self.scoped if self.owner.is_stage else self.body
        return annotate(self.owner.items, place.replaced(beside=()))  # those of the first turn

    def start_list(self) -> None:
        """Name the list after the sequence, unless the spec has another use for that name."""
        self.own = []
        identifiers, name = self.variables.identifiers, self.owner.name or SEQUENCE
        taken = identifiers.taken | self.variables.loops | loop_variables(self.owner.items)
        self.list_name = identifiers.fresh("modules" if name in taken else name)

    def close(self, after: Amount | None) -> None:
        """Let others have the names of variables that nothing behind the sequence reads."""
        for name in self.own:
            if mentions(after, (name,)):
                self.variables.free.append(name)
            else:
                self.variables.identifiers.taken.discard(name)

    def annotated(
        self, item: Item, place: Place, after: Amount | None, bodies: tuple[Body, ...] = ()
    ) -> Annotated:
        if self.is_expression:
            self.variables.pending.append(place.channels)
        return Annotated(item, place.environment, place.channels, after, bodies)

    def follow(self, channels: Amount | None) -> str:
        """A variable that nothing else needs, if possible one that holds the channels."""
        variables = self.variables
        free = [one for one in (*self.own, *variables.free) if not variables.is_live(one)]
        if not free:
            free.append(variables.fresh())
        name = next((one for one in free if mentions(channels, (one,))), free[0])
        if name in variables.free:
            variables.free.remove(name)
        if name not in self.own:
            self.own.append(name)
        return name

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
            variable = self.follow(place.channels)
            after = python.name(variable)
        return Annotated(
            item, place.environment, place.channels, after, (then, otherwise), variable
        )

    def repeat(self, item: RepeatItem, place: Place) -> Annotated:
        environment, channels = place.environment, place.channels
        known = known_value(item.count, environment)
        turns = None if known is None else int(known[0])
        if is_unreached(item.items) or turns == 0:
            return Annotated(item, environment, channels, channels, count=0)
        if turns is None or (turns > 1 and not self.is_expression):
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
        return children[0].list_name is None and same(bodies[-1].after, bodies[0].after)

    def loop(self, item: ForItem, place: Place) -> Annotated:
        known = known_value(item.iterable, place.environment)
        if is_unreached(item.items) or (known is not None and not known[0]):
            return Annotated(item, place.environment, place.channels, place.channels)
        header = LoopHeader(item, place.environment, self.variables.identifiers.fresh)
        inner = place.apart(place.environment.extended(header.symbols, header.kinds))
        found = self.carried(item, place, inner, self.scoped, header)
        own = set(map(str, header.symbols.values()))
        self.variables.identifiers.taken -= own
        self.variables.loops |= own
        return found

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
        after = channels
        if channels is not None and not same(behind, channels):
            variable = self.follow(channels)
            after = python.name(variable)
        with self.variables.keeping(after if variable is None else None):
            body = annotate(item.items, inner.at(after))
        if variable is not None and body.after is None:
            body = Body(body.items, self.known(None, item.items))
        return Annotated(
            item, place.environment, channels, after, (body,), variable, channels, header
        )


def loop_variables(items: Items) -> set[str]:
    """The variables of all loops in a sequence; a nested merge is a class of its own."""
    variables: set[str] = set()
    for item in items:
        if isinstance(item, ForItem):
            variables |= set(item.targets)
        if not isinstance(item, NestedItem):
            variables = variables.union(*map(loop_variables, inner_items(item)))
    return variables


def channels_before(instance: Layer | Child, place: int = 0) -> int:
    """The channels of an input of a layer or a scope."""
    inside = instance if isinstance(instance, Layer) else instance.scope
    return inside.input_shapes[place].channels


def channels_behind(instance: Layer | Child) -> int:
    """The channels that leave a layer or a scope."""
    if isinstance(instance, Layer):
        return instance.shape.channels
    return instance.scope.output_shape.channels


def measured(group: Group, item: Any, measure: Callable[[Any], int]) -> int:
    """What `measure` gives for every instance of an item. Raises `Split`."""
    channels: int = group.constant(item.element, INSTANCES[type(item)](item), measure)
    return channels
