"""The header of a loop in emitted code: its variables and what it runs over."""

from __future__ import annotations

from cnndsl.emit import python
from cnndsl.emit.formulas import known_value, literal
from cnndsl.emit.kinds import NOTHING, elements, kind_of, union, unpacked
from cnndsl.emit.planning import Split
from cnndsl.semantics.evaluate import EvaluationFailed, ListValue, evaluate
from cnndsl.syntax import tree
from cnndsl.syntax.tree import names_of
from cnndsl.values import Size
from cnndsl_torch.statements import reads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from cnndsl.emit.kinds import Kind
    from cnndsl.emit.outline import ForItem
    from cnndsl.values import Value
    from cnndsl_torch.class_writer import ClassWriter

NUMBERS = frozenset({"bool", "int", "float", "size"})
"""Kinds that type checkers join to a number. A size is one if it is written as one integer."""


class LoopHeader:
    """The turns of a `for`, or of a repeat, which has no variables."""

    def __init__(self, owner: ClassWriter, item: ForItem | None = None) -> None:
        self.owner = owner
        self.item = item
        targets = item.targets if item is not None else ()
        self.names = {target: owner.identifiers.fresh(target) for target in targets}
        """The variables' names in Python, by those in the spec."""
        self.symbols = {target: python.name(name) for target, name in self.names.items()}
        self.kinds: dict[str, Kind] = {}
        self.values: ListValue | None = None
        """What the loop runs over, where that is known."""
        if item is not None:
            node = item.iterable.node
            kind = NOTHING if node is None else elements(owner.environment.kind(node))
            self.kinds = dict(zip(targets, unpacked(kind, len(targets)), strict=True))
            self.note_values(item)

    def note_values(self, item: ForItem) -> None:
        """Tell the class what values the variables have, for annotations."""
        node = item.iterable.node
        for target in item.targets:
            self.owner.loop_values.pop(target, None)
        if node is None or "in" in names_of(node):
            return
        for scope in self.owner.group.scopes:
            try:
                turns = evaluate(node, dict(scope.arguments), None)
            except EvaluationFailed:  # it reads another loop's variable
                return
            for turn in turns:
                values = (turn,) if len(item.targets) == 1 else turn
                for target, value in zip(item.targets, values, strict=True):
                    self.owner.loop_values.setdefault(target, []).append(value)

    def iterable(self) -> python.Expression:
        """What the loop runs over. Raises `Inexpressible`.

        A square size is one integer; where a list holds others too, all of its sizes are pairs.
        """
        if self.item is None:
            raise TypeError("a repeat runs over a count")
        known = known_value(self.item.iterable, self.owner.environment)
        node = self.item.iterable.node
        if known is None or getattr(node, "name", "") == "range":
            return self.owner.renderer.iterable(self.item, self.owner.environment)
        values = known[0]
        if has_oblong(values):
            values = paired(values)
            targets = tuple(self.kinds)
            turn_kinds = unpacked(elements(kind_of(values)), len(targets))
            self.kinds = dict(zip(targets, turn_kinds, strict=True))
        self.values = values
        return literal(values)

    def statement(
        self, iterable: python.Expression, body: list[python.Statement]
    ) -> python.Statement:
        """The loop. Variables that its body does not read are left out, or `_`."""
        read = [reads(body, name) for name in self.names.values()]
        names = [name if one else "_" for name, one in zip(self.names.values(), read, strict=True)]
        if self.values is not None and not any(read):
            return python.For("_", python.call("range", len(self.values)), body)
        rows = iterable.items if isinstance(iterable, python.List | python.Tuple) else ()
        if rows and all(isinstance(row, python.Tuple) for row in rows) and not all(read):
            names = [name for name, one in zip(names, read, strict=True) if one]
            iterable = python.Tuple([_columns(row, read) for row in rows])
        if not self.is_uniform(read):
            raise Split(self.owner.group, id)
        return python.For(names or "_", iterable, body)

    def is_uniform(self, read: list[bool]) -> bool:
        """Whether type checkers find one type for each variable that is read."""
        if self.item is None or isinstance(self.item.iterable.node, tree.Name):
            return True  # a parameter, which has an annotation
        columns = [self.owner.loop_values.get(target, []) for target in self.names]
        for column, is_read in zip(columns, read, strict=True):
            oblong = [has_oblong(value) for value in column]
            is_mixed = self.values is None and any(oblong) and not all(oblong)
            if is_read and (is_mixed or not is_uniform(column)):
                return False
        return True

    def close(self) -> None:
        """Let later loops take up the variables' names."""
        self.owner.identifiers.taken -= set(self.names.values())


def _columns(row: python.Expression, kept: list[bool]) -> python.Expression:
    """A row of a loop's literal without the columns that nobody reads."""
    items = row.items if isinstance(row, python.Tuple) else ()
    left = [item for item, one in zip(items, kept, strict=True) if one]
    return left[0] if len(left) == 1 else python.Tuple(left)


def has_oblong(value: Value) -> bool:
    """Whether a size that is no square is in a value."""
    if isinstance(value, Size):
        return value.height != value.width
    return isinstance(value, tuple) and any(map(has_oblong, value))


def paired(value: Value) -> Value:
    """A value with a pair for every size."""
    if isinstance(value, Size):
        return (value.height, value.width)
    if isinstance(value, ListValue):
        return ListValue(map(paired, value))
    return tuple(map(paired, value)) if isinstance(value, tuple) else value


def is_uniform(values: Iterable[Value]) -> bool:
    """Whether type checkers find one type for all values, at every depth."""
    values = [value for value in values if value is not None]
    nested = [value for value in values if isinstance(value, tuple)]
    if len(nested) < len(values):
        kinds = union(map(kind_of, values))
        return not nested and (kinds <= NUMBERS or len(kinds) == 1)
    if any(isinstance(value, ListValue) for value in nested):
        return is_uniform(one for value in nested for one in value)
    return len({len(value) for value in nested}) < 2 and all(
        is_uniform(column) for column in zip(*nested, strict=False)
    )
