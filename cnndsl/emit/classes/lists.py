"""Lists of values in one emitted class: variables of its method, and the channels in them.

A loop's turns are modules, which are handed the lists; the constructor hands on a list of the
channels, where layers have to be told how many enter them.
"""

from __future__ import annotations

from .. import python
from ..items import lists_joined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .. import outline
    from .annotated import Annotated
    from .forward import Cursor
    from .writer import ClassWriter


class Lists:
    """The lists that one class has, and those that it takes."""

    def __init__(self, owner: ClassWriter) -> None:
        self.owner = owner
        self.variables: dict[str, python.Expression] = {}
        """Those of the method."""
        self.taken: tuple[str, ...] = ()
        self.channels: dict[str, python.Expression] = {
            one: python.name(owner.identifiers.fresh(f"{one}_channels"))
            for one in sorted(lists_joined(owner.group.outline.items))
        }
        """The constructor's variables for their channels, where these matter."""
        self.indices: dict[str, tuple[list[python.Statement], python.Expression]] = {}
        """The statements that put an index into an attribute, and that, by the index."""

    def take(self, names: tuple[str, ...]) -> None:
        """Have the method take lists."""
        fresh = self.owner.forward.variables.fresh
        self.taken = names
        self.variables = {name: python.name(fresh(name)) for name in names}

    def parameters(self) -> list[python.Parameter]:
        """Those of the method."""
        kind = python.Raw(f"list[{self.owner.dialect.tensor}]")
        return [python.Parameter(str(self.variables[one]), kind) for one in self.taken]

    def start(self, names: Iterable[str]) -> None:
        """Have variables for lists, with no values yet."""
        owner, empty = self.owner, python.List([])
        for name in names:
            if name not in self.variables:
                variable = python.name(owner.forward.variables.fresh(name))
                self.variables[name] = variable
                kind = f"list[{owner.dialect.tensor}]"
                owner.forward.step(python.Assign(variable, empty, kind))
                if name in self.channels:
                    owner.emit(python.Assign(self.channels[name], empty, "list[int]"))

    def grow(self, item: outline.GrowItem, one: Annotated, cursor: Cursor) -> None:
        """Have the cursor's value in a list."""
        owner = self.owner
        self.start((item.list,))
        owner.forward.fix(cursor)
        owner.forward.step(appended(self.variables[item.list], cursor.value))
        channels = self.channels.get(item.list)
        if channels is not None and one.before is not None:
            owner.emit(appended(channels, python.expression(one.before)))

    def pick(self, item: outline.PickItem, one: Annotated) -> None:
        """Know a list's value by the item's name."""
        owner = self.owner
        self.start((item.list,))
        values = self.variables[item.list]
        if item.index is None:
            owner.values[item.name] = python.Starred(values)
        else:
            index = self.index(owner.expressed(item.index, one.environment))
            owner.values[item.name] = python.Index(values, index)
        owner.assign(one.variable, one.value)

    def index(self, index: python.Expression) -> python.Expression:
        """How the method says an index: as a number, or by an attribute that keeps it."""
        if not index.names:
            return index
        owner, text = self.owner, str(index)
        body, attribute = self.indices.get(text, (None, index))
        if not any(one is body for one in owner.bodies):  # or it is one of a branch not taken
            wanted = text if isinstance(index, python.Name) else "index"
            attribute = python.Attribute(python.name("self"), owner.attributes.fresh(wanted))
            owner.emit(python.Assign(attribute, index))
            self.indices[text] = owner.bodies[-1], attribute
        return attribute


def appended(target: python.Expression, value: python.Expression) -> python.Statement:
    """`target.append(value)`."""
    append = python.Attribute(target, "append")
    return python.ExpressionStatement(python.Call(append, [value]))
