"""Layout to text: which lines break, and what is aligned at their ends."""

from __future__ import annotations

from .layout import GAP, WIDTH, Assertion, Break, Group, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .layout import Part

STEP = 4
"""Spaces of an indent."""
ASSERTION_GAP = 4


class Line:
    """A line of code with what may stand at its end, or of a comment alone."""

    def __init__(self, indent: int = 0, code: str = "") -> None:
        self.indent = indent
        self.code = code
        self.assertion = ""
        self.comment = ""

    @property
    def width(self) -> int:
        return self.indent + len(self.code)

    @property
    def whole_width(self) -> int:
        return self.width + (GAP + len(self.assertion) if self.assertion else 0)

    @property
    def text(self) -> str:
        ends = f"{' ' * self.indent}{self.code}{self.assertion}{self.comment}"
        return ends.rstrip()


def lines_of(group: Group) -> list[Line]:
    """The lines of something that begins a line of its own, its assertions aligned."""
    printer = Printer()
    printer.group(group, 0)
    _align([line for line in printer.lines if line.assertion], "assertion", _code, ASSERTION_GAP)
    return printer.lines


class Printer:
    """Writes groups, line by line."""

    def __init__(self) -> None:
        self.lines = [Line()]
        self.limit = WIDTH

    @property
    def line(self) -> Line:
        return self.lines[-1]

    def write(self, text: str) -> None:
        line = self.line
        if line.assertion:
            line.code += f" {line.assertion}"
            line.assertion = ""
        line.code += text

    def group(self, group: Group, tail: int) -> None:
        """Write a group, behind which `tail` columns follow before a line can end."""
        outside, self.limit = self.limit, group.limit or self.limit
        if group.is_forced or self.line.whole_width + group.width + tail > self.limit:
            self.broken(group, tail)
        else:
            self.flat(group.parts)
        self.limit = outside

    def flat(self, parts: Sequence[Part]) -> None:
        for part in parts:
            if isinstance(part, Group):
                self.flat(part.parts)
            elif isinstance(part, Assertion):
                self.line.assertion = part.text
            else:
                self.write(part.flat if isinstance(part, Break) else part)

    def broken(self, group: Group, tail: int) -> None:
        base = self.line.indent
        for place, part in enumerate(group.parts):
            if isinstance(part, Group):
                self.group(part, _reach(*_segment(group.parts, place + 1, tail))[0])
            elif isinstance(part, Break):
                segment = _segment(group.parts, place + 1, tail)
                if part.is_forced or not part.fills or not self.fits(part, base, *segment):
                    self.end_line(part, base)
                else:
                    self.write(part.flat)
            else:
                self.flat((part,))

    def fits(self, one: Break, base: int, parts: Sequence[Part], tail: int) -> bool:
        """Whether the parts behind a break, up to the next, still stand on this line.

        What would not stand on a line of its own either is begun here.
        """
        segment = Group(parts)
        needed = segment.width + tail
        if segment.is_forced or base + one.indent * STEP + needed > self.limit:
            needed = _reach(parts, tail)[0]
        return self.line.whole_width + len(one.flat) + needed <= self.limit

    def end_line(self, one: Break, base: int) -> None:
        self.line.comment = one.between.comment
        for line in one.between.lines:
            self.lines.append(Line(base + one.comment_indent * STEP, line))
        self.lines.append(Line(base + one.indent * STEP))


def _segment(parts: Sequence[Part], start: int, tail: int) -> tuple[Sequence[Part], int]:
    """The parts from `start` to the next break, and the columns that follow those for certain."""
    for end in range(start, len(parts)):
        if isinstance(parts[end], Break):
            return parts[start:end], 0
    return parts[start:], tail


def _reach(parts: Sequence[Part], tail: int) -> tuple[int, bool]:
    """The columns to the first place where a line can end, and whether that is in the parts."""
    reached = 0
    for part in parts:
        if isinstance(part, Break):
            return reached, True
        if isinstance(part, Group):
            inside, ends = _reach(part.parts, 0)
            reached += inside
            if ends:
                return reached, True
        else:
            reached += width(part)
    return reached + tail, False


def align_comments(lines: Sequence[Line]) -> None:
    """Align the comments of lines that follow each other."""
    run: list[Line] = []
    for line in [*lines, Line()]:
        if line.comment:
            run.append(line)
        elif run:
            _align(run, "comment", _code_and_assertion, GAP)
            run = []


def _code(line: Line) -> int:
    return line.width


def _code_and_assertion(line: Line) -> int:
    return line.indent + len(line.code + line.assertion)


def _align(lines: Sequence[Line], field: str, taken: Callable[[Line], int], gap: int) -> None:
    """Put texts at the ends of lines into one column, if they are within the width there."""
    if not lines:
        return
    longest = max(len(getattr(line, field)) for line in lines)
    column = min(max(map(taken, lines)) + gap, WIDTH - longest)
    for line in lines:
        blanks = " " * max(column - taken(line), GAP)
        setattr(line, field, blanks + getattr(line, field))
