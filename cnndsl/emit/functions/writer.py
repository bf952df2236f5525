"""The body of one function in the functional style."""

from __future__ import annotations

from .. import python
from ..amounts import add, multiply
from ..formulas import known_value, with_number, write_iterable
from ..identifiers import Identifiers
from ..items import (
    ALONE,
    count_of_children,
    is_unreached,
    names_beside,
    names_read,
    needs_counter,
    only_branch,
    path_names,
    reached,
)
from ..kinds import INTEGER, NOTHING, TENSOR, elements, unpacked
from ..outline import BindItem
from ..statements import choice, reads
from ..writer import Writer
from .cursor import Cursor, NameParts, Position
from .entry import Entry
from .loops import counts_from, is_count, numbers_from, target
from .site import Site

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .. import outline
    from ..amounts import Amount
    from ..kinds import Kind
    from ..outline import Items
    from ..planning import Group
    from .renderer import FunctionalRenderer


MADE = python.name("made")
"""The variable of the layers that calls of the same share."""


class FunctionWriter(Writer):
    """Writes the body of one emitted function. What writes an item moves a cursor behind it."""

    renderer: FunctionalRenderer

    def __init__(self, renderer: FunctionalRenderer, group: Group, baked: frozenset[str]) -> None:
        super().__init__(renderer, group, Identifiers(renderer.module_names), baked)
        self.names_read |= group.template.measured
        self.values: dict[str, str] = {}
        """The variables of named values."""
        self.lists: dict[str, python.Expression] = {}
        """The variables of lists of values."""
        self.picked: dict[str, python.Expression] = {}
        """What is read of lists, by the text that stands for it among variables."""
        self.assignments: dict[str, int] = {}
        """How often each variable has been assigned."""
        self.entry: Entry | None = None
        """What `in` is the shape of here."""
        self.loop_targets: list[str] = []
        """The variables that the repeats around this place assign in every turn."""
        self.reusable: dict[str, Kind] = {}
        """The kinds of variables whose names can be taken up again."""

    # Statements

    def emit(self, statement: python.Statement) -> None:
        super().emit(statement)
        if isinstance(statement, python.Assign):
            for target in map(str, statement.targets):
                self.assignments[target] = self.assignments.get(target, 0) + 1

    def value(self, variable: str) -> python.Expression:
        """A variable, or what stands for one, as an expression."""
        picked = self.picked.get(variable)
        return python.name(variable) if picked is None else picked

    def assign(self, cursor: Cursor, value: python.Expression) -> None:
        """Have a value in the cursor's target, and go on from there."""
        self.emit(python.Assign(cursor.target, value))
        cursor.move([cursor.target])

    def settle(self, cursor: Cursor) -> None:
        """Have the cursor's values in its targets."""
        count = len(cursor.variables)
        pairs = zip(cursor.targets[:count], cursor.variables, strict=True)
        moves = [(target, variable) for target, variable in pairs if target != variable]
        if moves:
            self.assign_each(moves)
        cursor.move(cursor.targets[:count])

    def results(self, names: Sequence[str], cursor: Cursor) -> list[python.Expression]:
        """The values of outputs, at the end of the items."""
        return [self.value(cursor.x if one == "main" else self.values[one]) for one in names]

    def assign_each(self, moves: Sequence[tuple[str, str]]) -> None:
        """Assign the values of variables to others, all at once."""
        targets, variables = zip(*moves, strict=True)
        values = [self.value(one) for one in variables]
        value = values[0] if len(values) == 1 else python.Tuple(values)
        self.emit(python.Assign([*targets], value))

    def widen(self, cursor: Cursor, names: Sequence[str]) -> None:
        """Have targets for the values beside the first, called as a block calls them."""
        for name in names[len(cursor.targets) :]:
            cursor.other_targets += (self.identifiers.fresh(name),)

    def pinned(self, name: NameParts) -> NameParts:
        """A path that can be written twice: one that draws from a counter is put in a variable."""
        if not any(isinstance(part, python.Call) for part in name.parts):
            return name
        variable = self.identifiers.fresh("layer_name")
        self.emit(python.Assign(variable, name.text()))
        return NameParts(python.name(variable))

    # Items

    def items(self, items: Items, cursor: Cursor) -> None:
        for item in items:
            self.visit(item, cursor)

    def scoped(self, items: Items, cursor: Cursor) -> None:
        """Items for which `in` is the shape at the cursor."""
        environment, entry = self.environment, self.entry
        self.entry = Entry(self, cursor.x)
        self.environment = environment.replaced(entering=self.entry.dimension)
        self.items(items, cursor)
        for name in self.environment.symbols.keys() - environment.symbols.keys():
            self.release(str(self.environment.symbols[name]), self.environment.kinds[name])
        self.environment, self.entry = environment, entry

    def number(self, item: outline.NumberItem, _cursor: Cursor) -> None:
        """A named number: a variable, if its value is not known."""
        kind = NOTHING if item.formula.node is None else self.environment.kind(item.formula.node)
        self.environment, value = with_number(
            self.environment, item, lambda name: self.local(name, kind)
        )
        if value is not None:
            self.emit(python.Assign(self.environment.symbols[item.name], value))

    def child(self, name: str | None, cursor: Cursor) -> NameParts:
        number = "0" if cursor.position is None else cursor.position.take()
        if name is None:
            return cursor.prefix.child(number)
        if isinstance(number, python.Call):
            self.emit(python.ExpressionStatement(number))
        return cursor.prefix.child(*self.name_parts(name, self.environment))

    def layer(self, item: outline.LayerItem, cursor: Cursor) -> None:
        name = self.child(item.name, cursor)
        site = Site(self, item, name, cursor, self.value(cursor.x))
        self.renderer.dialect.lowerings[item.op_class].emit(site)

    def call(self, item: outline.CallItem, cursor: Cursor) -> None:
        name = self.child(item.name, cursor)
        written = self.callee(item)
        positional, keywords = self.call_arguments(item, written, self.environment)
        if self.renderer.plan.callee(self.group, item) in self.renderer.sharing:
            is_read = not written.name_parameter.startswith("_")
            keywords.append((str(MADE) if is_read else f"_{MADE}", MADE))
        keywords.append((written.name_parameter, name.text()))
        values = [*map(self.value, cursor.variables[: item.inputs]), *positional]
        value = python.Call(written.name, values, tuple(keywords))
        if item.outputs == 1:
            self.assign(cursor, value)
            return
        self.widen(cursor, item.names_beside)
        cursor.move(cursor.targets[: item.outputs])
        self.emit(python.Assign([*cursor.variables], value))

    def merge(self, item: outline.MergeItem, cursor: Cursor) -> None:
        operands = [cursor.x if name == "main" else self.values[name] for name in item.names]
        paths: list[Cursor] = []
        for path, wanted in zip(item.paths, path_names(item), strict=True):
            inner = Cursor(cursor.x, cursor.x, cursor.prefix)
            if path:
                inner.target = self.path_variable(wanted)
                paths.append(inner)
                self.scoped(path, inner)
            operands.append(inner.x)
        name = cursor.prefix.child(item.name or item.op_class.name)
        tensors = python.listed([self.value(operand) for operand in operands])
        site = Site(self, item, name, cursor, tensors)
        self.renderer.dialect.lowerings[item.op_class].emit(site)
        for inner in paths:
            self.release(inner.target, TENSOR)

    def path_variable(self, wanted: str) -> str:
        """A variable for what a path makes; what a block or parameter is called it is not."""
        is_taken = wanted in self.identifiers.taken and wanted not in self.reusable
        return self.local("path" if is_taken and wanted in ALONE.values() else wanted, TENSOR)

    def nested(self, item: outline.NestedItem, cursor: Cursor) -> None:
        """A merge within a sequence, whose named values are its own."""
        inner = cursor.within(self.pinned(self.child(item.name, cursor)), None)
        outer, self.values = self.values, dict(self.values)
        self.items(item.items, inner)
        self.values = outer
        cursor.x = inner.x

    def turn(self, item: outline.TurnItem, cursor: Cursor) -> None:
        """A turn of a loop that knows lists, whose named values are its own."""
        inner = cursor.within(self.pinned(self.child(item.name, cursor)), None)
        outer = self.values, self.names_read
        self.values = dict(self.values)
        self.names_read = names_read(item.items) | self.group.template.measured
        self.scoped(item.items, inner)
        self.values, self.names_read = outer
        cursor.move([inner.x])

    def grow(self, item: outline.GrowItem, cursor: Cursor) -> None:
        append = python.Attribute(self.list_of(item.list), "append")
        self.emit(python.ExpressionStatement(python.Call(append, [self.value(cursor.x)])))

    def pick(self, item: outline.PickItem, _cursor: Cursor) -> None:
        values = self.list_of(item.list)
        found: python.Expression = python.Starred(values)
        if item.index is not None:
            found = python.Index(values, self.expressed(item.index, self.environment))
        self.picked[str(found)] = found
        self.values[item.name] = str(found)

    def list_of(self, name: str) -> python.Expression:
        """The variable of a list, which begins with no values."""
        if name not in self.lists:
            self.lists[name] = python.name(self.identifiers.fresh(name))
            kind = f"list[{self.renderer.dialect.tensor}]"
            self.emit(python.Assign(self.lists[name], python.List([]), kind))
        return self.lists[name]

    def sequence(self, item: outline.SequenceItem, cursor: Cursor) -> None:
        for name in item.lists:
            self.list_of(name)
        prefix = self.pinned(self.child(item.name, cursor))
        counter = None
        if needs_counter(item.items):
            counter = self.identifiers.fresh("index")
            self.emit(python.Assign(counter, python.Call("itertools.count", [])))
        inner = cursor.within(prefix, Position(counter=counter))
        (self.scoped if item.is_stage else self.items)(item.items, inner)
        cursor.move(inner.variables)
        cursor.other_targets = inner.other_targets

    # Loops

    def repeat(self, item: outline.RepeatItem, cursor: Cursor) -> None:
        if is_unreached(item.items):
            return
        known = known_value(item.count, self.environment)
        count: Amount = self.expressed(item.count, self.environment) if known is None else known[0]
        self.begin_turns(item, cursor)
        position = cursor.position or Position()
        children = count_of_children(item.items)

        def turn(inner: Position) -> list[python.Statement]:
            return self.nested_body(self.items, item.items, cursor.within(cursor.prefix, inner))

        before = len(self.loop_targets)
        self.loop_targets += cursor.targets
        if position.counter is not None or children is None:
            turns = python.call("range", python.expression(count))
            self.emit(python.For("_", turns, turn(position)))
        else:
            variable = self.local("i", INTEGER)
            end = add(position.next, multiply(count, children))
            numbers = numbers_from(position.next, end, children)
            self.emit(python.For(variable, numbers, turn(Position(python.name(variable)))))
            self.release(variable, INTEGER)
            position.next = end
        del self.loop_targets[before:]

    def begin_turns(self, item: outline.RepeatItem | outline.ForItem, cursor: Cursor) -> None:
        """Have the values that a loop carries in the variables that each turn assigns."""
        self.widen(cursor, names_beside(item.items))
        self.settle(cursor)

    def loop(self, item: outline.ForItem, cursor: Cursor) -> None:
        if is_unreached(item.items):
            return
        known = known_value(item.iterable, self.environment)
        position = cursor.position or Position()
        outer, start = self.environment, position.next
        iterable = self.expressed(item.iterable, outer, write_iterable)
        self.begin_turns(item, cursor)
        kinds = self.kinds_of_targets(item)
        names = [self.local(name, kind) for name, kind in zip(item.targets, kinds, strict=True)]
        symbols = {spec: python.name(one) for spec, one in zip(item.targets, names, strict=True)}
        children = count_of_children(item.items) or 0
        first = start if children == 1 else 0
        counts = len(names) == 1 and (
            counts_from(first, known[0]) if known else first == 0 and is_count(item.iterable)
        )
        is_numbered = len(names) == 2 and getattr(item.iterable.node, "name", "") == "enumerate"
        inner = position
        variable = ""
        if position.counter is None:
            variable = names[0] if counts or is_numbered else self.local("i", INTEGER)
            number = multiply(children, python.name(variable))
            begins = children == 1 and not is_numbered
            inner = Position(number if begins else add(start, number))
        self.environment = outer.extended(symbols, dict(zip(item.targets, kinds, strict=True)))
        body = self.nested_body(self.scoped, item.items, cursor.within(cursor.prefix, inner))
        self.environment = outer
        read = reads(body)
        shown = [one if one in read or one == variable else "_" for one in names]
        if position.counter is None:
            length: Amount = python.call("len", iterable) if known is None else len(known[0])
            position.next = add(start, multiply(children, length))
        is_plain = counts or is_numbered or variable not in read
        if position.counter is not None or is_plain:
            self.emit(python.For(shown, iterable, body))
        elif known is not None and set(shown) == {"_"}:
            numbers = numbers_from(first, add(first, len(known[0])), 1)
            self.emit(python.For(variable, numbers, body))
        else:
            begin = [] if first == 0 else [("start", python.expression(first))]
            numbered = python.Call("enumerate", [iterable], tuple(begin))
            pair: list[python.Value] = [python.name(variable), target(shown)]
            self.emit(python.For(pair, numbered, body))
        for name, kind in {**dict(zip(names, kinds, strict=True)), variable: INTEGER}.items():
            self.release(name, kind)

    def nested_body(
        self, write_items: Callable[[Items, Cursor], None], items: Items, cursor: Cursor
    ) -> list[python.Statement]:
        """The statements for items that end with their value in the cursor's target."""
        with self.inside() as body:
            write_items(items, cursor)
            self.settle(cursor)
        return body

    def kinds_of_targets(self, item: outline.ForItem) -> list[Kind]:
        node = item.iterable.node
        kind = NOTHING if node is None else elements(self.environment.kind(node))
        return unpacked(kind, len(item.targets))

    def local(self, wanted: str, kind: Kind) -> str:
        """A local variable, which takes up the name of an earlier one of its kind."""
        name = Identifiers().fresh(wanted)
        if self.reusable.get(name) == kind:
            del self.reusable[name]
            return name
        return self.identifiers.fresh(wanted)

    def release(self, name: str, kind: Kind) -> None:
        """Let later variables of the same kind have a name."""
        self.reusable[name] = kind

    # Branches and names

    def branches(self, item: outline.IfItem, cursor: Cursor) -> None:
        only = only_branch(item, self.environment)
        if only is not None:
            self.scoped(only, cursor)
            return
        condition = self.condition(item, self.environment)
        position = cursor.position
        start = position.next if position is not None else 0
        bodies: list[list[python.Statement]] = []
        count = len(cursor.variables)
        self.widen(cursor, names_beside((item,)))
        for items in (item.then, item.otherwise):
            if position is not None:
                position.next = start
            inner = cursor.within(cursor.prefix, position)
            bodies.append(self.nested_body(self.scoped, reached(items), inner))
            count = len(inner.variables) if items else count
        if position is not None and position.counter is None:
            position.next = add(start, count_of_children((item,)) or 0)
        if any(bodies):
            self.emit(choice(condition, *bodies))
        cursor.move(cursor.targets[:count])

    def read(self, item: outline.ReadItem, cursor: Cursor) -> None:
        cursor.move([self.values[item.name]])

    def side_by_side(self, item: outline.ValuesItem, cursor: Cursor) -> None:
        cursor.move([cursor.x if name == "main" else self.values[name] for name in item.names])

    def unpack(self, item: outline.NamesItem, cursor: Cursor) -> None:
        """Name the values that are read, in variables that nothing else is assigned to."""
        variables = cursor.variables
        own = {
            name: self.identifiers.fresh(name.replace("%", "value"))
            for name in item.names
            if name in self.names_read
        }
        self.values |= own
        body = self.bodies[-1]
        last = body[-1] if body else None
        if isinstance(last, python.Assign) and tuple(map(str, last.targets)) == variables:
            body.pop()
            for variable in variables:
                self.assignments[variable] -= 1
            first, *others = item.names
            beside = tuple(own.get(name, "_") for name in others)
            variables = (own.get(first, variables[0]), *beside)
            self.emit(python.Assign([*variables], last.value))
        else:
            for name, variable in zip(item.names, variables, strict=True):
                if name in own:
                    self.emit(python.Assign(own[name], self.value(variable)))
        cursor.move(variables[:1])

    def bind(self, item: BindItem, cursor: Cursor) -> None:
        """Name the current value. It needs a variable of its own where the line goes on."""
        if item.name not in self.names_read:
            return
        variable = self.values[item.name] = self.identifiers.fresh(item.name.replace("%", "value"))
        body = self.bodies[-1]
        last = body[-1] if body else None
        is_own = cursor.x == cursor.target and not (self.entry and self.entry.is_at(body))
        if is_own and isinstance(last, python.Assign) and str(last.targets[0]) == cursor.x:
            body.pop()
            self.assignments[cursor.x] -= 1
            self.emit(python.Assign(variable, last.value))
            cursor.x = variable
        elif variable != cursor.x:
            self.emit(python.Assign(variable, self.value(cursor.x)))

    def let(self, item: outline.LetItem, cursor: Cursor) -> None:
        """A side chain, whose value must not move on with the main line."""
        side = Cursor(cursor.x, self.identifiers.fresh(item.name), cursor.prefix)
        own = BindItem(item.name)
        self.items(tuple(one for one in item.items if one != own), side)
        if side.x == cursor.x == cursor.target or side.x in self.picked:
            self.settle(side)
        self.values[item.name] = side.x
