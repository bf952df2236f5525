"""Stages, loops and repeats as one module that runs its children one after the other.

Where every child can be written as an expression, they are arguments. Elsewhere statements fill a
list (a dictionary, if some children have names), and a variable follows the channels from turn to
turn.
"""

from __future__ import annotations

from ...semantics.bound import NumberedName
from ...semantics.template import SEQUENCE
from .. import python
from ..items import Visitor, modules_in
from ..outline import NestedItem, TurnItem
from ..planning import Split
from ..statements import choice
from ..tables import columns_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..outline import ForItem, IfItem, NumberItem, RepeatItem, SequenceItem
    from .annotated import Annotated, Body
    from .writer import ClassWriter


class SequenceWriter(Visitor):
    """Writes one sequence: its modules as expressions, or statements that fill a variable."""

    def __init__(self, owner: ClassWriter, item: SequenceItem, one: Annotated) -> None:
        self.owner = owner
        self.item = item
        self.one = one
        self.name = item.name or SEQUENCE
        self.is_named = any(child.name is not None for child in modules_in(item.items))
        self.modules: list[tuple[str | None, python.Expression]] = []
        self.variable: python.Expression | None = None
        """What statements fill with modules."""
        self.batch: list[python.Expression] = []
        self.last: python.Statement | None = None

    def write(self) -> python.Expression:
        """The sequence as an expression, after statements that fill a list."""
        if self.one.list_name is not None:
            self.start_list(self.one.list_name)
        try:
            self.body(self.one.bodies[0])
        except Split as split:
            if split.group is self.owner.group:
                split.element = self.item.element  # in the end, the outermost
            raise
        return self.expression()

    def start_list(self, name: str) -> None:
        self.variable = python.name(name)
        module = self.owner.dialect.module
        kind = f"dict[str, {module}]" if self.is_named else f"list[{module}]"
        empty = python.Dict() if self.is_named else python.List([])
        self.owner.emit(python.Assign(self.variable, empty, kind))

    def expression(self) -> python.Expression:
        renderer = self.owner.renderer
        if self.item.inputs > 1 or self.item.lists:
            return self.kept()
        if self.variable is None:
            modules = [(name or str(place), one) for place, (name, one) in enumerate(self.modules)]
            if self.is_named:
                return renderer.named_sequence(modules)
            return renderer.plain_sequence([one for _, one in modules])
        if self.is_named:
            return renderer.named_sequence(self.variable)
        return renderer.plain_sequence([python.Starred(self.variable)])

    def kept(self) -> python.Expression:
        """A list of modules, which the class itself runs on several values."""
        dialect = self.owner.dialect
        if self.is_named:
            modules = [(name or str(place), one) for place, (name, one) in enumerate(self.modules)]
            named = self.variable or modules
            return self.owner.renderer.named_sequence(named, dialect.module_dict)
        listed = [one for _, one in self.modules]
        if len(listed) == 1 and isinstance(listed[0], python.Starred):
            return python.Call(dialect.module_list, [listed[0].value])
        return python.Call(dialect.module_list, [self.variable or python.List(listed)])

    # Items

    def body(self, body: Body) -> None:
        for one in body.items:
            self.visit(one.item, one)

    def module(self, item: Any, one: Annotated) -> None:
        module = self.made(item, one)
        if isinstance(item.name, NumberedName) and self.variable is not None:
            key = python.FString(*self.owner.name_parts(item.name, one.environment))
            self.owner.emit(python.Assign(python.Index(self.variable, key), module))
        else:
            self.add(item.name, module)

    layer = call = nested = turn = sequence = module

    def made(self, item: Any, one: Annotated) -> python.Expression:
        if isinstance(item, NestedItem | TurnItem):
            return self.owner.renderer.nested_class(self.owner, item, one, self.name)
        module: python.Expression = self.owner.visit(item, one)
        return module

    def add(self, name: str | None, module: python.Expression) -> None:
        if self.variable is None:
            self.modules.append((name, module))
        elif self.is_named:
            position = python.call("str", python.call("len", self.variable))
            key = position if name is None else python.string(name)
            self.owner.emit(python.Assign(python.Index(self.variable, key), module))
        else:
            self.append(self.variable, module)

    def append(self, variable: python.Expression, module: python.Expression) -> None:
        """Append to the list; what follows another module directly goes into one statement."""
        body = self.owner.bodies[-1]
        if body and body[-1] is self.last:
            body.pop()
        else:
            self.batch = []
        self.batch.append(module)
        if len(self.batch) == 1:
            append = python.Call(python.Attribute(variable, "append"), self.batch)
            self.last = python.ExpressionStatement(append)
        else:
            self.last = python.AugmentedAssign(variable, "+", python.List(self.batch))
        self.owner.emit(self.last)

    def number(self, _item: NumberItem, one: Annotated) -> None:
        self.owner.assign(one.variable, one.value)

    # Loops

    def repeat(self, item: RepeatItem, one: Annotated) -> None:
        if one.count is None:
            count = self.owner.expressed(item.count, one.environment)
            body = self.loop_body(one)
            self.owner.emit(python.For("_", python.call("range", count), body))
        elif one.count == 1:
            self.body(one.bodies[0])
        elif one.bodies:
            self.comprehension(one, one.count)

    def comprehension(self, one: Annotated, count: int) -> None:
        """One child often, as expressions: the first apart if other channels enter it."""
        children = [body.items[0] for body in one.bodies]
        modules = [self.made(child.item, child) for child in children]
        count -= len(modules) - 1
        if count > 1:
            turns = python.call("range", count)
            modules[-1] = python.Starred(python.Generator(modules[-1], "_", turns))
        for module in modules:
            self.add(None, module)

    def loop(self, item: ForItem, one: Annotated) -> None:
        owner, header = self.owner, one.header
        if header is None:
            return
        columns = columns_of(item, owner.group)
        outer = owner.loop_values
        owner.loop_values = {
            **{name: outer[name] for name in outer if name not in header.symbols},
            **columns,
        }
        iterable = owner.expressed(item.iterable, one.environment, header.iterable)
        body = self.loop_body(one)
        owner.emit(header.statement(iterable, body, owner, columns))

    def loop_body(self, one: Annotated) -> list[python.Statement]:
        """The body of a loop that fills the list, behind what its variable begins with."""
        for variable, value in (*one.others, (one.variable, one.value)):
            self.owner.assign(variable, value)
        return self.nested_body(one, one.bodies[0])

    def nested_body(self, one: Annotated, body: Body) -> list[python.Statement]:
        """The statements of a body, at the end of which an item's variable is assigned."""
        with self.owner.inside() as statements:
            self.body(body)
            self.owner.assign_each([*one.carried(body), (one.variable, body.after)])
        return statements

    # Branches

    def branches(self, item: IfItem, one: Annotated) -> None:
        if len(one.bodies) == 1:
            self.body(one.bodies[0])
            return
        condition = self.owner.condition(item, one.environment)
        made = [self.nested_body(one, body) for body in one.bodies]
        if any(made):
            self.owner.emit(choice(condition, *made))
