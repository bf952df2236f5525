"""How tokens are spelled: numbers, sizes and paths in one form."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..syntax.lexer import Token

LONGEST = 18
"""Digits of a number that is touched: beyond, what it is worth need not be what it says."""
UNGROUPED = 4
"""A number of more digits has an underscore before each three."""


def spelled(token: Token) -> str:
    """The token's text, or what is always written for that."""
    if token.kind == "STRING" and '"' not in token.text:
        return f'"{token.text[1:-1]}"'
    if token.kind not in ("INTEGER", "DECIMAL", "SIZE") or len(token.text) > LONGEST:
        return token.text
    if token.kind == "SIZE":
        sides = token.text.replace("_", "").split("x")
        return "x".join(str(int(side)) for side in sides)
    return _number(token.text)


def _number(text: str) -> str:
    mantissa, _, exponent = text.replace("E", "e").partition("e")
    scale = mantissa[-1] if mantissa[-1] in "KMG" else ""
    whole, point, fraction = mantissa.removesuffix(scale).partition(".")
    power = f"e{int(exponent)}" if exponent else ""
    return f"{_grouped(whole)}{point}{fraction}{scale}{power}"


def _grouped(digits: str) -> str:
    number = int(digits.replace("_", ""))
    return f"{number:_}" if "_" in digits or len(str(number)) > UNGROUPED else str(number)
