"""What enters some items of a function, whose shape they can read."""

from __future__ import annotations

from .. import python
from ..environment import Inexpressible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .writer import FunctionWriter


class Entry:
    """The shape that `in` is, which a variable has at some place.

    Where `in` is read after the variable has been assigned anew, another one has its first value.
    """

    def __init__(self, writer: FunctionWriter, variable: str) -> None:
        self.writer = writer
        self.variable = variable
        self.body = writer.bodies[-1]
        self.place = len(self.body)
        self.assignments = writer.assignments.get(variable, 0)
        self.loops = len(writer.loop_targets)
        self.is_saved = False

    def is_at(self, body: list[python.Statement]) -> bool:
        """Whether no statement has been written since."""
        return body is self.body and len(body) == self.place

    def dimension(self, axis: str) -> python.Expression:
        """`in.height` here by its axis, or that of a named value. Raises `Inexpressible`."""
        value, _, axis = axis.rpartition(".")
        if value and value not in self.writer.values:
            raise Inexpressible
        variable = self.writer.values[value] if value else self.read()
        return self.writer.renderer.dialect.dimension(variable, axis)

    def read(self) -> str:
        """The variable that has the entry's shape here."""
        writer = self.writer
        changed = writer.assignments.get(self.variable, 0) != self.assignments
        if self.is_saved or not (changed or self.variable in writer.loop_targets[self.loops :]):
            return self.variable
        first = self.body[self.place] if len(self.body) > self.place else None
        if isinstance(first, python.Assign) and str(first.value) == self.variable:
            saved = str(first.targets[0])  # the spec has a name for it
        else:
            saved = writer.identifiers.fresh("entering")
            self.body.insert(self.place, python.Assign(saved, python.name(self.variable)))
        self.variable, self.is_saved = saved, True
        return saved
