"""Decimals that count as integers. Emitted code carries the text of this function."""

from __future__ import annotations


def whole(value: float) -> int:
    """A decimal that is a whole number, as an integer. Raises `ValueError` for others."""
    if not float(value).is_integer():
        raise ValueError(f"{value} is not a whole number")
    return int(value)
