"""The structure of a text: its definitions and their parts, what folds, what each token is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..record import Record
from ..syntax import tables, tree
from ..syntax.lexer import SyntaxFailure, tokenize
from . import occurrences as kinds
from .analysis import Analysis

COMMENT = re.compile(r"#[^\n]*")
COMMENTS = re.compile(r"(?:^[ \t]*#[^\n]*\n){2,}", re.MULTILINE)
TOKEN_TYPES = (
    "keyword",
    "comment",
    "string",
    "number",
    "operator",
    "function",
    "class",
    "parameter",
    "variable",
    "property",
    "namespace",
    "enumMember",
)
TYPE_OF_KIND = {
    kinds.OP: "function",
    kinds.FUNCTION: "function",
    kinds.BLOCK: "class",
    kinds.MODEL: "class",
    kinds.PIXELS: "class",
    kinds.RECIPE: "class",
    kinds.PARAMETER: "parameter",
    kinds.VARIABLE: "variable",
    kinds.VALUE: "variable",
    kinds.NUMBER: "variable",
    kinds.SHARED: "variable",
    kinds.ATTRIBUTE: "property",
    kinds.SETTING: "property",
    kinds.STAGE: "namespace",
    kinds.WORD: "enumMember",
}
DECLARATION = 1
"""The bit of what gets its meaning here."""


class Symbol(Record):
    """A definition or a part of one: `start` to `end` is all of it, `name_start` its name."""

    name: str
    kind: str
    start: int
    end: int
    name_start: int
    detail: str
    children: tuple[Symbol, ...] = ()


class SemanticToken(Record):
    start: int
    end: int
    type: str
    modifiers: int


def symbols(analysis: Analysis) -> list[Symbol]:
    """The definitions and recipes of a file, with stages and named values in them."""
    found = []
    for template in analysis.module.definitions:
        one = template.definition
        cost = ""
        if one.name in analysis.networks and one.kind == "model":
            cost = f"{analysis.networks[one.name].cost.params:,} parameters"
        parts = tuple(_parts(analysis, one))
        found.append(Symbol(one.name, one.kind, one.start, one.end, one.name_start, cost, parts))
    for recipe in analysis.module.file.recipes:
        name = recipe.name
        found.append(
            Symbol(name.name, kinds.RECIPE, recipe.start, recipe.end, name.start, "recipe")
        )
    return sorted(found, key=lambda one: one.start)


def _parts(analysis: Analysis, definition: tree.Definition) -> Iterator[Symbol]:
    for one in analysis.occurrences:
        inside = definition.start <= one.start < definition.end
        if inside and one.is_definition and one.target.kind in (kinds.STAGE, kinds.VALUE):
            yield Symbol(one.target.name, one.target.kind, one.start, one.end, one.start, "")


def folds(text: str) -> Iterator[tuple[int, int, bool]]:
    """What can be folded: from, to, and whether it is a comment."""
    for match in COMMENTS.finditer(text):
        yield match.start(), match.end() - 1, True
    opened: list[int] = []
    for match in re.finditer(r'#[^\n]*|"[^"\n]*"|[{}]', text):
        if match[0] == "{":
            opened.append(match.start())
        elif match[0] == "}" and opened:
            start = opened.pop()
            if "\n" in text[start : match.start()]:
                yield start, match.start(), False


def semantic_tokens(analysis: Analysis) -> list[SemanticToken]:
    """What each word of the text is, in order."""
    named = {one.start: one for one in analysis.occurrences}
    found = [
        SemanticToken(one.start(), one.end(), "comment", 0)
        for one in COMMENT.finditer(analysis.source.text)
    ]
    try:
        for token in tokenize(analysis.source):
            one = named.get(token.start)
            if one is not None:
                kind = TYPE_OF_KIND[one.target.kind]
                bits = DECLARATION if one.is_definition else 0
                found.append(SemanticToken(one.start, one.end, kind, bits))
            elif token.kind == "STRING":
                found.append(SemanticToken(token.start, token.end, "string", 0))
            elif token.text[:1].isdigit():
                found.append(SemanticToken(token.start, token.end, "number", 0))
            elif token.text in tables.KEYWORDS:
                found.append(SemanticToken(token.start, token.end, "keyword", 0))
    except SyntaxFailure:  # what stands before the mistake is known
        pass
    strings = [(one.start, one.end) for one in found if one.type == "string"]
    found = [
        one
        for one in found
        if one.type != "comment" or not any(a <= one.start < b for a, b in strings)
    ]
    return sorted(found, key=lambda one: one.start)
