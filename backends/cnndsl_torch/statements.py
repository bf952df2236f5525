"""What statements of emitted code read, and statements without what nobody reads."""

from __future__ import annotations

import re

from cnndsl.emit import python
from cnndsl.emit.formulas import negated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?!\s*=[^=])\b")
"""A variable or function in an expression; no attribute, and no name of an argument."""


def names_in(value: python.Expression) -> set[str]:
    """The variables that an expression reads, functions among them."""
    return set(NAME.findall(str(value)))


def reads(statements: Iterable[python.Statement], variable: str) -> bool:
    """Whether statements read a variable, other than to assign it anew."""
    return any(_reads(statement, variable) for statement in statements)


def _reads(statement: python.Statement, variable: str) -> bool:
    if isinstance(statement, python.Assign):
        targets = list(map(str, statement.targets))
        parts = [] if targets == [variable] else [*statement.targets, statement.value]
        return any(variable in names_in(part) for part in parts)
    if isinstance(statement, python.AugmentedAssign):
        return variable in names_in(statement.target) | names_in(statement.value)
    if isinstance(statement, python.ExpressionStatement):
        return variable in names_in(statement.value)
    if isinstance(statement, python.For):
        return variable in names_in(statement.iterable) or reads(statement.body, variable)
    if isinstance(statement, python.If):
        inside = reads(statement.body, variable) or reads(statement.orelse, variable)
        return inside or variable in names_in(statement.condition)
    if isinstance(statement, python.Return):
        return any(variable in names_in(value) for value in statement.values)
    if isinstance(statement, python.Raise):
        return variable in names_in(statement.value)
    raise TypeError(f"{type(statement).__name__} in emitted code")


def without_assignments(
    statements: Iterable[python.Statement], variable: str
) -> list[python.Statement]:
    """Statements without those that assign a variable."""
    kept: list[python.Statement] = []
    for statement in statements:
        if isinstance(statement, python.Assign) and [variable] == list(map(str, statement.targets)):
            continue
        if isinstance(statement, python.For):
            body = without_assignments(statement.body, variable)
            statement = python.For(statement.targets, statement.iterable, body)
        elif isinstance(statement, python.If):
            then = without_assignments(statement.body, variable)
            statement = choice(
                statement.condition, then, without_assignments(statement.orelse, variable)
            )
        kept.append(statement)
    return kept


def choice(
    condition: python.Expression,
    then: Sequence[python.Statement],
    otherwise: Sequence[python.Statement],
) -> python.Statement:
    """`if`, with the condition the other way round where it has nothing to do if it holds."""
    if then or not otherwise:
        return python.If(condition, then, otherwise)
    return python.If(negated(condition), otherwise)


def needed(statements: Sequence[python.Statement], live: set[str]) -> list[python.Statement]:
    """Statements without those whose value nobody reads.

    `live` are the variables that are read after the statements, and then those read before.
    """
    kept: list[python.Statement] = []
    for statement in reversed(statements):
        if isinstance(statement, python.Assign):
            target = str(statement.targets[0])
            if target in live:
                live.discard(target)
                live |= names_in(statement.value)
                kept.append(statement)
        elif isinstance(statement, python.If):
            other = set(live)
            then, otherwise = needed(statement.body, live), needed(statement.orelse, other)
            live |= other | names_in(statement.condition)
            if then or otherwise:
                kept.append(choice(statement.condition, then, otherwise))
        else:
            raise TypeError(f"{type(statement).__name__} in forward")
    return kept[::-1]
