"""Which statements of emitted code matter: those that lead to a value that something reads."""

from __future__ import annotations

from . import python
from .formulas import negated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

_PARTS: dict[type, tuple[str, ...]] = {}


def names_in(part: object) -> set[str]:
    """The variables that an expression reads, functions among them."""
    if isinstance(part, python.Name):
        return {part.text}
    if isinstance(part, tuple | list):
        return set().union(*map(names_in, part))
    kind = type(part)
    if kind not in _PARTS:
        slots = [getattr(base, "__slots__", ()) for base in kind.__mro__]
        _PARTS[kind] = tuple(name for names in slots for name in names)
    names: set[str] = set()
    for name in _PARTS[kind]:
        names |= names_in(getattr(part, name))
    return names


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
    live |= names_in(statement)
    return statement


def _assign(statement: python.Assign, live: set[str]) -> python.Statement | None:
    """An assignment; to an attribute or an element, it is for its effect."""
    if all(isinstance(target, python.Name) for target in statement.targets):
        targets = names_in(statement.targets)
        if not targets & live:
            return None
        live -= targets
        live |= names_in(statement.value)
        return statement
    return _plain(statement, live)


def _expression(
    statement: python.ExpressionStatement, live: set[str]
) -> python.ExpressionStatement | None:
    """A call for its effect; that of `next(counter)` is on what reads the counter later."""
    value = statement.value
    if isinstance(value, python.Call) and str(value.value) == "next":
        return statement if names_in(value.arguments) & live else None
    live |= names_in(value)
    return statement


def _branches(statement: python.If, live: set[str]) -> python.Statement | None:
    other = set(live)
    then, otherwise = needed(statement.body, live), needed(statement.orelse, other)
    live |= other
    if not then and not otherwise:
        return None
    live |= names_in(statement.condition)
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
    live |= names_in(statement.iterable)
    return python.For(statement.targets, statement.iterable, body)


_RULES: dict[type, Callable[[Any, set[str]], python.Statement | None]] = {
    python.Assign: _assign,
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
