"""What the LALR(1) tables say of tokens that have not been taken yet."""

from __future__ import annotations

from .. import tables
from ..parser import REDUCTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..lexer import Token


def after(states: list[int], token: Token) -> list[int] | None:
    """The states after a token, or None where it cannot stand."""
    now = list(states)
    kind = token.kind
    while True:
        row = tables.STATES[now[-1]]
        if kind not in row:
            if kind == "$END" and now[-1] == tables.END:
                return now
            if token.text in tables.KEYWORDS and "NAME" in row and kind != "NAME":
                kind = "NAME"
                continue
            return None
        action = row[kind]
        if action >= 0:
            now.append(action)
            return now
        name, length = REDUCTIONS[~action][:2]
        if length:
            del now[-length:]
        now.append(tables.STATES[now[-1]][name])


def run(states: list[int], tokens: Iterable[Token]) -> list[int] | None:
    """The states after several tokens, or None where they cannot stand."""
    now: list[int] | None = states
    for token in tokens:
        if now is None:
            return None
        now = after(now, token)
    return now
