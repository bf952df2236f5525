"""What goes wrong in comprehensions, `[8 * i for i in range(4) if i > 1]`, and around lists."""

from __future__ import annotations

from ...diagnostics.base import Fix
from ...diagnostics.habits import ForeignWord, MissingComma
from ...diagnostics.syntax import Unexpected
from .brackets import change_of_depth
from .context import Edit, ErrorContext, Mistake, at, insert, read_as, rule

IN_LIST = "in this list"
ADVICE = {
    "FOR": "a list has one `for`: `zip` joins lists side by side, and a list can stand in a list",
    "IF": "a list has one `if`: conditions are joined by `and`",
    "ELSE": "behind `for` an `if` leaves items out; a choice comes first: "
    "`[a if condition else b for NAME in list]`",
    "COMMA": "a list with a `for` has no other items; lists are joined by `+`: "
    "`[8 * i for i in range(3)] + [64]`",
}
"""By the kind of a token behind the `for` of a list: what to write."""


@rule(token="FOR")
def without_list(here: ErrorContext) -> Mistake | None:
    """`sum(w for w in widths)`."""
    if here.bracket is None or here.bracket.text != "(" or here.in_parameters:
        return None
    call = here.owner.text if here.owner.kind == "NAME" else ""
    example = f"{call}([2 * w for w in widths])" if call else "[2 * w for w in widths]"
    hint = f"a list that is made by `for` stands in `[ ]`: `{example}`"
    return at(Unexpected("`for`", "in these brackets", hint), here.token)


@rule(token="FOR IF ELSE COMMA")
def second_clause(here: ErrorContext) -> Mistake | None:
    if not _is_behind_for(here):
        return None
    text = here.token.text
    return at(Unexpected(f"`{text}`", IN_LIST, ADVICE[here.token.kind]), here.token)


@rule(token="NAME", can="IF")
def foreign_filter(here: ErrorContext) -> Mistake | None:
    """`[w for w in widths where w > 3]`."""
    word = here.token.text
    if word not in ("where", "when", "unless") or not _is_behind_for(here):
        return None
    sign = "if not" if word == "unless" else "if"
    return read_as(ForeignWord(word, f"write `{sign}`"), here.token, "if")


@rule(token="DOT", before="INTEGER NAME RPAR DOT")
def range_in_dots(here: ErrorContext) -> Mistake | None:
    """`1..4`."""
    is_first = here.after.kind == "DOT" and here.after.start == here.token.end
    if not is_first and here.before.kind != "DOT":
        return None
    hint = "write `range(first, end)`: `range(1, 5)` has the numbers from 1 to 4"
    return at(Unexpected("`..`", "between two numbers", hint), here.token)


@rule(token="STAR", before="LPAR COMMA", after="NAME")
def starred_list(here: ErrorContext) -> Mistake | None:
    """`concat(*skips)`."""
    if not here.in_arguments:
        return None
    name = here.after.text
    hint = f"a merge joins a whole list by its name: `concat({name})`"
    star = Fix(((here.token.start, here.after.start, ""),), is_safe=True)
    diagnostic = Unexpected("`*`", f"before `{name}`", hint)
    return Mistake(diagnostic, here.token.start, here.token.end, Edit((), ahead=1), star)


@rule(token="NAME", before="NAME", after="IN COMMA")
def names_without_comma(here: ErrorContext) -> Mistake | None:
    """`for a b in list`."""
    if here.first.kind != "FOR" or here.can("LBRACE"):
        return None
    return insert(MissingComma(here.before.text, here.token.text), here.token, ",")


@rule(token="IN")
def member_of_list(here: ErrorContext) -> Mistake | None:
    """`if n in widths`."""
    if here.after.kind == "DOT" or here.before.kind not in ("NAME", "INTEGER", "RPAR", "RSQB"):
        return None
    if here.can("NAME") or not here.can("COMPARE"):
        return None
    hint = (
        "`in.channels` is the shape that enters; whether a list has a value says "
        "`len([w for w in list if w == value]) > 0`"
    )
    return at(Unexpected("`in`", f"after `{here.before.text}`", hint), here.token)


def _is_behind_for(here: ErrorContext) -> bool:
    """Whether the innermost bracket is a list's, in which a `for` stands before the token."""
    if here.bracket is None or here.bracket.text != "[":
        return False
    depth = 0
    for token in reversed(here.statement[(here.place or 0) + 1 :]):
        depth -= change_of_depth(token)
        if depth == 0 and token.kind == "FOR":
            return True
    return False


@rule(token="LPAR", before="RPAR", goes_on="COMMA")
def more_brackets(here: ErrorContext) -> Mistake | None:
    """`act=leaky_relu(0.1)(0.2)`."""
    if here.bracket is None or here.before.end != here.token.start:
        return None
    hint = "a layer takes all its arguments in one pair of brackets"
    return at(Unexpected("`(`", f"after `{here.piece_before()}`", hint), here.token)
