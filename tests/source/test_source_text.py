"""Arbitrary text in rendered source: docstrings, strings and f-strings."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cnndsl.emit import python as s
from cnndsl.emit.python.layout import text_width

THOROUGH = settings(
    deadline=None, derandomize=True, max_examples=60, suppress_health_check=list(HealthCheck)
)
BATCH = 12

WORDS = st.one_of(
    st.sampled_from(["word", "a", "longer_word" * 3, "x" * 100, "    ", "import", "coding: ascii"]),
    st.sampled_from(['"', '"""', '""""', "'''", '\\"', "\\'", "\\", "\\n", "{x}", "#"]),
    st.sampled_from("\t\x00\r\x85\u2028\ud800\u202e\xa0é漢"),
)
NASTY = st.one_of(
    st.text(max_size=60),
    st.lists(st.one_of(WORDS, st.sampled_from([" ", " ", " ", "\n"])), max_size=60).map("".join),
)


def body_docstring(text: str) -> tuple[str, ast.Module]:
    """The docstring in a module with `text` as the docstring of a method, and the module."""
    method = s.FunctionDef("method", ["self"], docstring=text, body=[s.Return(0)])
    tree = ast.parse(s.render([s.ClassDef("Class", docstring="Doc.", body=[method])]))
    owner = tree.body[0]
    assert isinstance(owner, ast.ClassDef)
    function = owner.body[1]
    assert isinstance(function, ast.FunctionDef)
    assert len(function.body) == 2
    statement = function.body[0]
    assert isinstance(statement, ast.Expr)
    value = ast.literal_eval(statement.value)
    assert isinstance(value, str)
    return value, tree


@THOROUGH
@given(st.lists(NASTY, max_size=BATCH))
def test_docstrings_are_formatted(ruff_format: Callable[[str], str], texts: list[str]) -> None:
    for text in texts:
        body_docstring(text)
    functions = [s.FunctionDef("f", docstring=text, body=[s.Return()]) for text in texts]
    methods = [s.FunctionDef("g", ["self"], docstring=text) for text in texts]
    classes = [s.ClassDef("A", docstring=text) for text in texts]
    source = s.render([*functions, s.ClassDef("Class", body=methods), *classes])
    assert ruff_format(source) == source


@THOROUGH
@given(NASTY)
@example('"')
@example('"""')
@example('ends in a quote"')
@example("ends in a backslash\\")
@example('ends in both\\"')
@example('"""\nimport os\n"""')
@example("line\\\ncontinued")
@example("first\n    second\n  third")
def test_docstrings_evaluate_to_their_text(text: str) -> None:
    value, _ = body_docstring(text)
    assert value.split() == text.expandtabs(4).split()


@THOROUGH
@given(st.lists(st.from_regex(r"[!-~]([ -~]{0,70}[!-~])?", fullmatch=True), min_size=1))
def test_docstrings_of_short_lines_are_kept_as_they_are(lines: list[str]) -> None:
    text = "\n".join(lines)
    value, _ = body_docstring(text)
    assert inspect.cleandoc(value) == text


@THOROUGH
@given(NASTY)
def test_docstrings_are_wrapped_at_spaces(text: str) -> None:
    function = s.FunctionDef("method", ["self"], docstring=text)
    for line in s.render([s.ClassDef("Class", body=[function])]).split("\n"):
        assert text_width(line) <= 88 or " " not in line.strip()


@THOROUGH
@given(st.lists(NASTY, min_size=1, max_size=BATCH))
def test_strings_are_formatted_and_evaluate_to_their_text(
    ruff_format: Callable[[str], str], texts: list[str]
) -> None:
    source = s.render([s.Assign("x", s.List([s.string(text) for text in texts]))])
    assert ruff_format(source) == source
    assert ast.literal_eval(source.removeprefix("x = ")) == texts


@THOROUGH
@given(st.lists(st.lists(st.one_of(NASTY, st.just(s.name("x"))), max_size=4), max_size=BATCH))
def test_f_strings_are_formatted_and_evaluate_to_their_text(
    ruff_format: Callable[[str], str], all_parts: list[list[str | s.Expression]]
) -> None:
    source = s.render([s.Assign("y", s.List([s.FString(*parts) for parts in all_parts]))])
    assert ruff_format(source) == source
    scope: dict[str, object] = {"x": "{value}"}
    exec(source, scope)  # noqa: S102
    assert scope["y"] == [
        "".join([part if isinstance(part, str) else "{value}" for part in parts])
        for parts in all_parts
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (s.FString("block", "1", s.name("i"), ".conv"), 'f"block1{i}.conv"'),
        (s.FString(s.Index("x", s.string("a"))), "f\"{x['a']}\""),
        (s.FString('say "', s.Index("x", s.string("a")), '"'), 'f\'say "{x["a"]}"\''),
        (s.FString(s.Binary("i", "+", 1)), 'f"{i + 1}"'),
        (s.FString(s.Dict()), 'f"{ {} }"'),
        (s.FString("{}", "x"), 'f"{{}}x"'),
        (s.string('a "b"'), "'a \"b\"'"),
        (s.string("it's"), '"it\'s"'),
        (s.string("\\\n\t\x7f"), '"\\\\\\n\\t\\x7f"'),
    ],
)
def test_literals(ruff_format: Callable[[str], str], value: s.Expression, text: str) -> None:
    assert str(value) == text
    assert ruff_format(f"x = {text}\n") == f"x = {text}\n"


def test_a_hole_takes_no_string_that_cannot_stand_there() -> None:
    for text in ("'", '"', "\n", "\\"):
        with pytest.raises(ValueError, match="no such string"):
            s.FString(s.Call("f", [s.string(text)]))
