"""Tables of layers that loops run over, with annotations.

Type checkers join a class and a `partial` of another one to an object. So what has both in one
column stands above its loop, in a variable with an annotation.
"""

from __future__ import annotations

from ..semantics.evaluate import ListValue, evaluate
from ..semantics.failures import EvaluationFailed
from ..syntax import tree
from ..syntax.tree import names_of
from ..values import LayerValue
from . import python
from .items import walk
from .outline import ForItem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..values import Value
    from .planning import Group
    from .writer import Writer

    Columns = dict[str, list[Value]]
    """The values of each variable of a loop."""


def columns_of(item: ForItem, group: Group) -> Columns:
    """The values of a loop's variables in all instances, where they are known."""
    found: Columns = {}
    node = item.iterable.node
    if node is None or "in" in names_of(node):
        return found
    for scope in group.scopes:
        try:
            turns = evaluate(node, dict(scope.arguments), None)
        except EvaluationFailed:  # it reads another loop's variable
            return found
        for target, values in columns_in(item, turns).items():
            found.setdefault(target, []).extend(values)
    return found


def columns_in(item: ForItem, turns: Iterable[Value]) -> Columns:
    """The values of a loop's variables in turns."""
    targets = item.targets
    found: Columns = {}
    for turn in turns:
        values = turn if isinstance(turn, tuple) and len(targets) > 1 else (turn,)
        for target, value in zip(targets, values, strict=True):
            found.setdefault(target, []).append(value)
    return found


def is_mixed(values: Iterable[Value]) -> bool:
    """Whether there are layers in values, some with arguments, that are no calls of one op."""
    kinds = {(one.callee, bool(one.arguments)) for one in _layers_in(values)}
    return len(kinds) > 1 and any(has_arguments for _, has_arguments in kinds)


def _layers_in(values: Iterable[Value]) -> Iterator[LayerValue]:
    for value in values:
        if isinstance(value, LayerValue):
            yield value
        elif isinstance(value, ListValue | tuple):
            yield from _layers_in(value)


def tabled(
    writer: Writer, item: ForItem, iterable: python.Expression, columns: Columns
) -> python.Expression:
    """What a loop runs over, by variables for what needs an annotation in it.

    `columns` are those that it has as written.
    """
    node = item.iterable.node
    name = node.name if isinstance(node, tree.Name) else "rows"
    if len(columns) == 1 and not isinstance(node, tree.Name):
        name = _plural(*columns)
    if not isinstance(iterable, python.Call):
        return _table(writer, name, iterable, columns)
    places = [*columns.items()][str(iterable.value) == "enumerate" :]
    if len(places) != len(iterable.arguments):
        return iterable
    parts = [
        _table(writer, _plural(target), part, {target: values})
        for part, (target, values) in zip(iterable.arguments, places, strict=True)
    ]
    return python.Call(iterable.value, parts, iterable.keywords)


def _plural(target: str) -> str:
    """What a table of a variable's values is called."""
    return "rows" if target.endswith("s") else f"{target}s"


def _table(
    writer: Writer, wanted: str, iterable: python.Expression, columns: Columns
) -> python.Expression:
    is_display = isinstance(iterable, python.List | python.Tuple)
    if not is_display or not any(map(is_mixed, columns.values())):
        return iterable
    kinds = [writer.renderer.annotation(values) for values in columns.values()]
    row = kinds[0] if len(kinds) == 1 else f"tuple[{', '.join(kinds)}]"
    kind = f"list[{row}]" if isinstance(iterable, python.List) else f"tuple[{row}, ...]"
    variable = python.name(_fresh(writer, wanted))
    writer.emit(python.Assign(variable, iterable, kind))
    return variable


def _fresh(writer: Writer, wanted: str) -> str:
    """A name for a table, which no loop has for its variable: those are given names again."""
    loops = [one for one in walk(writer.group.outline.items) if isinstance(one, ForItem)]
    targets = {target for one in loops for target in one.targets}
    fresh = writer.identifiers.fresh
    while (name := fresh(wanted)) in targets:
        pass
    return name
