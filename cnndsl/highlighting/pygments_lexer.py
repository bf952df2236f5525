"""The lexer that Pygments finds by its entry point. Nothing else imports this module."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from pygments.lexer import Lexer
from pygments.token import (
    Comment,
    Error,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Whitespace,
)

from ..syntax import tables
from . import vocabulary
from .places import CHAINS, CHOICE, GIVEN, NAMED, SETTING, VALUE, Reader, Word

UNREADABLE = re.compile(r"\d\w*|.", re.DOTALL)
BEFORE_EQUALS = re.compile(r"\s*=(?!=)")
BEFORE_BRACKET = re.compile(r"[ \t]*\(")
LINE_ENDS = re.compile(r"#[^\n]*|[^#]+")
OF_KINDS = {
    "SIZE": Number,
    "DECIMAL": Number.Float,
    "INTEGER": Number.Integer,
    "STRING": String,
    "COMPARE": Operator,
}
OF_KEYWORDS = {
    **dict.fromkeys(vocabulary.DEFINITIONS, Keyword.Declaration),
    **dict.fromkeys(vocabulary.IMPORTS, Keyword.Namespace),
    **dict.fromkeys(vocabulary.OPERATORS, Operator.Word),
    **dict.fromkeys(vocabulary.CONSTANTS, Keyword.Constant),
}
OF_DEFINED = {**dict.fromkeys(vocabulary.DEFINITIONS, Name.Class), "stage": Name.Namespace}


class CnnLexer(Lexer):
    """Specs of convolutional networks and recipes of their training."""

    name = "cnndsl"
    aliases: ClassVar[list[str]] = ["cnn", "cnndsl"]
    filenames: ClassVar[list[str]] = ["*.cnn"]
    mimetypes: ClassVar[list[str]] = ["text/x-cnn"]

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, Any, str]]:
        match_token = re.compile(tables.TOKEN).match
        reader = Reader()
        position = 0
        while position < len(text):
            match = match_token(text, position)
            if match is None:
                match = UNREADABLE.match(text, position)
                found = [] if match is None else [(position, Error, match.group())]
            else:
                found = list(_read(reader, match))
            yield from found
            position += sum(len(part) for _, _, part in found)


def _read(reader: Reader, match: re.Match[str]) -> Iterator[tuple[int, Any, str]]:
    """The tokens of Pygments in one of the language."""
    start, kind, text = match.start(), match.lastgroup, match.group()
    if kind == "NAME":
        word = reader.word(text, BEFORE_EQUALS.match(match.string, match.end()) is not None)
        yield start, _of_word(word, match), text
    elif kind == "COMMENT":
        yield start, Comment.Single, text
    elif kind == "SPACE":
        yield start, Whitespace, text
    elif kind == "_NEWLINE":
        reader.line_end()
        for part in LINE_ENDS.finditer(text):
            is_comment = part.group().startswith("#")
            yield start + part.start(), Comment.Single if is_comment else Whitespace, part.group()
    else:
        reader.symbol(text)
        is_mark = text in "()[]{},:"
        yield start, OF_KINDS.get(str(kind), Punctuation if is_mark else Operator), text


def _of_word(word: Word, match: re.Match[str]) -> Any:
    text, behind = match.string, match.end()
    if word.is_keyword:
        return OF_KEYWORDS.get(word.text, Keyword)
    if word.place == NAMED:
        return OF_DEFINED.get(word.opener, Name.Variable)
    if word.place == SETTING:
        return Keyword.Pseudo
    if BEFORE_EQUALS.match(text, behind) and word.place == VALUE:
        return Name.Attribute
    if word.place == CHOICE:
        return Name.Builtin if word.text in vocabulary.CHOICES else Name
    is_called = BEFORE_BRACKET.match(text, behind) is not None
    if word.statement == "pixels" and word.text in vocabulary.PIXELS:
        return Name.Constant
    is_link = word.place in CHAINS or word.before == "="
    if is_called and word.place in (VALUE, GIVEN) and word.text in vocabulary.FUNCTIONS:
        return Name.Builtin.Pseudo
    if (is_link or is_called) and word.text in vocabulary.OPS:
        return Name.Builtin
    return Name.Function if is_called else _of_value(word)


def _of_value(word: Word) -> Any:
    """What a name is that is not called."""
    if word.place not in CHAINS and word.text in vocabulary.WORDS:
        return Name.Constant
    is_fact = word.statement == "expect" and word.text in vocabulary.FACTS
    return Name.Variable.Magic if is_fact else Name
