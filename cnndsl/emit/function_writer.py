"""The body of one function in the functional style."""

from __future__ import annotations

import re

from . import python
from .formulas import Identifiers, Inexpressible, add, known_value, multiply, negated, write
from .kinds import INTEGER, NOTHING, TENSOR, elements, unpacked
from .naming import NameParts, Position, children_of, needs_counter
from .outline import (
    BindItem,
    CallItem,
    ForItem,
    IfItem,
    LayerItem,
    MergeItem,
    NestedItem,
    ReadItem,
    RepeatItem,
    SequenceItem,
)
from .planning import Split
from .writer import BaseSite, Writer, is_never_taken, is_unreached

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..values import Value
    from .formulas import Amount
    from .functional import FunctionalRenderer
    from .kinds import Kind
    from .outline import Formula, Item, Items, LetItem
    from .planning import Group
    from .python.expressions import Value as Code


class Site(BaseSite):
    """A layer or merge for a dialect's lowering to write, in an emitted function.

    `entering` is what the next layer is applied to: a variable, or a merge's list of them.
    """

    def __init__(
        self,
        writer: FunctionWriter,
        item: LayerItem,
        name: NameParts,
        entering: python.Expression,
        target: str,
    ) -> None:
        super().__init__(writer, item)
        self.writer: FunctionWriter = writer
        self.name_parts = name
        self.entering = entering
        self.target = target

    @property
    def name(self) -> python.Expression:
        """The layer's path, as text of the emitted code."""
        return self.name_parts.text()

    def part(self, name: str) -> python.Expression:
        """The path of a helper layer below the layer's own, which no layer of the spec can have."""
        self.name_parts = self.writer.pinned(self.name_parts)
        return self.name_parts.child(name).text()

    def apply(self, layer: python.Expression) -> None:
        """Write `x = layer(x)`."""
        call = python.Call(layer, [self.entering])
        self.writer.emit(python.Assign(self.target, call))
        self.entering = python.name(self.target)

    def support(self, name: str) -> str:
        """Ask for a helper definition, by name."""
        self.writer.renderer.needed.add(name)
        return name


class FunctionWriter(Writer):
    """Writes the body of one emitted function.

    Items start from a variable `x` and keep their value in `target`; what writes them returns the
    variable that holds the value in the end. `position` numbers the children of a sequence.
    """

    def __init__(self, renderer: FunctionalRenderer, group: Group, baked: frozenset[str]) -> None:
        super().__init__(group, Identifiers(renderer.module_names), baked)
        self.renderer = renderer
        self.values: dict[str, str] = {}
        self.moves: dict[str, int] = {}
        """How often each variable has been assigned."""
        self.entry: Entry | None = None
        """Where the braces around this place were entered."""
        self.repeated: list[str] = []
        self.kept: list[tuple[str, list[python.Statement], python.Statement]] = []
        """The variables that the repeats around this place assign in every turn."""
        self.retired: dict[str, Kind] = {}
        """The kinds of variables whose names can be taken up again."""

    # Statements

    def emit(self, statement: python.Statement) -> None:
        super().emit(statement)
        if isinstance(statement, python.Assign):
            for target in map(str, statement.targets):
                self.moves[target] = self.moves.get(target, 0) + 1

    def copy(self, target: str, x: str) -> None:
        """Have the value of `x` in `target`."""
        if x != target:
            self.emit(python.Assign(target, python.name(x)))

    def pinned(self, name: NameParts) -> NameParts:
        """A path that can be written twice: one that draws from a counter is kept in a variable."""
        if not any(isinstance(part, python.Call) for part in name.parts):
            return name
        variable = self.identifiers.fresh("layer_name")
        self.emit(python.Assign(variable, name.text()))
        return NameParts(python.name(variable))

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

    def body(self) -> list[python.Statement]:
        """The function's statements, without shapes kept for formulas that came to nothing."""
        text = python.render(self.bodies[0])
        for name, body, assignment in self.kept:
            if len(re.findall(rf"\b{name}\b", text)) == 1:
                body[:] = [one for one in body if one is not assignment]
        return self.bodies[0]

    # Items

    def items(
        self,
        items: Items,
        x: str,
        target: str,
        prefix: NameParts,
        position: Position | None = None,
    ) -> str:
        for item in items:
            x = self.item(item, x, target, prefix, position)
        return x

    def braces(
        self,
        items: Items,
        x: str,
        target: str,
        prefix: NameParts,
        position: Position | None = None,
    ) -> str:
        """Items in braces of their own, for which `in` is the shape of `x`."""
        environment, entry = self.environment, self.entry
        self.entry = Entry(self, x)
        self.environment = environment.entered(self.entry.dimension)
        x = self.items(items, x, target, prefix, position)
        self.environment, self.entry = environment, entry
        return x

    def item(
        self, item: Item, x: str, target: str, prefix: NameParts, position: Position | None
    ) -> str:
        if isinstance(item, LayerItem):
            return self.layer(item, x, target, self.child(item.name, prefix, position))
        if isinstance(item, CallItem):
            return self.call(item, x, target, self.child(item.name, prefix, position))
        if isinstance(item, MergeItem):
            return self.merge(item, x, target, prefix)
        if isinstance(item, NestedItem):
            return self.nest(item, x, target, self.child(item.name, prefix, position))
        if isinstance(item, SequenceItem):
            return self.sequence(item, x, target, self.child(item.name, prefix, position))
        if isinstance(item, RepeatItem):
            return self.repeat(item, x, target, prefix, position or Position())
        if isinstance(item, ForItem):
            return self.loop(item, x, target, prefix, position or Position())
        if isinstance(item, IfItem):
            return self.branches(item, x, target, prefix, position)
        if isinstance(item, ReadItem):
            return self.values[item.name]
        if isinstance(item, BindItem):
            return self.bind(item.name, x, target)
        return self.let(item, x, target, prefix)

    def child(self, name: str | None, prefix: NameParts, position: Position | None) -> NameParts:
        if position is None:
            return prefix.child(name or "0")
        if name is None:
            return prefix.child(position.take())
        if position.counter is None:
            position.take()
        else:
            position.is_drawn = True
            self.emit(python.ExpressionStatement(python.call("next", position.counter)))
        return prefix.child(name)

    def layer(self, item: LayerItem, x: str, target: str, name: NameParts) -> str:
        site = Site(self, item, name, python.name(x), target)
        self.renderer.dialect.lowerings[item.op_class].emit(site)
        return str(site.entering)

    def call(self, item: CallItem, x: str, target: str, name: NameParts) -> str:
        callee = self.renderer.plan.callee(self.group, item.element, item.children)
        written = self.renderer.written[id(callee)]
        positional, keywords = self.call_arguments(item, written)
        keywords.append((written.name_parameter, name.text()))
        values = [python.name(x), *positional]
        self.emit(python.Assign(target, python.Call(written.name, values, tuple(keywords))))
        return target

    def merge(self, item: MergeItem, x: str, target: str, prefix: NameParts) -> str:
        operands = [x if name == "main" else self.values[name] for name in item.names]
        variables: list[str] = []
        for number, path in enumerate(item.paths, start=1):
            if path:
                variables.append(self.local(f"path{number}", TENSOR))
                operands.append(self.braces(path, x, variables[-1], prefix))
            else:
                operands.append(x)
        name = prefix.child(item.name or item.op_class.name)
        merge = LayerItem(item.name, item.element, item.op_class, {}, item.layers)
        tensors = python.List([python.name(operand) for operand in operands])
        self.renderer.dialect.lowerings[item.op_class].emit(
            Site(self, merge, name, tensors, target)
        )
        for variable in variables:
            self.retire(variable, TENSOR)
        return target

    def nest(self, item: NestedItem, x: str, target: str, prefix: NameParts) -> str:
        """A merge within a sequence, whose named values are its own."""
        prefix = self.pinned(prefix)
        outer, self.values = self.values, {}
        x = self.items(item.items, x, target, prefix)
        self.values = outer
        return x

    def sequence(self, item: SequenceItem, x: str, target: str, prefix: NameParts) -> str:
        prefix = self.pinned(prefix)
        position = Position()
        if needs_counter(item.items):
            counter = self.identifiers.fresh("index")
            position = Position(counter=counter)
        place, body = len(self.bodies[-1]), self.bodies[-1]
        write_items = self.braces if item.is_stage else self.items
        final = write_items(item.items, x, target, prefix, position)
        if position.is_drawn:
            self.renderer.needs_itertools = True
            count = python.Call("itertools.count", [])
            body.insert(place, python.Assign(position.counter, count))
        return final

    # Loops

    def repeat(
        self, item: RepeatItem, x: str, target: str, prefix: NameParts, position: Position
    ) -> str:
        if is_unreached(item.items):
            return x
        known = known_value(item.count, self.environment)
        count: Amount = self.expressed(item.count) if known is None else known[0]
        self.copy(target, x)
        children = children_of(item.items)

        def body(inner: Position) -> list[python.Statement]:
            return self.nested(
                lambda: self.copy(target, self.items(item.items, target, target, prefix, inner))
            )

        self.repeated.append(target)
        if position.counter is not None or children is None:
            turns = python.call("range", python.expression(count))
            self.emit(python.For("_", turns, body(position)))
        else:
            variable = self.local("i", INTEGER)
            end = add(position.next, multiply(count, children))
            numbers = numbers_from(position.next, end, children)
            self.emit(python.For(variable, numbers, body(Position(python.name(variable)))))
            self.retire(variable, INTEGER)
            position.next = end
        self.repeated.pop()
        return target

    def loop(
        self, item: ForItem, x: str, target: str, prefix: NameParts, position: Position
    ) -> str:
        if is_unreached(item.items):
            return x
        known = known_value(item.iterable, self.environment)
        outer, start = self.environment, position.next
        iterable = self.expressed(item.iterable, lambda: self.renderer.iterable(item, outer))
        self.copy(target, x)
        kinds = self.kinds_of_targets(item)
        names = [self.local(name, kind) for name, kind in zip(item.targets, kinds, strict=True)]
        symbols = {spec: python.name(one) for spec, one in zip(item.targets, names, strict=True)}
        children = children_of(item.items) or 0
        first = start if children == 1 else 0
        counts = known is not None and len(names) == 1 and _counts_from(first, known[0])
        inner = position
        variable = ""
        if position.counter is None:
            variable = names[0] if counts else self.local("i", INTEGER)
            number = multiply(children, python.name(variable))
            inner = Position(number if children == 1 else add(start, number))
        self.environment = outer.extended(symbols, dict(zip(item.targets, kinds, strict=True)))
        self.used -= set(item.targets)
        body = self.nested(
            lambda: self.copy(target, self.braces(item.items, target, target, prefix, inner))
        )
        self.environment = outer
        shown = [
            one if spec in self.used or one == variable else "_"
            for spec, one in zip(item.targets, names, strict=True)
        ]
        if position.counter is None:
            length: Amount = python.call("len", iterable) if known is None else len(known[0])
            position.next = add(start, multiply(children, length))
        if position.counter is not None or counts:
            self.emit(python.For(_targets(shown), iterable, body))
        elif known is not None and set(shown) == {"_"}:
            numbers = numbers_from(first, add(first, len(known[0])), 1)
            self.emit(python.For(variable, numbers, body))
        else:
            begin = [] if first == 0 else [("start", python.expression(first))]
            numbered = python.Call("enumerate", [iterable], tuple(begin))
            pair: list[Code] = [python.name(variable), _target(shown)]
            self.emit(python.For(pair, numbered, body))
        for name, kind in {**dict(zip(names, kinds, strict=True)), variable: INTEGER}.items():
            self.retire(name, kind)
        return target

    def kinds_of_targets(self, item: ForItem) -> list[Kind]:
        """The kinds of a loop's variables."""
        node = item.iterable.node
        kind = NOTHING if node is None else elements(self.environment.kind(node))
        return unpacked(kind, len(item.targets))

    def local(self, wanted: str, kind: Kind) -> str:
        """A local variable, which takes up the name of an earlier one of its kind."""
        name = Identifiers().fresh(wanted)
        if self.retired.get(name) == kind:
            del self.retired[name]
            return name
        return self.identifiers.fresh(wanted)

    def retire(self, name: str, kind: Kind) -> None:
        """Let later variables of the same kind have a name."""
        self.retired[name] = kind

    # Branches and names

    def branches(
        self, item: IfItem, x: str, target: str, prefix: NameParts, position: Position | None
    ) -> str:
        known = known_value(item.condition, self.environment)
        never = [is_never_taken(branch) for branch in (item.then, item.otherwise)]
        if known is not None or never[0] != never[1]:
            chosen = item.then if (known[0] if known is not None else never[1]) else item.otherwise
            return self.braces(chosen, x, target, prefix, position)
        if is_unreached(item.then + item.otherwise):
            return x
        condition = self.expressed(item.condition)
        start = position.next if position is not None else 0

        def branch(items: Items) -> list[python.Statement]:
            if position is not None:
                position.next = start
            if is_unreached(items):
                return self.nested(lambda: self.copy(target, x))
            return self.nested(
                lambda: self.copy(target, self.braces(items, x, target, prefix, position))
            )

        then, otherwise = branch(item.then), branch(item.otherwise)
        if position is not None and position.counter is None:
            position.next = add(start, children_of((item,)) or 0)
        if then:
            self.emit(python.If(condition, then, otherwise))
        elif otherwise:
            self.emit(python.If(negated(condition), otherwise))
        return target

    def bind(self, name: str, x: str, target: str) -> str:
        """Name the current value. It needs a variable of its own where the line goes on."""
        if name not in self.renderer.read_names(self.group):
            return x
        variable = self.identifiers.fresh(name.replace("%", "value"))
        self.values[name] = variable
        body = self.bodies[-1]
        last = body[-1] if body else None
        is_own = x == target and not (self.entry and self.entry.is_at(body))
        if is_own and isinstance(last, python.Assign) and list(map(str, last.targets)) == [x]:
            body.pop()
            self.moves[x] -= 1
            self.emit(python.Assign(variable, last.value))
            return variable
        self.copy(variable, x)
        return x

    def let(self, item: LetItem, x: str, target: str, prefix: NameParts) -> str:
        """A side chain, whose value must not move on with the main line."""
        variable = self.identifiers.fresh(item.name)
        inner = tuple(
            one for one in item.items if not (isinstance(one, BindItem) and one.name == item.name)
        )
        final = self.items(inner, x, variable, prefix)
        if final == x == target:
            self.copy(variable, x)
            final = variable
        self.values[item.name] = final
        return x


class Entry:
    """The entry of some braces, for which `in` is the shape of a variable.

    Where `in` is read after the variable has moved on, its first value is kept in another one.
    """

    def __init__(self, writer: FunctionWriter, variable: str) -> None:
        self.writer = writer
        self.variable = variable
        self.body = writer.bodies[-1]
        self.place = len(self.body)
        self.moves = writer.moves.get(variable, 0)
        self.repeats = len(writer.repeated)
        self.has_moved = False

    def is_at(self, body: list[python.Statement]) -> bool:
        """Whether no statement has been written in the braces yet."""
        return body is self.body and len(body) == self.place

    def dimension(self, axis: str) -> python.Expression:
        """`in.height`, `in.width` or `in.channels` here."""
        return self.writer.renderer.dialect.dimension(self.read(), axis)

    def read(self) -> str:
        """The variable that has the entry's shape here."""
        writer = self.writer
        moved = writer.moves.get(self.variable, 0) != self.moves
        if self.has_moved or not (moved or self.variable in writer.repeated[self.repeats :]):
            return self.variable
        kept = writer.identifiers.fresh("entering")
        assignment = python.Assign(kept, python.name(self.variable))
        self.body.insert(self.place, assignment)
        writer.kept.append((kept, self.body, assignment))
        self.variable, self.has_moved = kept, True
        return kept


def numbers_from(start: Amount, end: Amount, step: int) -> python.Expression:
    """The range from `start` to `end`, in its shortest form."""
    bounds = [start, end] if start != 0 or step != 1 else [end]
    if step != 1:
        bounds.append(step)
    return python.Call("range", [python.expression(bound) for bound in bounds])


def _counts_from(start: Amount, values: tuple[Value, ...]) -> bool:
    """Whether the values are the integers from `start` on."""
    return isinstance(start, int) and all(
        type(value) is int and value == start + place for place, value in enumerate(values)
    )


def _target(names: Sequence[str]) -> python.Expression:
    if len(names) == 1:
        return python.name(names[0])
    return python.Tuple([python.name(name) for name in names])


def _targets(names: Sequence[str]) -> python.Expression | list[Code]:
    return python.name(names[0]) if len(names) == 1 else [python.name(name) for name in names]
