"""Reads on past each mistake of a text, and leaves tokens that are a file of the language."""

from __future__ import annotations

from bisect import bisect_left
from itertools import takewhile

from ...diagnostics.base import Finding
from ...diagnostics.syntax import NestedTooDeeply, Unexpected
from ...ops.index import MERGES
from ...record import Record
from ...text import CLOSING, Location, Source
from .. import tree
from ..actions import ExpressionTooDeep
from ..driver import DEEPEST_STACK, drive
from ..lexer import DEEPEST_BRACKETS, Token
from .brackets import Closer, Layout, change_of_depth, closing_place, starts_definition
from .context import LETS, LITERALS, Edit, ErrorContext, names_value
from .exploration import Position, beginning
from .mistakes import RULES
from .reading import NEWLINE, made

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ...diagnostics.base import Diagnostic

MOST_FINDINGS = 1000
MOST_TOO_DEEP = 20
"""How many expressions that are too deep are reported; the tree is made anew for each."""
MOST_REWINDS = 8
"""How often one statement is mended by changing what was read of it."""
MOST_ATTEMPTS = 4
"""How often the same place is tried to be got past, before its token is left out."""
DEFINES = ("MODEL", "BLOCK", "RECIPE", "PIXELS", "DEFAULTS", "IMPORT")
ENDS_NAMES = ("FROM", "LBRACE", "LPAR", "EQUAL")
"""What stands behind the names that a definition or an import gives."""
LISTED = ("NAME", "COMMA", "LPAR")
"""What a list of names is made of, maybe in brackets."""
NAMING = ("AS", *LETS, "STAGE", "INPUT")
BEHIND_INPUT = ("COLON", "EQUAL", "SIZE", "INTEGER", "LPAR", NEWLINE)
"""What stands behind the name of an input, as it should or not."""
ASIDE = (*LETS, "EXPECT", "OUTPUT", "PIXELS", "DEFAULTS")
"""Statements that leave the main line as it is."""


class GapToken(Token):
    """Stands for a statement that has been left out."""

    gap: tree.Gap


class Level(Record):
    """The file, or a body that is open, with the statement or definition that is read in it.

    `opener` is the place of its `{` among the consumed tokens. The statement starts at `position`,
    `start` being its place among the consumed tokens and `kept` that among the accepted.
    """

    opener: int
    start: int
    kept: int
    position: Position


class Repairer:
    """Goes through tokens whose brackets match, and mends or leaves out what cannot stand."""

    def __init__(
        self, source: Source, tokens: list[Token], layout: Layout, reported: list[Finding]
    ) -> None:
        self.source = source
        self.findings: list[Finding] = []
        self.reported = {one.location.start: one for one in (*reported, *layout.findings)}
        """What `reading` and `brackets` have found, by its place."""
        self.skipped: list[tuple[int, int]] = []
        """Ranges after a mistake that were left out with it."""
        self.doubtful = [
            (word_before(source.text, start), closer.end)
            for start, closer in layout.unclosed.items()
            if closer.kind != "RBRACE"
        ]
        """Ranges where a guess stands for what is missing."""
        self.missing: list[str] = []
        """Names of definitions that were left out."""
        self.remaining = tokens[::-1]
        """What is still to be read, the next token last."""
        self.consumed: list[Token] = []
        """What has been read, with what was left out."""
        self.accepted: list[Token] = []
        """What the tree is made of: all that could stand, with gaps for what was left out."""
        self.position = beginning()
        self.levels = [Level(-1, 0, 0, self.position)]
        self.body_ends = False
        """Whether the last token is the `}` of the innermost level, which may yet be left out."""
        self.unclosed = layout.unclosed
        self.rewinds: dict[int, int] = {}
        """How often a statement was read again, by its place."""

    # Reading on

    def run(self) -> tree.File | None:
        """The tree of what is whole, or None where nothing can be said of the file."""
        if not self.read():
            return None
        for _ in range(MOST_TOO_DEEP):
            try:
                file = drive(self.source, iter(self.accepted))
            except ExpressionTooDeep as deep:
                self.findings += deep.findings
                self.replace_statement(deep.findings[0])
            else:
                return file.replaced(missing=tuple(self.missing), doubtful=tuple(self.doubtful))
        return None

    def read(self) -> bool:
        """Get past everything. False where the end is not reached."""
        errors = attempts = 0
        while self.remaining:
            token = self.remaining[-1]
            if token.kind == "LET" and self.names_value():
                token = self.remaining[-1] = Token(("LET_VALUE", *token[1:]))
            if isinstance(token, Closer) and not token.is_needed:
                self.remaining.pop()
                continue
            if isinstance(token, Closer) and token.kind == "RBRACE":
                self.end_unclosed(token)
            position = self.position.after(token)
            if position is not None:
                self.accept(self.remaining.pop(), position)
                if position.depth > DEEPEST_STACK:
                    self.report(NestedTooDeeply(DEEPEST_BRACKETS), token.start, token.end)
                    self.leave_out()
                continue
            errors += 1
            if max(len(self.findings), errors // MOST_ATTEMPTS) >= MOST_FINDINGS:
                return False
            before = self.progress()
            if not self.recover():
                return False
            attempts = attempts + 1 if self.progress() == before else 0
            if attempts > MOST_ATTEMPTS:
                if token.kind == "$END":
                    return False
                self.remaining.pop()
        return True

    def names_value(self) -> bool:
        """Whether the `let` that comes next is one of an expression, or would be with its `=`."""
        ahead = reversed(self.remaining[:-2])
        sign = next(ahead, None)
        if sign is None or sign.kind not in ("EQUAL", "COLON"):
            return sign is not None and sign.kind in LITERALS.split()
        return names_value(ahead)

    def progress(self) -> tuple[int, ...]:
        return len(self.remaining), len(self.consumed), len(self.accepted)

    def accept(self, token: Token, position: Position) -> None:
        """Take a token that leads to a position."""
        if self.body_ends:
            self.levels.pop()
        self.body_ends = position.kind == "RBRACE"
        if position.kind in DEFINES:
            self.start_statement()
        self.consumed.append(token)
        self.accepted.append(token)
        self.position = position
        if position.kind == "LBRACE":
            self.levels.append(self.level(len(self.consumed) - 1))
        elif position.kind == NEWLINE:
            self.start_statement()

    def level(self, opener: int) -> Level:
        return Level(opener, len(self.consumed), len(self.accepted), self.position)

    def start_statement(self) -> None:
        self.levels[-1] = self.level(self.levels[-1].opener)

    def report(self, diagnostic: Diagnostic, start: int, end: int) -> None:
        self.findings.append(Finding(diagnostic, Location(self.source, start, end)))

    @property
    def in_body(self) -> bool:
        return len(self.levels) > 1

    @property
    def in_recipe(self) -> bool:
        """Whether the innermost open braces are a recipe's."""
        outer: Sequence[Token] = self.consumed[self.levels[-2].start :] if self.in_body else ()
        return bool(outer) and outer[0].kind == "RECIPE"

    def merge(self) -> Token | None:
        """The name of the merge whose paths the innermost open braces hold, if they do."""
        opener = self.levels[-1].opener
        before = self.consumed[opener - 1] if opener > 0 else None
        return before if before is not None and before.text in MERGES else None

    # Mistakes

    def recover(self) -> bool:
        """Report what is wrong with the next token, and get past it. False at the text's end."""
        context = ErrorContext(self)
        if self.close_unclosed(context):
            return True
        mistake = next(found for rule in RULES if (found := rule(context)) is not None)
        token = context.token
        place = token.opener.start if isinstance(token, Closer) else mistake.start
        cause = self.reported.get(mistake.start) or self.reported.get(place)
        if cause is None or type(mistake.diagnostic) is not Unexpected:
            location = Location(self.source, mistake.start, mistake.end)
            cause = Finding(mistake.diagnostic, location, fix=mistake.fix)
            self.findings.append(cause)
        call = context.call()
        if mistake.edit is None or not self.apply(mistake.edit):
            start = self.remaining[-1].start
            goes_on = self.leave_out(cause)
            self.skipped.append((start + 1, self.remaining[-1].start))
            return goes_on
        if mistake.fix is None and call is not None:
            self.doubtful.append(call)
        return True

    def end_unclosed(self, closer: Closer) -> None:
        """Leave a gap where a body ends that was never closed."""
        cause = self.reported.get(closer.opener.start)
        if cause is None or closer.opener.start not in self.unclosed:
            return
        del self.unclosed[closer.opener.start]
        newline = made("", closer.start)
        if self.put(newline):
            self.start_statement()
        self.put(gap_token([newline], cause))

    def put(self, made_up: Token) -> bool:
        """Accept a token that is not in the text, if it can stand here."""
        position = self.position.after(made_up)
        if position is not None:
            self.accepted.append(made_up)
            self.position = position
        return position is not None

    def close_unclosed(self, context: ErrorContext) -> bool:
        """Close a bracket, already reported as never closed, where its contents must end."""
        opener = context.bracket
        if opener is None or opener.start not in self.unclosed or opener.text == "{":
            return False
        closer = made(CLOSING[opener.text], context.token.start)
        self.unclosed.pop(opener.start).is_needed = False
        if self.position.after(closer, context.token) is None:
            self.leave_out(self.reported.get(opener.start))
        else:
            self.remaining.append(closer)
        return True

    # Edits

    def apply(self, edit: Edit) -> bool:
        """Go on as if the text were right. False if it would not go on."""
        if edit.back:
            read = len(self.consumed) - self.levels[-1].start
            if read < edit.back or self.is_read_enough() or not self.rewind(read - edit.back):
                return False
            del self.remaining[len(self.remaining) - edit.back :]
        for _ in range(edit.ahead):
            self.remaining.pop()
        self.remaining += reversed(edit.tokens)
        if edit.unmatched is not None:
            self.replace_closer(edit)
        if edit.before_line_end is not None:
            self.insert_before_line_end(edit.before_line_end)
        ahead = self.remaining[-1 - len(edit.tokens) :]
        return self.position.after(*reversed(ahead)) is not None

    def is_read_enough(self) -> bool:
        """Whether the statement has been read so often that another time would be of no use."""
        place = self.consumed[self.levels[-1].start].start
        self.rewinds[place] = self.rewinds.get(place, 0) + 1
        return self.rewinds[place] > MOST_REWINDS

    def rewind(self, keep: int) -> bool:
        """Go back to the statement's start, and read its first `keep` tokens again.

        False if one of those cannot stand where the statement starts.
        """
        self.remaining += reversed(self.discard())
        for _ in range(keep):
            position = self.position.after(self.remaining[-1])
            if position is None:
                return False
            self.accept(self.remaining.pop(), position)
        return True

    def discard(self) -> list[Token]:
        """Forget the statement or definition that is being read; what was consumed of it."""
        level = self.levels[-1]
        discarded = self.consumed[level.start :]
        del self.consumed[level.start :], self.accepted[level.kept :]
        self.position = level.position
        self.body_ends = False
        return discarded

    def replace_closer(self, edit: Edit) -> None:
        """Change or leave out the closing bracket of the innermost one that is open here."""
        place = closing_place(self.remaining, skip=len(edit.tokens))
        if place is not None:
            token = self.remaining[place]
            new = [made(edit.unmatched, token.start, token.end)] if edit.unmatched else []
            self.remaining[place : place + 1] = new

    def insert_before_line_end(self, text: str) -> None:
        depth = 0
        for place in range(len(self.remaining) - 2, -1, -1):
            token = self.remaining[place]
            if depth == 0 and token.kind in (NEWLINE, "$END", "RBRACE"):
                self.remaining.insert(place + 1, made(text, token.start))
                return
            depth += change_of_depth(token)

    # Leaving out

    def leave_out(self, cause: Finding | None = None) -> bool:
        """Leave out the statement or definition that is being read. False at the end."""
        left_out = self.discard()
        depth = sum(map(change_of_depth, left_out))
        last = left_out[-1] if left_out else self.consumed[-1] if self.consumed else None
        while self.remaining[-1].kind != "$END":
            token = self.remaining[-1]
            if depth <= 0 and (left_out or self.in_body) and self.is_boundary(token, last):
                break
            depth += change_of_depth(token)
            left_out.append(self.remaining.pop())
            last = token
        self.consumed += left_out
        if not self.in_body:
            self.missing += names_defined(left_out)
            self.start_statement()
            return bool(left_out)
        if left_out:
            self.put(gap_token(left_out, cause or self.findings[-1]))
            return True
        if self.remaining[-1].kind == NEWLINE:
            self.remaining.pop()
            return True
        return False

    def replace_statement(self, cause: Finding) -> None:
        """Leave out an accepted statement, or a definition for what is in its heading."""
        accepted, depth = self.accepted, 0
        first = bisect_left(accepted, cause.location.start, key=lambda token: token.start)
        while first:
            depth -= change_of_depth(accepted[first - 1])
            kind = accepted[first - 1].kind
            if (kind == "LBRACE" and depth < 0) or (kind == NEWLINE and depth <= 0):
                break
            depth = max(depth, 0)
            first -= 1
        is_definition = accepted[first].kind in DEFINES
        last, depth = first, 0
        while is_definition or depth > 0 or accepted[last].kind not in (NEWLINE, "RBRACE"):
            depth += change_of_depth(accepted[last])
            last += 1
            if is_definition and depth == 0 and accepted[last - 1].kind == "RBRACE":
                break
        tokens = accepted[first:last]
        if is_definition:
            self.missing += names_defined(tokens)
            del accepted[first:last]
        else:
            accepted[first:last] = [gap_token(tokens, cause)]

    def is_boundary(self, token: Token, last: Token | None) -> bool:
        """Whether what is left out ends before a token."""
        if self.in_body:
            return token.kind in (NEWLINE, "RBRACE")
        starts_line = last is None or last.kind in (NEWLINE, "RBRACE")
        after = self.remaining[max(len(self.remaining) - 2, 0)]
        return starts_line and (
            token.kind in DEFINES or starts_definition(self.source, token, after)
        )


def gap_token(tokens: list[Token], cause: Finding) -> GapToken:
    """A gap in place of tokens."""
    start, end, aside = tokens[0].start, tokens[-1].end, tokens[0].kind in ASIDE
    token = GapToken(("GAP", "", start, end))
    token.gap = tree.Gap(start, end, tuple(names_given(tokens)), aside, cause)
    return token


def word_before(text: str, place: int) -> int:
    """Where the word that ends at a place starts."""
    while place and (text[place - 1].isalnum() or text[place - 1] == "_"):
        place -= 1
    return place


def names_given(tokens: list[Token]) -> Iterable[str]:
    """The names that a statement which was left out would have given."""
    first = [*takewhile(lambda one: one.kind in LISTED, tokens)]
    if len(first) < len(tokens) and tokens[len(first)].kind == "EQUAL":
        yield from (one.text for one in first if one.kind == "NAME")
    is_naming = False
    for token in tokens:
        if is_naming and token.kind == "NAME":
            yield token.text
        is_naming = token.kind in NAMING or (is_naming and token.kind in LISTED)
    if tokens[0].kind == "INPUT":  # those of inputs with shapes
        behind = [one.kind for one in tokens[1:]] + [NEWLINE]
        for token, kind in zip(tokens, behind, strict=True):
            if token.kind == "NAME" and kind in BEHIND_INPUT:
                yield token.text


def names_defined(tokens: list[Token]) -> Iterable[str]:
    """The names that a definition or an import which was left out would have defined."""
    for token in takewhile(lambda one: one.kind not in ENDS_NAMES, tokens[1:]):
        if token.kind == "NAME":
            yield token.text
