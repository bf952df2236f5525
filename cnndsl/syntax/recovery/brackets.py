"""Brackets that do not match: which one is wrong, and tokens whose brackets all match.

Where brackets do not match, the layout of the lines says what was meant: a `}` that starts a line
belongs to the line that begins in the same column.
"""

from __future__ import annotations

import sys
from itertools import accumulate, chain, takewhile

from ...diagnostics import habits as errors
from ...diagnostics.base import Finding
from ...diagnostics.spelling import keyword_near
from ...diagnostics.syntax import Mismatched, NestedTooDeeply, Unclosed
from ...ops import OPS
from ...ops.index import MERGES
from ...record import Record
from ...text import CLOSING, Location, Source
from ..lexer import DEEPEST_BRACKETS, Token
from .reading import NEWLINE, made
from .words import FOREIGN_DEFINITIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...diagnostics.base import Diagnostic

OPENING = ("LPAR", "LSQB", "LBRACE")
CLOSERS = ("RPAR", "RSQB", "RBRACE")
STATEMENTS = ("STAGE", "FOR", "LET", "OUTPUT", "EXPECT", "PIXELS", "DEFAULTS")
HEADINGS = ("MODEL", "BLOCK", "STAGE", "FOR", "IF", "ELSE")
UNFINISHED = frozenset(
    "COMMA ARROW PLUS MINUS STAR SLASH FLOOR PERCENT POWER EQUAL COMPARE AND OR NOT".split()
) | set(OPENING)
"""What a line that goes on in the next one can end with."""
CONTINUING = frozenset("COMMA ARROW PLUS STAR SLASH FLOOR PERCENT COMPARE".split()) | set(CLOSERS)
"""What a line that goes on from the one before can start with."""

ENDS = (NEWLINE, "$END")
"""What is at the end of a line."""


class Closer(Token):
    """A closing bracket that is made up for one that nothing closes."""

    opener: Token
    is_needed = True


class Opened(Record):
    """A bracket that is open: its token, and its place among the tokens."""

    token: Token
    place: int

    def is_broken_off(self, placed: list[Token], tokens: list[Token], number: int) -> bool:
        """Whether a line ends amid the arguments of a call, and the next one starts a statement.

        `placed` holds the bracket at its place, `tokens` the end of the line at its number.
        """
        is_call = self.place > 0 and placed[self.place - 1].kind == "NAME"
        is_line_end = tokens[number].kind == NEWLINE and number + 2 < len(tokens)
        if not is_call or not is_line_end or self.token.kind == "LBRACE":
            return False
        before, after, behind = tokens[number - 1], tokens[number + 1], tokens[number + 2]
        if before.kind in UNFINISHED:
            return False
        is_heading = after.kind in STATEMENTS and behind.kind == "NAME"
        is_layer = after.text in OPS and behind.kind in ("LPAR", NEWLINE, "ARROW")
        return is_heading or is_layer


class Layout:
    """The tokens of a text by lines."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.findings: list[Finding] = []
        self.unclosed: dict[int, Closer] = {}
        """For each opening bracket that nothing closes, by its start: what closes it."""

    def report(self, diagnostic: Diagnostic, first: Token, last: Token | None = None) -> None:
        location = Location(self.source, first.start, (last or first).end)
        self.findings.append(Finding(diagnostic, location))

    def indent(self, token: Token) -> int:
        row, _ = self.source.position(token.start)
        line = self.source.line(row)
        return len(line) - len(line.lstrip())

    def row(self, token: Token) -> int:
        return self.source.position(token.start)[0]

    def arrange(self, tokens: list[Token]) -> list[Token]:
        """Tokens whose brackets match, with newlines only where they end something."""
        tokens = self.headings(tokens)
        if not is_in_order(tokens):
            tokens = self.braces_of_headings(tokens)
            tokens = Balancer(self, tokens).balance()
        return without_idle_newlines(tokens)

    def headings(self, tokens: list[Token]) -> list[Token]:
        """Lines under a heading that ends with a colon, put into braces."""
        lines = split_lines(tokens)
        contents = [content_of(line) for line in lines]
        indents = [self.indent(words[0]) if words else sys.maxsize for words in contents]
        last_lines: list[int] = []
        for number, words in enumerate(contents):
            if len(words) < 2 or words[-1].kind != "COLON":
                continue
            following = map(indents.__getitem__, range(number + 1, len(lines)))
            below = takewhile(indents[number].__lt__, following)
            filled = (later for later, _ in enumerate(below, number + 1) if contents[later])
            last = max(filled, default=None)
            if last is None:
                continue
            colon = words[-1]
            heading = self.source.text[words[0].start : colon.start].split("(")[0].strip()[:40]
            diagnostic = errors.ColonForBraces(heading.split(" in ")[0])
            self.report(diagnostic, colon)
            lines[number][lines[number].index(colon)] = made("{", colon.start, colon.end)
            last_lines.append(last)
        for last in last_lines:
            end = contents[last][-1]
            lines[last].insert(lines[last].index(end) + 1, made("}", end.end))
        return list(chain.from_iterable(lines))

    def braces_of_headings(self, tokens: list[Token]) -> list[Token]:
        """Give a heading its `{` where a `}` in the same column says that it is missing."""
        if lowest_depth(tokens) >= 0:
            return tokens
        all_lines = split_lines(tokens)
        for line in all_lines:
            self.brace_within(line)
        lines = [line for line in all_lines if content_of(line)]
        indents = [self.indent(line[0]) for line in lines]
        open_headings: list[tuple[int, int | None]] = []
        """The indent of each, and the number of its line if the `{` is missing there."""
        for number, line in enumerate(lines):
            content, indent = content_of(line), indents[number]
            while open_headings and open_headings[-1][0] > indent:
                open_headings.pop()
            is_sibling = bool(open_headings) and open_headings[-1][0] == indent
            if content[0].kind == "RBRACE":
                heading = open_headings.pop()[1] if is_sibling else None
                if heading is not None:
                    words = content_of(lines[heading])
                    self.missing_brace(lines[heading], words[0], words[-1])
                continue
            ends_open = content[-1].kind == "LBRACE"
            if content[0].kind in HEADINGS or len(content) == 1:
                has_brace = any(token.kind == "LBRACE" for token in content)
                has_lines = number + 1 < len(lines) and indents[number + 1] > indent
                if (has_lines and not has_brace) or ends_open:
                    del open_headings[len(open_headings) - is_sibling :]
                    open_headings.append((indent, None if has_brace else number))
            elif ends_open:
                open_headings.append((indent, None))
        return list(chain.from_iterable(all_lines))

    def brace_within(self, line: list[Token]) -> None:
        """Give a merge, stage or block its `{` where the `}` stands on the same line."""
        if line[0].kind == "RBRACE" or lowest_depth(line[1:]) >= 0:
            return
        for place, token in enumerate(line):
            end = heading_end(line, place)
            if end is not None and line[end].kind == "NAME":
                self.missing_brace(line, token, line[end - 1])
                return

    def missing_brace(self, line: list[Token], first: Token, last: Token) -> None:
        """Give the heading from `first` to `last` its `{`."""
        heading = self.source.text[first.start : last.end]
        shown = heading if len(heading) <= 40 else first.text
        self.report(errors.MissingBrace(shown), first, last)
        line.insert(line.index(last) + 1, made("{", last.end))


class Balancer:
    """Goes through the tokens once and mends the brackets."""

    def __init__(self, layout: Layout, tokens: list[Token]) -> None:
        self.layout = layout
        self.tokens = tokens
        self.balanced: list[Token] = []
        self.opened: list[Opened] = []
        self.surplus = sum((one.kind == "RBRACE") - (one.kind == "LBRACE") for one in tokens)
        """How many `}` there are more than `{`."""

    def balance(self) -> list[Token]:
        for number, token in enumerate(self.tokens):
            after = self.tokens[min(number + 1, len(self.tokens) - 1)]
            if token.kind in OPENING:
                if len(self.opened) >= DEEPEST_BRACKETS:
                    diagnostic = NestedTooDeeply(DEEPEST_BRACKETS)
                    self.layout.report(diagnostic, token)
                    break
                self.opened.append(Opened(token, len(self.balanced)))
            elif token.kind in CLOSERS:
                closer = self.close(token, number)
                if closer is not None:
                    self.balanced.append(closer)
                continue
            elif (
                self.opened
                and self.starts_line()
                and starts_definition(self.layout.source, token, after)
            ):
                self.close_unclosed(0)
            elif self.opened and self.opened[-1].is_broken_off(self.balanced, self.tokens, number):
                self.close_unclosed(len(self.opened) - 1)
            self.balanced.append(token)
        if self.balanced and self.balanced[-1].kind == "$END":
            self.balanced.pop()
        self.close_unclosed(0)
        self.balanced.append(self.tokens[-1])
        return self.balanced

    def starts_line(self) -> bool:
        return not self.balanced or self.balanced[-1].kind == NEWLINE

    def close(self, token: Token, place: int) -> Token | None:
        """What a closing bracket is to be: itself, another one, or nothing."""
        if token.text == "}":
            return self.close_brace(token)
        if not self.opened:
            self.layout.report(Mismatched(token.text, None), token)
            return None
        top = self.opened[-1]
        if CLOSING[top.token.text] == token.text:
            self.opened.pop()
            return token
        row = self.layout.row(token)
        alike = [n for n, one in enumerate(self.opened) if CLOSING[one.token.text] == token.text]
        below = [n for n in alike if self.layout.row(self.opened[n].token) == row]
        if below and not self.has_more(place):
            self.close_unclosed(below[0] + 1, at_end=True)
            self.opened.pop()
            return token
        wanted = None if top.token.text == "{" else top.token.text
        self.layout.report(Mismatched(token.text, wanted), token)
        if wanted is None:
            return None
        self.opened.pop()
        return made(CLOSING[wanted], token.start, token.end)

    def has_more(self, place: int) -> bool:
        """Whether more brackets of a kind close here than are open, so that one is of a wrong kind.

        As in `conv(8, [3, 3))`.
        """
        kind = self.tokens[place].kind
        behind = takewhile(lambda token: token.kind == kind, self.tokens[place:])
        text = self.tokens[place].text
        opened = sum(CLOSING[one.token.text] == text for one in self.opened)
        return len(list(behind)) > opened

    def close_brace(self, token: Token) -> Token | None:
        braces = [n for n, one in enumerate(self.opened) if one.token.text == "{"]
        if not braces:
            self.layout.report(Mismatched("}", None), token)
            return None
        own = braces[-1]
        if self.starts_line():
            indent = self.layout.indent(token)
            indents = {n: self.layout.indent(self.opened[n].token) for n in braces}
            fits = [n for n in braces if indents[n] == indent]
            if fits and indents[own] > indent:
                own = fits[-1]
            elif not fits and self.surplus > 0 and indent > indents[own]:
                self.surplus -= 1
                self.layout.report(Mismatched("}", None), token)
                return None
        self.close_unclosed(own + 1)
        self.opened.pop()
        return token

    def close_unclosed(self, keep: int, at_end: bool = False) -> None:
        """Report the brackets opened above the first `keep` ones, and close them."""
        for number in range(keep, len(self.opened)):
            one = self.opened[number]
            self.layout.report(Unclosed(one.token.text), one.token)
            if one.token.text != "{" and not at_end:
                place = self.line_end(one.place)
                self.insert(place, one)
                self.opened[number + 1 :] = [
                    Opened(each.token, each.place + (each.place >= place))
                    for each in self.opened[number + 1 :]
                ]
        for one in reversed(self.opened[keep:]):
            if one.token.text == "{" or at_end:
                self.insert(end_of_content(self.balanced), one)
        del self.opened[keep:]

    def insert(self, place: int, one: Opened) -> None:
        closer = Closer(made(CLOSING[one.token.text], self.balanced[place - 1].end))
        closer.opener = one.token
        self.layout.unclosed[one.token.start] = closer
        self.balanced.insert(place, closer)

    def line_end(self, start: int) -> int:
        """Where the line ends that an opening bracket's contents may fill."""
        tokens = self.balanced
        depth = 0
        for place in range(start + 1, len(tokens)):
            kind = tokens[place].kind
            depth += change_of_depth(tokens[place])
            if depth < 0:
                return place
            if kind == NEWLINE and depth == 0 and tokens[place - 1].kind not in UNFINISHED:
                after = tokens[place + 1].kind if place + 1 < len(tokens) else NEWLINE
                if after not in CONTINUING:
                    return place
        return end_of_content(tokens)


def end_of_content(tokens: list[Token]) -> int:
    """The place behind the last token that is no newline."""
    place = len(tokens)
    while place and tokens[place - 1].kind == NEWLINE:
        place -= 1
    return place


def change_of_depth(token: Token) -> int:
    """By how many more brackets are open after a token than before it."""
    return (token.kind in OPENING) - (token.kind in CLOSERS)


def opening_place(tokens: list[Token]) -> int | None:
    """The place of the innermost bracket that is open after some tokens."""
    depth = 0
    for place in range(len(tokens) - 1, -1, -1):
        depth += change_of_depth(tokens[place])
        if depth > 0:
            return place
    return None


def closing_place(remaining: list[Token], depth: int = 1, skip: int = 0) -> int | None:
    """The place of what closes the outermost of `depth` open brackets, the next token being last.

    The next `skip` tokens do not count.
    """
    for place in range(len(remaining) - 1 - skip, -1, -1):
        depth += change_of_depth(remaining[place])
        if depth == 0:
            return place
    return None


IN_MODELS = ("PIXELS", "DEFAULTS")


def starts_definition(source: Source, token: Token, after: Token) -> bool:
    """Whether a line that starts so is the heading of a definition, if misspelt.

    `pixels` and `defaults` stand in models, too, where they are indented.
    """
    if after.kind != "NAME":
        return False
    if token.kind in IN_MODELS:
        return source.position(token.start)[1] == 1
    if token.kind == "NAME":
        is_foreign = token.text in FOREIGN_DEFINITIONS
        return is_foreign or keyword_near(token.text, ("model", "block", "recipe")) is not None
    return token.kind in ("MODEL", "BLOCK", "IMPORT")


def heading_end(line: list[Token], place: int) -> int | None:
    """Where the `{` belongs behind a merge, a stage or a block's heading that starts there."""
    token = line[place]
    if token.text in MERGES:
        return place + 1 if place + 1 < len(line) else None
    if token.kind not in ("STAGE", "BLOCK", "MODEL") or place + 2 >= len(line):
        return None
    end = place + 2
    if line[end].kind == "LPAR":
        steps = ((one.kind == "LPAR") - (one.kind == "RPAR") for one in line[end:])
        depths = enumerate(accumulate(steps), end + 1)
        end = next((place for place, depth in depths if depth == 0), len(line))
    return end if end < len(line) else None


def content_of(line: list[Token]) -> list[Token]:
    """The tokens of a line without what ends it."""
    return [token for token in line if token.kind not in ENDS]


def lowest_depth(tokens: list[Token]) -> int:
    """How many braces are closed at most that were not opened before; 0 or less."""
    steps = ((one.kind == "LBRACE") - (one.kind == "RBRACE") for one in tokens)
    return min(accumulate(steps, initial=0))


def split_lines(tokens: list[Token]) -> list[list[Token]]:
    """The tokens of each line, its newline last."""
    lines: list[list[Token]] = [[]]
    for token in tokens:
        lines[-1].append(token)
        if token.kind == NEWLINE:
            lines.append([])
    return lines


def is_in_order(tokens: list[Token]) -> bool:
    """Whether all brackets match, and no line breaks off amid the arguments of a call."""
    opened: list[Opened] = []
    for place, token in enumerate(tokens):
        if token.kind in OPENING:
            opened.append(Opened(token, place))
            if len(opened) > DEEPEST_BRACKETS:
                return False
        elif token.kind in CLOSERS:
            if not opened or CLOSING[opened.pop().token.text] != token.text:
                return False
        elif opened and opened[-1].is_broken_off(tokens, tokens, place):
            return False
    return not opened


def without_idle_newlines(tokens: list[Token]) -> list[Token]:
    """The tokens without newlines inside brackets, around arrows and before `else`."""
    kept: list[Token] = []
    opened: list[str] = []
    for token, after in zip(tokens, [*tokens[1:], tokens[-1]], strict=True):
        if token.kind in OPENING:
            opened.append(token.text)
        elif token.kind in CLOSERS and opened:
            opened.pop()
        elif token.kind == NEWLINE:
            if opened and opened[-1] != "{":
                continue
            if kept and kept[-1].kind in (NEWLINE, "ARROW"):
                continue
            if after.kind in (NEWLINE, "ARROW", "ELSE"):
                continue
        kept.append(token)
    return kept
