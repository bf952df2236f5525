"""A token that cannot stand where it is: what a rule can ask about it, and what it can answer.

A rule answers with a `Mistake`, or with None if it knows nothing of this case.
"""

from __future__ import annotations

from itertools import product

from ...diagnostics.base import Fix
from ...record import Record
from ..lexer import Token
from .brackets import CLOSERS, change_of_depth, closing_place, opening_place
from .reading import NEWLINE, made

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ...diagnostics.base import Diagnostic
    from .repair import Repairer

    Answer = Callable[["ErrorContext"], "Mistake | None"]

LONGEST_PIECE = 40
NOTHING = made("", 0)
"""Stands before the first token."""
LITERALS = "INTEGER DECIMAL SIZE TRUE FALSE NONE"
VALUES = f"{LITERALS} NAME STRING IN"
STATEMENT_ENDS = (NEWLINE, "RBRACE", "$END")
LETS = ("LET", "LET_VALUE")
OF_CHAINS = frozenset(("ARROW", "LBRACE", "AS", "COLON"))
OPERANDS = (*LITERALS.split(), "NAME", "STRING")
SIDE_BY_SIDE = frozenset(product((*OPERANDS, "RPAR", "RSQB"), OPERANDS)) | {("RPAR", "LPAR")}
"""Operands with nothing between them, as no expression has them."""


class Edit(Record):
    """What was most likely meant: tokens in place of the last `back` and the next `ahead` ones.

    `unmatched` changes the closing bracket of the innermost open one, or leaves it out if empty.
    `before_line_end` is a bracket to put at the end of the line.
    """

    tokens: tuple[Token, ...] = ()
    ahead: int = 0
    back: int = 0
    unmatched: str | None = None
    before_line_end: str | None = None


class Mistake(Record):
    """A diagnostic, its place, and how to go on; without an edit the statement is left out."""

    diagnostic: Diagnostic
    start: int
    end: int
    edit: Edit | None = None
    fix: Fix | None = None


class ErrorContext:
    """The surroundings of a token that cannot stand where it is."""

    def __init__(self, repairer: Repairer) -> None:
        self.repairer = repairer
        consumed = repairer.consumed
        self.token = repairer.remaining[-1]
        self.after = repairer.remaining[-2] if len(repairer.remaining) > 1 else self.token
        self.before = consumed[-1] if consumed else NOTHING
        self.earlier = consumed[-2] if len(consumed) > 1 else NOTHING
        self.in_body = repairer.in_body
        self.in_recipe = repairer.in_recipe
        self.statement = consumed[repairer.levels[-1].start :]
        """What was read of the statement, or of the definition where none is open."""
        self.heading = self.statement[0] if self.statement else self.token
        place = self.place = opening_place(self.statement)
        self.bracket = None if place is None else self.statement[place]
        """The innermost bracket that is open in the statement, and the token before it."""
        self.owner = self.statement[place - 1] if place else NOTHING
        self.merge = repairer.merge()
        """The name of the merge whose path this is."""

    @property
    def starts_statement(self) -> bool:
        return not self.statement

    @property
    def first(self) -> Token:
        """The token that the innermost heading starts with, which an `else` or a chain can hide."""
        depth = 0
        for token in reversed(self.statement):
            depth -= change_of_depth(token)
            if depth == 0 and token.kind in ("FOR", "IF", "STAGE", "ELSE"):
                return token
            if depth == 0 and token.kind in ("ARROW", "RBRACE"):
                return self.heading
        return self.heading

    def can(self, kind: str) -> bool:
        """Whether a token of this kind could stand here."""
        return self.repairer.position.after(Token((kind, "", 0, 0))) is not None

    def goes_on(self, kind: str) -> bool:
        """Whether the token itself could stand after one of this kind."""
        return self.repairer.position.after(Token((kind, "", 0, 0)), self.token) is not None

    def call(self) -> tuple[int, int] | None:
        """The range of the call or the brackets around the token, if there are any."""
        place = closing_place(self.repairer.remaining) if self.bracket is not None else None
        if self.bracket is None or place is None:
            return None
        start = self.owner.start if self.owner.kind == "NAME" else self.bracket.start
        return start, self.repairer.remaining[place].end

    @property
    def in_arguments(self) -> bool:
        """Whether the innermost bracket holds the arguments of a call."""
        is_round = self.bracket is not None and self.bracket.text == "("
        return is_round and self.owner.kind == "NAME" and not self.in_parameters

    @property
    def in_parameters(self) -> bool:
        return not self.in_body and self.heading.kind in ("MODEL", "BLOCK", "STAGE")

    def text(self, start: int, end: int) -> str:
        """A piece of the text on one line."""
        return " ".join(self.repairer.source.text[start:end].split())

    def piece_before(self) -> str:
        """What stands directly before: a word, or a call with its arguments."""
        statement = self.statement
        if not statement:
            return self.before.text
        place = len(statement) - 1
        if self.before.kind in CLOSERS:
            place = opening_place(statement[:-1]) or 0
        if place > 0 and statement[place].kind == "LPAR" and statement[place - 1].kind == "NAME":
            place -= 1
        start = statement[place]
        shown = self.text(start.start, statement[-1].end)
        if len(shown) > LONGEST_PIECE or start.start == start.end:
            return f"{start.text}(...)" if start.kind == "NAME" else statement[-1].text
        return shown

    def piece_after(self) -> str:
        """The token, or the call that it starts."""
        token = self.token
        if token.kind != "NAME" or self.after.kind != "LPAR":
            return shortened(token.text)
        place = closing_place(self.repairer.remaining, depth=0, skip=1)
        if place is not None:
            shown = self.text(token.start, self.repairer.remaining[place].end)
            if len(shown) <= LONGEST_PIECE:
                return shown
        return f"{token.text}(...)"

    def rest_of_line(self) -> str:
        """The text from the token to the end of its line, without a comment."""
        row, column = self.repairer.source.position(self.token.start)
        line = self.repairer.source.line(row)[column - 1 :]
        return line.split("#")[0].split("->")[0].strip()


def names_value(ahead: Iterable[Token]) -> bool:
    """Whether what stands behind a `let`'s name is an expression, as far as can be told.

    It has nothing of chains, and no two operands side by side.
    """
    depth, last = 0, NOTHING.kind
    for token in ahead:
        kind = token.kind
        if kind in STATEMENT_ENDS or kind in OF_CHAINS:
            return kind in STATEMENT_ENDS and last != NOTHING.kind
        if depth == 0 and (last, kind) in SIDE_BY_SIDE:
            return False
        depth += change_of_depth(token)
        last = kind
    return False


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST_PIECE else text[: LONGEST_PIECE - 3] + "..."


# The table of rules, and what their answers are made of

RULES: list[Answer] = []


def rule(
    token: str = "",
    before: str = "",
    after: str = "",
    can: str = "",
    goes_on: str = "",
    in_body: bool | None = None,
    starts_statement: bool | None = None,
) -> Callable[[Answer], Answer]:
    """Add a rule to the table, for these kinds of tokens there, before and after it.

    `can` are kinds that could stand instead, and `goes_on` one that the token could stand after.
    """
    tokens, befores, afters = token.split(), before.split(), after.split()

    def add(answer: Answer) -> Answer:
        def guarded(here: ErrorContext) -> Mistake | None:
            fits = (
                (not tokens or here.token.kind in tokens)
                and (not befores or here.before.kind in befores)
                and (not afters or here.after.kind in afters)
                and in_body in (None, here.in_body)
                and starts_statement in (None, here.starts_statement)
                and all(map(here.can, can.split()))
                and (not goes_on or here.goes_on(goes_on))
            )
            return answer(here) if fits else None

        RULES.append(guarded)
        return answer

    return add


def at(diagnostic: Diagnostic, token: Token, edit: Edit | None = None) -> Mistake:
    return Mistake(diagnostic, token.start, token.end, edit)


def insert(diagnostic: Diagnostic, token: Token, text: str) -> Mistake:
    """What most likely belongs before a token."""
    return at(diagnostic, token, Edit((made(text, token.start),)))


def remove(diagnostic: Diagnostic, token: Token) -> Mistake:
    return at(diagnostic, token, Edit((), ahead=1))


def read_as(diagnostic: Diagnostic, token: Token, text: str) -> Mistake:
    """What was most likely meant by a token."""
    return at(diagnostic, token, Edit((made(text, token.start, token.end),), ahead=1))


def replace(diagnostic: Diagnostic, token: Token, text: str) -> Mistake:
    """What was certainly meant by a token."""
    mistake = read_as(diagnostic, token, text.strip())
    fix = Fix(((token.start, token.end, text),), is_safe=True)
    return Mistake(diagnostic, token.start, token.end, mistake.edit, fix)
