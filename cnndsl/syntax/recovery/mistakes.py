"""What people write by mistake, rule by rule: how it is recognised, and what was meant.

The first answer counts, so the special comes before the general.
"""

from __future__ import annotations

import re

from ...diagnostics import habits as errors
from ...diagnostics.base import Fix
from ...diagnostics.spelling import keyword_near
from ...diagnostics.syntax import BadNumber, Unexpected, UnexpectedCharacter
from ...ops import OPS
from ...ops.index import WORDS
from ..lexer import Token
from . import lists, recipes
from .brackets import CLOSERS, OPENING
from .context import (
    LETS,
    LITERALS,
    RULES,
    STATEMENT_ENDS,
    VALUES,
    Edit,
    ErrorContext,
    Mistake,
    at,
    insert,
    read_as,
    remove,
    replace,
    rule,
    shortened,
)
from .expectations import place_of, unfinished
from .frameworks import foreign
from .reading import BAD, NEWLINE, made
from .words import ATTRIBUTES, COUNTS, FOREIGN, FOREIGN_DEFINITIONS, TYPES

__all__ = ["RULES", "lists", "recipes"]
PLAIN_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


# No token at all


@rule(token=BAD)
def unreadable(here: ErrorContext) -> Mistake:
    token = here.token
    if token.text[0] in "0123456789":
        return at(BadNumber(token.text[:40]), token)
    place = next((n for n, one in enumerate(token.text) if one not in PLAIN_LETTERS), 0)
    start = token.start + place
    return Mistake(UnexpectedCharacter(token.text[place]), start, start + 1)


@rule(token="DOT", after="INTEGER", can="DECIMAL")
def number_without_zero(here: ErrorContext) -> Mistake | None:
    dot, digits = here.token, here.after
    is_apart = here.before.end < dot.start or here.before.kind != "NAME"
    if digits.start != dot.end or not is_apart:
        return None
    number = Token(("DECIMAL", f"0.{digits.text}", dot.start, digits.end))
    fix = Fix(((dot.start, dot.start, "0"),), is_safe=True)
    diagnostic = BadNumber(f".{digits.text}")
    return Mistake(diagnostic, dot.start, digits.end, Edit((number,), ahead=2), fix)


# Imports and headings of definitions


@rule(token="FROM", in_body=False, starts_statement=True)
def python_import(here: ErrorContext) -> Mistake:
    return at(errors.BadImport("the names come first, then `from` and the file"), here.token)


@rule(in_body=False)
def incomplete_import(here: ErrorContext) -> Mistake | None:
    token, before = here.token, here.before
    if here.heading.kind != "IMPORT":
        return None
    if token.kind == "AS":
        return at(errors.BadImport("blocks keep their names; there is no `as`"), token)
    if token.kind == "STRING" and before.kind == "IMPORT":
        return at(errors.BadImport("the names of its blocks are missing"), token)
    if before.kind == "FROM":
        return at(
            errors.BadImport("the path stands in quotes"), token if token.text.strip() else before
        )
    if token.kind == "STRING":
        return at(errors.BadImport("`from` is missing before the path"), token)
    if token.kind in STATEMENT_ENDS:
        return at(errors.BadImport("it does not say from which file"), before)
    if token.kind == "NAME" and here.goes_on("COMMA"):
        return insert(errors.MissingComma(before.text, token.text), token, ",")
    return at(errors.BadImport(f"`{shortened(token.text)}` has no place in it"), token)


@rule(after="NAME", in_body=False, starts_statement=True)
def foreign_definition(here: ErrorContext) -> Mistake | None:
    kind = FOREIGN_DEFINITIONS.get(here.token.text)
    if kind is None:
        return None
    advice = f"write `{kind} {here.after.text}(...) {{ ... }}`"
    return read_as(errors.ForeignWord(here.token.text, advice), here.token, kind)


@rule(token="NAME", after="NAME LBRACE LPAR", in_body=False, starts_statement=True)
def misspelt_definition(here: ErrorContext) -> Mistake | None:
    word = here.token.text
    keyword = keyword_near(word, ("model", "block", "recipe", "pixels", "defaults", "import"))
    return replace(errors.MisspeltKeyword(word, keyword), here.token, keyword) if keyword else None


@rule(in_body=False, starts_statement=True)
def outside(here: ErrorContext) -> Mistake | None:
    kind = here.token.kind
    is_statement = kind in ("INPUT", "PIXELS", "OUTPUT", "EXPECT", *LETS, "FOR", "IF")
    is_chain = kind == "NAME" and here.after.kind in ("LPAR", "ARROW", "LBRACE")
    if is_statement or is_chain:
        return at(errors.OutsideDefinition(here.piece_after()), here.token)
    return None


@rule(token="LBRACE LPAR", before="MODEL BLOCK STAGE")
def missing_name(here: ErrorContext) -> Mistake:
    name = made(f"unnamed{len(here.repairer.findings) or ''}", here.before.end)
    return at(errors.MissingName(here.before.text), here.before, Edit((name,)))


@rule(token="LSQB", before="NAME", can="LPAR")
def square_brackets(here: ErrorContext) -> Mistake:
    what = "parameters" if here.in_parameters else "arguments"
    bracket = made("(", here.token.start, here.token.end)
    return at(errors.WrongBrackets(what, "["), here.token, Edit((bracket,), ahead=1, unmatched=")"))


@rule(token="COMMA EQUAL RSQB")
def square_brackets_of_call(here: ErrorContext) -> Mistake | None:
    """`conv[8, 3x3]`, which began as `skips[0]` does."""
    place = here.place or 0  # a bracket at the statement's start opens no call
    is_first = place == 1 or (place > 1 and here.statement[place - 2].kind == "ARROW")
    if not is_first or here.bracket is None or here.bracket.text != "[":
        return None
    inside = here.statement[place:]
    bracket = made("(", here.bracket.start, here.bracket.end)
    edit = Edit((bracket, *inside[1:]), back=len(inside), unmatched=")")
    return at(errors.WrongBrackets("arguments", "["), here.bracket, edit)


@rule(token="COLON")
def type_of_parameter(here: ErrorContext) -> Mistake | None:
    colon, name = here.token, here.before.text
    if not here.in_parameters or here.bracket is None:
        return None
    if here.after.kind != "NAME" or here.after.text not in TYPES:
        sign = errors.ColonForEquals(name, "a parameter")
        is_certain = here.after.kind != "NAME" or here.after.text in WORDS
        return replace(sign, colon, " =") if is_certain else read_as(sign, colon, "=")
    remaining = here.repairer.remaining
    behind = remaining[-3] if len(remaining) > 2 else colon
    end = here.after.end if behind.kind in ("EQUAL", "COMMA", "RPAR") else colon.end
    advice = f"write `{name} = ...`; parameters have defaults, not types"
    diagnostic = errors.ForeignWord(here.text(colon.start, end), advice)
    return Mistake(diagnostic, colon.start, end, Edit((), ahead=2))


# Arrows


@rule(token="ARROW", before="ARROW")
def doubled_arrow(here: ErrorContext) -> Mistake:
    return remove(errors.StrayArrow("doubled"), here.token)


@rule(token="ARROW")
def first_arrow(here: ErrorContext) -> Mistake | None:
    if here.bracket is None and here.heading.kind == "INPUT" and here.can(NEWLINE):
        newline = Edit((made("", here.token.start),), ahead=1)
        return at(errors.StrayArrow("first"), here.token, newline)
    if here.before.kind in ("LBRACE", NEWLINE, "EQUAL", "LPAR") and here.can("NAME"):
        return remove(errors.StrayArrow("first"), here.token)
    return None


@rule()
def last_arrow(here: ErrorContext) -> Mistake | None:
    before, kind = here.before, here.token.kind
    if before.kind == "ARROW" and kind in (*STATEMENT_ENDS, "RPAR", "COLON", "AS"):
        edit = None if kind in ("COLON", "AS") else Edit((made("identity", before.end),))
        return at(errors.StrayArrow("last"), before, edit)
    statements = (*LETS, "INPUT", "PIXELS", "DEFAULTS", "OUTPUT", "EXPECT")
    if here.earlier.kind == "ARROW" and before.kind in statements:
        edit = Edit((made("", here.earlier.end), before), back=2)
        return at(errors.StrayArrow("last"), here.earlier, edit)
    return None


@rule(token="ARROW", can="RPAR")
def arrow_in_arguments(here: ErrorContext) -> Mistake | None:
    if not here.in_arguments:
        return None
    edit = Edit((made(")", here.before.end),), unmatched="")
    return at(errors.ArrowInBrackets(here.owner.text), here.token, edit)


@rule(token="NAME STRING", before="IMPORT", in_body=True)
def nested_import(here: ErrorContext) -> Mistake:
    return at(errors.BadImport("it stands inside of a definition"), here.before)


@rule(token="NAME", before="BLOCK MODEL", in_body=True)
def nested_definition(here: ErrorContext) -> Mistake:
    hint = "definitions stand side by side: close the one before with `}`"
    found = f"`{here.before.text} {here.token.text}`"
    diagnostic = Unexpected(found, "inside of another definition", hint)
    return Mistake(diagnostic, here.before.start, here.token.end)


# Words of other languages, before the signs behind them are taken for slips


@rule()
def foreign_in_arguments(here: ErrorContext) -> Mistake | None:
    """`lambda x: ...` and its like."""
    words = [one for one in here.statement[-3:] if one.text in FOREIGN]
    return foreign(words[-1]) if words and here.bracket is not None else None


@rule()
def foreign_word(here: ErrorContext) -> Mistake | None:
    """A statement of another language: `return x`, `while ...`, `def f(x)`."""
    if here.token.text in FOREIGN and here.token.kind == "NAME":
        return foreign(here.token)
    if 1 <= len(here.statement) <= 2 and here.heading.text in FOREIGN:
        return foreign(here.heading)
    return None


# Equals signs and colons


@rule(token="EQUAL", can="COMPARE")
def equals_for_comparison(here: ErrorContext) -> Mistake | None:
    compares = here.heading.kind == "EXPECT" or here.first.kind == "IF"
    if here.bracket is None and compares:
        return replace(errors.WrongEquals("="), here.token, "==")
    return None


@rule(token="COMPARE", can="EQUAL")
def comparison_for_equals(here: ErrorContext) -> Mistake | None:
    return replace(errors.WrongEquals("=="), here.token, "=") if here.token.text == "==" else None


@rule(token="COLON", before="NAME STRING", can="EQUAL")
def colon_for_equals(here: ErrorContext) -> Mistake:
    name, colon = here.before, here.token
    if here.heading.kind in LETS and here.bracket is None:
        if here.after.text in TYPES:
            found = f": {here.after.text}"
            return at(
                errors.ForeignWord(found, f"write `{name.text} = ...`, without a type"), colon
            )
        what = "a side chain" if here.heading.kind == "LET" else "a named number"
        return replace(errors.ColonForEquals(name.text, what), colon, " =")
    mistake = replace(errors.ColonForEquals(name.text), colon, "=")
    if not here.in_arguments:
        return mistake
    end = here.after.start if here.after.start - colon.end <= 1 else colon.end
    fix = Fix(((name.end, end, "="),), is_safe=True)
    return Mistake(mistake.diagnostic, mistake.start, mistake.end, mistake.edit, fix)


@rule(token="EQUAL", before="NAME")
def assignment(here: ErrorContext) -> Mistake | None:
    name, sign = here.before, here.token
    if len(here.statement) != 1:
        return None
    edit = Edit((made("let", name.start), name, sign), back=1, ahead=1)
    is_value = here.after.kind in LITERALS.split()
    value = f"write `let {name.text} = {here.after.text}`" if is_value else None
    return Mistake(errors.Assignment(name.text, value), name.start, sign.end, edit)


@rule(token=VALUES, before="NAME", goes_on="EQUAL")
def missing_equals(here: ErrorContext) -> Mistake | None:
    name, value = here.before, here.token
    is_let = here.earlier.kind in LETS
    is_attribute = here.in_arguments and name.text in ATTRIBUTES
    is_name = here.earlier.kind in ("LPAR", "COMMA") and (
        is_attribute or value.kind in LITERALS.split()
    )
    is_next_argument = here.in_arguments and value.kind == "SIZE" and name.text in COUNTS
    if (not is_let and not is_name) or is_next_argument:
        return None
    edit = Edit((made("=", value.start),))
    return Mistake(errors.MissingEquals(name.text, here.piece_after()), name.start, value.end, edit)


# Statements


@rule(token="NAME", before="RPAR NAME")
def times_x(here: ErrorContext) -> Mistake | None:
    """`conv(8, 3x3) x 3`."""
    word, behind = here.token, here.after
    if here.bracket is not None or not here.can("STAR"):
        return None
    if word.text in ("x", "X", "times") and behind.kind == "INTEGER":
        return replace(errors.ForeignSymbol(word.text, "*"), word, "*")
    if re.fullmatch(r"[xX][0-9]+", word.text):
        fix = Fix(((word.start, word.end, f" * {word.text[1:]}"),), is_safe=True)
        star = made("*", word.start, word.start + 1)
        count = Token(("INTEGER", word.text[1:], word.start + 1, word.end))
        symbol = errors.ForeignSymbol(word.text, f"* {word.text[1:]}")
        return Mistake(symbol, word.start, word.end, Edit((star, count), ahead=1), fix)
    return None


@rule(token="NAME")
def op_in_two_words(here: ErrorContext) -> Mistake | None:
    """`max pool(2x2)`."""
    first, second = here.before, here.token
    name = f"{first.text}_{second.text}"
    if first.kind != "NAME" or name not in OPS or first.text in OPS:
        return None
    edit = Edit((made(name, first.start, second.end),), back=1, ahead=1)
    fix = Fix(((first.start, second.end, name),), is_safe=True)
    found = f"{first.text} {second.text}"
    return Mistake(errors.ForeignSymbol(found, name), first.start, second.end, edit, fix)


@rule(before="NAME", can="IN")
def missing_in(here: ErrorContext) -> Mistake | None:
    token = here.token
    if here.first.kind != "FOR":
        return None
    if token.kind in ("EQUAL", "COLON") or token.text in ("of", "from", "inn", "at"):
        return read_as(errors.MissingIn(f"`{token.text}`"), token, "in")
    if here.goes_on("IN"):
        return insert(errors.MissingIn("none"), token, "in")
    return at(errors.MissingIn("none"), here.before)


@rule(token="COMMA STAR", before="INTEGER")
def size_in_pieces(here: ErrorContext) -> Mistake | None:
    """`input 224, 224, 3` and `: 28*28*6`."""
    if here.bracket is not None or here.earlier.kind not in ("INPUT", "COLON"):
        return None
    sides = [here.before]
    remaining = here.repairer.remaining
    for place in (-2, -4):
        side, separator = remaining[place:][:2]
        if (separator.kind, side.kind) != (here.token.kind, "INTEGER"):
            return None
        sides.append(side)
    start, end = sides[0].start, sides[-1].end
    size = "x".join(side.text for side in sides)
    edit = Edit((Token(("SIZE", size, start, end)),), ahead=2 * len(sides) - 2, back=1)
    fix = Fix(((start, end, size),), is_safe=True)
    return Mistake(errors.SizeInPieces(here.text(start, end), size), start, end, edit, fix)


@rule(token=f"{VALUES} LPAR LSQB NOT IF", before="NAME", in_body=True)
def misspelt_statement(here: ErrorContext) -> Mistake | None:
    """`staeg conv1 {`: the word before is no layer, as nothing follows one like this."""
    words = tuple("input pixels defaults output expect let share for if stage".split())
    word = here.before
    keyword = keyword_near(word.text, words) if len(here.statement) == 1 else None
    if keyword is None:
        return None
    edit = Edit((made(keyword, word.start, word.end),), back=1)
    is_safe = len(keyword) > 4 and here.repairer.source.text.count(word.text) == 1
    fix = Fix(((word.start, word.end, keyword),), is_safe)
    return Mistake(errors.MisspeltKeyword(word.text, keyword), word.start, word.end, edit, fix)


@rule(token="COLON EQUAL", before="INPUT PIXELS DEFAULTS OUTPUT EXPECT")
def sign_after_word(here: ErrorContext) -> Mistake | None:
    """`input = 224x224x3` and `output: main`."""
    word, sign = here.before.text, here.token
    if len(here.statement) != 1:
        return None
    hint = f"write `{word} ` and what follows, without a `{sign.text}`"
    fix = Fix(((here.before.end, sign.end, ""),), is_safe=True)
    diagnostic = Unexpected(f"`{sign.text}`", f"after `{word}`", hint)
    return Mistake(diagnostic, sign.start, sign.end, Edit((), ahead=1), fix)


@rule(token="COMMA", before="COMMA LPAR LSQB OUTPUT")
def doubled_comma(here: ErrorContext) -> Mistake:
    return remove(errors.DoubledComma(), here.token)


@rule(token=" ".join(STATEMENT_ENDS), before="COMMA")
def last_comma(here: ErrorContext) -> Mistake:
    return at(errors.DoubledComma(), here.before)


rule()(unfinished)


# Braces, and other signs that are missing


@rule(token="COLON", can="LBRACE")
def colon_for_braces(here: ErrorContext) -> Mistake | None:
    colon = here.token
    if here.can("ARROW"):
        return None
    heading = here.text(here.first.start, here.before.end).split(" in ")[0].split("(")[0]
    diagnostic = errors.ColonForBraces(shortened(heading))
    if here.after.kind == "LBRACE":
        return remove(diagnostic, colon)
    if here.after.kind in STATEMENT_ENDS:
        return at(diagnostic, colon)
    brace = made("{", colon.start, colon.end)
    return at(diagnostic, colon, Edit((brace,), ahead=1, before_line_end="}"))


@rule(token=f"{NEWLINE} NAME IF FOR STAGE", can="LBRACE")
def missing_brace(here: ErrorContext) -> Mistake | None:
    start, end = here.first.start, here.before.end
    if here.can("ARROW"):
        return None
    edit = None
    if here.token.kind != NEWLINE:
        if not here.goes_on("LBRACE"):
            return None
        edit = Edit((made("{", end),), before_line_end="}")
    elif here.after.kind == "LBRACE":
        edit = Edit((), ahead=1)
    heading = here.text(start, end)
    shown = heading if len(heading) <= 40 else here.first.text
    return Mistake(errors.MissingBrace(shown), start, end, edit)


@rule(token="SIZE", goes_on="COLON")
def missing_colon(here: ErrorContext) -> Mistake | None:
    shape = here.token
    is_shape = shape.text.count("x") == 2
    return insert(errors.MissingColon(shape.text), shape, ":") if is_shape else None


@rule(token=LITERALS, before="NAME", can="ARROW LPAR")
def missing_brackets(here: ErrorContext) -> Mistake:
    arguments = re.sub(r"(?<=[\w)]) +(?=[\w(])", ", ", here.rest_of_line())
    diagnostic = errors.MissingBrackets(here.before.text, shortened(arguments))
    return Mistake(diagnostic, here.before.start, here.token.end)


@rule(token="COMMA", can="ARROW")
def comma_for_arrow(here: ErrorContext) -> Mistake:
    if here.bracket is None and here.merge is not None and here.can(NEWLINE):
        hint = f"each path of `{here.merge.text}` stands on its own line, without a comma"
        return read_as(Unexpected("`,`", "between paths", hint), here.token, "")
    hint = "layers are joined with `->`; a merge of named values is written `add(a, b)`"
    return read_as(Unexpected("`,`", "between layers", hint), here.token, "->")


@rule(token=f"{VALUES} FOR IF STAGE LPAR", goes_on="ARROW")
def missing_arrow(here: ErrorContext) -> Mistake | None:
    if here.token.kind == "LPAR" and here.before.kind == "RPAR":
        return None
    return insert(errors.MissingArrow(here.piece_before(), here.piece_after()), here.token, "->")


@rule(token=f"{VALUES} LPAR LSQB NOT", goes_on="COMMA")
def missing_comma(here: ErrorContext) -> Mistake | None:
    if here.bracket is None and here.heading.kind not in ("OUTPUT", "FOR", "IMPORT"):
        return None
    return insert(errors.MissingComma(here.piece_before(), here.piece_after()), here.token, ",")


# What remains


@rule(token="LPAR", before="RPAR", can="ARROW")
def call_of_call(here: ErrorContext) -> Mistake:
    hint = "layers are joined with `->`; they are not called on each other"
    return at(Unexpected("`(`", f"after `{here.piece_before()}`", hint), here.token)


@rule()
def anything(here: ErrorContext) -> Mistake:
    token = here.token
    place, hint = place_of(here)
    if token.kind == "$END":
        return at(Unexpected("end of the file", place, hint), token)
    if token.kind == NEWLINE:
        return Mistake(Unexpected("end of the line", place, hint), token.start, token.start)
    if token.kind == "STRING":
        hint = "names and words take no quotes; only an import's path is a string"
        return at(Unexpected("a string", place, hint), token)
    if token.start == token.end and (token.kind in OPENING or token.kind in CLOSERS):
        return at(Unexpected("end", place, hint), here.before)
    return at(Unexpected(f"`{shortened(token.text)}`", place, hint), token)
