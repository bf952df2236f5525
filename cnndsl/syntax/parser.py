"""Text to syntax tree.

Where a text has a mistake, `recovery` reads the part that has it again, more slowly, and reports
every one; of very long texts the first is all that is reported.
"""

from __future__ import annotations

from .. import diagnostics
from .driver import drive
from .lexer import SyntaxFailure, failure, tokenize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..diagnostics.base import Finding
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
    if source.size > LONGEST_RECOVERED:
        raise first
    return parse_parts(source, {})


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


def parse_parts(source: Source, known: dict[tuple[int, str], File]) -> File:
    """As `parse`, part by part. `known` has those that parse, by their starts and texts.

    What is read is added to it.
    """
    from .parts import joined, parts_of, recovered_alone  # deferred: for broken texts, and editors

    text, files = source.text, []
    findings: list[Finding] = []
    is_whole = True
    ranges = list(parts_of(text))
    for start, end in ranges:
        key = start, text[start:end]
        try:
            file = known.get(key) or drive(source, tokenize(source, start, end))
        except SyntaxFailure as first:
            if not recovered_alone(text):
                raise _recovered(source, 0, len(text)) or first from None
            failure = _recovered(source, start, end) or first
            findings += failure.findings
            is_whole = is_whole and failure.tree is not None
            files += [failure.tree] if failure.tree is not None else []
        else:
            known[key] = file
            files.append(file)
    if findings:
        raise SyntaxFailure(*findings, tree=joined(files) if is_whole else None)
    return joined(files)


def _recovered(source: Source, start: int, end: int) -> SyntaxFailure | None:
    from .recovery import recover  # deferred: only broken texts need it

    return recover(source, start, end)
