"""A text that has mistakes, as tokens: what is no token becomes one, where its meaning is plain.

Each habit of another language or of typography is reported once and replaced by what the language
writes. What has no plain meaning becomes a token of the kind `BAD`, which fits nowhere.
"""

from __future__ import annotations

import re
from functools import cached_property

from ...diagnostics import habits as errors
from ...diagnostics.base import Finding, Fix
from ...diagnostics.syntax import UnexpectedCharacter
from ...ops.index import WORDS
from ...ops.vocabulary import alike, answer
from ...text import Location, Source
from .. import tables
from ..lexer import WORD, Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...diagnostics.base import Diagnostic

BAD = "BAD"
NEWLINE = "_NEWLINE"

SIZE_IN_PIECES = re.compile(
    r"[0-9][0-9_]*(?:[ \t]*[xX\N{MULTIPLICATION SIGN}][ \t]*[0-9][0-9_]*){1,2}(?![\w.])"
)
DEFINING = re.compile(r"\b(?:model|block|import)\b[^\n]*")
LINE_SEPARATORS = "\x0b\x85\u2028\u2029"
MARKS = re.compile(r"[^\s\w#()\[\]{},.:=+*/%<>!\"'-]+")
REST_IS_TEXT = re.compile(r"//[^\S\n]*(?:[^\n]*[A-Za-z']+[^\S\n]+[A-Za-z'][^\n]*|$)", re.MULTILINE)

SYMBOLS = tuple(
    (re.compile(pattern), wanted)
    for pattern, wanted in (
        (r"={1,2}>|-{2,8}>|->>|>>|~>|\|>|-[ \t]{1,8}>|[→⟶➔➜⇒]|[–—−]>", "->"),
        (r"&&", "and"),
        (r"\|\|", "or"),
        (r"!(?!=)", "not"),
        (r"===", "=="),
        (r"<>|≠", "!="),
        (r"≤", "<="),
        (r"≥", ">="),
        (r":=", "="),
        (r"[×·]", "*"),
        (r"÷", "/"),
        (r"[–—−]", "-"),
    )
)
"""Symbols of others, and how the language writes what they mean."""

COMPARISONS = ("==", "!=", "<=", ">=")
FOREIGN_STARTS = frozenset("=->~|→⟶➔➜⇒–—−&!<≠≤≥:×·÷")


def made(text: str, start: int, end: int | None = None) -> Token:
    """A token that is not in the text: a symbol, a keyword, a name, or a newline if empty."""
    kinds = {"": NEWLINE, **dict.fromkeys(COMPARISONS, "COMPARE")}
    kind = kinds.get(text) or tables.OPERATORS.get(text) or tables.KEYWORDS.get(text, "NAME")
    return Token((kind, text, start, start if end is None else end))


class Reader:
    """Reads a range of a source. `tokens` has every newline; nothing is judged by its place."""

    def __init__(
        self,
        source: Source,
        start: int = 0,
        end: int | None = None,
        left_out: tuple[tuple[int, int], ...] = (),
    ) -> None:
        self.left_out = dict(left_out)
        self.source = source
        self.start = start
        self.text = source.text[:end]
        self.tokens: list[Token] = []
        self.findings: list[Finding] = []
        self.in_recipe = False
        """Whether the innermost braces are a recipe's, which takes texts."""
        self.match_token = re.compile(tables.TOKEN).match

    def read(self) -> list[Token]:
        position, length = self.start, len(self.text)
        while position < length:
            behind = self.left_out.get(position, position)
            position = self.step(position) if behind == position else behind
        self.tokens.append(Token(("$END", "", length, length)))
        return self.tokens

    def report(self, diagnostic: Diagnostic, start: int, end: int, new: str | None = None) -> None:
        """Report a mistake; `new` is what certainly belongs in its place."""
        fix = None if new is None else Fix(((start, end, new),), is_safe=True)
        self.findings.append(Finding(diagnostic, Location(self.source, start, end), fix=fix))

    def add(self, kind: str, text: str, start: int, end: int) -> int:
        if kind in ("LBRACE", "RBRACE"):
            heading = [one.kind for one in self.tokens[-4:]]
            self.in_recipe = kind == "LBRACE" and "RECIPE" in heading
        self.tokens.append(Token((kind, text, start, end)))
        return end

    @property
    def starts_line(self) -> bool:
        return not self.tokens or self.tokens[-1].kind == NEWLINE

    def step(self, position: int) -> int:
        """Read one token, or skip what is none; the position behind it."""
        text = self.text
        character = text[position]
        if character in "0123456789":
            size = SIZE_IN_PIECES.match(text, position)
            if size is not None:
                return self.size(size)
        elif character in FOREIGN_STARTS:
            for pattern, wanted in SYMBOLS:
                found = pattern.match(text, position)
                if found is not None:
                    return self.symbol(found, wanted)
        elif character == "/" and text.startswith(("//", "/*"), position):
            end = self.comment(position)
            if end is not None:
                return end
        elif character in "\"'" and text.startswith(character * 3, position):
            return self.documentation(position, character * 3)
        match = self.match_token(text, position)
        if match is None:
            return self.unreadable(position)
        kind, end = str(match.lastgroup), match.end()
        if kind in ("SPACE", "COMMENT"):
            return end
        word = match.group()
        if kind == "STRING":
            return self.string(word, position, end)
        if kind == "NAME":
            return self.name(word, position, end)
        if kind == "OPERATOR":
            kind = tables.OPERATORS[word]
        return self.add(kind, word, position, end)

    def name(self, word: str, start: int, end: int) -> int:
        if word in ("elif", "elseif", "elsif"):
            advice = "write `else if`"
            self.report(errors.ForeignWord(word, advice), start, end, "else if")
            self.add("ELSE", "else", start, start)
            return self.add("IF", "if", start, end)
        kind = tables.KEYWORDS.get(word, "NAME")
        if self.tokens and self.tokens[-1].kind == BAD and self.tokens[-1].end == start:
            before = self.tokens.pop()
            return self.add(BAD, before.text + word, before.start, end)
        return self.add(kind, word, start, end)

    def size(self, match: re.Match[str]) -> int:
        """A size in pieces; `2 x 8` among arguments may as well be a product."""
        found, start, end = match.group(), match.start(), match.end()
        size = "x".join(re.findall(r"[0-9_]+", found))
        if size != found:
            is_shape = size.count("x") == 2 or not self.in_values()
            self.report(errors.SizeInPieces(found, size), start, end, size if is_shape else None)
        return self.add("SIZE", size, start, end)

    def symbol(self, match: re.Match[str], wanted: str) -> int:
        found, start, end = match.group(), match.start(), match.end()
        if found == "=>" and self.compares():
            wanted = ">="
        after = " " if wanted.isalpha() and not self.text[end : end + 1].isspace() else ""
        is_doubtful = (wanted == "->" and self.in_values()) or found == "·"
        new = None if is_doubtful else wanted + after
        self.report(errors.ForeignSymbol(found, wanted), start, end, new)
        self.tokens.append(made(wanted, start, end))
        return end

    def in_values(self) -> bool:
        """Whether the innermost bracket holds arguments, parameters or a list, or a budget does."""
        depth = 0
        for place in range(len(self.tokens) - 1, -1, -1):
            kind = self.tokens[place].kind
            depth += (kind in ("RPAR", "RSQB")) - (kind in ("LPAR", "LSQB"))
            if depth < 0:
                return kind == "LSQB" or (place > 0 and self.tokens[place - 1].kind == "NAME")
            if kind in (NEWLINE, "LBRACE", "RBRACE") and depth == 0:
                return False
            if kind in ("IF", "EXPECT", "FOR", "STAR") and depth == 0:
                return True
        return False

    def compares(self) -> bool:
        """Whether the line so far is a condition."""
        for token in reversed(self.tokens):
            if token.kind in ("EXPECT", "IF"):
                return True
            if token.kind in (NEWLINE, "LBRACE"):
                return False
        return False

    def comment(self, start: int) -> int | None:
        """Skip `/* */`, and `//` where words follow and no number could; the end of it."""
        text = self.text
        if text.startswith("/*", start):
            end = text.find("*/", start)
            end = len(text) if end < 0 else end + 2
            self.report(errors.ForeignComment("/*"), start, start + 2)
            return end
        if not self.starts_line and (self.in_values() or not REST_IS_TEXT.match(text, start)):
            return None
        end = text.find("\n", start)
        self.report(errors.ForeignComment("//"), start, start + 2, "#")
        return len(text) if end < 0 else end

    def documentation(self, start: int, quotes: str) -> int:
        end = self.text.find(quotes, start + 3)
        self.report(errors.ForeignComment(quotes), start, start + 3)
        return len(self.text) if end < 0 else end + 3

    def string(self, word: str, start: int, end: int) -> int:
        inner = word[1:-1]
        is_path = self.in_recipe or (self.tokens and self.tokens[-1].kind == "FROM")
        match = None if is_path else self.match_token(inner)
        if match is None or match.end() < len(inner) or not inner[:1].isalnum():
            return self.add("STRING", word, start, end)
        kind = str(match.lastgroup)
        if kind == "NAME":
            kind = tables.KEYWORDS.get(inner, kind)
        word = alike(inner, tuple(WORDS)) or inner
        names = self.tokens and self.tokens[-1].kind in ("AS", "STAGE", "MODEL", "BLOCK", "LET")
        is_certain = names or kind != "NAME" or word in WORDS
        op = None if is_certain or not self.in_values() else answer(inner)
        advice = None if op is None else self.layer_advice(op[0])
        self.report(errors.QuotedWord(inner, advice), start, end, word if is_certain else None)
        within = int(not is_certain and advice is None)  # the word is judged apart from its quotes
        self.add(kind, inner if names else word, start + within, end - within)
        return end

    @cached_property
    def definitions(self) -> set[str]:
        """The words on lines that define or import, blocks among them, which may take layers."""
        return set(re.findall(r"\w+", "\n".join(DEFINING.findall(self.source.text))))

    def layer_advice(self, op: str) -> str | None:
        """What to write for a layer in quotes as an argument of another one."""
        depth = 0
        for place in range(len(self.tokens) - 1, 0, -1):
            kind = self.tokens[place].kind
            depth += (kind == "LPAR") - (kind == "RPAR")
            if depth > 0:
                owner = self.tokens[place - 1].text
                takes_layers = owner in self.definitions
                return None if takes_layers else f"a layer is no argument: write `-> {op}` behind"
        return None

    def unreadable(self, position: int) -> int:
        text = self.text
        character = text[position]
        if character == ";":
            is_last = (
                not text[position + 1 : position + 100].lstrip(" \t").strip(";")[:1].strip("\n")
            )
            self.report(errors.Semicolon(), position, position + 1, "" if is_last else None)
            return self.add(NEWLINE, "\n", position, position + 1)
        if character in LINE_SEPARATORS:
            self.report(UnexpectedCharacter(character), position, position + 1, "\n")
            return self.add(NEWLINE, "\n", position, position + 1)
        if not character.isprintable():
            return self.invisible(position)
        word = re.compile(WORD).match(text, position) or MARKS.match(text, position)
        end = word.end() if word else position + 1
        start = position
        if (
            self.tokens
            and self.tokens[-1].end == position
            and self.tokens[-1].kind in ("NAME", BAD)
        ):
            start = self.tokens.pop().start
        return self.add(BAD, text[start:end], start, end)

    def invisible(self, position: int) -> int:
        """Skip characters that nobody sees; they are reported once."""
        text, end = self.text, position + 1
        while end < len(text) and not text[end].isprintable() and text[end] not in "\n\r\t":
            end += 1
        joins = text[position - 1 : position].isalnum() and text[end : end + 1].isalnum()
        new = " " if text[position].isspace() else None if joins else ""
        self.report(UnexpectedCharacter(text[position]), position, end, new)
        return end
