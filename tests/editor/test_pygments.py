"""The lexer for Pygments: it keeps every text, and takes for keywords what the parser does."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import EntryPoint

import pytest
from keywords import keywords_of
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.token import Comment, Error, Keyword, Name, Operator, String
from shares import mostly_slow
from styles import ROOT, parsing, written_specs

from cnndsl.editing import occurrences as kinds
from cnndsl.highlighting import places, vocabulary
from cnndsl.highlighting.pygments_lexer import CnnLexer
from cnndsl.project.loading import Loader
from cnndsl.syntax import tables
from cnndsl.text import Source

LEXER = CnnLexer(stripnl=False, ensurenl=False)
ENTRY = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
PARTS = [slice(number, None, 8) for number in range(8)]
RECIPE = """\
recipe digits for lenet5 {
    optimizer adamw(rate=0.002)  # and decay
    freeze "conv5" for 3
    loss cross_entropy for main
}
"""
OF_OCCURRENCES = {
    kinds.ATTRIBUTE: Name.Attribute,
    kinds.FUNCTION: Name.Builtin.Pseudo,
    kinds.SETTING: Keyword.Pseudo,
}


def lexed(text: str) -> list[tuple[int, object, str]]:
    found = list(LEXER.get_tokens_unprocessed(text))
    assert "".join(part for _, _, part in found) == text
    return found


def is_keyword(token: object) -> bool:
    return token is Operator.Word or (token in Keyword and token is not Keyword.Pseudo)


def test_its_entry_point_is_the_lexer() -> None:
    [(name, value)] = ENTRY["pygments.lexers"].items()
    assert EntryPoint(name, value, "pygments.lexers").load() is CnnLexer
    assert name in CnnLexer.aliases


def test_only_pygments_asks_for_it() -> None:
    files = [
        path.name
        for path in (ROOT / "cnndsl").rglob("*.py")
        if re.search(r"^\s*(?:from|import) .*pygments", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert files == ["pygments_lexer.py"]


@pytest.mark.parametrize("part", mostly_slow(PARTS, PARTS[:1]), ids=str)
def test_what_parses_has_the_keywords_of_the_parser(part: slice) -> None:
    texts = list(parsing(written_specs()[part]))
    assert len(texts) > 60
    for text in texts:
        tokens = lexed(text)
        assert [part for _, token, part in tokens if token is Error] == []
        assert {start for start, token, _ in tokens if is_keyword(token)} == keywords_of(text)


@pytest.mark.slow
def test_names_are_what_the_checker_says() -> None:
    """Arguments, functions and settings exactly; an op also where a value has its name."""
    count = 0
    for text in parsing(written_specs()):
        module = Loader().module(Source("", text))
        tokens = {start: token for start, token, _ in lexed(text)}
        for one in [] if module.findings else kinds.occurrences(module):
            token = tokens[one.start]
            wanted = OF_OCCURRENCES.get(one.target.kind)
            assert wanted is None or token is wanted, (one, text)
            is_op = one.target.kind == kinds.OP and token is not Name
            assert not is_op or token is Name.Builtin, (one, text)
            count += is_op
    assert count > 2000


def test_what_does_not_parse_is_kept_as_well() -> None:
    for text in written_specs()[::7]:
        for broken in (text[: len(text) // 2], text.replace("(", "×", 3), text.replace("{", "")):
            lexed(broken)


def test_every_keyword_of_the_grammar_is_one() -> None:
    grammar = set().union(*places.KEYWORDS_AT.values())
    assert grammar == set(tables.KEYWORDS)
    for keyword in tables.KEYWORDS:
        assert any(
            part == keyword and is_keyword(token)
            for before in ("", "a ", "a == ", "model m { ", "output a for ")
            for _, token, part in lexed(before + keyword)
        ), keyword


def test_words_are_sorted_into_groups_once() -> None:
    groups = [
        vocabulary.DEFINITIONS,
        vocabulary.IMPORTS,
        vocabulary.OPERATORS,
        vocabulary.CONTROL,
        vocabulary.CONSTANTS,
        vocabulary.STATEMENTS,
    ]
    assert sorted(word for one in groups for word in one) == sorted(tables.KEYWORDS)


def test_unreadable_characters_are_errors() -> None:
    tokens = lexed('conv(3×3) -> 12px "open')
    assert [part for _, token, part in tokens if token is Error] == ["×", "12px", '"']


def test_recipes_and_comments() -> None:
    tokens = {part: token for _, token, part in lexed(f"relu\n\n  # first\n\n# second\n{RECIPE}")}
    assert tokens["# first"] is tokens["# second"] is Comment.Single
    assert tokens["digits"] is Name.Class
    assert tokens["optimizer"] is tokens["loss"] is Keyword.Pseudo
    assert tokens["adamw"] is tokens["cross_entropy"] is Name.Builtin
    assert tokens["rate"] is Name.Attribute
    assert tokens['"conv5"'] is String
    assert tokens["for"] is Keyword


def test_a_page_shows_it() -> None:
    page = highlight("conv(16, 3x3, pad=same) -> relu", CnnLexer(), HtmlFormatter())
    assert '<span class="nb">conv</span>' in page
    assert '<span class="no">same</span>' in page
