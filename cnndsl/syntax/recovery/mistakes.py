"""What people write by mistake, rule by rule: how it is recognised, and what was meant.

A rule looks at the token that cannot stand where it is and answers with a `Mistake`, or with None
if it knows nothing of this case. The first answer counts, so the special comes before the general.
"""

from __future__ import annotations

from ...diagnostics.base import Fix
from ...diagnostics.spelling import keyword_near
from ...diagnostics.syntax import (
    ArrowInBrackets,
    Assignment,
    BadImport,
    BadNumber,
    ColonForBraces,
    ColonForEquals,
    DoubledComma,
    ForeignWord,
    MissingArrow,
    MissingBrace,
    MissingBrackets,
    MissingColon,
    MissingComma,
    MissingEquals,
    MissingIn,
    MissingName,
    MisspeltKeyword,
    OutsideDefinition,
    SizeInPieces,
    StrayArrow,
    Unexpected,
    UnexpectedCharacter,
    WrongBrackets,
    WrongEquals,
)
from ...ops import OPS
from ..lexer import Token
from .brackets import CLOSERS, OPENING
from .context import LITERALS, STATEMENT_ENDS, VALUES, Edit, ErrorContext, Mistake, made, shortened
from .expectations import place_of, unfinished
from .reading import BAD, NEWLINE
from .words import FOREIGN, FOREIGN_DEFINITIONS, TYPES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ...diagnostics.base import Diagnostic

    Rule = Callable[[ErrorContext], Mistake | None]

ATTRIBUTES = frozenset(name for op in OPS.values() for name in op.attributes)


def at(diagnostic: Diagnostic, token: Token, edit: Edit | None = None) -> Mistake:
    return Mistake(diagnostic, token.start, token.end, edit)


def instead(diagnostic: Diagnostic, token: Token, kind: str, text: str) -> Mistake:
    """A token in place of the one that cannot stand, which is certainly what was meant."""
    new = Token((kind, text, token.start, token.end))
    fix = Fix(((token.start, token.end, text),), is_safe=True)
    return Mistake(diagnostic, token.start, token.end, Edit((new,), ahead=1), fix)


# No token at all


def unreadable(t: ErrorContext) -> Mistake | None:
    token = t.token
    if token.kind != BAD:
        return None
    if token.text[0] in "0123456789":
        return at(BadNumber(token.text[:40]), token)
    known = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
    place = next((n for n, one in enumerate(token.text) if one not in known), 0)
    start = token.start + place
    return Mistake(UnexpectedCharacter(token.text[place]), start, start + 1)


def number_without_zero(t: ErrorContext) -> Mistake | None:
    is_apart = t.before.end < t.token.start or t.before.kind != "NAME"
    if (
        t.token.kind == "DOT"
        and t.next.kind == "INTEGER"
        and t.next.start == t.token.end
        and is_apart
        and t.can("DECIMAL")
    ):
        number = Token(("DECIMAL", f"0.{t.next.text}", t.token.start, t.next.end))
        fix = Fix(((t.token.start, t.token.start, "0"),), is_safe=True)
        edit = Edit((number,), ahead=2)
        return Mistake(BadNumber(f".{t.next.text}"), t.token.start, t.next.end, edit, fix)
    return None


# Imports and headings of definitions


def python_import(t: ErrorContext) -> Mistake | None:
    if t.in_body:
        return None
    if t.heading.kind == "FROM" and t.starts_statement:
        return at(BadImport("the names come first, then `from` and the file"), t.token)
    if t.heading.kind != "IMPORT":
        return None
    token = t.token
    if token.kind == "AS":
        return at(BadImport("blocks keep their names; there is no `as`"), token)
    if token.kind == "STRING" and t.before.kind == "IMPORT":
        return at(BadImport("the names of its blocks are missing"), token)
    if t.before.kind == "FROM":
        return at(BadImport("the path stands in quotes"), token if token.text.strip() else t.before)
    if token.kind == "STRING":
        return at(BadImport("`from` is missing before the path"), token)
    if token.kind in STATEMENT_ENDS:
        return at(BadImport("it does not say from which file"), t.before)
    if token.kind == "NAME" and t.goes_on("COMMA"):
        edit = Edit((made("COMMA", ",", token.start),))
        return at(MissingComma(t.before.text, token.text), token, edit)
    return at(BadImport(f"`{shortened(token.text)}` has no place in it"), token)


def foreign_definition(t: ErrorContext) -> Mistake | None:
    word = t.token.text
    if t.in_body or not t.starts_statement or word not in FOREIGN_DEFINITIONS:
        return None
    if t.next.kind != "NAME":
        return None
    kind = FOREIGN_DEFINITIONS[word]
    advice = f"write `{kind} {t.next.text}(...) {{ ... }}`"
    new = Token((kind.upper(), kind, t.token.start, t.token.end))
    return at(ForeignWord(word, advice), t.token, Edit((new,), ahead=1))


def misspelt_definition(t: ErrorContext) -> Mistake | None:
    if t.in_body or not t.starts_statement or t.token.kind != "NAME":
        return None
    keyword = keyword_near(t.token.text, ("model", "block", "import"))
    if keyword is None or t.next.kind not in ("NAME", "LBRACE", "LPAR"):
        return None
    return instead(MisspeltKeyword(t.token.text, keyword), t.token, keyword.upper(), keyword)


def outside(t: ErrorContext) -> Mistake | None:
    if t.in_body or not t.starts_statement:
        return None
    is_statement = t.token.kind in ("INPUT", "OUTPUT", "EXPECT", "LET", "STAGE", "FOR", "IF")
    is_chain = t.token.kind == "NAME" and t.next.kind in ("LPAR", "ARROW", "LBRACE")
    if is_statement or is_chain:
        return at(OutsideDefinition(t.piece_after()), t.token)
    return None


def missing_name(t: ErrorContext) -> Mistake | None:
    before = t.before
    if before.kind in ("MODEL", "BLOCK", "STAGE") and t.token.kind in ("LBRACE", "LPAR"):
        number = len(t.repairer.findings)
        name = made("NAME", f"unnamed{number or ''}", before.end)
        return at(MissingName(before.text), before, Edit((name,)))
    return None


def square_brackets(t: ErrorContext) -> Mistake | None:
    if t.token.kind != "LSQB" or t.before.kind != "NAME" or not t.can("LPAR"):
        return None
    what = "parameters" if t.in_parameters else "arguments"
    new = Token(("LPAR", "(", t.token.start, t.token.end))
    return at(WrongBrackets(what, "["), t.token, Edit((new,), ahead=1, unmatched=")"))


def type_of_parameter(t: ErrorContext) -> Mistake | None:
    if t.token.kind != "COLON" or not t.in_parameters or t.bracket is None:
        return None
    if t.next.kind == "NAME" and t.next.text in TYPES:
        pending = t.repairer.remaining
        behind = pending[-3] if len(pending) > 2 else t.token
        advice = f"write `{t.before.text} = ...`; parameters have defaults, not types"
        end = t.next.end if behind.kind in ("EQUAL", "COMMA", "RPAR") else t.token.end
        return Mistake(ForeignWord(t.text(t.token.start, end), advice), t.token.start, end,
                       Edit((), ahead=2))  # fmt: skip
    return instead(ColonForEquals(t.before.text, "a parameter"), t.token, "EQUAL", " =")


# Braces


def colon_for_braces(t: ErrorContext) -> Mistake | None:
    if t.token.kind != "COLON" or not t.can("LBRACE") or t.can("ARROW"):
        return None
    heading = t.text(t.first.start, t.before.end).split(" in ")[0].split("(")[0]
    diagnostic = ColonForBraces(shortened(heading))
    if t.next.kind == "LBRACE":
        return at(diagnostic, t.token, Edit((), ahead=1))
    if t.next.kind in STATEMENT_ENDS:
        return at(diagnostic, t.token)
    new = Token(("LBRACE", "{", t.token.start, t.token.end))
    return at(diagnostic, t.token, Edit((new,), ahead=1, before_line_end="}"))


def missing_brace(t: ErrorContext) -> Mistake | None:
    if not t.can("LBRACE") or t.can("ARROW"):
        return None
    heading = t.text(t.first.start, t.before.end)
    diagnostic = MissingBrace(heading if len(heading) <= 40 else t.first.text)
    start, end = t.first.start, t.before.end
    if t.token.kind == NEWLINE:
        is_below = t.next.kind == "LBRACE"
        return Mistake(diagnostic, start, end, Edit((), ahead=1) if is_below else None)
    if t.token.kind not in ("NAME", "IF", "FOR", "STAGE", "RBRACE"):
        return None
    brace = made("LBRACE", "{", t.before.end)
    if t.token.kind == "RBRACE" or not t.goes_on("LBRACE"):
        return None
    return Mistake(diagnostic, start, end, Edit((brace,), before_line_end="}"))


def nested_definition(t: ErrorContext) -> Mistake | None:
    if t.in_body and t.before.kind == "IMPORT" and t.token.kind in ("NAME", "STRING"):
        return at(BadImport("it stands inside of a definition"), t.before)
    if t.in_body and t.before.kind in ("BLOCK", "MODEL") and t.token.kind == "NAME":
        hint = "definitions stand side by side: close the one before with `}`"
        found = f"`{t.before.text} {t.token.text}`"
        diagnostic = Unexpected(found, "inside of another definition", hint)
        return Mistake(diagnostic, t.before.start, t.token.end)
    return None


# Arrows


def doubled_arrow(t: ErrorContext) -> Mistake | None:
    if t.token.kind == "ARROW" and t.before.kind == "ARROW":
        return at(StrayArrow("doubled"), t.token, Edit((), ahead=1))
    return None


def first_arrow(t: ErrorContext) -> Mistake | None:
    if t.token.kind != "ARROW":
        return None
    if t.bracket is None and t.heading.kind == "INPUT" and t.can(NEWLINE):
        return at(StrayArrow("first"), t.token, Edit((made(NEWLINE, "", t.token.start),), ahead=1))
    if t.before.kind in ("LBRACE", NEWLINE, "EQUAL", "LPAR") and t.can("NAME"):
        return at(StrayArrow("first"), t.token, Edit((), ahead=1))
    return None


def last_arrow(t: ErrorContext) -> Mistake | None:
    if t.before.kind == "ARROW" and t.token.kind in (*STATEMENT_ENDS, "RPAR", "COLON", "AS"):
        nothing = made("NAME", "identity", t.before.end)
        edit = Edit((nothing,)) if t.token.kind in (*STATEMENT_ENDS, "RPAR") else None
        return at(StrayArrow("last"), t.before, edit)
    statements = ("LET", "INPUT", "OUTPUT", "EXPECT")
    if t.earlier.kind == "ARROW" and t.before.kind in statements:
        tokens = (made(NEWLINE, "", t.earlier.end), t.before)
        return at(StrayArrow("last"), t.earlier, Edit(tokens, back=2))
    return None


def arrow_in_arguments(t: ErrorContext) -> Mistake | None:
    if t.token.kind == "ARROW" and t.in_arguments and t.can("RPAR"):
        closer = made("RPAR", ")", t.before.end)
        return at(ArrowInBrackets(t.owner.text), t.token, Edit((closer,), unmatched=""))
    return None


# Equals signs and colons


def equals_for_comparison(t: ErrorContext) -> Mistake | None:
    compares = t.bracket is None and (t.heading.kind == "EXPECT" or t.first.kind == "IF")
    if t.token.kind == "EQUAL" and compares and t.can("COMPARE"):
        return instead(WrongEquals("="), t.token, "COMPARE", "==")
    if t.token.text == "==" and t.can("EQUAL"):
        return instead(WrongEquals("=="), t.token, "EQUAL", "=")
    return None


def foreign_in_arguments(t: ErrorContext) -> Mistake | None:
    """`lambda x: ...` and its like, before their colon is taken for a slip."""
    words = [one for one in t.statement[-3:] if one.text in FOREIGN]
    if words and t.bracket is not None:
        return at(ForeignWord(words[-1].text, FOREIGN[words[-1].text]), words[-1])
    return None


def colon_for_equals(t: ErrorContext) -> Mistake | None:
    if t.token.kind != "COLON" or t.before.kind not in ("NAME", "STRING") or not t.can("EQUAL"):
        return None
    kind = "a side chain" if t.heading.kind == "LET" and t.bracket is None else "an attribute"
    text = " =" if kind == "a side chain" else "="
    mistake = instead(ColonForEquals(t.before.text, kind), t.token, "EQUAL", text)
    if mistake.fix is None or not t.in_arguments:
        return mistake
    end = t.next.start if t.next.start - t.token.end <= 1 else t.token.end
    fix = Fix(((t.before.end, end, "="),), is_safe=True)
    return Mistake(mistake.diagnostic, mistake.start, mistake.end, mistake.edit, fix)


def assignment(t: ErrorContext) -> Mistake | None:
    if t.token.kind == "EQUAL" and len(t.statement) == 1 and t.before.kind == "NAME":
        let = made("LET", "let", t.before.start)
        equal = Token(("EQUAL", "=", t.token.start, t.token.end))
        edit = Edit((let, t.before, equal), back=1, ahead=1)
        return Mistake(Assignment(t.before.text), t.before.start, t.token.end, edit)
    return None


def missing_equals(t: ErrorContext) -> Mistake | None:
    if t.before.kind != "NAME" or t.token.kind not in VALUES or not t.goes_on("EQUAL"):
        return None
    is_attribute = t.in_arguments and t.before.text in ATTRIBUTES
    is_name = t.earlier.kind in ("LPAR", "COMMA") or t.earlier.kind == "LET"
    if not is_name or not (is_attribute or t.earlier.kind == "LET" or t.token.kind in LITERALS):
        return None
    edit = Edit((made("EQUAL", "=", t.token.start),))
    diagnostic = MissingEquals(t.before.text, t.piece_after())
    return Mistake(diagnostic, t.before.start, t.token.end, edit)


# Statements


def missing_in(t: ErrorContext) -> Mistake | None:
    if t.first.kind != "FOR" or t.before.kind != "NAME" or not t.can("IN"):
        return None
    word = Token(("IN", "in", t.token.start, t.token.end))
    if t.token.kind in ("EQUAL", "COLON") or t.token.text in ("of", "from", "inn", "at"):
        return at(MissingIn(f"`{t.token.text}`"), t.token, Edit((word,), ahead=1))
    if t.goes_on("IN"):
        return at(MissingIn("none"), t.token, Edit((made("IN", "in", t.token.start),)))
    return at(MissingIn("none"), t.before)


def sign_after_word(t: ErrorContext) -> Mistake | None:
    """`input = 224x224x3` and `output: main`."""
    words = ("INPUT", "OUTPUT", "EXPECT")
    if len(t.statement) == 1 and t.before.kind in words and t.token.kind in ("COLON", "EQUAL"):
        word = t.before.text
        hint = f"write `{word} ` and what follows, without a `{t.token.text}`"
        fix = Fix(((t.before.end, t.token.end, ""),), is_safe=True)
        diagnostic = Unexpected(f"`{t.token.text}`", f"after `{word}`", hint)
        return Mistake(diagnostic, t.token.start, t.token.end, Edit((), ahead=1), fix)
    return None


def size_in_pieces(t: ErrorContext) -> Mistake | None:
    """`input 224, 224, 3` and `: 28*28*6`."""
    if t.bracket is not None or t.token.kind not in ("COMMA", "STAR") or t.before.kind != "INTEGER":
        return None
    if t.earlier.kind not in ("INPUT", "COLON"):
        return None
    tokens = [t.before]
    pending = t.repairer.remaining
    ahead = 0
    while len(tokens) < 3 and ahead + 1 < len(pending):
        separator, number = pending[-1 - ahead], pending[-2 - ahead]
        if separator.kind != t.token.kind or number.kind != "INTEGER":
            break
        tokens.append(number)
        ahead += 2
    if len(tokens) < 2:
        return None
    start, end = tokens[0].start, tokens[-1].end
    size = "x".join(token.text for token in tokens)
    edit = Edit((Token(("SIZE", size, start, end)),), ahead=ahead, back=1)
    fix = Fix(((start, end, size),), is_safe=True)
    return Mistake(SizeInPieces(t.text(start, end), size), start, end, edit, fix)


def foreign_word(t: ErrorContext) -> Mistake | None:
    """A statement of another language: `return x`, `while ...`, `def f(x)`."""
    if t.token.text in FOREIGN and t.token.kind == "NAME":
        return at(ForeignWord(t.token.text, FOREIGN[t.token.text]), t.token)
    if len(t.statement) <= 2 and t.statement and t.heading.text in FOREIGN:
        return at(ForeignWord(t.heading.text, FOREIGN[t.heading.text]), t.heading)
    return None


def misspelt_statement(t: ErrorContext) -> Mistake | None:
    """`staeg conv1 {`: the word before is no layer, as nothing follows one like this."""
    if not t.in_body or t.before.kind != "NAME" or len(t.statement) != 1:
        return None
    if t.token.kind not in (*VALUES, "LPAR", "LSQB", "NOT", "IF"):
        return None
    words = ("input", "output", "expect", "let", "for", "if", "stage")
    keyword = keyword_near(t.before.text, words)
    if keyword is None:
        return None
    word = Token((keyword.upper(), keyword, t.before.start, t.before.end))
    fix = Fix(((t.before.start, t.before.end, keyword),), is_safe=True)
    diagnostic = MisspeltKeyword(t.before.text, keyword)
    return Mistake(diagnostic, t.before.start, t.before.end, Edit((word,), back=1), fix)


def missing_colon(t: ErrorContext) -> Mistake | None:
    if t.token.kind == "SIZE" and t.token.text.count("x") == 2 and t.goes_on("COLON"):
        edit = Edit((made("COLON", ":", t.token.start),))
        return at(MissingColon(t.token.text), t.token, edit)
    return None


def missing_brackets(t: ErrorContext) -> Mistake | None:
    is_layer = t.before.kind == "NAME" and t.can("ARROW") and t.can("LPAR")
    if is_layer and t.token.kind in LITERALS:
        rest = shortened(t.rest_of_line())
        return Mistake(MissingBrackets(t.before.text, rest), t.before.start, t.token.end)
    return None


# Commas


def doubled_comma(t: ErrorContext) -> Mistake | None:
    if t.token.kind == "COMMA" and t.before.kind in ("COMMA", "LPAR", "LSQB", "OUTPUT"):
        return at(DoubledComma(), t.token, Edit((), ahead=1))
    if t.before.kind == "COMMA" and t.token.kind in STATEMENT_ENDS:
        return at(DoubledComma(), t.before)
    return None


def comma_for_arrow(t: ErrorContext) -> Mistake | None:
    if t.token.kind == "COMMA" and t.can("ARROW"):
        if t.bracket is None and t.merge is not None and t.can(NEWLINE):
            hint = f"each path of `{t.merge.text}` stands on its own line, without a comma"
            line = Token((NEWLINE, "", t.token.start, t.token.end))
            return at(Unexpected("`,`", "between paths", hint), t.token, Edit((line,), ahead=1))
        hint = "layers are joined with `->`; a merge of named values is written `add(a, b)`"
        arrow = Token(("ARROW", "->", t.token.start, t.token.end))
        return at(Unexpected("`,`", "between layers", hint), t.token, Edit((arrow,), ahead=1))
    return None


def missing_arrow(t: ErrorContext) -> Mistake | None:
    if t.token.kind not in (*VALUES, "FOR", "IF", "STAGE", "LPAR") or not t.goes_on("ARROW"):
        return None
    if t.token.kind == "LPAR" and t.before.kind == "RPAR":
        return None
    arrow = made("ARROW", "->", t.token.start)
    diagnostic = MissingArrow(t.piece_before(), t.piece_after())
    return at(diagnostic, t.token, Edit((arrow,)))


def missing_comma(t: ErrorContext) -> Mistake | None:
    if t.bracket is None and t.heading.kind not in ("OUTPUT", "FOR", "IMPORT"):
        return None
    if t.token.kind not in (*VALUES, "LPAR", "LSQB", "NOT") or not t.goes_on("COMMA"):
        return None
    comma = made("COMMA", ",", t.token.start)
    return at(MissingComma(t.piece_before(), t.piece_after()), t.token, Edit((comma,)))


# What remains


def call_of_call(t: ErrorContext) -> Mistake | None:
    if t.token.kind == "LPAR" and t.before.kind == "RPAR" and t.can("ARROW"):
        hint = "layers are joined with `->`; they are not called on each other"
        return at(Unexpected("`(`", f"after `{t.piece_before()}`", hint), t.token)
    return None


def name_with_dot(t: ErrorContext) -> Mistake | None:
    if t.token.kind == "DOT" and t.before.kind == "NAME":
        hint = "layers and blocks have plain names, such as `conv` or `max_pool`"
        name = t.text(t.before.start, t.next.end) if t.next.kind == "NAME" else t.before.text
        end = t.next.end if t.next.kind == "NAME" else t.token.end
        return Mistake(Unexpected(f"`{shortened(name)}`", "", hint), t.before.start, end)
    return None


def anything(t: ErrorContext) -> Mistake:
    token = t.token
    place, hint = place_of(t)
    if token.kind == "$END":
        return Mistake(Unexpected("end of the file", place, hint), token.start, token.end)
    if token.kind == NEWLINE:
        return Mistake(Unexpected("end of the line", place, hint), token.start, token.start)
    if token.kind == "STRING":
        hint = "names and words take no quotes; only an import's path is a string"
        return at(Unexpected("a string", place, hint), token)
    if token.start == token.end and (token.kind in OPENING or token.kind in CLOSERS):
        return at(Unexpected("end", place, hint), t.before)
    return at(Unexpected(f"`{shortened(token.text)}`", place, hint), token)


RULES: tuple[Rule, ...] = (
    unreadable,
    number_without_zero,
    python_import,
    foreign_definition,
    misspelt_definition,
    outside,
    missing_name,
    square_brackets,
    type_of_parameter,
    doubled_arrow,
    first_arrow,
    last_arrow,
    arrow_in_arguments,
    nested_definition,
    foreign_in_arguments,
    foreign_word,
    equals_for_comparison,
    colon_for_equals,
    assignment,
    missing_equals,
    missing_in,
    size_in_pieces,
    misspelt_statement,
    sign_after_word,
    doubled_comma,
    unfinished,
    colon_for_braces,
    missing_brace,
    missing_colon,
    missing_brackets,
    comma_for_arrow,
    missing_arrow,
    missing_comma,
    call_of_call,
    name_with_dot,
    anything,
)
