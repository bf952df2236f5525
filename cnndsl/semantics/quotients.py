"""Division of numbers that may be integers. Emitted code carries the text of this function."""

from __future__ import annotations


def quotient(value: float, divisor: float) -> float:
    """`value / divisor`. Raises `ValueError` for integers that leave a remainder."""
    if isinstance(value, int) and isinstance(divisor, int):
        if value % divisor:
            raise ValueError(f"{value} is not a multiple of {divisor}")
        return value // divisor
    return value / divisor
