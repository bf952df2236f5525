"""Many operands by a function of two, such that not too many expressions stand in each other."""

from __future__ import annotations

from functools import reduce

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    Operand = TypeVar("Operand")

MOST = 60
"""What is joined from the left alone: Python's own reader follows a hundred brackets or two."""


def joined(pair: Callable[[Operand, Operand], Operand], operands: Sequence[Operand]) -> Operand:
    """All operands, from the left; of very many, those of a group before the groups."""
    return reduce(pair, grouped(pair, operands))


def grouped(
    pair: Callable[[Operand, Operand], Operand], operands: Sequence[Operand]
) -> Sequence[Operand]:
    """The operands, or those of groups of them, few enough to be joined from the left."""
    while len(operands) > MOST:
        starts = range(0, len(operands), MOST)
        operands = [reduce(pair, operands[start : start + MOST]) for start in starts]
    return operands
