"""Amounts that a condition decides on, and comparisons of amounts."""

from __future__ import annotations

from . import python
from .amounts import simplest
from .formulas import negated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container
    from typing import TypeGuard

    from .amounts import Amount

LONGEST_CHOICE = 80
"""A longer conditional is not written: one inside another would double it again and again."""


def choice_of(
    then: Amount | None, condition: python.Expression | None, otherwise: Amount | None
) -> Amount | None:
    """The amount behind branches, as a conditional expression if it is short."""
    if then is None or otherwise is None or same(then, otherwise):
        return then if same(then, otherwise) else None
    if condition is None:
        return None
    choice = chosen(then, condition, otherwise)
    return choice if len(str(choice)) <= LONGEST_CHOICE else None


def chosen(then: Amount, condition: python.Expression, otherwise: Amount) -> Amount:
    """`then if condition else otherwise`, without what is left of `otherwise` where none can be.

    `a if b != a else b` is `a`, and so is `b if c and a == b else a`, which a residual connection
    comes to that is there where it can be.
    """
    if str(condition) in ("True", "False"):
        return then if str(condition) == "True" else otherwise
    if isinstance(otherwise, python.Conditional) and otherwise.test == negated(condition):
        otherwise = simplest(otherwise.body)
    if same(then, otherwise) or str(condition) in orders(then, "!=", otherwise):
        return then
    demands = condition.operands if is_all(condition) else [condition]
    if any(str(one) in orders(then, "==", otherwise) for one in demands):
        return otherwise
    return python.Conditional(python.expression(then), condition, python.expression(otherwise))


def orders(one: Amount, operator: str, other: Amount) -> tuple[str, str]:
    """A comparison that may be turned round, in both orders."""
    return f"{one} {operator} {other}", f"{other} {operator} {one}"


def is_all(condition: python.Expression) -> TypeGuard[python.BoolOp]:
    """Whether a condition is that several others hold."""
    return isinstance(condition, python.BoolOp) and condition.operators[0] == "and"


def same(left: Amount | None, right: Amount | None) -> bool:
    """Whether two amounts are known and the same."""
    return left is not None and right is not None and str(left) == str(right)


def chooses(value: Amount | None) -> bool:
    """Whether a conditional expression is in an amount."""
    return " if " in str(value)


def mentions(value: Amount | None, names: Container[str]) -> bool:
    """Whether an amount is written with one of these variables of the emitted code."""
    return isinstance(value, python.Expression) and any(one in names for one in value.names)
