"""Which statements of emitted code matter: those that lead to a value that something reads."""

from __future__ import annotations

from . import python
from .formulas import negated
from .python.expressions import names_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any


def reads(statements: Iterable[python.Statement]) -> frozenset[str]:
    """The variables that statements read, functions and modules among them."""
    return frozenset().union(*[statement.reads for statement in statements])


def needed(statements: Sequence[python.Statement], live: set[str]) -> list[python.Statement]:
    """Statements without those whose value nothing reads.

    `live` are the variables that are read after the statements, and then those read before.
    """
    kept: list[python.Statement] = []
    for statement in reversed(statements):
        rule = _RULES.get(type(statement), _plain)
        left = rule(statement, live)
        if left is not None:
            kept.append(left)
    return kept[::-1]


def _plain(statement: python.Statement, live: set[str]) -> python.Statement:
    live |= statement.reads
    return statement


def _assign(statement: python.Assign, live: set[str]) -> python.Statement | None:
    """An assignment; to an attribute or an element, it is for its effect."""
    if not statement.has_effect and all(
        isinstance(target, python.Name) for target in statement.targets
    ):
        if not statement.assigns & live:
            return None
        live -= statement.assigns
    return _plain(statement, live)


def _augmented(statement: python.AugmentedAssign, live: set[str]) -> python.Statement | None:
    return _plain(statement, live) if statement.assigns & live else None


def _expression(statement: python.ExpressionStatement, live: set[str]) -> python.Statement | None:
    """A call for its effect; that of `next(counter)` is on what reads the counter later.

    So is that of `list.append(value)` on what reads the list.
    """
    value = statement.value
    called = value.value if isinstance(value, python.Call) else None
    if isinstance(called, python.Attribute) and called.attribute == "append":
        return _plain(statement, live) if called.names & live else None
    if isinstance(value, python.Call) and str(value.value) == "next":
        return statement if names_in(value.arguments) & live else None
    return _plain(statement, live)


def _branches(statement: python.If, live: set[str]) -> python.Statement | None:
    other = set(live)
    then, otherwise = needed(statement.body, live), needed(statement.orelse, other)
    live |= other
    if not then and not otherwise:
        return None
    live |= statement.condition.names
    return choice(statement.condition, then, otherwise)


def _loop(statement: python.For, live: set[str]) -> python.Statement | None:
    """A loop, in which a turn reads what the one before has left."""
    targets = names_in(statement.targets)
    while True:
        inside = set(live)
        body = needed(statement.body, inside)
        if inside - targets <= live:
            break
        live |= inside - targets
    if not body:
        return None
    live |= statement.iterable.names
    read = reads(body)
    shown: list[python.Value] = [_target(one, read) for one in statement.targets]
    return python.For(shown, statement.iterable, body)


def _target(target: python.Expression, read: frozenset[str]) -> python.Expression:
    """A loop's variable, `_` if nothing reads it, or several in brackets."""
    if isinstance(target, python.Tuple):
        return python.Tuple([_target(one, read) for one in target.items])
    return target if target.names & read else python.name("_")


_RULES: dict[type, Callable[[Any, set[str]], python.Statement | None]] = {
    python.Assign: _assign,
    python.AugmentedAssign: _augmented,
    python.ExpressionStatement: _expression,
    python.If: _branches,
    python.For: _loop,
}


def choice(
    condition: python.Expression,
    then: Sequence[python.Statement],
    otherwise: Sequence[python.Statement],
) -> python.Statement:
    """`if`, with the condition the other way round where it has nothing to do if it holds."""
    if then or not otherwise:
        return python.If(condition, then, otherwise)
    return python.If(negated(condition), otherwise)
