"""A long definition in sections: what is above a mistake, the statements around it, what is below.

What is above and below is read as ever, and no recovery looks at it. Each section is one of whole
statements, and parses with nothing but the definition's heading and its last brace.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from ..record import Record
from ..text import Source
from .driver import drive
from .lexer import tokenize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .tree import File

LONG = 12
"""The lines of a definition that is read in sections."""
AROUND = 2
"""How many statements around a mistake are looked at with it."""
FIRST_LINE = re.compile(r"(?:[ \t]*#[^\n]*\n)*(?:block|model)[ \t]+\w[^\n{}#]*\{[ \t]*\n")
IDLE_LINES = re.compile(r"(?:[ \t\f]*(?:#[^\n]*)?(?:\n|\Z))*")
INDENT = re.compile(r"[ \t]*")
OUTSIDE = re.compile(r"^[^ \t\f\n#]", re.MULTILINE)
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
    if heading is None or brace <= heading.end() or "\r" in text[start:end]:
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
    line = re.compile(rf"^[ \t]{{{width}}}(?![ \t#\n]|{GOES_ON.pattern})", re.MULTILINE)
    return (match.start() for match in line.finditer(text, place, end)) if width else ()


def goes_on(text: str, place: int) -> bool:
    """Whether what stands at a place belongs to the statement before it."""
    idle = IDLE_LINES.match(text, place)
    indent = INDENT.match(text, idle.end() if idle is not None else place)
    return GOES_ON.match(text, indent.end() if indent is not None else place) is not None


def read_without(source: Source, start: int, end: int, gap: tuple[int, int]) -> File:
    """The tree of a part of a text but for some statements. Raises `SyntaxFailure`."""
    first, behind = gap
    text = source.text[:first] + " " * (behind - first) + source.text[behind:end]
    rest = Source(source.name, text, source.path)
    return drive(rest, tokenize(rest, start, end))


def put_together(*files: File) -> File:
    """The tree of one definition from those of its sections, of which the last one has its end."""
    one = files[-1]
    (definition,) = one.definitions
    bodies = (each.definitions[0].body.statements for each in files)
    body = definition.body.replaced(statements=sum(bodies, ()))
    return one.replaced(
        definitions=(definition.replaced(body=body),),
        missing=sum((each.missing for each in files), ()),
        doubtful=sum((each.doubtful for each in files), ()),
    )


def is_one(file: File) -> bool:
    """Whether a tree has one definition and nothing else."""
    others = file.imports or file.recipes or file.defaults
    return len(file.definitions) == 1 and not others
