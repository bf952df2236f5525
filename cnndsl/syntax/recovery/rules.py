"""The table of rules for mistakes, and what their answers are made of.

A rule looks at the token that cannot stand where it is and answers with a `Mistake`, or with None
if it knows nothing of this case.
"""

from __future__ import annotations

from ...diagnostics.base import Fix
from ..lexer import Token
from .context import Edit, ErrorContext, Mistake
from .reading import made

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ...diagnostics.base import Diagnostic

    Answer = Callable[[ErrorContext], Mistake | None]

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
