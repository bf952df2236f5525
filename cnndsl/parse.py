"""Text to syntax tree: the lexer, and the driver of the LALR(1) tables."""

from __future__ import annotations

import re

from . import tables
from .build import BUILDERS
from .diagnostics.base import Finding
from .diagnostics.syntax import (
    BadNumber,
    Mismatched,
    NestedTooDeeply,
    Unclosed,
    UnexpectedCharacter,
    UnexpectedToken,
)
from .sources import Location, Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .diagnostics.base import Diagnostic
    from .syntax import File

DEEPEST_BRACKETS = 100
DEEPEST_STACK = 1000

CLOSING = {"(": ")", "[": "]", "{": "}"}
CONTINUES = re.compile(r"[ \t\f]*(?:->|else\b)")
WORD = re.compile(r"\w+")


class SyntaxFailure(Exception):
    """The text is not a spec; carries the findings that say why."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__(*(finding.diagnostic.message for finding in findings))
        self.findings = findings


class Token:
    """A word, number or symbol of the text."""

    __slots__ = ("end", "kind", "start", "text")

    def __init__(self, kind: str, text: str, start: int, end: int) -> None:
        self.kind, self.text, self.start, self.end = kind, text, start, end


class Spliced(list["Any"]):
    """The children of a repetition, on their way into the parent's list."""


def parse(source: Source) -> File:
    """The syntax tree of a source. Raises `SyntaxFailure`."""
    return _drive(source, tokenize(source))


def tokenize(source: Source) -> Iterator[Token]:
    """All tokens, newlines included where they end a statement, and an end mark."""
    text = source.text
    match_token = re.compile(tables.TOKEN).match
    keywords, operators = tables.KEYWORDS, tables.OPERATORS
    opened: list[Token] = []
    last = ""
    position, length = 0, len(text)
    while position < length:
        match = match_token(text, position)
        if match is None:
            raise _unreadable(source, position)
        kind, end = match.lastgroup, match.end()
        if kind == "SPACE" or kind == "COMMENT":
            position = end
            continue
        word = text[position:end]
        if kind == "NAME":
            kind = keywords.get(word, "NAME")
        elif kind == "OPERATOR":
            kind = operators[word]
            if word in CLOSING:
                opened.append(Token(kind, word, position, end))
                if len(opened) > DEEPEST_BRACKETS:
                    _fail(source, position, end, NestedTooDeeply(DEEPEST_BRACKETS))
            elif word in ")]}":
                if not opened or CLOSING[opened[-1].text] != word:
                    wanted = opened[-1].text if opened else None
                    _fail(source, position, end, Mismatched(word, wanted))
                opened.pop()
        elif kind == "_NEWLINE" and (
            (opened and opened[-1].text != "{")
            or last == "ARROW"
            or CONTINUES.match(text, end)
        ):
            position = end
            continue
        last = str(kind)
        yield Token(last, word, position, end)
        position = end
    if opened:
        _fail(source, opened[-1].start, opened[-1].end, Unclosed(opened[-1].text))
    yield Token("$END", "", length, length)


def _drive(source: Source, tokens: Iterator[Token]) -> File:
    states, rules = tables.STATES, tables.RULES
    builders = [BUILDERS[rule[2]] if rule[2] not in (None, "+") else rule[2] for rule in rules]
    stack = [0]
    values: list[Any] = []
    starts: list[int] = []
    ends: list[int] = []
    before: Token | None = None
    for token in tokens:
        kind = token.kind
        while True:
            row = states[stack[-1]]
            action = row.get(kind)
            if action is None:
                if stack[-1] == tables.END and kind == "$END":
                    break
                if token.text in tables.KEYWORDS and "NAME" in row:
                    kind = "NAME"
                    continue
                raise SyntaxFailure(_unexpected(source, token, before))
            if action >= 0:
                stack.append(action)
                values.append(token)
                starts.append(token.start)
                ends.append(token.end)
                break
            name, length, _builder, kept, spliced = rules[-1 - action]
            builder = builders[-1 - action]
            if builder is None and length == 1:
                stack[-1] = states[stack[-2]][name]
                continue
            if length:
                children = values[-length:]
                start, end = starts[-length], ends[-1]
                del values[-length:], starts[-length:], ends[-length:], stack[-length:]
            else:
                children, start, end = [], token.start, token.start
            if builder == "+":
                value: Any = _splice(children, kept, spliced)
            else:
                picked = _pick(children, kept, spliced)
                value = picked[0] if builder is None else builder(source, picked, start, end)
            values.append(value)
            starts.append(start)
            ends.append(end)
            stack.append(states[stack[-1]][name])
        before = token
        if len(stack) > DEEPEST_STACK:
            _fail(source, token.start, token.end, NestedTooDeeply(DEEPEST_BRACKETS))
    result: File = values[0]
    return result


def _pick(children: list[Any], kept: tuple[int, ...], spliced: tuple[int, ...]) -> list[Any]:
    if not spliced:
        return [children[index] if index >= 0 else None for index in kept]
    picked: list[Any] = []
    for place, index in enumerate(kept):
        if place in spliced:
            picked += children[index]
        else:
            picked.append(children[index] if index >= 0 else None)
    return picked


def _splice(children: list[Any], kept: tuple[int, ...], spliced: tuple[int, ...]) -> Spliced:
    """A repetition's list. Growing the first child in place keeps long lists linear."""
    if 0 in spliced:
        grown: Spliced = children[kept[0]]
        grown += _pick(children, kept[1:], tuple(place - 1 for place in spliced if place))
        return grown
    return Spliced(_pick(children, kept, spliced))


def _fail(source: Source, start: int, end: int, diagnostic: Diagnostic) -> None:
    raise SyntaxFailure(Finding(diagnostic, Location(source, start, end)))


def _unreadable(source: Source, position: int) -> SyntaxFailure:
    character = source.text[position]
    word = WORD.match(source.text, position)
    if word and character.isdigit() and character.isascii():
        location = Location(source, position, word.end())
        return SyntaxFailure(Finding(BadNumber(word.group()[:40]), location))
    location = Location(source, position, position + 1)
    return SyntaxFailure(Finding(UnexpectedCharacter(character), location))


def _unexpected(source: Source, token: Token, before: Token | None) -> Finding:
    location = Location(source, token.start, token.end)
    found = f"`{token.text[:40]}`"
    hint: str | None = None
    if token.kind == "$END":
        found = "end of the file"
    elif token.kind == "_NEWLINE":
        found = "end of the line"
        location = Location(source, token.start, token.start)
    elif token.kind == "STRING":
        hint = "names and words take no quotes; only an import's path is a string"
    if before is not None and token.text == ":" and before.kind == "NAME":
        hint = f"give an attribute its value with `=`: `{before.text} = ...`"
    elif token.kind == "NAME" and before is not None and before.kind in ("NAME", "RPAR", "RBRACE"):
        hint = "put `->` between layers, or start a new line"
    elif before is not None and before.kind == "ARROW":
        hint = "an arrow is followed by a layer, a block or a merge"
    return Finding(UnexpectedToken(found, hint), location)
