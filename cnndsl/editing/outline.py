"""The structure of a text: its definitions and their parts, what folds, what each token is."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from operator import attrgetter

from ..record import Record
from ..syntax import tables
from ..syntax.lexer import SyntaxFailure, Token, tokenize
from . import occurrences as kinds
from .analysis import Analysis
from .occurrences import Occurrence

COMMENT = re.compile(r'"[^"\n]*"|(#[^\n]*)')
"""A comment, or (without a group) a string, in which none begins."""
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
    parts = [
        one
        for one in analysis.occurrences
        if one.is_definition and one.target.kind in (kinds.STAGE, kinds.VALUE)
    ]
    for template in analysis.module.definitions:
        one = template.definition
        cost = ""
        if one.name in analysis.networks and one.kind == "model":
            cost = f"{analysis.networks[one.name].cost.params:,} parameters"
        first, last = (bisect_left(parts, at, key=_start) for at in (one.start, one.end))
        children = tuple(map(_part, parts[first:last]))
        found.append(Symbol(one.name, one.kind, one.start, one.end, one.name_start, cost, children))
    for recipe in analysis.module.file.recipes:
        name = recipe.name
        found.append(
            Symbol(name.name, kinds.RECIPE, recipe.start, recipe.end, name.start, "recipe")
        )
    return sorted(found, key=lambda one: one.start)


def _start(one: Occurrence) -> int:
    return one.start


def _part(one: Occurrence) -> Symbol:
    return Symbol(one.target.name, one.target.kind, one.start, one.end, one.start, "")


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
        if one[1]
    ]
    for token in _tokens(analysis):
        one = named.get(token.start)
        if one is not None:
            kind = TYPE_OF_KIND[one.target.kind]
            bits = DECLARATION if one.is_definition else 0
            found.append(SemanticToken(token.start, token.end, kind, bits))
        elif token.kind == "STRING":
            found.append(SemanticToken(token.start, token.end, "string", 0))
        elif token.text[:1].isdigit():
            found.append(SemanticToken(token.start, token.end, "number", 0))
        elif token.text in tables.KEYWORDS:
            found.append(SemanticToken(token.start, token.end, "keyword", 0))
    return sorted(found, key=attrgetter("start"))


def _tokens(analysis: Analysis) -> Iterator[Token]:
    """The tokens of a text; where there is a mistake, those before it and of what comes behind."""
    place, known = 0, analysis.parts.tokens
    for template in analysis.module.definitions:
        definition = template.definition
        if definition.start < place:  # a guess of recovery, within another one
            continue
        yield from _read(analysis, place, definition.start)
        if template not in known:
            known[template] = list(_in_sections(analysis, definition.start, definition.end))
        yield from known[template]
        place = definition.end
    yield from _read(analysis, place, len(analysis.source.text))


def _in_sections(analysis: Analysis, start: int, end: int) -> Iterator[Token]:
    """The tokens of a definition, of which only the sections that have changed are read."""
    cuts, text = analysis.cuts, analysis.source.text
    known, now = analysis.parts.sections, {}
    inside = cuts[bisect_right(cuts, start) : bisect_left(cuts, end)]
    for first, last in pairwise((start, *inside, end)):
        key = first, text[first:last]
        now[key] = known.get(key) or _read(analysis, first, last)
        yield from now[key]
    analysis.parts.sections = now


def _read(analysis: Analysis, start: int, end: int) -> list[Token]:
    found: list[Token] = []
    with suppress(SyntaxFailure):  # what stands before the mistake is known
        found.extend(tokenize(analysis.source, start, end))
    return found
