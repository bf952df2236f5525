"""A small line-breaking printer: text, documents one after the other, groups and line breaks.

The model is that of Wadler's pretty-printer with the extensions `ruff format` relies on:
parentheses that appear only when they help, and groups that count as fitting once expanded.
A document is text, a tuple of documents or a `Node`.
"""

from __future__ import annotations

from functools import cached_property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Document: TypeAlias = "str | tuple[Document, ...] | Node"
    Placed: TypeAlias = "tuple[int, bool, Document]"
    """Indentation, whether flat, and the document itself."""
    Entry: TypeAlias = "tuple[int, bool, int, Document]"
    """The same, and how much is measured before the document."""

LINE_WIDTH = 88
INDENT_WIDTH = 4

# What has to fit: all up to the first break, every line, or nothing before the content ends.
FIRST_LINE, ALL_LINES, NO_LINE = range(3)


class Mark:
    """Identity of a group, by which other documents ask whether that group was broken."""


INSIDE = Mark()
"""Brackets that are there anyhow: always broken for what asks, as lines may break in them."""
OUTSIDE = Mark()
"""No brackets at all: never broken."""


class Node:
    """A part of a document other than text."""

    def flat(self, quote: str) -> Document:
        """What stands in place of it on one line; strings have `quote`, unless they choose."""
        raise NotImplementedError

    def opened(self, printer: Printer, indent: int, flat: bool) -> Placed:
        """What is printed in place of the node."""
        raise NotImplementedError

    def measured(self, printer: Printer, indent: int, flat: bool, measure: int) -> Entry:
        """What is measured in place of the node."""
        indent, flat, document = self.opened(printer, indent, flat)
        return indent, flat, measure, document


class Line(Node):
    """A place for a line break: soft ones print `text` when flat, hard ones always break."""

    def __init__(self, text: str, hard: bool = False) -> None:
        self.text = text
        self.hard = hard

    def flat(self, quote: str) -> Document:
        return self.text


class Deferred(Node):
    """A document with a known text on one line; it is laid out only where that does not fit."""

    mark: Mark = INSIDE
    """The brackets that it stands in: where those are broken, it stays on a line that fits."""

    @cached_property
    def text(self) -> str:
        """All of it on one line."""
        raise NotImplementedError

    @cached_property
    def document(self) -> Document:
        """The same with its places to break."""
        raise NotImplementedError

    def flat(self, quote: str) -> Document:
        return self.document if quote else self.text

    def opened(self, printer: Printer, indent: int, flat: bool) -> Placed:
        fits = flat and printer.broken.get(self.mark)
        return indent, flat, self.text if fits else self.document


class Wrapper(Node):
    """A document around one other; `mark` is that of the group it asks about."""

    def __init__(self, content: Document, mark: Mark = INSIDE) -> None:
        self.content = content
        self.mark = mark

    def flat(self, quote: str) -> Document:
        return self.content


class Group(Wrapper):
    """Content whose soft breaks all break or all stay flat, if the marked group is broken.

    `own` is the mark of the group itself.
    """

    def __init__(self, content: Document, own: Mark | None = None, mark: Mark = INSIDE) -> None:
        super().__init__(content, mark)
        self.own = own

    def opened(self, printer: Printer, indent: int, flat: bool) -> Placed:
        if printer.is_broken(self.mark, flat):
            flat = printer.decide(self, indent, flat)
        return indent, flat, self.content

    def measured(self, printer: Printer, indent: int, flat: bool, measure: int) -> Entry:
        if self.own is not None:
            printer.broken[self.own] = not flat
        return indent, flat, measure, self.content


class FitParentheses(Group):
    """Content put in parentheses only where that makes it fit."""

    def opened(self, printer: Printer, indent: int, flat: bool) -> Placed:
        if printer.decide(self, indent, flat):
            return indent, True, self.content
        enclosed = ("(", Indent((HARD, self.content)), HARD, ")")
        fits = printer.fits((indent, False, ALL_LINES, enclosed))
        if self.own is not None:
            printer.broken[self.own] = fits
        return (indent, False, enclosed) if fits else (indent, True, self.content)


class Expanded(Wrapper):
    """A group that is always broken."""

    def opened(self, printer: Printer, indent: int, flat: bool) -> Placed:
        return indent, False, self.content


class Indent(Wrapper):
    """Content whose line breaks indent one level deeper, if the marked group is broken."""

    def opened(self, printer: Printer, indent: int, flat: bool) -> Placed:
        deeper = INDENT_WIDTH if printer.is_broken(self.mark, flat) else 0
        return indent + deeper, flat, self.content


class FitsExpanded(Wrapper):
    """Content that, while the marked group is flat, is measured with all its groups broken."""

    def opened(self, printer: Printer, indent: int, flat: bool) -> Placed:
        if not printer.is_broken(self.mark, flat):
            printer.is_measured = False
        return indent, flat, self.content

    def measured(self, printer: Printer, indent: int, flat: bool, measure: int) -> Entry:
        if flat and not printer.is_broken(self.mark, flat):
            return indent, False, NO_LINE, self.content
        return indent, flat, measure, self.content


class IfBroken(Node):
    """One of two documents: for where the marked (or else the enclosing) group is broken or not."""

    def __init__(self, broken: Document, otherwise: str = "", mark: Mark | None = None) -> None:
        self.broken = broken
        self.otherwise = otherwise
        self.mark = mark

    def flat(self, quote: str) -> Document:
        return self.otherwise

    def opened(self, printer: Printer, indent: int, flat: bool) -> Placed:
        broken = printer.is_broken(self.mark, flat)
        return indent, flat, self.broken if broken else self.otherwise


class FirstFitting(Node):
    """The first of several layouts whose first line fits, or else the last one."""

    def __init__(self, *variants: Document) -> None:
        self.variants = variants

    def flat(self, quote: str) -> Document:
        return self.variants[0]

    def opened(self, printer: Printer, indent: int, flat: bool) -> Placed:
        if flat and printer.is_measured:
            return indent, flat, self.variants[0]
        printer.is_measured = True
        for variant in self.variants[:-1]:
            if printer.fits((indent, True, FIRST_LINE, variant)):
                return indent, True, variant
        return indent, False, self.variants[-1]

    def measured(self, printer: Printer, indent: int, flat: bool, measure: int) -> Entry:
        return indent, flat, measure, self.variants[0 if flat else -1]


class Block(Wrapper):
    """Content on lines of its own if the enclosing group is broken; indented if the marked is."""

    def opened(self, printer: Printer, indent: int, flat: bool) -> Placed:
        return indent, flat, (Indent((SOFT, self.content), self.mark), SOFT)


SOFT = Line("")
SOFT_OR_SPACE = Line(" ")
HARD = Line("", hard=True)
OPENING, CLOSING = IfBroken("("), IfBroken(")")


def parenthesized_if_broken(content: Document) -> Document:
    """Content, laid out as inside brackets, in parentheses if it breaks."""
    return Group((OPENING, Block(content), CLOSING))


def parenthesized_if_needed(content: Document, mark: Mark) -> Document:
    """Content in parentheses, unless it fits once its first or last brackets break."""
    return Group((OPENING, Block(content, mark), CLOSING), mark)


def text_width(text: str) -> int:
    """Columns that `text` takes on a terminal."""
    return len(text) if text.isascii() else _wide_width(text)


def _wide_width(text: str) -> int:
    from unicodedata import category, east_asian_width  # deferred: hardly any source needs it

    shown = [each for each in text if category(each) not in ("Mn", "Me")]
    return sum([2 if east_asian_width(each) in "WF" else 1 for each in shown])


class Printer:
    """Prints one document that starts at a given indentation."""

    def __init__(self) -> None:
        self.output: list[str] = []
        self.column = 0
        self.pending = 0
        # Whether the enclosing flat group was measured on the current line already.
        self.is_measured = False
        self.broken = {INSIDE: True, OUTSIDE: False}
        self.stack: list[Entry] = []

    def print(self, document: Document, indentation: int) -> str:
        """The text of `document`, each line indented by `indentation` columns or more."""
        self.pending = indentation
        stack = self.stack
        stack.append((indentation, False, FIRST_LINE, document))
        while stack:
            indent, flat, _, current = stack.pop()
            if isinstance(current, str):
                self._write(current)
            elif isinstance(current, tuple):
                stack.extend([(indent, flat, FIRST_LINE, part) for part in reversed(current)])
            elif not isinstance(current, Line):
                indent, flat, inner = current.opened(self, indent, flat)
                stack.append((indent, flat, FIRST_LINE, inner))
            elif flat and not current.hard:
                self._write(current.text)
            else:
                self.output.append("\n")
                self.column = 0
                self.pending = indent
                self.is_measured = False
        return "".join(self.output)

    def _write(self, text: str) -> None:
        if text and self.pending:
            self.output.append(" " * self.pending)
            self.column += self.pending
            self.pending = 0
        self.output.append(text)
        self.column += text_width(text)

    def is_broken(self, mark: Mark | None, flat: bool) -> bool:
        """Whether the marked group was broken; without a mark, whether the enclosing one is."""
        return not flat if mark is None else self.broken.get(mark, not flat)

    def decide(self, group: Group, indent: int, flat: bool) -> bool:
        """Whether a group stays flat, which is noted with its mark."""
        if group.own is not None:
            self.broken[group.own] = False
        if flat and self.is_measured:
            return True
        self.is_measured = True
        fits = self.fits((indent, True, FIRST_LINE, group.content))
        if group.own is not None:
            self.broken[group.own] = not fits
        return fits

    def fits(self, entry: Entry) -> bool:
        """Whether `entry` and what follows it fit, up to the first possible line break."""
        pending = [entry]
        rest = len(self.stack)
        column = self.column + self.pending
        while True:
            if pending:
                indent, flat, measure, document = pending.pop()
            elif rest:
                rest -= 1
                indent, flat, measure, document = self.stack[rest]
            else:
                return True
            if isinstance(document, tuple):
                pending.extend([(indent, flat, measure, part) for part in reversed(document)])
                continue
            if isinstance(document, Line):
                if document.hard or not flat:
                    if measure == FIRST_LINE:
                        return True
                    column = indent
                    continue
                document = document.text
            if isinstance(document, str):
                column += text_width(document)
                if column > LINE_WIDTH and measure != NO_LINE:
                    return False
            else:
                pending.append(document.measured(self, indent, flat, measure))


def flat_text(document: Document, quote: str = "") -> str:
    """The text of `document` on one line, where the strings in it have `quote`, if any."""
    texts: list[str] = []
    stack = [document]
    while stack:
        current = stack.pop()
        while isinstance(current, Node):
            current = current.flat(quote)
        if isinstance(current, str):
            texts.append(current)
        else:
            stack.extend(reversed(current))
    return "".join(texts)


def lay_out(document: Document, indentation: int) -> str:
    """The text of `document` at `indentation` columns, on one line if it fits."""
    text = flat_text(document)
    if indentation + text_width(text) <= LINE_WIDTH:
        return " " * indentation + text
    return Printer().print(document, indentation)
