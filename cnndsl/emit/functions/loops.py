"""What loops of a function run over."""

from __future__ import annotations

from ...syntax.tree import Function
from .. import python

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...values import Value
    from ..amounts import Amount
    from ..outline import Formula


def numbers_from(start: Amount, end: Amount, step: int) -> python.Expression:
    """The range from `start` to `end`, in its shortest form."""
    bounds = [start, end] if start != 0 or step != 1 else [end]
    if step != 1:
        bounds.append(step)
    return python.Call("range", [python.expression(bound) for bound in bounds])


def counts_from(start: Amount, values: tuple[Value, ...]) -> bool:
    """Whether the values are the integers from `start` on."""
    return isinstance(start, int) and all(
        type(value) is int and value == start + place for place, value in enumerate(values)
    )


def is_count(iterable: Formula) -> bool:
    """Whether it is `range(n)`."""
    node = iterable.node
    return isinstance(node, Function) and node.name == "range" and len(node.arguments) == 1


def target(names: Sequence[str]) -> python.Expression:
    if len(names) == 1:
        return python.name(names[0])
    return python.Tuple([python.name(name) for name in names])
