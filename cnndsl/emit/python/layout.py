"""A small line-breaking printer: documents of text, groups and soft line breaks.

The model is that of Wadler's pretty-printer with the extensions `ruff format` relies on:
parentheses that appear only when they help, and groups that count as fitting once expanded.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    Entry = tuple[int, bool, int, "Document"]
    """Indentation, whether flat, how much is measured, and the document itself."""

LINE_WIDTH = 88
INDENT_WIDTH = 4

# What has to fit: all up to the first break, every line, or nothing before the content ends.
FIRST_LINE, ALL_LINES, NO_LINE = range(3)


class Mark:
    """Identity of a group, by which other documents ask whether that group was broken."""

    __slots__ = ()


class Document:
    """Something the printer lays out."""

    __slots__ = ()


class Text(Document):
    """Text that never breaks."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def flat(self, quote: str = "") -> str:
        """The text; `quote` is that of a string, if it is not for the string to choose."""
        return self.text


class Line(Document):
    """A place for a line break: soft ones print `text` when flat, hard ones always break."""

    __slots__ = ("hard", "text")

    def __init__(self, text: str, hard: bool = False) -> None:
        self.text = text
        self.hard = hard


class Join(Document):
    """Documents one after the other."""

    __slots__ = ("parts",)

    def __init__(self, *parts: Document) -> None:
        self.parts = parts


class Wrapper(Document):
    """A document around one other."""

    __slots__ = ("content", "mark")

    def __init__(self, content: Document, mark: Mark | None = None) -> None:
        self.content = content
        self.mark = mark


class Group(Wrapper):
    """Content whose soft breaks all break or all stay flat."""

    __slots__ = ()


class ExpandedGroup(Wrapper):
    """A group that is always broken."""

    __slots__ = ()


class GroupIfBroken(Wrapper):
    """Content that is a group only if the marked group is broken."""

    __slots__ = ()


class Indent(Wrapper):
    """Content whose line breaks indent one level deeper."""

    __slots__ = ()


class IndentIfBroken(Wrapper):
    """Content indented one level deeper if the marked group is broken."""

    __slots__ = ()


class IfBroken(Wrapper):
    """Content that is there only if the marked (or else the enclosing) group is broken."""

    __slots__ = ()


class IfFlat(Wrapper):
    """Content that is there only if the marked (or else the enclosing) group is flat."""

    __slots__ = ()


class FitsExpanded(Wrapper):
    """Content that, while the marked group is flat, is measured with all its groups broken."""

    __slots__ = ()


class FitParentheses(Wrapper):
    """Content put in parentheses only where that makes it fit."""

    __slots__ = ()


class FirstFitting(Document):
    """The first of several layouts whose first line fits, or else the last one."""

    __slots__ = ("variants",)

    def __init__(self, *variants: Document) -> None:
        self.variants = variants


SOFT = Line("")
SOFT_OR_SPACE = Line(" ")
HARD = Line("", hard=True)
SPACE = Text(" ")
NOTHING = Text("")
OPEN = Text("(")
CLOSE = Text(")")


def soft_block(content: Document) -> Document:
    """Content on its own indented lines if the enclosing group is broken."""
    return Join(Indent(Join(SOFT, content)), SOFT)


def parenthesized_if_broken(content: Document) -> Document:
    """Content, laid out as inside brackets, in parentheses if it breaks."""
    return Group(Join(IfBroken(OPEN), soft_block(content), IfBroken(CLOSE)))


def parenthesized_if_needed(content: Document, mark: Mark) -> Document:
    """Content in parentheses, unless it fits once its first or last brackets break."""
    indented = IndentIfBroken(Join(SOFT, content), mark)
    return Group(Join(IfBroken(OPEN), indented, SOFT, IfBroken(CLOSE)), mark)


def text_width(text: str) -> int:
    """Columns that `text` takes on a terminal."""
    if text.isascii():
        return len(text)
    # Imported only where it is needed: hardly any source has other characters.
    from unicodedata import category, east_asian_width

    width = 0
    for character in text:
        if category(character) not in ("Mn", "Me"):
            width += 2 if east_asian_width(character) in "WF" else 1
    return width


class Printer:
    """Prints one document that starts at a given indentation."""

    __slots__ = ("broken", "column", "measured", "output", "pending", "stack")

    def __init__(self) -> None:
        self.output: list[str] = []
        self.column = 0
        self.pending = 0
        # Whether the enclosing flat group was measured on the current line already.
        self.measured = False
        self.broken: dict[Mark, bool] = {}
        self.stack: list[Entry] = []

    def print(self, document: Document, indentation: int) -> str:
        """The text of `document`, each line indented by `indentation` columns or more."""
        self.pending = indentation
        self.stack.append((indentation, False, FIRST_LINE, document))
        while self.stack:
            indent, flat, _, current = self.stack.pop()
            self._print_one(current, indent, flat)
        return "".join(self.output)

    def _push(self, indent: int, flat: bool, *documents: Document) -> None:
        self.stack.extend((indent, flat, FIRST_LINE, document) for document in reversed(documents))

    def _is_broken(self, mark: Mark | None, flat: bool) -> bool:
        return not flat if mark is None else self.broken.get(mark, not flat)

    def _write(self, text: str) -> None:
        if text and self.pending:
            self.output.append(" " * self.pending)
            self.column += self.pending
            self.pending = 0
        self.output.append(text)
        self.column += text_width(text)

    def _print_one(self, document: Document, indent: int, flat: bool) -> None:
        kind = type(document)
        if isinstance(document, Text):
            self._write(document.text)
        elif isinstance(document, Line):
            if flat and not document.hard:
                self._write(document.text)
            else:
                self.output.append("\n")
                self.column = 0
                self.pending = indent
                self.measured = False
        elif isinstance(document, Join):
            self._push(indent, flat, *document.parts)
        elif isinstance(document, FirstFitting):
            self._print_first_fitting(document, indent, flat)
        elif not isinstance(document, Wrapper):
            raise TypeError(f"cannot print {document!r}")
        elif kind is Group or kind is ExpandedGroup:
            if document.mark is not None:
                self.broken[document.mark] = False
            stays_flat = kind is Group and self._fits_flat(document, indent, flat)
            if document.mark is not None:
                self.broken[document.mark] = not stays_flat
            self._push(indent, stays_flat, document.content)
        elif kind is GroupIfBroken:
            if self._is_broken(document.mark, flat):
                flat = self._fits_flat(document, indent, flat)
            self._push(indent, flat, document.content)
        elif kind is Indent:
            self._push(indent + INDENT_WIDTH, flat, document.content)
        elif kind is IndentIfBroken:
            deeper = INDENT_WIDTH if self._is_broken(document.mark, flat) else 0
            self._push(indent + deeper, flat, document.content)
        elif kind is IfBroken or kind is IfFlat:
            if self._is_broken(document.mark, flat) == (kind is IfBroken):
                self._push(indent, flat, document.content)
        elif kind is FitsExpanded:
            if not self._is_broken(document.mark, flat):
                self.measured = False
            self._push(indent, flat, document.content)
        else:
            self._print_fit_parentheses(document, indent, flat)

    def _fits_flat(self, document: Wrapper, indent: int, flat: bool) -> bool:
        if flat and self.measured:
            return True
        self.measured = True
        return self._fits([(indent, True, FIRST_LINE, document.content)])

    def _print_fit_parentheses(self, document: Wrapper, indent: int, flat: bool) -> None:
        if document.mark is not None:
            self.broken[document.mark] = False
        stays_flat = self._fits_flat(document, indent, flat)
        inner = indent + INDENT_WIDTH
        if not stays_flat:
            if document.mark is not None:
                self.broken[document.mark] = True
            entries = [
                (indent, False, ALL_LINES, CLOSE),
                (indent, False, ALL_LINES, HARD),
                (inner, False, ALL_LINES, document.content),
                (inner, False, ALL_LINES, HARD),
                (indent, False, ALL_LINES, OPEN),
            ]
            stays_flat = not self._fits(entries)
        if document.mark is not None:
            self.broken[document.mark] = not stays_flat
        if stays_flat:
            self._push(indent, True, document.content)
        else:
            self._push(indent, False, HARD, CLOSE)
            self._push(inner, False, OPEN, HARD, document.content)

    def _print_first_fitting(self, document: FirstFitting, indent: int, flat: bool) -> None:
        if flat and self.measured:
            self._push(indent, flat, document.variants[0])
            return
        self.measured = True
        for variant in document.variants[:-1]:
            if self._fits([(indent, True, FIRST_LINE, variant)]):
                self._push(indent, True, variant)
                return
        self._push(indent, False, document.variants[-1])

    def _fits(self, entries: Sequence[Entry]) -> bool:
        """Whether `entries` and what follows them fit, up to the first possible line break."""
        pending = list(entries)
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
            if isinstance(document, (Text, Line)):
                if isinstance(document, Line) and (document.hard or not flat):
                    if measure == FIRST_LINE:
                        return True
                    column = indent
                    continue
                column += text_width(document.text)
                if column > LINE_WIDTH and measure != NO_LINE:
                    return False
            elif isinstance(document, Join):
                pending.extend((indent, flat, measure, part) for part in reversed(document.parts))
            elif isinstance(document, FirstFitting):
                variant = document.variants[0 if flat else -1]
                pending.append((indent, flat, measure, variant))
            elif isinstance(document, Wrapper):
                entry = self._measured_entry(indent, flat, measure, document)
                if entry is not None:
                    pending.append(entry)

    def _measured_entry(
        self, indent: int, flat: bool, measure: int, document: Wrapper
    ) -> Entry | None:
        kind = type(document)
        if kind is Group or kind is ExpandedGroup or kind is FitParentheses:
            flat = flat and kind is not ExpandedGroup
            if document.mark is not None:
                self.broken[document.mark] = not flat
        elif kind is Indent:
            indent += INDENT_WIDTH
        elif kind is IndentIfBroken:
            indent += INDENT_WIDTH if self._is_broken(document.mark, flat) else 0
        elif kind is IfBroken or kind is IfFlat:
            if self._is_broken(document.mark, flat) != (kind is IfBroken):
                return None
        elif kind is FitsExpanded and flat and not self._is_broken(document.mark, flat):
            flat, measure = False, NO_LINE
        return indent, flat, measure, document.content


def flat_text(document: Document, quote: str = "") -> str:
    """The text of `document` on one line, where the strings in it have `quote`, if any."""
    texts: list[str] = []
    stack = [document]
    while stack:
        current = stack.pop()
        if isinstance(current, Text):
            texts.append(current.flat(quote))
        elif isinstance(current, Line):
            texts.append(current.text)
        elif isinstance(current, Join):
            stack.extend(reversed(current.parts))
        elif isinstance(current, FirstFitting):
            stack.append(current.variants[0])
        elif isinstance(current, Wrapper) and not isinstance(current, IfBroken):
            stack.append(current.content)
    return "".join(texts)


def lay_out(document: Document, indentation: int) -> str:
    """The text of `document` at `indentation` columns, on one line if it fits."""
    text = flat_text(document)
    if indentation + text_width(text) <= LINE_WIDTH:
        return " " * indentation + text
    return Printer().print(document, indentation)
