"""Which words of a text the parser takes as keywords: the judge of what colours texts."""

from __future__ import annotations

from collections.abc import Iterator

from cnndsl.syntax import tables
from cnndsl.syntax.lexer import Token, tokenize
from cnndsl.text import Source


def parsed_kinds(text: str) -> Iterator[tuple[Token, str]]:
    """Each token of a spec that parses, with the kind of symbol that it is to the parser."""
    stack = [0]
    for token in tokenize(Source("", text)):
        kind = token.kind
        while stack[-1] != tables.END or kind != "$END":
            row = tables.STATES[stack[-1]]
            if kind not in row:
                assert "NAME" in row, token
                kind = "NAME"
            if row[kind] >= 0:
                stack.append(row[kind])
                yield token, kind
                break
            name, length, *_ = tables.RULES[~row[kind]]
            del stack[len(stack) - length :]
            stack.append(tables.STATES[stack[-1]][name])


def keywords_of(text: str) -> set[int]:
    """Where the keywords of a spec stand."""
    return {
        token.start
        for token, kind in parsed_kinds(text)
        if kind != "NAME" and token.text in tables.KEYWORDS
    }
