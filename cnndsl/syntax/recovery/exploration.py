"""What can come next at some place of a text, by the parser's tables alone.

A repair asks that of many tokens at one place, and goes on from several. So a position holds the
states that led to it as a list from the last one on, of which others share what is before.
"""

from __future__ import annotations

from .. import tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..lexer import Token

    Stack = tuple[int, "Stack | None", int]
    """A state, what is below it, and how many there are."""

RULES = tables.Lines(tables.RULES, lambda line: tables.rule(line)[:2])
"""The nonterminal and the length of each rule."""


class Position:
    """A place that some tokens lead to. It does not change: tokens lead on to other positions."""

    __slots__ = ("_stack", "kind")

    def __init__(self, stack: Stack, kind: str = "") -> None:
        self._stack = stack
        self.kind = kind
        """What the last token was taken for: a keyword can be a name."""

    @property
    def depth(self) -> int:
        """How many symbols have not yet been put together."""
        return self._stack[2]

    def after(self, *tokens: Token) -> Position | None:
        """Where tokens lead to, or None where they cannot stand."""
        position = self
        for token in tokens:
            following = position._after(token.kind)
            if following is None and token.text in tables.KEYWORDS:
                following = position._after("NAME")
            if following is None:
                return None
            position = following
        return position

    def _after(self, kind: str) -> Position | None:
        stack = self._stack
        while (action := tables.STATES[stack[0]].get(kind)) is not None:
            if action >= 0:
                return Position((action, stack, stack[2] + 1), kind)
            stack = _reduced(stack, ~action)
        is_end = kind == "$END" and stack[0] == tables.END
        return Position(stack, kind) if is_end else None


def _reduced(stack: Stack, rule: int) -> Stack:
    """The states once a rule has put its symbols together."""
    name, length = RULES[rule]
    for _ in range(length):
        stack = stack[1] or stack
    return tables.STATES[stack[0]][name], stack, stack[2] + 1


def beginning() -> Position:
    """The position at the beginning of a file."""
    return Position((0, None, 1))
