"""Text to syntax tree.

Where a text has a mistake, `recovery` reads it again, more slowly, and reports every one; of very
long texts the first is all that is reported.
"""

from __future__ import annotations

from .. import diagnostics
from .driver import drive
from .lexer import SyntaxFailure, failure, tokenize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..text import Source
    from .lexer import Token
    from .tree import File

LONGEST_RECOVERED = 200_000
"""Characters of a text that is read again: about a second. The zoo's longest file has 3,000."""

MOST_TOKENS = 1_000_000
"""Words and symbols of a text. A tree of them takes some 300 MB."""


def parse(source: Source) -> File:
    """The syntax tree of a source. Raises `SyntaxFailure`."""
    try:
        return drive(source, tokens_of(source))
    except SyntaxFailure as found:
        first = found
    raise first if len(source.text) > LONGEST_RECOVERED else _recovered(source) or first


def tokens_of(source: Source) -> Iterator[Token]:
    """All tokens. Raises `SyntaxFailure`, also where there are too many for a tree of them."""
    tokens = tokenize(source)
    return tokens if len(source.text) <= MOST_TOKENS else _counted(source, tokens)


def _counted(source: Source, tokens: Iterator[Token]) -> Iterator[Token]:
    for number, token in enumerate(tokens):
        if number == MOST_TOKENS:
            reason = f"it has more than {MOST_TOKENS:,} words and symbols"
            raise failure(
                source, token.start, token.end, diagnostics.Unreadable(source.name, reason)
            )
        yield token


def _recovered(source: Source) -> SyntaxFailure | None:
    from .recovery import recover  # deferred: only broken texts need it, and Lark

    return recover(source)
