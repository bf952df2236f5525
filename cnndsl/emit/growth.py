"""Channels that grow by as much in each turn of a loop."""

from __future__ import annotations

from ..syntax import tree
from . import python
from .amounts import add, multiply, simplest
from .choices import mentions
from .formulas import Inexpressible, amount, write
from .outline import Formula, RepeatItem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .amounts import Amount
    from .formulas import Environment
    from .outline import ForItem

ENTRY = "_"
"""Stands for what enters a turn of a loop."""

VARIABLE = "__"
"""Stands for a variable of the loop."""


def grown(
    before: Amount, behind: Amount, item: RepeatItem | ForItem, environment: Environment
) -> Amount | None:
    """The channels behind all turns, if those behind one are a sum with what enters it."""
    more = _added(behind)
    if more is None:
        return None
    try:
        count = trip_count(item, environment)
    except Inexpressible:
        return None
    total = multiply(more, count) if isinstance(more, int) else multiply(count, more)
    return add(before, total)


def _added(value: Amount) -> Amount | None:
    """What an amount adds to the entry of a turn, if it is a sum with it."""
    if not isinstance(value, python.Binary) or value.operator != "+":
        return None
    left, right = map(simplest, value.operands)
    for one, other in ((left, right), (right, left)):
        if mentions(other, (ENTRY, VARIABLE)):
            continue
        if str(one) == ENTRY:
            return other
        more = _added(one)
        if more is not None:
            return add(more, other)
    return None


def trip_count(item: RepeatItem | ForItem, environment: Environment) -> Amount:
    """How often a loop runs its body. Raises `Inexpressible`."""
    if isinstance(item, RepeatItem):
        return amount(item.count, environment)
    node = item.iterable.node
    if isinstance(node, tree.Function) and node.name == "range" and len(node.arguments) == 1:
        return amount(Formula(node.arguments[0], is_count=True), environment)
    if isinstance(node, tree.Name):
        return python.call("len", write(item.iterable, environment))
    raise Inexpressible
