"""The header of a loop in emitted code: its variables and what it runs over."""

from __future__ import annotations

from ...semantics.evaluate import ListValue
from ...syntax import tree
from .. import python
from ..environment import Environment
from ..formulas import (
    ITERATORS,
    has_oblong,
    known_value,
    literal,
    paired,
    write_iterable,
)
from ..kinds import LAYERS, NOTHING, elements, has_layers, kind_of, union, unpacked
from ..planning import Split
from ..statements import reads
from ..tables import columns_in, is_mixed, tabled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ...values import Value
    from ..kinds import Kind
    from ..outline import ForItem, Formula
    from ..tables import Columns
    from .writer import ClassWriter

NUMBERS = frozenset({"bool", "int", "float", "size"})
"""Kinds that type checkers join to a number. A size is one if it is written as one integer."""


class LoopHeader:
    """The variables of a `for` and what it runs over.

    A square size is one integer; where a known list holds others too, all of its sizes are pairs.
    """

    def __init__(self, item: ForItem, environment: Environment, name: Callable[[str], str]) -> None:
        self.item = item
        self.symbols = {target: python.name(name(target)) for target in item.targets}
        self.values: ListValue | None = None
        """What the loop runs over, if that is written out."""
        node = item.iterable.node
        kind = NOTHING if node is None else elements(environment.kind(node))
        known = known_value(item.iterable, environment)
        if known is not None and not self.is_kept(node, known[0]):
            self.values = paired(known[0]) if has_oblong(known[0]) else known[0]
            if has_oblong(known[0]):
                kind = elements(kind_of(self.values))
        parts = unpacked(kind, len(item.targets))
        self.kinds: dict[str, Kind] = dict(zip(item.targets, parts, strict=True))

    @property
    def reusable(self) -> set[str]:
        """The variables whose names others can take up behind the loop."""
        symbols = self.symbols.items()
        return {str(symbol) for target, symbol in symbols if not has_layers(self.kinds[target])}

    @staticmethod
    def is_kept(node: Any, values: ListValue) -> bool:
        """Whether what is known is still written as the function that gives it."""
        is_function = isinstance(node, tree.Function) and node.name in ITERATORS
        return is_function and not has_oblong(values)

    def iterable(self, formula: Formula, environment: Environment) -> python.Expression:
        """What the loop runs over. Raises `Inexpressible`."""
        if self.values is None:
            return write_iterable(formula, environment)
        return literal(self.values, environment.layers)

    def statement(
        self,
        iterable: python.Expression,
        body: list[python.Statement],
        owner: ClassWriter,
        columns: Columns,
    ) -> python.Statement:
        """The loop. Variables that its body does not read are left out, or `_`.

        Raises `Split` where type checkers do not find one type for a variable that is read.
        """
        inside = reads(body)
        names = [str(symbol) for symbol in self.symbols.values()]
        read = [name in inside for name in names]
        names = [name if one else "_" for name, one in zip(names, read, strict=True)]
        if self.values is not None and not any(read):
            return python.For("_", python.call("range", len(self.values)), body)
        shown = columns if self.values is None else columns_in(self.item, self.values)
        rows = iterable.items if isinstance(iterable, python.List | python.Tuple) else ()
        if rows and all(isinstance(row, python.Tuple) for row in rows) and not all(read):
            names = [name for name, one in zip(names, read, strict=True) if one]
            iterable = python.Tuple([_columns(row, read) for row in rows])
            kept = [one for one, is_read in zip(self.symbols, read, strict=True) if is_read]
            shown = {one: shown[one] for one in kept if one in shown}
        over = tabled(owner, self.item, iterable, shown)
        for target, is_read in zip(self.symbols, read, strict=True):
            if is_read and not self.is_typed(columns.get(target, []), over is not iterable):
                raise Split(owner.group, id)
        return python.For(names or "_", over, body)

    def is_typed(self, column: list[Value], is_annotated: bool) -> bool:
        """Whether type checkers find one type for a variable."""
        if is_mixed(column) and not is_annotated:
            return False
        is_parameter = isinstance(self.item.iterable.node, tree.Name)  # which has an annotation
        return is_parameter or self.is_uniform(column)

    def is_uniform(self, column: list[Value]) -> bool:
        oblong = [has_oblong(value) for value in column]
        is_mixed = self.values is None and any(oblong) and not all(oblong)
        return not is_mixed and is_uniform(column)


def _columns(row: python.Expression, kept: list[bool]) -> python.Expression:
    """A row of a loop's literal without the columns that nobody reads."""
    items = row.items if isinstance(row, python.Tuple) else ()
    left = [item for item, one in zip(items, kept, strict=True) if one]
    return left[0] if len(left) == 1 else python.Tuple(left)


def is_uniform(values: Iterable[Value]) -> bool:
    """Whether type checkers find one type for all values, at every depth."""
    values = [value for value in values if value is not None]
    nested = [value for value in values if isinstance(value, tuple)]
    if len(nested) < len(values):
        kinds = union(map(kind_of, values))
        return not nested and (kinds <= NUMBERS or kinds <= LAYERS or len(kinds) == 1)
    if any(isinstance(value, ListValue) for value in nested):
        return is_uniform(one for value in nested for one in value)
    return len({len(value) for value in nested}) < 2 and all(
        is_uniform(column) for column in zip(*nested, strict=False)
    )
