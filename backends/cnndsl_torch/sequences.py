"""Stages, loops and repeats as `nn.Sequential`.

Where every child can be written as an expression, they are arguments. Elsewhere statements fill a
list (a dictionary, if some children have names), and a variable follows the channels from turn to
turn.
"""

from __future__ import annotations

import contextlib
import itertools

from cnndsl.emit import python
from cnndsl.emit.channels import entering, mentions, reads_entry, same
from cnndsl.emit.formulas import known_value
from cnndsl.emit.outline import (
    CallItem,
    ForItem,
    IfItem,
    LayerItem,
    NestedItem,
    RepeatItem,
    SequenceItem,
    inner_items,
)
from cnndsl.emit.planning import Split
from cnndsl.emit.writer import is_unreached, only_branch, reached
from cnndsl.semantics.template import SEQUENCE
from cnndsl_torch.loop_header import LoopHeader
from cnndsl_torch.statements import choice, reads, without_assignments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cnndsl.emit.formulas import Amount
    from cnndsl.emit.outline import Item, Items
    from cnndsl_torch.class_writer import ClassWriter


class Sequence:
    """A sequence in the making: its modules as expressions, or the variable that holds them."""

    def __init__(self, name: str, is_named: bool) -> None:
        self.name = name
        self.is_named = is_named
        self.modules: list[tuple[str | None, python.Expression]] = []
        self.variable: python.Expression | None = None
        self.counters: list[str] = []
        """The variables that follow the channels."""
        self.batch: list[python.Expression] = []
        self.last: python.Statement | None = None


class SequenceWriter:
    """Writes the sequences of one class."""

    def __init__(self, owner: ClassWriter) -> None:
        self.owner = owner
        self.sequence = Sequence("", False)
        """The sequence that is being written."""
        self.held: list[Amount] = []
        """Amounts that are read again later, so that their variables must stay as they are."""
        self.retained: list[str] = []
        """Variables of earlier sequences that amounts behind them are written with."""

    def write(
        self, item: SequenceItem, channels: Amount | None
    ) -> tuple[python.Expression, Amount | None]:
        """The sequence as an expression, after statements that fill a list, and what leaves it."""
        owner, outer = self.owner, self.sequence
        is_named = any(one.name is not None for one in _children(item.items))
        sequence = self.sequence = Sequence(item.name or SEQUENCE, is_named)
        before = list(owner.bodies[-1])
        behind = owner.after(item, channels)

        def write_items() -> Amount | None:
            if self.needs_statements(item.items, channels, is_named):
                self.start_list(sequence, item.items)
            return self.items(item.items, channels)

        try:
            if item.is_stage:
                written = self.braces(item.items, channels, write_items)
            else:
                written = write_items()
        except Split as split:
            if split.group is owner.group:
                split.element = item.element  # in the end, the outermost
            raise
        if behind is None:
            ends = {child.scope.output_shape.channels for child in item.children}
            behind = ends.pop() if len(ends) == 1 else written
        body = owner.bodies[-1][len(before) :]
        for counter in sequence.counters:
            if mentions(behind, counter):
                self.retained.append(counter)
                continue
            owner.identifiers.taken.discard(counter)
            if not reads(body, counter):
                body = without_assignments(body, counter)
        owner.bodies[-1][:] = [*before, *body]
        self.sequence = outer
        return self.sequential(sequence), behind

    def start_list(self, sequence: Sequence, items: Items) -> None:
        """Declare the list, under the sequence's name unless the spec has another use for that."""
        owner = self.owner
        taken = owner.identifiers.taken | _loop_variables(items)
        wanted = "modules" if sequence.name in taken else sequence.name
        sequence.variable = python.name(owner.identifiers.fresh(wanted))
        kind = "dict[str, nn.Module]" if sequence.is_named else "list[nn.Module]"
        empty = python.Dict() if sequence.is_named else python.List([])
        owner.emit(python.Assign(sequence.variable, empty, python.Raw(kind)))

    def sequential(self, sequence: Sequence) -> python.Expression:
        renderer = self.owner.renderer
        if sequence.variable is not None and sequence.is_named:
            ordered = python.Call(renderer.needs("OrderedDict"), [sequence.variable])
            return python.call("nn.Sequential", ordered)
        if sequence.variable is not None:
            return python.Call("nn.Sequential", [python.Starred(sequence.variable)])
        if not sequence.is_named:
            return python.Call("nn.Sequential", [module for _, module in sequence.modules])
        return renderer.named_sequence(
            [(name or str(place), one) for place, (name, one) in enumerate(sequence.modules)]
        )

    def needs_statements(self, items: Items, channels: Amount | None, is_named: bool) -> bool:
        """Whether some modules cannot be written as expressions side by side."""
        owner = self.owner
        for item in items:
            if isinstance(item, RepeatItem) and self.turns_of(item) == 1:
                if self.needs_statements(item.items, channels, is_named):
                    return True
            elif isinstance(item, RepeatItem | ForItem) and not is_unreached(item.items):
                if is_named or not self.is_comprehension(item, channels):
                    return True
            elif isinstance(item, IfItem):
                only = only_branch(item, owner.environment)
                if only is None or self.needs_statements(only, channels, is_named):
                    return True
            channels = owner.after(item, channels)
        return False

    def turns_of(self, item: RepeatItem) -> int | None:
        """How many turns a repeat makes, where that is a number."""
        known = known_value(item.count, self.owner.environment)
        return None if known is None else int(known[0])

    def is_comprehension(self, item: RepeatItem | ForItem, channels: Amount | None) -> bool:
        """Whether a repeat is one child often, but for the channels that enter the first."""
        if isinstance(item, ForItem) or len(item.items) != 1:
            return False
        (child,) = item.items
        count = self.turns_of(item)
        if count is None or not isinstance(child, LayerItem | CallItem | NestedItem | SequenceItem):
            return False
        if isinstance(child, SequenceItem):
            is_named = any(one.name is not None for one in _children(child.items))
            if self.needs_statements(child.items, channels, is_named):
                return False
        behind = self.owner.after(child, channels)
        settled = same(behind, channels) or same(self.owner.after(child, behind), behind)
        return count < 2 or settled

    # Items

    def items(self, items: Items, channels: Amount | None) -> Amount | None:
        for item in items:
            channels = self.item(item, channels)
        return channels

    def item(self, item: Item, channels: Amount | None) -> Amount | None:
        if isinstance(item, LayerItem | CallItem | NestedItem | SequenceItem):
            module, behind = self.child(item, channels)
            self.add(item.name, module)
            return behind
        if isinstance(item, RepeatItem):
            return self.repeat(item, channels)
        if isinstance(item, ForItem):
            return self.loop(item, channels)
        if isinstance(item, IfItem):
            return self.branches(item, channels)
        raise TypeError(f"{type(item).__name__} cannot stand in a sequence")

    def braces(
        self, items: Items, channels: Amount | None, write_items: Callable[[], Amount | None]
    ) -> Amount | None:
        """Write items in braces of their own, which these channels enter."""
        owner = self.owner
        environment = owner.environment
        owner.environment = entering(environment, channels)
        with self.holding(channels if reads_entry(items) else None):
            behind = write_items()
        owner.environment = environment
        return behind

    @contextlib.contextmanager
    def holding(self, amount: Amount | None) -> Iterator[None]:
        """Within a `with`, leave the variables of an amount as they are."""
        before = len(self.held)
        if amount is not None:
            self.held.append(amount)
        yield
        del self.held[before:]

    def child(
        self, item: LayerItem | CallItem | NestedItem | SequenceItem, channels: Amount | None
    ) -> tuple[python.Expression, Amount | None]:
        owner = self.owner
        if isinstance(item, NestedItem):
            module = owner.renderer.nested_class(owner, item, channels, self.sequence.name)
            return module, owner.after(item, channels)
        return owner.module(item, channels)

    def add(self, name: str | None, module: python.Expression) -> None:
        sequence = self.sequence
        if sequence.variable is None:
            sequence.modules.append((name, module))
        elif sequence.is_named:
            position = python.call("str", python.call("len", sequence.variable))
            key = position if name is None else python.string(name)
            self.owner.emit(python.Assign(python.Index(sequence.variable, key), module))
        else:
            self.append(sequence, sequence.variable, module)

    def append(
        self, sequence: Sequence, variable: python.Expression, module: python.Expression
    ) -> None:
        """Append to the list; what follows another module directly goes into one statement."""
        body = self.owner.bodies[-1]
        if body and body[-1] is sequence.last:
            body.pop()
        else:
            sequence.batch = []
        sequence.batch.append(module)
        if len(sequence.batch) == 1:
            append = python.Call(python.Attribute(variable, "append"), sequence.batch)
            sequence.last = python.ExpressionStatement(append)
        else:
            sequence.last = python.AugmentedAssign(variable, "+", python.List(sequence.batch))
        self.owner.emit(sequence.last)

    # Loops

    def repeat(self, item: RepeatItem, channels: Amount | None) -> Amount | None:
        owner = self.owner
        turns = self.turns_of(item)
        if is_unreached(item.items) or turns == 0:
            return channels
        if turns == 1:
            return self.items(item.items, channels)
        if self.sequence.variable is None and turns is not None:
            return self.comprehension(item.items[0], turns, channels)
        count = owner.expressed(item.count)
        return self.turns(item, python.call("range", count), LoopHeader(owner), channels)

    def comprehension(self, item: Item, count: int, channels: Amount | None) -> Amount | None:
        """One child often, as expressions: the first apart if other channels enter it."""
        if not isinstance(item, LayerItem | CallItem | NestedItem | SequenceItem):
            raise TypeError(f"{type(item).__name__} is no child of a sequence")
        module, behind = self.child(item, channels)
        if not same(behind, channels):
            self.add(None, module)
            count -= 1
            module, _ = self.child(item, behind)
        if count > 1:
            clause = python.Clause("_", python.call("range", count))
            module = python.Starred(python.Generator(module, clause))
        self.add(None, module)
        return behind

    def loop(self, item: ForItem, channels: Amount | None) -> Amount | None:
        owner = self.owner
        known = known_value(item.iterable, owner.environment)
        if is_unreached(item.items) or (known is not None and not known[0]):
            return channels
        turns = LoopHeader(owner, item)
        iterable = owner.expressed(item.iterable, turns.iterable)
        environment = owner.environment
        owner.environment = environment.extended(turns.symbols, turns.kinds)
        behind = self.turns(item, iterable, turns, channels)
        owner.environment = environment
        turns.close()
        return behind

    def turns(
        self,
        item: RepeatItem | ForItem,
        iterable: python.Expression,
        turns: LoopHeader,
        channels: Amount | None,
    ) -> Amount | None:
        """A loop that fills the list; a variable follows the channels if they change."""
        owner = self.owner
        environment = owner.environment
        if isinstance(item, ForItem):
            environment = entering(environment, channels)
        behind = owner.flow.items(item.items, channels, environment, {})
        counter = None
        if channels is not None and not same(behind, channels):
            counter = self.counter(channels)
        entry = channels if counter is None else python.name(counter)

        def write_turn() -> None:
            if isinstance(item, ForItem):
                final = self.braces(item.items, entry, lambda: self.items(item.items, entry))
            else:
                final = self.items(item.items, entry)
            if counter is not None:
                self.assign(counter, self.measured(item.items, final))

        with self.holding(entry if counter is None else None):
            body = owner.nested(write_turn)
        owner.emit(turns.statement(iterable, body))
        return entry

    def counter(self, channels: Amount) -> str:
        """A variable that follows the channels, with their number."""
        counter = self.free_counter(channels)
        self.assign(counter, channels)
        return counter

    def free_counter(self, channels: Amount | None) -> str:
        """A variable that nothing else needs, if possible one that holds the channels."""
        counters = self.sequence.counters
        free = [
            one
            for one in (*counters, *self.retained)
            if not any(mentions(amount, one) for amount in self.held)
        ]
        if not free:
            free.append(self.owner.identifiers.fresh("channels"))
        counter = next((one for one in free if mentions(channels, one)), free[0])
        if counter in self.retained:
            self.retained.remove(counter)
        if counter not in counters:
            counters.append(counter)
        return counter

    def assign(self, counter: str, channels: Amount) -> None:
        if str(channels) != counter:
            self.owner.emit(python.Assign(counter, python.expression(channels)))

    def measured(self, items: Items, channels: Amount | None) -> Amount:
        """Channels behind items: as symbols say, or as all instances of the last have them."""
        if channels is not None:
            return channels
        last = items[-1] if items else None
        if isinstance(last, LayerItem):
            return int(str(self.owner.constant(last, lambda layer: layer.shape.channels)))
        if isinstance(last, CallItem | NestedItem | SequenceItem):
            return self.owner.measured(last, lambda scope: scope.output_shape.channels)
        raise Split(self.owner.group, id)

    # Branches

    def branches(self, item: IfItem, channels: Amount | None) -> Amount | None:
        owner = self.owner
        only = only_branch(item, owner.environment)
        if only is not None:
            return self.braces(only, channels, lambda: self.items(only, channels))
        condition = owner.expressed(item.condition)
        ends: list[Amount | None] = []

        def branch(items: Items) -> list[python.Statement]:
            def write_branch() -> None:
                ends.append(self.braces(items, channels, lambda: self.items(items, channels)))

            return owner.nested(write_branch)

        then, otherwise = branch(reached(item.then)), branch(reached(item.otherwise))
        behind = ends[0]
        if not same(*ends) and None not in ends:
            behind = self.joined(channels, ends, (then, otherwise))
        elif None in ends:
            behind = None
        if then or otherwise:
            owner.emit(choice(condition, then, otherwise))
        return behind

    def joined(
        self,
        channels: Amount | None,
        ends: list[Amount | None],
        bodies: tuple[list[python.Statement], list[python.Statement]],
    ) -> Amount:
        """A variable that holds the channels at the end of either branch."""
        counter = self.free_counter(channels)
        for body, end in zip(bodies, ends, strict=True):
            if str(end) != counter:
                body.append(python.Assign(counter, python.expression(end)))
        return python.name(counter)


def _loop_variables(items: Items) -> set[str]:
    """The variables of all loops in a sequence."""
    variables: set[str] = set()
    for item in items:
        if isinstance(item, ForItem):
            variables |= set(item.targets)
        if not isinstance(item, NestedItem):
            variables |= _loop_variables(tuple(itertools.chain(*inner_items(item))))
    return variables


def _children(items: Items) -> list[LayerItem | CallItem | NestedItem | SequenceItem]:
    """The children of a sequence, at whatever depth of loops and branches."""
    children: list[LayerItem | CallItem | NestedItem | SequenceItem] = []
    for item in items:
        if isinstance(item, LayerItem | CallItem | NestedItem | SequenceItem):
            children.append(item)
        elif isinstance(item, RepeatItem | ForItem):
            children += _children(item.items)
        elif isinstance(item, IfItem):
            children += _children(item.then) + _children(item.otherwise)
    return children
