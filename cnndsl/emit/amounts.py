"""Arithmetic on amounts that are partly symbols of emitted code."""

from __future__ import annotations

from . import python
from .environment import Inexpressible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn, TypeAlias

    Amount: TypeAlias = int | python.Expression
    """A number of channels or layers: known, or an expression of the emitted code."""


def simplest(value: python.Expression) -> Amount:
    """An expression that is an integer literal as that integer."""
    text = str(value)
    return int(text) if text.isdigit() else value


def add(left: Amount, right: Amount) -> Amount:
    """The sum of two amounts, in numbers as far as they are known."""
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    if left == 0 or right == 0:
        return right if left == 0 else left
    if isinstance(right, int) and isinstance(left, python.Binary) and left.operator == "+":
        last = simplest(left.operands[-1])
        if isinstance(last, int):
            return add(simplest(left.operands[0]), last + right)
        first, *others = map(simplest, left.operands)
        if isinstance(first, int) and len(others) == 1:
            return add(first + right, others[0])
    if isinstance(right, int) and right < 0:
        return python.Binary(left, "-", -right)
    if isinstance(right, python.Binary) and right.operator == "-":
        first, less = map(simplest, right.operands)
        if isinstance(left, int) and isinstance(less, int):
            return add(first, left - less)
        if str(less) == str(left):
            return first
    if str(left) == str(right):
        return twice(left if isinstance(left, Quotient) else right)
    if isinstance(left, python.Binary) and left.operator == "*":
        count = simplest(left.operands[0])
        if isinstance(count, int) and str(multiply(count, right)) == str(left):
            return multiply(count + 1, right)
    return python.Binary(left, "+", right)


class Quotient(python.Binary):
    """The quotient of an amount and a divisor of it."""


def twice(one: Amount) -> Amount:
    """An amount twice: of a half that leaves no rest, the whole."""
    if isinstance(one, Quotient) and str(one.operands[-1]) == "2":
        return simplest(one.operands[0])
    return multiply(2, one)


def subtract(left: Amount, right: Amount) -> Amount:
    """The difference of two amounts, in numbers as far as they are known."""
    if isinstance(right, int):
        return add(left, -right)
    if isinstance(right, python.Unary):
        return add(left, simplest(right.operand))
    if isinstance(left, python.Binary) and left.operator == "+":
        first, *_, last = left.operands
        if str(first) == str(right):
            return simplest(last)
    if isinstance(right, python.Binary) and right.operator == "-":
        first, last = right.operands
        if str(first) == str(left):
            return simplest(last)
    return python.Binary(left, "-", right)


def multiply(left: Amount, right: Amount) -> Amount:
    """The product of two amounts, in numbers as far as they are known."""
    if isinstance(left, int) and isinstance(right, int):
        return left * right
    if left == 1:
        return right
    return left if right == 1 else python.Binary(left, "*", right)


def divide(left: Amount, right: Amount) -> Amount:
    """The quotient of two amounts of which one divides the other, in numbers as far as known."""
    if isinstance(left, int) and isinstance(right, int):
        return left // right
    if isinstance(left, python.Binary) and left.operator == "*" and isinstance(right, int):
        first, *_, last = map(simplest, left.operands)
        if isinstance(first, int) and first % right == 0:
            return multiply(first // right, last)
    return left if right == 1 else Quotient(left, "//", right)


class Symbol:
    """An amount that `+`, `-`, `*` and `//` work on, so that an op's `channels` can run on it."""

    __slots__ = ("amount",)

    def __init__(self, value: Amount) -> None:
        self.amount = value

    def __add__(self, other: Symbol | int) -> Symbol:
        return Symbol(add(self.amount, _amount_of(other)))

    def __radd__(self, other: int) -> Symbol:
        return Symbol(add(other, self.amount))

    def __lt__(self, other: int) -> bool:
        """Whether it is less; a symbol is taken for a positive number."""
        if isinstance(self.amount, int):
            return self.amount < other
        return isinstance(self.amount, python.Unary)

    def __index__(self) -> NoReturn:
        """It cannot tell which of several values is meant. Raises `Inexpressible`."""
        raise Inexpressible

    def __sub__(self, other: Symbol | int) -> Symbol:
        return Symbol(subtract(self.amount, _amount_of(other)))

    def __rsub__(self, other: int) -> Symbol:
        return Symbol(subtract(other, self.amount))

    def __mul__(self, other: Symbol | int) -> Symbol:
        return Symbol(multiply(self.amount, _amount_of(other)))

    def __floordiv__(self, other: Symbol | int) -> Symbol:
        return Symbol(divide(self.amount, _amount_of(other)))

    def __rmul__(self, other: int) -> Symbol:
        return Symbol(multiply(other, self.amount))


def _amount_of(value: Symbol | int) -> Amount:
    return value.amount if isinstance(value, Symbol) else value
