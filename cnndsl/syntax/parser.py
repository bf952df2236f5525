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
    from .parts import Known
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
    return parse_parts(source)


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


def parse_parts(source: Source, known: Known | None = None) -> File:
    """As `parse`, part by part. `known` has what is known of them; what is read is added to it."""
    from . import parts  # deferred: for broken texts, and editors

    known = known if known is not None else parts.Known()
    text, files = source.text, []
    findings: list[Finding] = []
    is_whole = True
    ranges = list(parts.parts_of(text))
    for start, end in ranges:
        key = start, text[start:end]
        try:
            file = known.parts.get(key) or _part(source, start, end, known)
        except SyntaxFailure as first:
            if source.size > LONGEST_RECOVERED:
                return drive(source, tokens_of(source))  # which says what `parse` says
            if not parts.recovered_alone(text):
                raise _recovered(source, 0, len(text)) or first from None
            near = _recovered_near(source, start, end, first, known)
            failure = near or _recovered(source, start, end) or first
            findings += failure.findings
            is_whole = is_whole and failure.tree is not None
            files += [failure.tree] if failure.tree is not None else []
        else:
            known.parts[key] = file
            files.append(file)
    if findings:
        raise SyntaxFailure(*findings, tree=parts.joined(files) if is_whole else None)
    return parts.joined(files)


def _part(source: Source, start: int, end: int, known: Known) -> File:
    """A part, whose sections may be known. Raises `SyntaxFailure`."""
    from .sections import frame_of, read_until, read_without, with_statements  # deferred: as above

    is_cut = known.cuts_in(start, end) or known.rows_in(start, end)
    frame = frame_of(source.text, start, end) if is_cut else None
    if frame is None:
        return drive(source, tokenize(source, start, end))
    statements, place = read_until(source, frame.body, frame.brace, known)
    return with_statements(read_without(source, start, end, (frame.body, place)), statements)


def _recovered_near(
    source: Source, start: int, end: int, first: SyntaxFailure, known: Known
) -> SyntaxFailure | None:
    """What is wrong in one place of a long definition; None where that may not be all."""
    from .recovery import recover  # deferred: only broken texts need it
    from .sections import is_one, read_all, window_of, with_statements  # deferred: likewise

    window = window_of(source.text, start, end, first.findings[0].location.start)
    if window is None:
        return None
    frame = window.frame
    above = read_all(source, frame.body, window.start, known)
    below = read_all(source, window.end, frame.brace, known)
    if above is None or below is None:
        return None
    left_out = (frame.body, window.start), (window.end, frame.brace)
    failure = recover(source, start, end, left_out)
    near = failure.tree if failure is not None else None
    if failure is None or near is None or not is_one(near):
        return None
    return SyntaxFailure(*failure.findings, tree=with_statements(near, above, below))


def _recovered(source: Source, start: int, end: int) -> SyntaxFailure | None:
    from .recovery import recover  # deferred: only broken texts need it

    return recover(source, start, end)
