"""A finding as text: its message, the spec's lines with marks under them, and advice.

For example:

    CNN301 add joins paths of different shapes: 28x28x256 and 56x56x256
      --> net.cnn:14:9
       |
    12 |     conv(64, 1x1, stride=2)
       |     ----------------------- this path is 28x28x256
    14 |     identity
       |     ^^^^^^^^ this path is 56x56x256
       = in bottleneck(64, stride=2), called at net.cnn:22:20
       = help: give every path the same stride and padding
"""

from __future__ import annotations

from ..record import Record
from ..text import CUT, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..diagnostics.base import Finding, Frame
    from ..text import Location, Source

WIDEST = 100
"""How many characters of a spec's line are shown."""
LEAD = 20
"""How many characters are kept before a mark where a line is cut."""
LONGEST_CALL = 120
MOST_FRAMES = 8
TAB = 4


class Palette(Record):
    """The escape sequence that starts each role's colour; empty strings for plain text."""

    code: str = ""
    message: str = ""
    gutter: str = ""
    primary: str = ""
    note: str = ""
    label: str = ""


PLAIN = Palette()
COLORED = Palette(
    code="\x1b[1;31m",
    message="\x1b[1m",
    gutter="\x1b[34m",
    primary="\x1b[31m",
    note="\x1b[36m",
    label="\x1b[32m",
)
RESET = "\x1b[0m"


class Mark(Record):
    """A range of one line to underline: columns from 0, the end exclusive."""

    row: int
    start: int
    end: int
    label: str
    is_primary: bool


def render(finding: Finding, palette: Palette = PLAIN) -> str:
    """The finding as lines of text, without a line end after the last."""
    location = finding.location
    sections = _sections(finding)
    rows = [mark.row for marks, _ in sections.values() for mark in marks]
    margin = " " * len(str(max(rows, default=1)))
    lines = [_heading(finding, palette)]
    for source, (marks, spans) in sections.items():
        is_first = source is location.source
        arrow = "-->" if is_first else ":::"
        place = where(location) if is_first else f"{printable(source.name)}:{marks[0].row}"
        lines.append(f"{margin}{paint(arrow, palette.gutter)} {place}")
        if source.text:
            lines.append(f"{margin} {paint('|', palette.gutter)}")
            lines += _excerpt(source, marks, spans, margin, palette)
    mark = paint("=", palette.gutter)
    lines += [f"{margin} {mark} {text}" for text in _remarks(finding, palette)]
    return "\n".join(lines)


def concise(finding: Finding) -> str:
    """The finding as one line: place, code and message."""
    rest = f" ({finding.rest})" if finding.more else ""
    return f"{where(finding.location)}: {finding.diagnostic.code} {_message(finding)}{rest}"


def where(location: Location) -> str:
    """A place as `file:row:column`."""
    row, column = location.source.position(min(location.start, len(location.source.text)))
    return f"{printable(location.source.name)}:{row}:{column}"


def paint(text: str, color: str) -> str:
    return f"{color}{text}{RESET}" if color and text else text


def _message(finding: Finding) -> str:
    return printable(finding.diagnostic.message)


def _heading(finding: Finding, palette: Palette) -> str:
    diagnostic = finding.diagnostic
    kind = "" if diagnostic.severity == "error" else f"{diagnostic.severity}: "
    message = paint(_message(finding), palette.message)
    return f"{paint(diagnostic.code, palette.code)} {kind}{message}"


def _remarks(finding: Finding, palette: Palette) -> list[str]:
    """What follows the excerpt: the block calls that lead here, advice, and the repetitions."""
    remarks = _frames(finding.stack)
    remarks += [printable(line) for line in finding.diagnostic.details]
    help_text = finding.diagnostic.help
    if help_text:
        remarks.append(f"{paint('help:', palette.label)} {printable(help_text)}")
    if finding.count > 1:
        remarks.append(f"seen {finding.count:,} times")
    if finding.more:
        remarks.append(finding.rest)
    return remarks


def _frames(stack: tuple[Frame, ...]) -> list[str]:
    lines = [
        f"in {printable(frame.call, LONGEST_CALL)}, called at {where(frame.location)}"
        for frame in stack
    ]
    left_out = len(stack) - MOST_FRAMES
    if left_out > 0:
        lines[MOST_FRAMES - 2 : -2] = [f"{CUT} {left_out} more calls"]
    return lines


# What to underline


def _sections(finding: Finding) -> dict[Source, tuple[list[Mark], list[tuple[int, int]]]]:
    """For each file, its marks by place, and the row ranges of those that span several lines."""
    primary = finding.location
    label = "; ".join(note.text for note in finding.notes if note.location == primary)
    places = [(primary, label, True)]
    places += [(note.location, note.text, False) for note in finding.notes]
    sections: dict[Source, tuple[list[Mark], list[tuple[int, int]]]] = {}
    for location, text, is_primary in places:
        if not is_primary and location == primary:
            continue
        marks, spans = sections.setdefault(location.source, ([], []))
        new = _marks(location, printable(text), is_primary)
        marks += new
        if len(new) > 1:
            spans.append((new[0].row, new[-1].row))
    for marks, _ in sections.values():
        marks.sort(key=lambda mark: (mark.row, mark.start, not mark.is_primary))
    return sections


def _marks(location: Location, label: str, is_primary: bool) -> list[Mark]:
    """One mark, or for a range of several lines one under its first and one under its last."""
    source = location.source
    text = source.text
    start = min(location.start, len(text))
    end = max(start, min(location.end, len(text)))
    while end > start and text[end - 1] in " \t\r\n":
        end -= 1
    row, column = source.position(start)
    last_row, last_column = source.position(end)
    if last_row == row:
        return [Mark(row, column - 1, max(last_column - 1, column), label, is_primary)]
    first, last = source.line(row), source.line(last_row)
    indent = len(last) - len(last.lstrip())
    return [
        Mark(row, column - 1, max(len(first.rstrip()), column), "", is_primary),
        Mark(last_row, indent, max(last_column - 1, indent + 1), label, is_primary),
    ]


# The spec's lines


def _excerpt(
    source: Source,
    marks: list[Mark],
    spans: list[tuple[int, int]],
    margin: str,
    palette: Palette,
) -> list[str]:
    lines: list[str] = []
    before: int | None = None
    for row in dict.fromkeys(mark.row for mark in marks):
        is_gap = before is not None and row > before + 1
        if is_gap and any(first <= row - 1 and row <= last for first, last in spans):
            lines.append(CUT)
        before = row
        text = source.line(row)
        for group in _windows(text, [mark for mark in marks if mark.row == row]):
            lines += _row(text, row, group, margin, palette)
    return lines


def _windows(line: str, marks: list[Mark]) -> list[list[Mark]]:
    """The marks of a line in groups that one window shows."""
    reach = max(mark.end for mark in marks) - min(mark.start for mark in marks)
    if len(line) <= WIDEST or reach <= WIDEST - LEAD:
        return [marks]
    return [[mark] for mark in marks]


def _row(line: str, row: int, marks: list[Mark], margin: str, palette: Palette) -> list[str]:
    """A line of the spec, cut to a window where it is long, and the marks under it."""
    begin, stop = 0, len(line)
    if stop > WIDEST:
        if max(mark.end for mark in marks) > WIDEST:
            begin = max(0, min(mark.start for mark in marks) - LEAD)
        stop = min(stop, begin + WIDEST)
    shown, columns = displayed(line[begin:stop])
    lead = CUT if begin else ""
    tail = CUT if stop < len(line) else ""
    number = paint(f"{row:>{len(margin)}} |", palette.gutter)
    lines = [f"{number} {lead}{shown}{tail}".rstrip()]
    bar = f"{margin} {paint('|', palette.gutter)} "
    last = len(columns) - 1
    for mark in marks:
        start = columns[min(max(mark.start - begin, 0), last)]
        end = columns[min(max(mark.end - begin, 0), last)]
        color = palette.primary if mark.is_primary else palette.note
        line_of_marks = ("^" if mark.is_primary else "-") * max(end - start, 1)
        if mark.label:
            line_of_marks += f" {mark.label}"
        lines.append(f"{bar}{' ' * (len(lead) + start)}{paint(line_of_marks, color)}")
    return lines


def displayed(text: str) -> tuple[str, list[int]]:
    """The text as a terminal can show it, and the display column of each character and the end."""
    if text.isascii() and text.isprintable():
        return text, list(range(len(text) + 1))
    return _displayed_beyond_ascii(text)


def _displayed_beyond_ascii(text: str) -> tuple[str, list[int]]:
    from unicodedata import combining, east_asian_width  # deferred: most specs are ASCII

    shown: list[str] = []
    columns = [0]
    for character in text:
        column = columns[-1]
        if character == "\t":
            piece = " " * (TAB - column % TAB)
        elif character.isprintable():
            piece = character
        elif ord(character) < 32:
            piece = chr(0x2400 + ord(character))  # Unicode's pictures of the control codes
        else:
            piece = f"<U+{ord(character):04X}>"
        shown.append(piece)
        if len(piece) != 1:
            width = len(piece)
        elif combining(piece):
            width = 0
        else:
            width = 2 if east_asian_width(piece) in "WF" else 1
        columns.append(column + width)
    return "".join(shown), columns
