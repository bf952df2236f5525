"""Channels that grow by as much in each turn of a loop."""

from __future__ import annotations

from ..syntax import tree
from . import python
from .amounts import add, multiply, simplest
from .choices import mentions
from .environment import Inexpressible
from .formulas import amount, write
from .outline import Formula, RepeatItem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..ops.base import Op
    from .amounts import Amount
    from .environment import Environment
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
    total = times(more, turns_of(item, environment))
    return None if total is None else add(before, total)


def times(more: Amount | None, count: Amount | None) -> Amount | None:
    """An amount as often as a loop has turns."""
    if more is None or count is None:
        return None
    return multiply(more, count) if isinstance(more, int) else multiply(count, more)


def turns_of(item: RepeatItem | ForItem, environment: Environment) -> Amount | None:
    """How often a loop runs its body, if there are words for that."""
    try:
        return trip_count(item, environment)
    except Inexpressible:
        return None


class ListChannels:
    """The channels of lists' values, as far as symbols can say them: of all, and of the first.

    A turn of a loop counts what it adds, and knows nothing of what was there before.
    """

    def __init__(self, is_turn: bool = False) -> None:
        self.is_turn = is_turn
        self.totals: dict[str, Amount | None] = {}
        self.firsts: dict[str, Amount | None] = {}

    def grow(self, name: str, more: Amount | None) -> None:
        self.firsts.setdefault(name, more)
        total = self.totals.get(name, 0)
        self.totals[name] = None if total is None or more is None else add(total, more)

    def repeat(self, turn: ListChannels, count: Amount | None) -> None:
        """Add what as many turns do."""
        for name, more in turn.totals.items():
            first = turn.firsts[name]
            self.firsts.setdefault(name, None if _is_of_turn(first) else first)
            self.grow(name, None if _is_of_turn(more) else times(more, count))

    def joined(self, name: str, op_class: type[Op]) -> Amount | None:
        """What all of a list's values have together where a merge sums it, or else each of them."""
        if self.is_turn:
            return None
        return (self.totals if op_class.sums_channels else self.firsts).get(name)


def _is_of_turn(value: Amount | None) -> bool:
    """Whether an amount is that of one turn of a loop alone."""
    return mentions(value, (ENTRY, VARIABLE))


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
