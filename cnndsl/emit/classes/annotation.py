"""The items of a class with the channels before and after each of them.

What a loop carries from turn to turn, and what a branch decides on, are variables, each with one
definition. Code is written from these annotations alone.
"""

from __future__ import annotations

from ...semantics.template import SEQUENCE
from .. import python
from ..channels import Place, amounts_of
from ..choices import chooses, chosen, mentions, same
from ..environment import Inexpressible
from ..formulas import known_value, with_number, write
from ..items import (
    ASIDE,
    INSTANCES,
    MODULES,
    Visitor,
    is_unreached,
    modules_in,
    names_beside,
    only_branch,
    reached,
    reads_entry,
)
from ..lines import is_same_line
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
from .annotated import Annotated, Body
from .loop_header import LoopHeader
from .measures import channels_behind, measured

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from ..amounts import Amount
    from ..channels import Flow, Line
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
    from .annotated import Variables


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
        return Body(tuple(annotated), place.channels, place.beside)

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
        beside = self.beside(item, place, body)
        children.close((after, *beside))
        annotated = self.annotated(item, place, after, (body,))
        return annotated.replaced(list_name=children.list_name, behind=beside)

    def beside(self, item: SequenceItem, place: Place, body: Body) -> Line:
        """The channels of the values beside the first behind a sequence, as `closed_form`."""
        if not place.beside or item.lists:
            return ()
        _, *closed = self.flow.behind(item, place)
        known = [
            one if one is not None and not mentions(one, self.variables.assigned) else written
            for one, written in zip(closed, body.beside, strict=False)
        ]
        return tuple([None if chooses(one) else one for one in known])

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
        return annotate(self.owner.items, place)

    def start_list(self) -> None:
        """Name the list after the sequence, unless the spec has another use for that name."""
        self.own = []
        identifiers, name = self.variables.identifiers, self.owner.name or SEQUENCE
        taken = identifiers.taken | self.variables.loops | loop_variables(self.owner.items)
        self.list_name = identifiers.fresh("modules" if name in taken else name)

    def close(self, behind: Line) -> None:
        """Let others have the names of variables that nothing behind the sequence reads."""
        for name in self.own:
            if any(mentions(one, (name,)) for one in behind):
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
            after = self.decided(item, place, then.after, otherwise.after)
            if after is None:
                variable = self.follow(place.channels)
                after = python.name(variable)
        return Annotated(
            item, place.environment, place.channels, after, (then, otherwise), variable
        )

    def decided(self, item: IfItem, place: Place, then: Amount, otherwise: Amount) -> Amount | None:
        """The channels behind both branches, where the condition says which they are."""
        if any(mentions(one, self.variables.assigned) for one in (then, otherwise)):
            return None
        try:
            choice = chosen(then, write(item.condition, place.environment), otherwise)
        except Inexpressible:
            return None
        return None if chooses(choice) else choice

    def repeat(self, item: RepeatItem, place: Place) -> Annotated:
        environment, channels = place.environment, place.channels
        known = known_value(item.count, environment)
        turns = None if known is None else int(known[0])
        if is_unreached(item.items) or turns == 0:
            return Annotated(item, environment, channels, channels, count=0, behind=place.beside)
        if turns is None or (turns > 1 and not self.is_expression):
            return self.carried(item, place, place, self.body)
        bodies = [self.body(item.items, place)]
        if turns > 1 and not is_same_line(bodies[0].line, place.line):
            bodies.append(self.body(item.items, place.at(*bodies[0].line)))
        if turns > 1 and not self.is_comprehension(bodies):
            self.needs_list = True
        after, *behind = bodies[0].line
        bodies_of_turns = tuple(bodies)
        return Annotated(
            item, environment, channels, after, bodies_of_turns, count=turns, behind=(*behind,)
        )

    def is_comprehension(self, bodies: list[Body]) -> bool:
        """Whether a repeat is one child often, but for the channels that enter the first."""
        children = bodies[0].items
        if self.is_named or len(children) != 1 or type(children[0].item) not in MODULES:
            return False
        return children[0].list_name is None and is_same_line(bodies[-1].line, bodies[0].line)

    def loop(self, item: ForItem, place: Place) -> Annotated:
        known = known_value(item.iterable, place.environment)
        if is_unreached(item.items) or (known is not None and not known[0]):
            found = Annotated(item, place.environment, place.channels, place.channels)
            return found.replaced(behind=place.beside)
        header = LoopHeader(item, place.environment, self.variables.identifiers.fresh)
        inner = place.apart(place.environment.extended(header.symbols, header.kinds))
        inner = inner.at(*place.line)
        found = self.carried(item, place, inner, self.scoped, header)
        self.variables.loops |= set(map(str, header.symbols.values()))
        self.variables.identifiers.taken -= header.reusable
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
        behind, after = self.flow.items(item.items, entry), channels
        with self.variables.keeping(*place.beside):
            if channels is not None and not same(behind, channels):
                variable = self.follow(channels)
                after = python.name(variable)
            kept, others = self.followed(item, entry.at(after, *place.beside))
            with self.variables.keeping(after if variable is None else None, *kept):
                body = annotate(item.items, inner.at(after, *kept))
        if variable is not None and body.after is None:
            body = body.replaced(after=self.known(None, item.items))
        found = Annotated(
            item, place.environment, channels, after, (body,), variable, channels, header
        )
        found = found.replaced(behind=kept, others=others)
        if any(end is None for _, end in found.carried(body)):
            raise Split(self.flow.group, id)
        return found

    def followed(
        self, item: RepeatItem | ForItem, entry: Place
    ) -> tuple[Line, tuple[tuple[str, Amount], ...]]:
        """What the values beside the first have in each turn: variables, where that changes."""
        names = names_beside(item.items)[1:]
        others: dict[int, tuple[str, Amount]] = {}
        before, kept = [*entry.beside], [*entry.beside]
        while True:
            _, *behind = self.flow.through(item.items, entry.at(entry.channels, *kept)).line
            changed = [
                number
                for number, (one, other) in enumerate(zip(kept, behind, strict=True))
                if number not in others and one is not None and not same(one, other)
            ]
            if not changed:
                return (*kept,), (*others.values(),)
            for number in changed:
                variable = self.variables.fresh(f"{names[number]}_channels")
                self.own.append(variable)
                others[number] = variable, python.expression(before[number])
                kept[number] = python.name(variable)


def loop_variables(items: Items) -> set[str]:
    """The variables of all loops in a sequence; a nested merge is a class of its own."""
    variables: set[str] = set()
    for item in items:
        if isinstance(item, ForItem):
            variables |= set(item.targets)
        if not isinstance(item, NestedItem):
            variables = variables.union(*map(loop_variables, inner_items(item)))
    return variables
