"""What can come next at some place of a text, by the parser's own steps.

A repair asks that of many tokens at one place, and goes on from several.
"""

from __future__ import annotations

from ..driver import advance
from ..tables import KEYWORDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..lexer import Token


class Position:
    """A place that some tokens lead to. It does not change: tokens lead on to other positions."""

    __slots__ = ("_stack", "kind")

    def __init__(self, stack: list[int], kind: str = "") -> None:
        self._stack = stack
        self.kind = kind
        """What the last token was taken for: a keyword can be a name."""

    @property
    def depth(self) -> int:
        """How many symbols have not yet been put together."""
        return len(self._stack)

    def after(self, *tokens: Token) -> Position | None:
        """Where tokens lead to, or None where they cannot stand."""
        position = self
        for token in tokens:
            following = position._after(token.kind)
            if following is None and token.text in KEYWORDS:
                following = position._after("NAME")
            if following is None:
                return None
            position = following
        return position

    def _after(self, kind: str) -> Position | None:
        stack = self._stack.copy()
        return Position(stack, kind) if advance(stack, kind) else None


def beginning() -> Position:
    """The position at the beginning of a file."""
    return Position([0])
