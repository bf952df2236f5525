"""The body of one emitted class: what its constructor makes and what `forward` does with it."""

from __future__ import annotations

from cnndsl import source
from cnndsl.emission.channels import Flow, entering
from cnndsl.emission.formulas import Identifiers, Inexpressible, known_value, write
from cnndsl.emission.outline import (
    BindItem,
    CallItem,
    IfItem,
    LayerItem,
    LetItem,
    MergeItem,
    ReadItem,
    SequenceItem,
)
from cnndsl.emission.planning import Split
from cnndsl.emission.writer import Writer, is_dead
from cnndsl_torch.modules import EMITTERS, Site, merged
from cnndsl_torch.sequences import SequenceWriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from cnndsl.emission.formulas import Amount, Environment
    from cnndsl.emission.outline import Item, Items, NestedItem
    from cnndsl.emission.planning import Group
    from cnndsl_torch.renderer import ModuleRenderer

MOST_CALLS = 4
"""How many modules one line of `forward` applies at most."""


class Cursor:
    """Where `forward` is: an expression not yet assigned, and the channels that it has."""

    def __init__(self, variable: str, channels: Amount | None) -> None:
        self.target = variable
        self.value = source.name(variable)
        self.assigned = False
        """Whether the target has been assigned."""
        self.calls = 0
        self.has_weights = False
        """Whether a layer with weights has been applied since the last assignment."""
        self.settles = False
        """Whether one without weights has been applied after it."""
        self.channels = channels

    def restart(self) -> None:
        """Note that the value has just been assigned."""
        self.calls, self.has_weights, self.settles = 0, False, False

    def at(self, variable: str) -> Cursor:
        """A cursor that starts from here and keeps its value in another variable."""
        cursor = Cursor(variable, self.channels)
        cursor.value = self.value
        return cursor


class ClassWriter(Writer):
    """Writes one emitted class."""

    def __init__(
        self, renderer: ModuleRenderer, group: Group, name: str, baked: frozenset[str]
    ) -> None:
        super().__init__(group, Identifiers(renderer.module_names), baked)
        self.renderer = renderer
        self.name = name
        self.flow = Flow(renderer.plan, group)
        self.forward: list[list[source.Statement]] = [[]]
        self.values: dict[str, source.Expression] = {}
        self.amounts: dict[str, Amount | None] = {}
        self.attributes = Identifiers(set(group.template.names.values()))
        self.in_channels = self.identifiers.fresh("in_channels")
        self.sequences = SequenceWriter(self)

    # Forward

    def step(self, statement: source.Statement) -> None:
        self.forward[-1].append(statement)

    def settle(self, cursor: Cursor) -> None:
        """Keep the cursor's value in its variable."""
        if str(cursor.value) != cursor.target:
            self.step(source.Assign(cursor.target, cursor.value))
            cursor.value = source.name(cursor.target)
            cursor.assigned = True
        cursor.restart()

    def fix(self, cursor: Cursor) -> None:
        """Have the cursor's value in some variable, for more than one use."""
        if cursor.calls:
            self.settle(cursor)

    def apply(self, cursor: Cursor, attribute: str, has_weights: bool) -> None:
        """Let a module of this class work on the cursor's value."""
        if cursor.calls >= MOST_CALLS or (has_weights and cursor.settles):
            self.settle(cursor)
        module = source.Attribute(source.name("self"), attribute)
        cursor.value = source.Call(module, [cursor.value])
        cursor.calls += 1
        cursor.settles = cursor.settles or (cursor.has_weights and not has_weights)
        cursor.has_weights = cursor.has_weights or has_weights

    # Items

    def items(self, items: Items, cursor: Cursor) -> None:
        for item in items:
            self.item(item, cursor)

    def braces(self, items: Items, cursor: Cursor) -> None:
        """Items in braces of their own, for which `in` is the shape at the cursor."""
        outer = self.environment
        self.environment = entering(outer, cursor.channels)
        self.items(items, cursor)
        self.environment = outer

    def item(self, item: Item, cursor: Cursor) -> None:
        if isinstance(item, LayerItem):
            self.place(item.name, self.layer(item, cursor.channels))
            has_weights = any(layer.cost.params for layer in item.layers)
            self.apply(cursor, item.name or "", has_weights)
            cursor.channels = self.after(item, cursor.channels)
        elif isinstance(item, CallItem):
            self.place(item.name, self.call(item, cursor.channels))
            self.apply(cursor, item.name or "", True)
            cursor.channels = self.after(item, cursor.channels)
        elif isinstance(item, SequenceItem):
            self.sequence(item, cursor)
        elif isinstance(item, MergeItem):
            self.merge(item, cursor)
        elif isinstance(item, IfItem):
            self.branches(item, cursor)
        elif isinstance(item, ReadItem):
            cursor.value, cursor.channels = self.values[item.name], self.amounts[item.name]
            cursor.restart()
        elif isinstance(item, BindItem):
            self.bind(item.name, cursor)
        elif isinstance(item, LetItem):
            self.let(item, cursor)
        else:
            raise TypeError(f"{type(item).__name__} stands in sequences alone")

    def place(self, name: str | None, module: source.Expression) -> None:
        attribute = source.Attribute(source.name("self"), name or "")
        self.emit(source.Assign(attribute, module))

    def layer(self, item: LayerItem, channels: Amount | None) -> source.Expression:
        return EMITTERS[item.op_class.name](Site(self, item, channels))

    def call(self, item: CallItem, channels: Amount | None) -> source.Expression:
        callee = self.renderer.plan.callee(self.group, item.element, item.children)
        written = self.renderer.written[id(callee)]
        positional, keywords = self.call_arguments(item, written.call)
        if written.takes_channels:
            positional = [source.expression(self.known(item, channels)), *positional]
        return source.Call(written.call.name, positional, keywords)

    def known(self, item: LayerItem | CallItem, channels: Amount | None) -> Amount:
        """Channels that enter an item: as symbols say, or as all instances have them."""
        if channels is not None:
            return channels
        if isinstance(item, LayerItem):
            return Site(self, item, None).in_amount

        def measure(child: object) -> Hashable:
            return child.scope.input_shape.channels  # type: ignore[attr-defined]  # a call's

        return int(str(self.group.constant(item.element, item.children, measure)))

    def after(self, item: Item, channels: Amount | None) -> Amount | None:
        """The channels behind an item."""
        return self.flow.item(item, channels, self.environment, dict(self.amounts))

    def sequence(self, item: SequenceItem, cursor: Cursor) -> None:
        self.place(item.name, self.sequences.write(item, cursor.channels))
        self.apply(cursor, item.name or "", True)
        cursor.channels = self.sequences.after(item, cursor.channels, self.environment)

    def merge(self, item: MergeItem, cursor: Cursor) -> None:
        self.fix(cursor)
        channels = self.flow.merge(item, cursor.channels, self.environment, dict(self.amounts))
        operands = [
            cursor.value if name == "main" else self.values[name] for name in item.names
        ]
        for number, path in enumerate(item.paths, start=1):
            operands.append(self.path(path, number, cursor))
        cursor.value = merged(item.op_class.name, operands)
        cursor.restart()
        cursor.calls, cursor.channels = 1, channels

    def path(self, path: Items, number: int, entry: Cursor) -> source.Expression:
        """One path of a merge: a variable, or one call on the value that enters."""
        if not path:
            return entry.value
        variable = self.identifiers.fresh(f"path{number}")
        cursor = entry.at(variable)
        self.braces(path, cursor)
        if cursor.calls > 1 or cursor.assigned:
            self.settle(cursor)
        if str(cursor.value) != variable:
            self.identifiers.taken.discard(variable)
        return cursor.value

    def bind(self, name: str, cursor: Cursor) -> None:
        self.amounts[name] = cursor.channels
        if name not in self.renderer.read_names(self.group):
            return
        variable = self.identifiers.fresh(name.replace("%", "value"))
        if str(cursor.value) != cursor.target or not self.rename_last(cursor.target, variable):
            self.step(source.Assign(variable, cursor.value))
        cursor.value = source.name(variable)
        cursor.restart()
        self.values[name] = cursor.value

    def rename_last(self, old: str, new: str) -> bool:
        """Have the last assignment go to `new` instead."""
        body = self.forward[-1]
        last = body[-1] if body else None
        if isinstance(last, source.Assign) and [str(one) for one in last.targets] == [old]:
            body[-1] = source.Assign(new, last.value)
            return True
        return False

    def let(self, item: LetItem, cursor: Cursor) -> None:
        self.fix(cursor)
        variable = self.identifiers.fresh(item.name)
        side = cursor.at(variable)
        inner = tuple(
            one for one in item.items if not (isinstance(one, BindItem) and one.name == item.name)
        )
        self.items(inner, side)
        self.settle(side)
        self.values[item.name] = side.value
        self.amounts[item.name] = side.channels

    # Branches

    def branches(self, item: IfItem, cursor: Cursor) -> None:
        known = known_value(item.condition, self.environment)
        if known is not None:
            self.braces(item.then if known[0] else item.otherwise, cursor)
            return
        live = [not is_dead(branch) for branch in (item.then, item.otherwise)]
        if not all(live):
            self.braces(item.then if live[0] else item.otherwise, cursor)
            return
        condition = self.condition(item)
        if not item.then and not item.otherwise:
            return
        channels = self.flow.branches(item, cursor.channels, self.environment, dict(self.amounts))
        only = item.then or item.otherwise
        if len(only) == 1 and not (item.then and item.otherwise):
            self.optional(only[0], condition, bool(item.then), cursor)
        else:
            self.conditional_blocks(item.then, item.otherwise, condition, cursor)
        cursor.channels = channels

    def condition(self, item: IfItem) -> source.Expression:
        try:
            condition = write(item.condition, self.environment)
        except Inexpressible:
            raise Split(self.group, id) from None
        self.note_uses([item.condition])
        return condition

    def optional(
        self, item: Item, condition: source.Expression, when: bool, cursor: Cursor
    ) -> None:
        """A module that some instances have, and others pass by."""
        if isinstance(item, LayerItem):
            module = self.layer(item, cursor.channels)
        elif isinstance(item, CallItem):
            module = self.call(item, cursor.channels)
        elif isinstance(item, SequenceItem):
            module = self.sequences.write(item, cursor.channels)
        else:
            branches = ((item,), ()) if when else ((), (item,))
            self.conditional_blocks(*branches, condition, cursor)
            return
        identity = source.call("nn.Identity")
        choice = (module, condition, identity) if when else (identity, condition, module)
        self.place(item.name, source.Conditional(*choice))
        self.apply(cursor, item.name or "", True)

    def conditional_blocks(
        self, then: Items, otherwise: Items, condition: source.Expression, cursor: Cursor
    ) -> None:
        """Branches as `if` statements in the constructor and in `forward`."""
        self.fix(cursor)
        flag = self.attributes.fresh("condition")
        test = source.Attribute(source.name("self"), flag)
        self.emit(source.Assign(test, condition))
        made: list[list[source.Statement]] = []
        done: list[list[source.Statement]] = []
        for branch in (then, otherwise):
            side = cursor.at(cursor.target)
            self.forward.append([])
            made.append(self.nested(self.branch_body(branch, side)))
            done.append(self.forward.pop())
        for bodies, write_statement in ((made, self.emit), (done, self.step)):
            first, second = bodies
            if first:
                write_statement(source.If(test, first, second))
            elif second:
                write_statement(source.If(source.Unary("not", test), second))
        cursor.value = source.name(cursor.target)

    def branch_body(self, items: Items, cursor: Cursor) -> Callable[[], None]:
        def write_body() -> None:
            self.braces(items, cursor)
            self.settle(cursor)

        return write_body

    # Classes

    def nested_class(
        self, item: NestedItem, channels: Amount | None, environment: Environment, hint: str
    ) -> source.Expression:
        """A merge within a sequence, as a class of its own; gives the call that makes one."""
        return self.renderer.nested_class(self, item, channels, environment, hint)
