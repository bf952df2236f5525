"""What can come next at some place of a text, as Lark's interactive parser tells it."""

from __future__ import annotations

import json
import os
from functools import cache

from lark import Lark
from lark import Token as LarkToken
from lark.exceptions import UnexpectedToken

from .. import tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lark.parsers.lalr_interactive_parser import InteractiveParser

    from ..lexer import Token


@cache
def _lark() -> Lark:
    """Lark's parser of the grammar, from what `Lark.save` has laid down."""
    path = os.path.join(os.path.dirname(tables.__file__), "grammar.json")
    with open(path, encoding="utf-8") as file:
        return Lark.load(json.load(file, object_pairs_hook=_with_numbers))


def _with_numbers(pairs: list[tuple[str, Any]]) -> dict[str | int, Any]:
    """An object whose keys were numbers before JSON made texts of them."""
    return {int(key) if key.isdigit() else key: value for key, value in pairs}


class Position:
    """A place that some tokens lead to. It does not change: tokens lead on to other positions."""

    def __init__(self, parser: InteractiveParser, kind: str = "") -> None:
        self._parser = parser
        self.kind = kind
        """What the last token was taken for: a keyword can be a name."""

    @property
    def depth(self) -> int:
        """How many symbols Lark's parser has not yet put together."""
        return len(self._parser.parser_state.state_stack)

    def after(self, *tokens: Token) -> Position | None:
        """Where tokens lead to, or None where they cannot stand."""
        position = self
        for token in tokens:
            following = position._after(token, token.kind)
            if following is None and token.text in tables.KEYWORDS:
                following = position._after(token, "NAME")
            if following is None:
                return None
            position = following
        return position

    def _after(self, token: Token, kind: str) -> Position | None:
        if kind not in self._parser.choices():  # type: ignore[no-untyped-call]  # Lark's
            return None
        parser = self._parser.copy(deepcopy_values=False)  # type: ignore[no-untyped-call]  # Lark's
        try:
            parser.feed_token(LarkToken(kind, token.text))
        except UnexpectedToken:
            return None
        return Position(parser, kind)


def beginning() -> Position:
    """The position at the beginning of a file."""
    return Position(_lark().parse_interactive(""))
