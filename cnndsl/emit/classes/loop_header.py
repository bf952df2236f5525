"""The header of a loop in emitted code: its variables and what it runs over."""

from __future__ import annotations

from ...semantics.evaluate import ListValue, evaluate
from ...semantics.failures import EvaluationFailed
from ...syntax import tree
from ...syntax.tree import names_of
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
from ..kinds import NOTHING, elements, kind_of, union, unpacked
from ..planning import Split
from ..statements import reads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ...values import Value
    from ..kinds import Kind
    from ..outline import ForItem, Formula
    from ..planning import Group

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

    @staticmethod
    def is_kept(node: Any, values: ListValue) -> bool:
        """Whether what is known is still written as the function that gives it."""
        is_function = isinstance(node, tree.Function) and node.name in ITERATORS
        return is_function and not has_oblong(values)

    def columns(self, group: Group) -> dict[str, list[Value]]:
        """The values of each variable, where they are known."""
        targets, node = self.item.targets, self.item.iterable.node
        found: dict[str, list[Value]] = {}
        if node is None or "in" in names_of(node):
            return found
        for scope in group.scopes:
            try:
                turns = evaluate(node, dict(scope.arguments), None)
            except EvaluationFailed:  # it reads another loop's variable
                return found
            for turn in turns:
                values = (turn,) if len(targets) == 1 else turn
                for target, value in zip(targets, values, strict=True):
                    found.setdefault(target, []).append(value)
        return found

    def iterable(self, formula: Formula, environment: Environment) -> python.Expression:
        """What the loop runs over. Raises `Inexpressible`."""
        if self.values is None:
            return write_iterable(formula, environment)
        return literal(self.values, environment.layers)

    def statement(
        self,
        iterable: python.Expression,
        body: list[python.Statement],
        group: Group,
        columns: dict[str, list[Value]],
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
        rows = iterable.items if isinstance(iterable, python.List | python.Tuple) else ()
        if rows and all(isinstance(row, python.Tuple) for row in rows) and not all(read):
            names = [name for name, one in zip(names, read, strict=True) if one]
            iterable = python.Tuple([_columns(row, read) for row in rows])
        if not isinstance(self.item.iterable.node, tree.Name):  # a parameter has an annotation
            for target, is_read in zip(self.symbols, read, strict=True):
                if is_read and not self.is_uniform(columns.get(target, [])):
                    raise Split(group, id)
        return python.For(names or "_", iterable, body)

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
        return not nested and (kinds <= NUMBERS or len(kinds) == 1)
    if any(isinstance(value, ListValue) for value in nested):
        return is_uniform(one for value in nested for one in value)
    return len({len(value) for value in nested}) < 2 and all(
        is_uniform(column) for column in zip(*nested, strict=False)
    )
