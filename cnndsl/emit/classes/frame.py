"""What stands in an emitted class itself: its modules, and the method that runs them."""

from __future__ import annotations

from ...semantics.bound import OpCall
from .. import python
from ..formulas import negated
from ..items import (
    MODULES,
    Visitor,
    is_shared,
    modules_in,
    names_beside,
    path_names,
    shared_elements,
)
from ..outline import CallItem, LayerItem, LetItem, ReadItem
from ..statements import choice
from .writer import Site

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from .. import outline
    from ..outline import Item
    from .annotated import Annotated, Body
    from .forward import Cursor
    from .writer import ClassWriter


class FrameWriter(Visitor):
    """Writes what stands in a class itself. A visit moves a cursor behind the item."""

    def __init__(self, owner: ClassWriter) -> None:
        self.owner = owner
        self.forward = owner.forward
        self.flags: dict[str, str] = {}
        """The attributes that keep conditions, by the condition."""
        self.made: set[Any] = set()
        """What is shared and made already."""

    def body(self, body: Body, cursor: Cursor) -> None:
        items = body.items
        while items:
            count = parts_named(items[0].item)
            if count and self.parts(items[:count], cursor):
                items = items[count:]
            else:
                self.visit(items[0].item, items[0], cursor)
                items = items[1:]

    def parts(self, lets: Sequence[Annotated], cursor: Cursor) -> bool:
        """Write the named parts of a split in one line, if they need no modules."""
        owner, (layer,) = self.owner, lets[0].bodies[0].items
        names = [str(getattr(one.item, "name", "")) for one in lets]
        split: Any = layer.item
        together = owner.dialect.lowerings[split.op_class].together
        if together is None or not set(names).isdisjoint(owner.training_values):
            return False
        self.forward.fix(cursor)
        parts = together(Site(owner, split, layer, [cursor.value]))
        if parts is None:
            return False
        values = [python.name(self.forward.variables.fresh(name)) for name in names]
        self.forward.step(python.Assign((*values,), parts))
        owner.values.update(zip(names, values, strict=True))
        return True

    def module(self, item: Any, one: Annotated, cursor: Cursor) -> None:
        self.make(item, one)
        self.apply(item, cursor)
        self.keep_order(item, cursor)
        self.owner.assign(one.variable, one.value)

    def keep_order(self, item: Any, cursor: Cursor) -> None:
        """Calls of what is shared have an order: statistics move in each."""
        if is_shared(item):
            self.forward.settle(cursor)

    def layer(self, item: Any, one: Annotated, cursor: Cursor) -> None:
        factor = self.factor(item)
        if factor is None:
            if not self.inline(item, one, cursor):
                self.module(item, one, cursor)
            return
        self.make_once(item, lambda: factor(Site(self.owner, item, one)))
        self.forward.scale(cursor, item.name)
        self.owner.assign(one.variable, one.value)

    def inline(self, item: LayerItem, one: Annotated, cursor: Cursor) -> bool:
        """Write a layer as a call on the value that enters, if it is to be one."""
        written = self.owner.dialect.lowerings[item.op_class].inline
        call = None if written is None else written(Site(self.owner, item, one))
        if call is None:
            return False
        self.forward.fix(cursor)
        cursor.restart(python.Call(call.value, [cursor.value, *call.arguments], call.keywords))
        cursor.calls = 1
        self.owner.assign(one.variable, one.value)
        return True

    def factor(self, item: Item) -> Callable[[Site], python.Expression] | None:
        """How a layer is written as a parameter, if it is one."""
        if not isinstance(item, LayerItem):
            return None
        return self.owner.dialect.lowerings[item.op_class].factor

    def call(self, item: CallItem, one: Annotated, cursor: Cursor) -> None:
        if item.is_plain:
            self.module(item, one, cursor)
            return
        self.make(item, one)
        self.forward.call(cursor, item)
        self.keep_order(item, cursor)

    def sequence(self, item: outline.SequenceItem, one: Annotated, cursor: Cursor) -> None:
        if item.inputs == 1 and not item.lists:
            self.module(item, one, cursor)
            return
        self.owner.lists.start(item.lists)
        module = self.owner.visit(item, one)
        self.place(item, module)
        if item.lists:
            lists = [self.owner.lists.variables[name] for name in item.lists]
            self.forward.turns(cursor, str(item.name), "turn", False, lists)
            return
        self.forward.widen(cursor, names_beside(item.items))
        children = modules_in(item.items)
        kinds = [one.template.name for one in children if isinstance(one, CallItem)]
        is_named = any(child.name is not None for child in children)
        if kinds:  # else it makes no turns
            self.forward.turns(cursor, str(item.name), kinds[0], is_named)

    def grow(self, item: outline.GrowItem, one: Annotated, cursor: Cursor) -> None:
        self.owner.lists.grow(item, one, cursor)

    def pick(self, item: outline.PickItem, one: Annotated, _cursor: Cursor) -> None:
        self.owner.lists.pick(item, one)

    def side_by_side(self, item: outline.ValuesItem, _one: Annotated, cursor: Cursor) -> None:
        self.forward.fix(cursor)
        values = {**self.owner.values, "main": cursor.value}
        first, *others = (values[name] for name in item.names)
        cursor.restart(first)
        cursor.others = (*others,)

    def unpack(self, item: outline.NamesItem, _one: Annotated, cursor: Cursor) -> None:
        owner = self.owner
        names = [one.replace("%", "value") for one in item.names]
        read = [one in owner.names_read for one in item.names]
        values = self.forward.name_values(cursor, names, read)
        owner.values |= dict(zip(item.names, values, strict=True))

    def place(self, item: Any, module: python.Expression) -> None:
        """Have a module in the attribute of its name."""
        attribute = python.Attribute(python.name("self"), item.name)
        self.owner.emit(python.Assign(attribute, module))

    def apply(self, item: Any, cursor: Cursor) -> None:
        self.forward.apply(cursor, item.name, is_heavy(item))

    def number(self, _item: outline.NumberItem, one: Annotated, _cursor: Cursor) -> None:
        self.owner.assign(one.variable, one.value)

    # Merges and names

    def merge(self, item: outline.MergeItem, one: Annotated, cursor: Cursor) -> None:
        self.forward.fix(cursor)
        values = self.owner.values
        operands = [cursor.value if name == "main" else values[name] for name in item.names]
        for path, wanted in zip(one.bodies, path_names(item), strict=False):
            operands.append(self.path(path, wanted, cursor))
        cursor.restart(self.owner.lowered(Site(self.owner, item, one, operands)))
        cursor.calls = 1
        self.owner.assign(one.variable, one.value)

    def path(self, path: Body, wanted: str, entry: Cursor) -> python.Expression:
        """One path of a merge: a variable, or one call on the value that enters."""
        if not path.items:
            return entry.value
        variables = self.forward.variables
        place = wanted.removeprefix("path")
        is_within = place.isdigit() and entry.target.startswith("path")
        variable = variables.fresh(f"{entry.target}_{place}" if is_within else wanted)
        cursor = entry.at(variable)
        self.body(path, cursor)
        if cursor.calls > 1 or (cursor.is_assigned and cursor.calls):
            self.forward.settle(cursor)
        if not cursor.is_assigned:
            variables.taken.discard(variable)
        return cursor.value

    def read(self, item: outline.ReadItem, _one: Annotated, cursor: Cursor) -> None:
        cursor.restart(self.owner.values[item.name])

    def bind(self, item: outline.BindItem, _one: Annotated, cursor: Cursor) -> None:
        values = self.owner.values
        if item.name not in self.owner.names_read:
            return
        if cursor.calls or str(cursor.value) not in map(str, values.values()):
            self.forward.name_value(cursor, item.name.replace("%", "value"))
        values[item.name] = cursor.value

    def let(self, item: outline.LetItem, one: Annotated, cursor: Cursor) -> None:
        """A side chain. Its value has the chain's name, also on the way there."""
        self.forward.fix(cursor)
        starts_anew = bool(item.items) and type(item.items[0]) is not ReadItem
        if item.name in self.owner.training_values and starts_anew:
            self.forward.name_value(cursor, f"before_{item.name}")
        side = cursor.at(self.forward.variables.fresh(item.name))
        self.body(one.bodies[0], side)
        self.forward.settle(side)
        self.owner.values[item.name] = side.value

    # Branches

    def branches(self, item: outline.IfItem, one: Annotated, cursor: Cursor) -> None:
        if len(one.bodies) == 1:
            self.body(one.bodies[0], cursor)
            return
        condition = self.owner.condition(item, one.environment)
        then, otherwise = one.bodies
        either = then.items or otherwise.items
        is_optional = len(either) == 1 and not (then.items and otherwise.items)
        is_wide = bool(names_beside((item,))[1:])
        is_module = is_optional and not is_wide and type(either[0].item) in MODULES
        is_module = is_module and not is_shared(either[0].item)
        if is_module and not self.factor(either[0].item):
            self.optional(either[0], condition, bool(then.items), cursor)
        elif either:
            self.make_shared(item, (then, otherwise))
            self.conditional((then, otherwise), condition, cursor)
        self.owner.assign(one.variable, one.value)

    def make_shared(self, item: outline.IfItem, bodies: tuple[Body, Body]) -> None:
        """Make before branches what is called in one, and elsewhere too."""
        then, otherwise = map(shared_elements, (item.then, item.otherwise))
        if not then and not otherwise:
            return
        made = shared_elements(self.owner.group.outline.items)
        for one in shared_calls(bodies):
            element = one.item.element
            count = then.count(element) + otherwise.count(element)
            if made.count(element) > count or (element in then and element in otherwise):
                self.make(one.item, one)

    def make(self, item: Any, one: Annotated) -> None:
        self.make_once(item, lambda: self.owner.visit(item, one))

    def make_once(self, item: Any, written: Callable[[], python.Expression]) -> None:
        """Have a module in its attribute, if it is not there already as a shared one can be."""
        if item.element not in self.made:
            self.place(item, written())
        if is_shared(item):
            self.made.add(item.element)

    def optional(
        self, one: Annotated, condition: python.Expression, when: bool, cursor: Cursor
    ) -> None:
        """A module that some instances have, and others pass by."""
        item: Any = one.item
        with self.owner.inside() as before:
            made = self.owner.visit(item, one)
        identity = python.call(self.owner.dialect.identity)
        if before:  # a loop that fills a list
            attribute = python.Attribute(python.name("self"), item.name)
            kind = self.owner.dialect.module
            then = [*before, python.Assign(attribute, made, kind)]
            test = condition if when else negated(condition)
            self.owner.emit(python.If(test, then, [python.Assign(attribute, identity)]))
        else:
            branches = (made, condition, identity) if when else (identity, condition, made)
            self.place(item, python.Conditional(*branches))
        self.apply(item, cursor)

    def conditional(
        self, bodies: tuple[Body, Body], condition: python.Expression, cursor: Cursor
    ) -> None:
        """Branches as `if` statements in the constructor and in the method."""
        self.forward.fix(cursor)
        self.forward.widen(
            cursor, names_beside(tuple(one.item for body in bodies for one in body.items))
        )
        others = cursor.others
        in_constructor, in_forward = self.flag(condition)
        made: list[list[python.Statement]] = []
        done: list[list[python.Statement]] = []
        for body in bodies:
            inner = cursor.at(cursor.target)
            self.forward.bodies.append([])
            with self.owner.inside() as statements:
                self.body(body, inner)
                self.forward.settle(inner)
            made.append(statements)
            done.append(self.forward.bodies.pop())
            others = inner.others if body.items else others
        if any(made):
            self.owner.emit(choice(in_constructor, *made))
        if any(done):
            self.forward.step(choice(in_forward, *done))
        cursor.is_assigned = True
        cursor.restart(python.name(cursor.target))
        cursor.others = others

    def flag(self, condition: python.Expression) -> tuple[python.Expression, python.Expression]:
        """How the constructor and the method test a condition, which an attribute keeps."""
        if isinstance(condition, python.Unary) and condition.operator == "not":
            operand = condition.operand
            inner = operand.value if isinstance(operand, python.Parenthesized) else operand
            tests = self.flag(inner)
            return negated(tests[0]), negated(tests[1])
        owner, text = self.owner, str(condition)
        is_name = isinstance(condition, python.Name)
        attribute = self.flags.get(text)
        if attribute is None:
            wanted = text if is_name and text not in owner.attributes.taken else "condition"
            attribute = owner.attributes.fresh(wanted)
            owner.flags.append(attribute)
            owner.emit(python.Assign(python.Attribute(python.name("self"), attribute), condition))
            lasting = {*owner.parameters.values(), owner.in_channels}
            if len(owner.bodies) == 1 and (is_name or condition.names <= lasting):
                self.flags[text] = attribute
        test = python.Attribute(python.name("self"), attribute)
        return (condition if is_name else test), test


def parts_named(item: Item) -> int:
    """How many names a split has, whose first part an item is; 0 for other items."""
    first: Any = item.items[0] if isinstance(item, LetItem) and item.items else None
    is_split = isinstance(first, LayerItem) and isinstance(first.element, OpCall)
    return first.element.names if is_split else 0


def shared_calls(bodies: Iterable[Body]) -> Iterator[Any]:
    """The calls of what is shared, at whatever depth of branches and paths."""
    for body in bodies:
        for one in body.items:
            if is_shared(one.item):
                yield one
            yield from shared_calls(one.bodies)


def is_heavy(item: Item) -> bool:
    """Whether a module is more than a function of each value."""
    return not isinstance(item, LayerItem) or any(layer.cost.macs for layer in item.layers)
