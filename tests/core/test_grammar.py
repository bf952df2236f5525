"""The tables are those of the grammar, and the parser agrees with Lark's own on what can stand."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Lark
from lark import Token as LarkToken

import cnndsl
from cnndsl.syntax.actions import ExpressionTooDeep
from cnndsl.syntax.grammar import parser_tables
from cnndsl.syntax.lexer import SyntaxFailure, Token, tokenize
from cnndsl.syntax.parser import parse
from cnndsl.syntax.recovery.exploration import beginning
from cnndsl.syntax.tables import KEYWORDS
from cnndsl.text import Source

PACKAGE = Path(cnndsl.__file__).parent
ZOO = Path(__file__).parents[2] / "specs" / "cnndsl_zoo"


@pytest.mark.parametrize("seed", ["1", "2"])
def test_a_table_does_not_depend_on_the_order_of_sets(seed: str) -> None:
    program = "from cnndsl.syntax import grammar as g; print(g.parser_tables())"
    environment = {
        **os.environ,
        "PYTHONHASHSEED": seed,
        "PYTHONPATH": os.pathsep.join(one for one in sys.path if one),
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{parser_tables()}\n"


def accepts(text: str) -> bool:
    try:
        parse(Source("text", text))
    except (SyntaxFailure, ExpressionTooDeep):
        return False
    return True


LARK = Lark((PACKAGE / "syntax" / "grammar.lark").read_text(), parser="lalr", lexer="basic")
TERMINALS = ("LET_VALUE", "GAP", *(one.name for one in LARK.terminals))
ALL = [Token((one, "", 0, 0)) for one in ("$END", *TERMINALS)]


def lark_accepts(text: str) -> bool:
    """What Lark's own parser says, and recovery with it, token by token."""
    parser, position = LARK.parse_interactive(""), beginning()
    try:
        for number, token in enumerate(tokenize(Source("text", text))):
            kinds = [token.kind] + ["NAME"] * (token.text in KEYWORDS)
            known = parser.accepts()
            if number % 16 == 0:
                assert {one.kind for one in ALL if position.after(one) is not None} == known
            kind = next((one for one in kinds if one in known), None)
            following = position.after(token)
            assert (following is None) == (kind is None)
            if kind is None or following is None:
                return False
            parser.feed_token(LarkToken(kind, token.text))
            position = following
    except SyntaxFailure:
        return False
    return True


@pytest.mark.parametrize("path", sorted(ZOO.rglob("*.cnn")), ids=lambda path: path.stem)
def test_both_accept_the_zoo(path: Path) -> None:
    assert accepts(path.read_text())
    assert lark_accepts(path.read_text())


WORDS = st.sampled_from(
    "model block stage input output expect let for in if else as import from and or not true none "
    "conv relu x 3 3x3 3x3x3 0.5 4G ( ) [ ] { } -> , : = == < + - * / // % . \n # \" '".split(" ")
)


@settings(max_examples=400, deadline=None)
@given(st.lists(WORDS, max_size=25))
def test_both_judge_any_text_alike(words: list[str]) -> None:
    text = " ".join(words)
    assert accepts(text) == lark_accepts(text)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_both_judge_damaged_specs_alike(data: st.DataObject) -> None:
    text = (ZOO / "lenet5.cnn").read_text()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 12)))
    text = text[:start] + " ".join(data.draw(st.lists(WORDS, max_size=3))) + text[end:]
    assert accepts(text) == lark_accepts(text)
