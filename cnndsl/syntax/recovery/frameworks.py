"""Forms in which frameworks and Python write layers and chains, rule by rule.

They are asked before the general rules, which know nothing of them.
"""

from __future__ import annotations

from ...diagnostics import habits as errors
from ...diagnostics.syntax import Unexpected
from ...ops import OPS
from ...ops.vocabulary import advice_for, alike
from ..lexer import Token
from .context import ErrorContext, Mistake, at, read_as, rule, shortened
from .reading import BAD
from .words import FOREIGN

PLAIN_NAMES = "layers and blocks have plain names, such as `conv` or `max_pool`"

PARTS = "names have no parts; the shape that enters is `in.height`, `in.width` and `in.channels`"

SEARCHED = 20_000
"""The characters of text above in which a list of values is looked for."""


def foreign(word: Token) -> Mistake:
    return at(errors.ForeignWord(word.text, FOREIGN[word.text]), word)


@rule(token="DOT", before="NAME MODEL", after="NAME", in_body=True)
def name_with_dots(here: ErrorContext) -> Mistake | None:
    """`nn.Conv2d(3, 64, 3)`, and `model.add(...)` for a line of its own."""
    if here.heading.text in FOREIGN:
        return None
    words = [here.before]
    for token in reversed(here.repairer.remaining):
        if token.kind not in ("DOT", "NAME") or token.kind == words[-1].kind:
            break
        words.append(token)
    last = words[-1]
    found = f"`{shortened(here.text(here.before.start, last.end))}`"
    advice = PARTS if here.in_arguments else advice_for(last.text) or PLAIN_NAMES
    if here.before.text in ("model", "net") and last.text == "add":
        advice = "each layer stands on a line of its own, or behind `->`"
    return Mistake(Unexpected(found, "", advice), here.before.start, last.end)


@rule(token="LSQB", after="NAME", in_body=True, starts_statement=True)
def section(here: ErrorContext) -> Mistake:
    """Darknet's `[convolutional]`."""
    name = here.after.text
    advice = advice_for(name) or PLAIN_NAMES
    return at(Unexpected(f"`[{name}`", "at the start of a line", advice), here.token)


@rule(token="DOT", before="RPAR", after="NAME")
def method(here: ErrorContext) -> Mistake:
    """`conv(8, 3x3).relu()`."""
    name = alike(here.after.text, tuple(OPS)) or here.after.text
    advice = f"layers are joined with `->`: write `-> {name}`"
    return at(Unexpected("`.`", f"after `{here.piece_before()}`", advice), here.token)


@rule(token=BAD, can="ARROW")
def pipe(here: ErrorContext) -> Mistake | None:
    if here.token.text != "|" or here.bracket is not None:
        return None
    return read_as(errors.ForeignSymbol("|", "->"), here.token, "->")


@rule(token="INTEGER", after="STAR", in_body=True, starts_statement=True)
def count_first(here: ErrorContext) -> Mistake:
    """`3 * conv(8, 3x3)`."""
    element = here.rest_of_line().partition("*")[2].strip()
    advice = f"the count stands behind: write `{shortened(element)} * {here.token.text}`"
    return at(Unexpected(f"`{here.token.text}`", "at the start of a line", advice), here.token)


@rule(token="COLON", in_body=True)
def slice_of(here: ErrorContext) -> Mistake | None:
    """`widths[1:3]` and `x[:, :4]`: a loop counts, and channels are cut by an op."""
    bracket, name = here.bracket, here.owner.text
    if bracket is None or here.place is None or bracket.text != "[" or here.owner.kind != "NAME":
        return None
    before = here.text(bracket.end, here.token.start)
    after = here.rest_of_line().partition(":")[2].partition("]")[0]
    is_layer = here.place == 1 or here.statement[here.place - 2].kind == "ARROW"
    above = here.repairer.source.text[max(0, bracket.start - SEARCHED) : bracket.start]
    numbers = "n" if f" {name}[]" in above else _counted(name, before, after.strip())
    advice = f"a loop counts, `for i in range({numbers}) {{ ... }}`, and reads `{name}[i]`"
    if is_layer or "," in before + after:
        advice = "write `slice(0, 4)` for channels, and `crop` for pixels"
    return at(Unexpected("`:`", f"in `{name}[...]`: there are no slices", advice), here.token)


def _counted(name: str, first: str, rest: str) -> str:
    """What `range` takes for a slice."""
    end, _, step = rest.partition(":")
    length = f"len({name})"
    if step.strip().startswith("-"):
        return f"{length} - 1, -1, {step.strip()}"
    sides = [one if not one.startswith("-") else f"{length} - {one[1:]}" for one in (first, end)]
    return ", ".join(filter(None, [sides[0] or "0" * bool(step), sides[1] or length, step]))


@rule(token="PLUS", can="ARROW")
def sum_of_layers(here: ErrorContext) -> Mistake | None:
    """`conv(8, 3x3) + x`."""
    if here.bracket is not None:
        return None
    advice = "values are added by `add(a, b)`, or by `add { ... }` with a path on each line"
    return at(Unexpected("`+`", f"after `{here.piece_before()}`", advice), here.token)


@rule(token="LBRACE", before="RPAR", in_body=True)
def call_with_lines(here: ErrorContext) -> Mistake | None:
    """`repeat(3) { ... }`."""
    return foreign(here.heading) if here.heading.text in FOREIGN else None
