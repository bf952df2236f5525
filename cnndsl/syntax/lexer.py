"""Text to tokens."""

from __future__ import annotations

import re
from operator import itemgetter

from .. import diagnostics
from ..diagnostics.base import Finding
from ..text import CLOSING, Location, Source
from . import tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..diagnostics.base import Diagnostic
    from . import tree

DEEPEST_BRACKETS = 100

CONTINUES = re.compile(r"[ \t\f]*(?:->|else\b)")
WORD = r"\w+"
NAMED = r"[ \t\f]*[A-Za-z_]\w*[ \t\f]*=(?!=)"
OF_CHAINS = frozenset(("->", "{", "as", ":"))
"""What stands in chains alone, where `let` may as well name a number."""


class SyntaxFailure(Exception):
    """The text is not a spec; carries the findings that say why.

    `tree` holds what is whole, for the checks that come after the parser, if anything is.
    """

    def __init__(self, *findings: Finding, tree: tree.File | None = None) -> None:
        super().__init__(*(finding.diagnostic.message for finding in findings))
        self.findings = findings
        self.tree = tree


class Token(tuple[str, str, int, int]):
    """A word, number or symbol of the text: its kind, text, and range. As cheap as can be."""

    __slots__ = ()
    kind: str = property(itemgetter(0))  # type: ignore[assignment]  # what the property gives
    text: str = property(itemgetter(1))  # type: ignore[assignment]
    start: int = property(itemgetter(2))  # type: ignore[assignment]
    end: int = property(itemgetter(3))  # type: ignore[assignment]


def tokenize(
    source: Source, start: int = 0, end: int | None = None, depth: int = 0
) -> Iterator[Token]:
    """All tokens of a range of a text, with newlines where they end a statement, and an end mark.

    `depth` is how many braces there are around the range. Raises `SyntaxFailure` at the first thing
    that is no token, or bracket out of place.
    """
    text = source.text
    match_token = re.compile(tables.TOKEN).match
    continues = CONTINUES.match
    keywords, operators = tables.KEYWORDS, tables.OPERATORS
    opened: list[Token] = []
    newlines_count = True
    last = ""
    position, length = start, len(text) if end is None else end
    while position < length:
        if text[position] == " ":  # as every other time, and a pattern takes longer
            position += 1
            continue
        match = match_token(text, position, length)
        if match is None:
            raise _unreadable(source, position)
        kind = str(match.lastgroup)
        end = match.end()
        if kind == "SPACE" or kind == "COMMENT":
            position = end
            continue
        word = text[position:end]
        if kind == "NAME":
            if word in keywords:
                kind = keywords[word]
                if kind == "LET":
                    kind = _let(match_token, text, end, length)
        elif kind == "OPERATOR":
            kind = operators[word]
            if word in "([{":
                opened.append(Token((kind, word, position, end)))
                newlines_count = word == "{"
                if len(opened) + depth > DEEPEST_BRACKETS:
                    raise failure(
                        source, position, end, diagnostics.NestedTooDeeply(DEEPEST_BRACKETS)
                    )
            elif word in ")]}":
                if not opened or CLOSING[opened[-1].text] != word:
                    wanted = opened[-1].text if opened else None
                    raise failure(source, position, end, diagnostics.Mismatched(word, wanted))
                opened.pop()
                newlines_count = not opened or opened[-1].text == "{"
        elif kind == "_NEWLINE" and (
            not newlines_count or last == "ARROW" or continues(text, end, length)
        ):
            position = end
            continue
        last = kind
        yield Token((kind, word, position, end))
        position = end
    if opened:
        raise failure(
            source, opened[-1].start, opened[-1].end, diagnostics.Unclosed(opened[-1].text)
        )
    yield Token(("$END", "", length, length))


def _let(
    match_token: Callable[[str, int, int], re.Match[str] | None],
    text: str,
    position: int,
    length: int,
) -> str:
    """The kind of a `let` behind which the statement goes on: LET_VALUE if no chain is certain."""
    match = re.compile(NAMED).match(text, position, length)
    depth = 0
    while match and (match := match_token(text, match.end(), length)):
        word = match.group()
        if word in OF_CHAINS:
            return "LET"
        depth += (word in ("(", "[")) - (word in (")", "]"))
        goes_on = CONTINUES.match(text, match.end(), length)
        is_line_end = match.lastgroup == "_NEWLINE" and not goes_on
        if word == "}" or (is_line_end and depth <= 0):
            break
    return "LET_VALUE"


def failure(source: Source, start: int, end: int, diagnostic: Diagnostic) -> SyntaxFailure:
    return SyntaxFailure(Finding(diagnostic, Location(source, start, end)))


def _unreadable(source: Source, position: int) -> SyntaxFailure:
    character = source.text[position]
    word = re.compile(WORD).match(source.text, position)
    if word and character.isdigit() and character.isascii():
        return failure(source, position, word.end(), diagnostics.BadNumber(word.group()[:40]))
    return failure(source, position, position + 1, diagnostics.UnexpectedCharacter(character))
