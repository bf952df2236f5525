"""The body of one emitted class: what its constructor makes and what `forward` does with it."""

from __future__ import annotations

from cnndsl.emit import python
from cnndsl.emit.channels import Flow, chooses, entering, reads_entry
from cnndsl.emit.formulas import Identifiers, Inexpressible, negated, write
from cnndsl.emit.outline import (
    BindItem,
    CallItem,
    IfItem,
    LayerItem,
    LetItem,
    MergeItem,
    NestedItem,
    ReadItem,
    SequenceItem,
)
from cnndsl.emit.planning import Split
from cnndsl.emit.writer import Writer, only_branch, reached
from cnndsl.ir.network import Child
from cnndsl_torch.forward import Cursor, Forward
from cnndsl_torch.modules import LOWERINGS, Site
from cnndsl_torch.names import MODULE_ATTRIBUTES
from cnndsl_torch.sequences import SequenceWriter
from cnndsl_torch.statements import choice, names_in, reads, without_assignments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from cnndsl.emit.formulas import Amount
    from cnndsl.emit.outline import Formula, Item, Items
    from cnndsl.emit.planning import Group
    from cnndsl.ir.network import Scope
    from cnndsl.values import Value
    from cnndsl_torch.renderer import ModuleRenderer


class ClassWriter(Writer):
    """Writes one emitted class: `bodies` are the constructor's, `forward` is the method's."""

    def __init__(
        self, renderer: ModuleRenderer, group: Group, name: str, baked: frozenset[str]
    ) -> None:
        super().__init__(group, Identifiers((), renderer.module_names), baked)
        self.renderer = renderer
        self.name = name
        self.flow = Flow(renderer.plan, group)
        self.forward = Forward(renderer.module_names, renderer.read_names(group))
        self.values: dict[str, python.Expression] = {}
        self.amounts: dict[str, Amount | None] = {}
        self.attributes = Identifiers(MODULE_ATTRIBUTES | group.template.layer_names)
        self.loop_values: dict[str, list[Value]] = {}
        """The values of the loops' variables, as far as they are known."""
        self.flags: dict[str, str] = {}
        """The attributes that keep conditions, by the condition."""
        is_taken = "in_channels" in self.identifiers.taken
        self.in_channels = self.identifiers.fresh("input_channels" if is_taken else "in_channels")
        self.sequences = SequenceWriter(self)

    def constructor(self) -> list[python.Statement]:
        """The constructor's statements, without variables that nobody reads."""
        body = self.bodies[0]
        for counter in self.sequences.retained:
            if not reads(body, counter):
                body = without_assignments(body, counter)
        return body

    # Items

    def items(self, items: Items, cursor: Cursor) -> None:
        for item in items:
            self.item(item, cursor)

    def braces(self, items: Items, cursor: Cursor) -> None:
        """Items in braces of their own, for which `in` is the shape at the cursor."""
        outer = self.environment
        self.environment = entering(outer, cursor.channels)
        with self.sequences.holding(cursor.channels if reads_entry(items) else None):
            self.items(items, cursor)
        self.environment = outer

    def item(self, item: Item, cursor: Cursor) -> None:
        if isinstance(item, LayerItem | CallItem | SequenceItem):
            module, behind = self.module(item, cursor.channels)
            self.place(item.name, module)
            self.forward.apply(cursor, item.name or "", is_heavy(item))
            cursor.channels = self.kept(behind)
        elif isinstance(item, MergeItem):
            self.merge(item, cursor)
        elif isinstance(item, IfItem):
            self.branches(item, cursor)
        elif isinstance(item, ReadItem):
            cursor.restart(self.values[item.name])
            cursor.channels = self.amounts[item.name]
        elif isinstance(item, BindItem):
            self.bind(item.name, cursor)
        elif isinstance(item, LetItem):
            self.let(item, cursor)
        else:
            raise TypeError(f"{type(item).__name__} stands in sequences alone")

    def module(
        self, item: LayerItem | CallItem | SequenceItem, channels: Amount | None
    ) -> tuple[python.Expression, Amount | None]:
        """An item's module, and the channels behind it."""
        if isinstance(item, SequenceItem):
            return self.sequences.write(item, channels)
        if isinstance(item, LayerItem):
            return self.layer(item, channels), self.after(item, channels)
        return self.call(item, channels), self.after(item, channels)

    def place(self, name: str | None, module: python.Expression) -> None:
        attribute = python.Attribute(python.name("self"), name or "")
        self.emit(python.Assign(attribute, module))

    def layer(self, item: LayerItem, channels: Amount | None) -> python.Expression:
        module: python.Expression = LOWERINGS[item.op_class].emit(Site(self, item, channels))
        return module

    def call(self, item: CallItem, channels: Amount | None) -> python.Expression:
        callee = self.renderer.plan.callee(self.group, item.element, item.children)
        written = self.renderer.written[id(callee)]
        positional, keywords = self.call_arguments(item, written.call)
        if written.takes_channels:
            positional = [python.expression(self.entry_of(item, channels)), *positional]
        return python.Call(written.call.name, positional, keywords)

    def entry_of(self, item: CallItem | NestedItem, channels: Amount | None) -> Amount:
        """The channels that enter a class: as symbols say, or as all instances have them."""
        if channels is not None:
            return channels
        return self.measured(item, lambda scope: scope.input_shape.channels)

    def measured(
        self, item: CallItem | NestedItem | SequenceItem, measure: Callable[[Scope], int]
    ) -> int:
        """What `measure` gives for every instance of an item."""

        def measure_child(child: object) -> Hashable:
            return measure(child.scope) if isinstance(child, Child) else None

        return int(str(self.group.constant(item.element, item.children, measure_child)))

    def after(self, item: Item, channels: Amount | None) -> Amount | None:
        """The channels behind an item, as symbols say them."""
        return self.flow.item(item, channels, self.environment, dict(self.amounts))

    # Merges and names

    def merge(self, item: MergeItem, cursor: Cursor) -> None:
        self.forward.fix(cursor)
        channels = self.flow.merge(item, cursor.channels, self.environment, dict(self.amounts))
        operands = [cursor.value if name == "main" else self.values[name] for name in item.names]
        with self.sequences.holding(cursor.channels):
            for number, path in enumerate(item.paths, start=1):
                operands.append(self.path(path, number, cursor))
        joined = LayerItem(item.name, item.element, item.op_class, {}, item.layers)
        site = Site(self, joined, cursor.channels, operands)
        cursor.restart(LOWERINGS[item.op_class].emit(site))
        cursor.calls, cursor.channels = 1, self.kept(channels)

    def path(self, path: Items, number: int, entry: Cursor) -> python.Expression:
        """One path of a merge: a variable, or one call on the value that enters."""
        if not path:
            return entry.value
        variables = self.forward.variables
        prefix = entry.target if entry.target.startswith("path") else ""
        variable = variables.fresh(f"{prefix}_{number}" if prefix else f"path{number}")
        cursor = entry.at(variable)
        self.braces(path, cursor)
        if cursor.calls > 1 or (cursor.is_assigned and cursor.calls):
            self.forward.settle(cursor)
        if not cursor.is_assigned:
            variables.taken.discard(variable)
        return cursor.value

    def bind(self, name: str, cursor: Cursor) -> None:
        self.amounts[name] = cursor.channels
        if name not in self.renderer.read_names(self.group):
            return
        if cursor.channels is not None:
            self.sequences.held.append(cursor.channels)  # for as long as names can be read
        if not cursor.calls and str(cursor.value) in map(str, self.values.values()):
            self.values[name] = cursor.value
            return
        self.forward.name_value(cursor, name.replace("%", "value"))
        self.values[name] = cursor.value

    def let(self, item: LetItem, cursor: Cursor) -> None:
        """A side chain. Its value has the chain's name, also on the way there."""
        self.forward.fix(cursor)
        side = cursor.at(self.forward.variables.fresh(item.name))
        inner = tuple(
            one for one in item.items if not (isinstance(one, BindItem) and one.name == item.name)
        )
        with self.sequences.holding(cursor.channels):
            self.items(inner, side)
        self.forward.settle(side)
        self.values[item.name] = side.value
        self.amounts[item.name] = side.channels

    # Branches

    def branches(self, item: IfItem, cursor: Cursor) -> None:
        only = only_branch(item, self.environment)
        if only is not None:
            self.braces(only, cursor)
            return
        channels = self.flow.branches(item, cursor.channels, self.environment, dict(self.amounts))
        condition = self.expressed(item.condition)
        then, otherwise = self.working(item.then), self.working(item.otherwise)
        either = then or otherwise
        first = either[0] if len(either) == 1 else None
        is_optional = not (then and otherwise)
        if is_optional and isinstance(first, LayerItem | CallItem | SequenceItem):
            self.optional(first, condition, bool(then), cursor)
        elif either:
            self.conditional(then, otherwise, condition, cursor)
        cursor.channels = self.kept(channels)

    def kept(self, channels: Amount | None) -> Amount | None:
        """An amount, in a variable if a branch decides on it."""
        if channels is None or not chooses(channels):
            return channels
        variable = self.identifiers.fresh("channels")
        self.emit(python.Assign(variable, python.expression(channels)))
        self.sequences.retained.append(variable)
        return python.name(variable)

    def working(self, items: Items) -> Items:
        """The items that some instance reaches, without the names that nobody reads."""
        names = self.renderer.read_names(self.group)
        return tuple(
            one for one in reached(items) if not isinstance(one, BindItem) or one.name in names
        )

    def expressed(
        self, formula: Formula, write_formula: Callable[[], python.Expression] | None = None
    ) -> python.Expression:
        """A formula that steers the code: no layer's attributes tell its value."""
        try:
            written = write_formula() if write_formula else write(formula, self.environment)
        except Inexpressible:
            raise Split(self.group, id) from None
        self.note_uses([formula])
        return written

    def optional(
        self,
        item: LayerItem | CallItem | SequenceItem,
        condition: python.Expression,
        when: bool,
        cursor: Cursor,
    ) -> None:
        """A module that some instances have, and others pass by."""
        outer = self.environment
        self.environment = entering(outer, cursor.channels)
        made: list[python.Expression] = []
        with self.sequences.holding(cursor.channels):
            before = self.nested(lambda: made.append(self.module(item, cursor.channels)[0]))
        self.environment = outer
        identity = python.call("nn.Identity")
        if before:  # a loop that fills a list
            attribute = python.Attribute(python.name("self"), item.name or "")
            then = [*before, python.Assign(attribute, made[0])]
            test = condition if when else negated(condition)
            self.emit(python.If(test, then, [python.Assign(attribute, identity)]))
        else:
            choice = (made[0], condition, identity) if when else (identity, condition, made[0])
            self.place(item.name, python.Conditional(*choice))
        self.forward.apply(cursor, item.name or "", is_heavy(item))

    def conditional(
        self, then: Items, otherwise: Items, condition: python.Expression, cursor: Cursor
    ) -> None:
        """Branches as `if` statements in the constructor and in `forward`."""
        self.forward.fix(cursor)
        in_constructor, in_forward = self.flag(condition)
        made: list[list[python.Statement]] = []
        done: list[list[python.Statement]] = []
        with self.sequences.holding(cursor.channels):
            for branch in (then, otherwise):
                self.forward.bodies.append([])
                made.append(self.nested(self.branch(branch, cursor.at(cursor.target))))
                done.append(self.forward.bodies.pop())
        for bodies, test, emit in (
            (made, in_constructor, self.emit),
            (done, in_forward, self.forward.step),
        ):
            if any(bodies):
                emit(choice(test, *bodies))
        cursor.is_assigned = True
        cursor.restart(python.name(cursor.target))

    def branch(self, items: Items, cursor: Cursor) -> Callable[[], None]:
        def write_branch() -> None:
            self.braces(items, cursor)
            self.forward.settle(cursor)

        return write_branch

    def flag(self, condition: python.Expression) -> tuple[python.Expression, python.Expression]:
        """How the constructor and `forward` test a condition, which an attribute keeps."""
        if isinstance(condition, python.Unary) and condition.operator == "not":
            operand = condition.operand
            inner = operand.value if isinstance(operand, python.Parenthesized) else operand
            tests = self.flag(inner)
            return negated(tests[0]), negated(tests[1])
        text = str(condition)
        is_name = text in self.parameters.values()
        attribute = self.flags.get(text)
        if attribute is None:
            wanted = text if is_name and text not in self.attributes.taken else "condition"
            attribute = self.attributes.fresh(wanted)
            self.emit(python.Assign(python.Attribute(python.name("self"), attribute), condition))
            lasting = {*self.parameters.values(), self.in_channels}
            if len(self.bodies) == 1 and names_in(condition) <= lasting:
                self.flags[text] = attribute
        test = python.Attribute(python.name("self"), attribute)
        return (condition if is_name else test), test


def is_heavy(item: LayerItem | CallItem | SequenceItem) -> bool:
    """Whether a module is more than a function of each value."""
    return not isinstance(item, LayerItem) or any(layer.cost.macs for layer in item.layers)
