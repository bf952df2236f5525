"""What is wrong with a line of a recipe, which is a setting and its value."""

from __future__ import annotations

from ...diagnostics.base import Fix
from ...diagnostics.syntax import Unexpected
from .context import STATEMENT_ENDS, Edit, ErrorContext, Mistake, at, rule, shortened

A_LINE = "a line is a setting and what it takes: `epochs 20`, `optimizer adam(rate=0.001)`"
AN_ARGUMENT = "arguments are values or `NAME=value`, with commas between them"
AFTER_FOR = "after `for` comes what the setting is for: outputs, paths in quotes, or epochs"


@rule(token="EQUAL COLON", before="NAME", in_body=True)
def sign_after_setting(here: ErrorContext) -> Mistake | None:
    """`epochs = 20` and `epochs: 20`."""
    if not here.in_recipe or len(here.statement) != 1:
        return None
    word, sign = here.before.text, here.token
    hint = f"write `{word} ` and what follows, without a `{sign.text}`"
    fix = Fix(((here.before.end, sign.end, ""),), is_safe=True)
    diagnostic = Unexpected(f"`{sign.text}`", f"after `{word}`", hint)
    return Mistake(diagnostic, sign.start, sign.end, Edit((), ahead=1), fix)


@rule(in_body=True)
def in_recipe(here: ErrorContext) -> Mistake | None:
    """Anything else; the line is left out."""
    if not here.in_recipe or here.token.kind == "$END":
        return None
    is_end = here.token.kind in STATEMENT_ENDS
    what = "end of the line" if is_end else f"`{shortened(here.token.text)}`"
    place = f"after `{here.piece_before()}`" if here.statement else "at the start of a line"
    hint = AN_ARGUMENT if here.bracket is not None else A_LINE
    if here.before.kind == "FOR":
        hint = AFTER_FOR
    return at(Unexpected(what, place, hint), here.token)
