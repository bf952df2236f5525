"""The turns of a `for`: those of a loop, and those of a comprehension, whose list is built here."""

from __future__ import annotations

from ..values import ListValue
from .failures import LONGEST_LIST, measured, truth, wrong_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..syntax import tree
    from ..syntax.tree import Expression
    from ..values import Value
    from .failures import EvaluationFailed

    ValueIn = Callable[[Expression, Mapping[str, Value]], Value]

A_LIST = "a list, such as [64, 128] or range(3)"


def items_of(value: Value, node: Expression) -> tuple[Value, ...]:
    """What a `for` goes over. Raises `EvaluationFailed` for what has no items."""
    if isinstance(value, tuple):
        return value
    counted = f"write `[{value}]`, or `range({value})` for the numbers from 0"
    raise wrong_value("`for`", A_LIST, value, node, counted if type(value) is int else None)


def in_turn(names: Sequence[str], item: Value, node: Expression) -> dict[str, Value]:
    """The names of a `for` with their values. Raises `EvaluationFailed` for too many or few."""
    values = (item,) if len(names) == 1 else item
    if not isinstance(values, tuple) or len(values) != len(names):
        raise _wrong_items(item, len(names), node)
    return dict(zip(names, values, strict=True))


def _wrong_items(item: Value, count: int, node: Expression) -> EvaluationFailed:
    """The failure of a `for` whose items are not of as many values as it has names."""
    advice = None
    if isinstance(item, tuple) and any(isinstance(one, tuple) for one in item):
        advice = "items do not nest: join the lists, as in `zip(range(n), first, second)`"
    elif not isinstance(item, tuple) and count == 2:
        advice = "`enumerate(list)` numbers the items"
    return wrong_value("this `for`", f"items of {count} values", item, node, advice)


def comprehension(node: tree.Comprehension, names: Mapping[str, Value], value: ValueIn) -> Value:
    """The list that a comprehension gives. `value` is that of an expression for some names."""
    targets = [one.name for one in node.targets]
    found: list[Value] = []
    inner, count = dict(names), 0
    for item in items_of(value(node.iterable, names), node.iterable):
        inner.update(in_turn(targets, item, node.iterable))
        condition = node.condition
        if condition is None or truth(value(condition, inner), condition):
            found.append(value(node.element, inner))
            count += _size(found[-1])
            if count > LONGEST_LIST:
                break
    return measured(ListValue(found), node)


def _size(value: Value) -> int:
    """How many values there are, with those of the lists among them."""
    return 1 + sum(map(_size, value)) if isinstance(value, tuple) else 1
