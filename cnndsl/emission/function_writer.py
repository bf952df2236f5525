"""The body of one function in the functional style."""

from __future__ import annotations

from .. import source
from .formulas import (
    Environment,
    Identifiers,
    Inexpressible,
    add,
    known_value,
    multiply,
    names_of,
    write,
)
from .naming import NameParts, Position, children_of, needs_counter
from .outline import (
    BindItem,
    CallItem,
    ForItem,
    Formula,
    IfItem,
    LayerItem,
    LetItem,
    MergeItem,
    NestedItem,
    ReadItem,
    RepeatItem,
    SequenceItem,
)
from .planning import Split
from .writer import BaseSite, Writer, is_dead

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .formulas import Amount
    from .functional import FunctionalRenderer
    from .outline import Item, Items
    from .planning import Group


class Site(BaseSite):
    """A layer for a dialect's emitter to write, in an emitted function."""

    def __init__(self, writer: FunctionWriter, item: LayerItem, name: NameParts, x: str) -> None:
        super().__init__(writer, item)
        self.writer: FunctionWriter = writer
        self.name_parts = name
        self.variable = x
        self.target = x

    @property
    def name(self) -> source.Expression:
        """The layer's path, as text of the emitted code."""
        return self.name_parts.text()

    def suffixed(self, suffix: str) -> source.Expression:
        """A path beside the layer's own, for a helper layer: `conv1_pad`."""
        self.name_parts = self.writer.pinned(self.name_parts)
        return self.name_parts.text(suffix)

    def apply(self, layer: source.Expression) -> None:
        """Write `x = layer(x)`."""
        call = source.Call(layer, [source.name(self.variable)])
        self.writer.emit(source.Assign(self.target, call))
        self.variable = self.target

    def support(self, name: str) -> str:
        """Ask for a helper definition, by name."""
        self.writer.renderer.needed.add(name)
        return name


class FunctionWriter(Writer):
    """Writes the body of one emitted function."""

    def __init__(self, renderer: FunctionalRenderer, group: Group, baked: frozenset[str]) -> None:
        super().__init__(group, Identifiers(renderer.module_names), baked)
        self.renderer = renderer
        self.values: dict[str, str] = {}

    # Statements

    def pinned(self, name: NameParts) -> NameParts:
        """A path that can be written twice: one that draws from a counter is kept in a variable."""
        if not any(isinstance(part, source.Call) for part in name.parts):
            return name
        variable = self.identifiers.fresh("layer_name")
        self.emit(source.Assign(variable, name.text()))
        return NameParts(source.name(variable))

    def entered(self, variable: str) -> Environment:
        """The environment within braces that `variable` enters."""
        return self.environment.entered(
            lambda axis: self.renderer.dialect.dimension(variable, axis)
        )

    # Items

    def items(
        self,
        items: Items,
        x: str,
        target: str,
        prefix: NameParts,
        position: Position | None = None,
    ) -> str:
        """Write items that start from variable `x` and keep their value in `target`.

        Returns the variable that holds the value in the end. `position` numbers the children of a
        sequence.
        """
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
        outer = self.environment
        variable = x
        if x == target and _reads_input_late(items):
            variable = self.identifiers.fresh("entering")
            self.emit(source.Assign(variable, source.name(x)))
        self.environment = self.entered(variable)
        x = self.items(items, x, target, prefix, position)
        self.environment = outer
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
            inner = self.child(item.name, prefix, position)
            if any(isinstance(part, source.Call) for part in inner.parts):
                inner = self.pinned(inner)
            outer_values, self.values = self.values, {}
            x = self.items(item.items, x, target, inner)
            self.values = outer_values
            return x
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
        return self.let(item, x, prefix)

    def child(
        self, name: str | None, prefix: NameParts, position: Position | None
    ) -> NameParts:
        if position is not None:
            number = position.take() if name is None else name
            if name is not None and position.counter is None:
                position.take()
            elif name is not None:
                self.emit(source.ExpressionStatement(source.call("next", position.counter)))
            return prefix.child(number)
        return prefix.child(name or "0")

    def layer(self, item: LayerItem, x: str, target: str, name: NameParts) -> str:
        site = Site(self, item, name, x)
        site.target = target
        self.renderer.dialect.emitters[item.op_class.name](site)
        return site.variable

    def call(self, item: CallItem, x: str, target: str, name: NameParts) -> str:
        callee = self.renderer.plan.callee(self.group, item.element, item.children)
        written = self.renderer.written[id(callee)]
        positional, keywords = self.call_arguments(item, written)
        keywords.append((written.name_parameter, name.text()))
        values = [source.name(x), *positional]
        self.emit(source.Assign(target, source.Call(written.name, values, tuple(keywords))))
        return target

    def merge(self, item: MergeItem, x: str, target: str, prefix: NameParts) -> str:
        operands: list[str] = []
        if item.names:
            operands = [x if name == "main" else self.values[name] for name in item.names]
        for number, path in enumerate(item.paths, start=1):
            if not path:
                operands.append(x)
                continue
            variable = self.identifiers.fresh(f"path{number}")
            operands.append(self.braces(path, x, variable, prefix))
        name = prefix.child(item.name or item.op_class.name).text()
        tensors = source.List([source.name(operand) for operand in operands])
        layer = source.call(self.renderer.dialect.merges[item.op_class.name], name=name)
        self.emit(source.Assign(target, source.Call(layer, [tensors])))
        return target

    def sequence(self, item: SequenceItem, x: str, target: str, prefix: NameParts) -> str:
        prefix = self.pinned(prefix)
        position = Position()
        if needs_counter(item.items):
            counter = self.identifiers.fresh("index")
            self.renderer.needs_itertools = True
            self.emit(source.Assign(counter, source.Call("itertools.count", [])))
            position = Position(counter=counter)
        return self.braces(item.items, x, target, prefix, position)

    def repeat(
        self, item: RepeatItem, x: str, target: str, prefix: NameParts, position: Position
    ) -> str:
        self.note_uses([item.count])
        known = known_value(item.count, self.environment)
        count: Amount
        if known is not None and isinstance(known[0], int):
            count = known[0]
            if count == 0:
                return x
        else:
            count = write(item.count, self.environment)
        x = self.start(x, target)
        children = children_of(item.items)
        if position.counter is not None or children is None:
            body = self.nested(lambda: self.keep(item.items, x, target, prefix, position))
            self.emit(source.For("_", source.call("range", source.expression(count)), body))
            return target
        variable = self.identifiers.fresh("i")
        inner = Position(source.name(variable))
        body = self.nested(lambda: self.keep(item.items, x, target, prefix, inner))
        end = add(position.next, multiply(count, children))
        bounds = [position.next, end] if position.next != 0 or children != 1 else [end]
        if children != 1:
            bounds.append(children)
        numbers = source.Call("range", [source.expression(bound) for bound in bounds])
        self.emit(source.For(variable if children else "_", numbers, body))
        self.identifiers.taken.discard(variable)
        position.next = end
        return target

    def keep(
        self, items: Items, x: str, target: str, prefix: NameParts, position: Position
    ) -> None:
        """Write a loop's body, which must leave its value in `target`."""
        final = self.braces(items, x, target, prefix, position)
        if final != target:
            self.emit(source.Assign(target, source.name(final)))

    def start(self, x: str, target: str) -> str:
        """The value in `target` before a loop works on it there."""
        if x != target:
            self.emit(source.Assign(target, source.name(x)))
        return target

    def loop(
        self, item: ForItem, x: str, target: str, prefix: NameParts, position: Position
    ) -> str:
        self.note_uses([item.iterable])
        known = known_value(item.iterable, self.environment)
        if known is not None and not known[0]:
            return x
        x = self.start(x, target)
        iterable = self.renderer.iterable(item, self.environment)
        names = [
            self.identifiers.fresh(name) if name != "_" else "_" for name in item.targets
        ]
        outer = self.environment
        symbols = {
            name: source.name(python) for name, python in zip(item.targets, names, strict=True)
        }
        self.environment = outer.extended(symbols)
        if position.counter is not None:
            body = self.nested(lambda: self.keep(item.items, x, target, prefix, position))
            self.emit(source.For(_targets(names), iterable, body))
        elif known is not None and list(known[0]) == _numbers(position.next, len(known[0])):
            inner = Position(source.name(names[0]))
            body = self.nested(lambda: self.keep(item.items, x, target, prefix, inner))
            self.emit(source.For(names[0], iterable, body))
            position.next = add(position.next, len(known[0]))
        else:
            variable = self.identifiers.fresh("i")
            inner = Position(source.name(variable))
            body = self.nested(lambda: self.keep(item.items, x, target, prefix, inner))
            start = [] if position.next == 0 else [("start", source.expression(position.next))]
            numbered = source.Call("enumerate", [iterable], start)
            targets = [source.name(variable), _target(names)]
            self.emit(source.For(targets, numbered, body))
            self.identifiers.taken.discard(variable)
            position.next = add(position.next, source.call("len", iterable))
            if known is not None:
                position.next = add(0, len(known[0]))
        self.identifiers.taken -= set(names)
        self.environment = outer
        return target

    def branches(
        self, item: IfItem, x: str, target: str, prefix: NameParts, position: Position | None
    ) -> str:
        known = known_value(item.condition, self.environment)
        if known is not None:
            return self.braces(
                item.then if known[0] else item.otherwise, x, target, prefix, position
            )
        live = [not is_dead(branch) for branch in (item.then, item.otherwise)]
        if not all(live):
            chosen = item.then if live[0] else item.otherwise
            return self.braces(chosen, x, target, prefix, position)
        self.note_uses([item.condition])
        try:
            condition = write(item.condition, self.environment)
        except Inexpressible:
            raise Split(self.group, id) from None
        start = position.next if position else 0

        def branch(items: Items) -> list[source.Statement]:
            if position is not None:
                position.next = start

            def write_body() -> None:
                final = self.braces(items, x, target, prefix, position)
                if final != target:
                    self.emit(source.Assign(target, source.name(final)))

            return self.nested(write_body)

        then, otherwise = branch(item.then), branch(item.otherwise)
        if not then and not otherwise:
            return target
        if not then:
            self.emit(source.If(negated(condition), otherwise))
        else:
            self.emit(source.If(condition, then, otherwise))
        return target

    def bind(self, name: str, x: str, target: str) -> str:
        """Name the current value. It needs a variable of its own where the line goes on."""
        if name not in self.renderer.read_names(self.group):
            return x
        variable = self.identifiers.fresh(name.replace("%", "value"))
        self.values[name] = variable
        body = self.bodies[-1]
        last = body[-1] if body else None
        if isinstance(last, source.Assign) and [str(one) for one in last.targets] == [x]:
            body[-1] = source.Assign(variable, last.value)
        else:
            self.emit(source.Assign(variable, source.name(x)))
        return variable

    def let(self, item: LetItem, x: str, prefix: NameParts) -> str:
        variable = self.identifiers.fresh(item.name)
        inner = tuple(
            one for one in item.items if not (isinstance(one, BindItem) and one.name == item.name)
        )
        final = self.items(inner, x, variable, prefix)
        self.values[item.name] = final
        return x


def _numbers(start: Amount, count: int) -> list[int]:
    """`count` numbers from `start`; none if it is not known."""
    return list(range(start, start + count)) if isinstance(start, int) else []


def _target(names: Sequence[str]) -> source.Expression:
    if len(names) == 1:
        return source.name(names[0])
    return source.Tuple([source.name(name) for name in names])


def _targets(names: Sequence[str]) -> source.Expression | list[source.Expression]:
    return source.name(names[0]) if len(names) == 1 else [source.name(name) for name in names]


def negated(condition: source.Expression) -> source.Expression:
    """The opposite of a condition."""
    return source.Unary("not", condition)


def _reads_input_late(items: Items) -> bool:
    """Whether `in` is read after the first item, when the variable has moved on."""
    return any("in" in _names_read(item) for item in items[1:])


def _names_read(item: Item) -> set[str]:
    names: set[str] = set()
    formulas: list[Formula] = []
    if isinstance(item, LayerItem):
        formulas = list(item.attributes.values())
    elif isinstance(item, CallItem):
        formulas = list(item.arguments.values())
    elif isinstance(item, RepeatItem):
        formulas = [item.count]
    elif isinstance(item, ForItem):
        formulas = [item.iterable]
    elif isinstance(item, IfItem):
        formulas = [item.condition]
    for formula in formulas:
        if formula.node is not None:
            names |= names_of(formula.node)
    return names
