"""The parser agrees with Lark's own."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Lark, Token
from lark.exceptions import LarkError

import cnndsl
from cnndsl.syntax import tables
from cnndsl.syntax.actions import ExpressionTooDeep
from cnndsl.syntax.parser import SyntaxFailure, parse, tokenize
from cnndsl.text import Source

PACKAGE = Path(cnndsl.__file__).parent
ZOO = Path(__file__).parents[2] / "specs" / "cnndsl_zoo"


@pytest.fixture(scope="module")
def lark() -> Lark:
    return Lark((PACKAGE / "syntax/grammar.lark").read_text(), parser="lalr", lexer="basic")


def accepts(text: str) -> bool:
    try:
        parse(Source("text", text))
    except (SyntaxFailure, ExpressionTooDeep):
        return False
    return True


def lark_accepts(lark: Lark, text: str) -> bool:
    try:
        interactive = lark.parse_interactive("")
        for token in tokenize(Source("text", text)):
            if token.kind == "$END":
                interactive.feed_eof()
                return True
            kind = token.kind
            if token.text in tables.KEYWORDS and kind not in interactive.choices():
                kind = "NAME"
            interactive.feed_token(Token(kind, token.text))
    except (LarkError, SyntaxFailure):
        return False
    return False


@pytest.mark.parametrize("path", sorted(ZOO.rglob("*.cnn")), ids=lambda path: path.stem)
def test_both_accept_the_zoo(lark: Lark, path: Path) -> None:
    assert accepts(path.read_text())
    assert lark_accepts(lark, path.read_text())


WORDS = st.sampled_from(
    "model block stage input output expect let for in if else as import from and or not true none "
    "conv relu x 3 3x3 3x3x3 0.5 4G ( ) [ ] { } -> , : = == < + - * / // % . \n # \" '".split(" ")
)


@settings(max_examples=400, deadline=None)
@given(st.lists(WORDS, max_size=25))
def test_both_judge_any_text_alike(lark: Lark, words: list[str]) -> None:
    text = " ".join(words)
    assert accepts(text) == lark_accepts(lark, text)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_both_judge_damaged_specs_alike(lark: Lark, data: st.DataObject) -> None:
    text = (ZOO / "lenet5.cnn").read_text()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 12)))
    text = text[:start] + " ".join(data.draw(st.lists(WORDS, max_size=3))) + text[end:]
    assert accepts(text) == lark_accepts(lark, text)
