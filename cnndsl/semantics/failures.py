"""What stands in the way of an expression's value, and how that is said."""

from __future__ import annotations

from .. import diagnostics
from ..ops.base import WrongKind
from ..syntax import tree
from ..values import LARGEST, LayerValue, describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from ..diagnostics.base import Diagnostic
    from ..ops.base import Described, Op
    from ..values import Value
    from .bound import Node

LONGEST_LIST = 2**14
"""The values in a list or tuple, with those of the lists in it."""
DEEPEST_LIST = 50


class Unknown(Exception):
    """A value that depends on something of which an earlier error has left nothing known."""


class EvaluationFailed(Unknown):
    """An expression without a value; says why and which part of it is to blame."""

    def __init__(self, diagnostic: Diagnostic, node: tree.Node | Node) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic
        self.node = node


def fail(node: tree.Node, reason: str, advice: str | None = None) -> NoReturn:
    raise EvaluationFailed(diagnostics.BadOperation(reason, advice), node)


def measured(values: tuple[Value, ...], node: tree.Node, what: str = "a list") -> Value:
    """A list or tuple that is not too long, and not too deep to be compared and written.

    Layers in it count with their arguments.
    """
    count, level = 0, [values]
    for _ in range(DEEPEST_LIST):
        count += sum(map(len, level))
        if count > LONGEST_LIST:
            fail(node, f"{what} of more than {LONGEST_LIST:,} values is too long")
        level = [_inside(one) for part in level for one in part if isinstance(one, NESTING)]
        if not level:
            return values
    plural = f"{what.removeprefix('a ')}s"
    fail(node, f"{plural} more than {DEEPEST_LIST} deep in each other are too deep")


NESTING = (tuple, LayerValue)
"""What has other values inside."""


def _inside(value: tuple[Value, ...] | LayerValue) -> tuple[Value, ...]:
    return value if isinstance(value, tuple) else tuple([one for _, one in value.arguments])


def weight(value: Value) -> int:
    """How many values a list or tuple has, with those of the lists in it; 0 for anything else."""
    count, level = 0, [value] if isinstance(value, tuple) else []
    while level:
        count += sum(map(len, level))
        level = [one for part in level for one in part if isinstance(one, tuple)]
    return count


def wrong_value(
    what: str, wanted: str, found: Value, node: tree.Node | Node, advice: str | None = None
) -> EvaluationFailed:
    """The failure of a value that is not of the kind that is wanted where it stands."""
    return EvaluationFailed(diagnostics.WrongValue(what, wanted, describe(found), advice), node)


def rounded(
    value: Value, node: tree.Node | Node, accept: Callable[[Value], object] = lambda one: one
) -> str | None:
    """How to make an integer of a decimal, with what that gives.

    `accept` raises `WrongKind` for an integer that is none of those wanted.
    """
    if type(value) is not float or not -LARGEST < value < LARGEST:
        return None
    is_literal = type(node) is tree.Literal
    ways = []
    for one, text in ((int(value // 1), "floor(...)"), (int(value // 1) + 1, "ceil(...)")):
        try:
            accept(one)
            ways.append(f"`{one}`" if is_literal else f"`{text}` for {one}")
        except WrongKind:
            continue
    return f"write {' or '.join(ways)}" if ways else None


def accepted(owner: type[Op] | Described, name: str, node: tree.Node | Node, value: Value) -> Value:
    """The value of an attribute as its owner stores it. Raises `EvaluationFailed`."""
    kind = owner.attributes[name].kind
    try:
        return kind.accept(value)
    except WrongKind as wrong:
        advice = rounded(value, node, kind.accept) if kind.counts else None
        raise wrong_value(f"{owner.name}'s `{name}`", str(wrong), value, node, advice) from None


def truth(value: Value, node: tree.Node) -> bool:
    """A condition's value, which must be a boolean."""
    if type(value) is not bool:
        raise wrong_value("a condition", "true or false", value, node)
    return value
