"""A long definition in sections: what is above a mistake, the statements around it, what is below.

What is above and below is read as ever, and no recovery looks at it. Each section is one of whole
statements, and parses with nothing but the definition's heading and its last brace.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import chain, pairwise

from ..record import Record
from ..text import Source
from .driver import drive
from .lexer import SyntaxFailure, tokenize
from .parts import Known
from .rows import with_rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    from .tree import File, Statement

    Statements: TypeAlias = tuple[Statement, ...]

LONG = 12
"""The lines of a definition that is read in sections."""
AROUND = 2
"""How many statements around a mistake are looked at with it."""
FIRST_LINE = re.compile(r"(?:[ \t]*#[^\n]*\n)*(?:block|model)[ \t]+\w[^\n{}#]*\{[ \t\r]*\n")
IDLE_LINES = re.compile(r"(?:[ \t\f\r]*(?:#[^\n]*)?(?:\n|\Z))*")
INDENT = re.compile(r"[ \t]*")
OUTSIDE = re.compile(r"^[^ \t\f\r\n#]", re.MULTILINE)
"""A line that stands in no body."""
GOES_ON = re.compile(r"->|else\b|[)}\]]")
"""What starts no statement."""


class Frame(Record):
    """Where a definition starts, its body and each statement of that, and its last brace."""

    start: int
    body: int
    statements: tuple[int, ...]
    brace: int


class Window(Record):
    """The statements around a mistake, in their frame."""

    frame: Frame
    start: int
    end: int


def window_of(text: str, start: int, end: int, place: int) -> Window | None:
    """The statements around a place of a part of a text, if that is one long definition."""
    frame = frame_of(text, start, end) if text.count("\n", start, end) > LONG else None
    if frame is None or not frame.body <= place < frame.brace:
        return None
    number = bisect_right(frame.statements, place) - 1
    first, behind = max(number - AROUND, 0), number + AROUND + 1
    starts = (*frame.statements, frame.brace)
    return Window(frame, starts[first], starts[min(behind, len(starts) - 1)])


def frame_of(text: str, start: int, end: int) -> Frame | None:
    """The frame of a definition over many lines, written as people do."""
    heading = FIRST_LINE.match(text, start, end)
    brace = text.rfind("\n}", start, end) + 1
    if heading is None or brace <= heading.end():
        return None
    if IDLE_LINES.fullmatch(text, brace + 1, end) is None:
        return None
    if OUTSIDE.search(text, heading.end(), brace) is not None:
        return None
    statements = tuple(statements_of(text, heading.end(), brace))
    return Frame(start, heading.end(), statements, brace) if statements else None


def statements_of(text: str, start: int, end: int) -> Iterable[int]:
    """Where the lines start that begin a statement of a body: those indented as the first is."""
    first = IDLE_LINES.match(text, start, end)
    place = first.end() if first is not None else start
    indent = INDENT.match(text, place, end)
    width = indent.end() - place if indent is not None else 0
    line = re.compile(rf"^[ \t]{{{width}}}(?![ \t#\r\n]|{GOES_ON.pattern})", re.MULTILINE)
    return (match.start() for match in line.finditer(text, place, end)) if width else ()


def goes_on(text: str, place: int) -> bool:
    """Whether what stands at a place belongs to the statement before it."""
    idle = IDLE_LINES.match(text, place)
    indent = INDENT.match(text, idle.end() if idle is not None else place)
    return GOES_ON.match(text, indent.end() if indent is not None else place) is not None


def read_until(source: Source, start: int, end: int, known: Known) -> tuple[Statements, int]:
    """The statements of a range down to a section that cannot be read, and where that starts.

    What is known of a section is not read again.
    """
    found: list[Statement] = []
    for first, behind in pairwise((start, *known.cuts_in(start, end), end)):
        key = first, source.text[first:behind]
        statements = known.sections.get(key)
        if statements is None:
            try:
                statements = _statements(source, first, behind, known)
            except SyntaxFailure:
                return tuple(found), first
            known.sections[key] = statements
        found += statements
    return tuple(found), end


def read_all(source: Source, start: int, end: int, known: Known) -> Statements | None:
    """The statements of a range; None where it cannot be read."""
    found, place = read_until(source, start, end, known)
    if place < end and known.cuts:
        found, place = read_until(source, start, end, Known())
    return found if place == end else None


def _statements(source: Source, start: int, end: int, known: Known) -> Statements:
    """Those of a range, with nothing around them. Raises `SyntaxFailure`."""
    places = known.rows_in(start, end)
    if len(places) > 1:
        some = _alone(_without(source, end, (places[0], places[-1])), start, end)
        found = with_rows(source, places, some, known)
        if found is not None:
            return found
    return _alone(source, start, end)


def _alone(source: Source, start: int, end: int) -> Statements:
    inside = (one for one in tokenize(source, start, end, 1) if one.kind != "$END")
    braces = tuple(tokenize(Source("", "block b {}")))
    file = drive(source, chain(braces[:3], inside, braces[3:]))
    (definition,) = file.definitions
    return definition.body.statements


def read_without(source: Source, start: int, end: int, gap: tuple[int, int]) -> File:
    """The tree of a part of a text but for some lines of a body. Raises `SyntaxFailure`."""
    rest = _without(source, end, gap)
    return drive(rest, tokenize(rest, start, end))


def _without(source: Source, end: int, gap: tuple[int, int]) -> Source:
    """A text up to some place, with a comment for some lines."""
    first, behind = gap
    text = source.text
    if behind > first:
        text = f"{text[:first]}{'#' * (behind - first - 1)}\n{text[behind:end]}"
    return Source(source.name, text, source.path)


def with_statements(file: File, above: Statements, below: Statements = ()) -> File:
    """The tree of one definition with more statements above and below its own."""
    (definition,) = file.definitions
    statements = (*above, *definition.body.statements, *below)
    body = definition.body.replaced(statements=statements)
    return file.replaced(definitions=(definition.replaced(body=body),))


def is_one(file: File) -> bool:
    """Whether a tree has one definition and nothing else."""
    others = file.imports or file.recipes or file.defaults
    return len(file.definitions) == 1 and not others
