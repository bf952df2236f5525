"""Values of parameters from text and from Python."""

from __future__ import annotations

from typing import Any

import pytest

from cnndsl.project.parameters import ParameterError, from_python, parse_settings, parse_value
from cnndsl.values import ListValue, Shape, Size


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("6", 6),
        ("-1", -1),
        ("2 * 3 + 1", 7),
        ("0.5", 0.5),
        ("4.2G", 4_200_000_000),
        ("true", True),
        ("not true", False),
        ("none", None),
        ("same", "same"),
        ("3x3", Size(3, 3)),
        ("224x224x3", Shape((224, 224, 3))),
        ("[64, 128]", ListValue((64, 128))),
        ("(1, 2)", (1, 2)),
        ("[(1, 2), (3, 4)]", ListValue(((1, 2), (3, 4)))),
        ("((((1))))", 1),
        ("max(1, 2)", 2),
        ("1 if true else 2", 1),
        (" 6 ", 6),
        ("6 # six", 6),
        ("[1,\n2]", ListValue((1, 2))),
    ],
)
def test_values(text: str, value: Any) -> None:
    found = parse_value(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the value is empty"),
        ("# six", "a value is missing after `=`"),
        ("1 +", "a value is missing after `+`"),
        ("3x", "`3x` is neither a number nor a size"),
        ("six", "unknown name `six`"),
        ("1,", "`1,` is not one value"),
        ("1, other = 2", "`1, other = 2` is not one value"),
        ("1, other", "`1, other` is not one value"),
        ("1) { } #", "closes nothing"),
        ("1) { relu } block b(x = 1", "closes nothing"),
        ("(1", "is never closed"),
        ("2\n3", "unexpected `3`"),
        ("{ }", "a value is missing"),
        ("1 -> 2", "unexpected `->`"),
        ('"text"', "`text` is in quotes"),
        ("in.height", "cannot read `in`"),
        ("1 / 0", "division by zero"),
        ("7 / 2", "7 / 2 = 3.5 is not an integer"),
        ("10 * " * 5000 + "1", "this value is too long"),
        ("10 * " * 500 + "1", "nested too deeply"),
        ("-" * 900 + "1", "nested too deeply"),
        ("(" * 500, "nested too deeply"),
        ("1 \0", "unexpected character"),
        ("9" * 500 + " * 2", "too large"),
    ],
)
def test_what_is_no_value(text: str, reason: str) -> None:
    with pytest.raises(ParameterError) as error:
        parse_value(text)
    assert reason in error.value.message


def test_settings() -> None:
    assert parse_settings(["a=1", "b = same", "c=2 == 2"]) == {"a": 1, "b": "same", "c": True}
    for wrong in ("a", "=1", "3=1", "a b=1", ""):
        with pytest.raises(ParameterError, match="sets nothing"):
            parse_settings([wrong])
    with pytest.raises(ParameterError, match="gives `a` twice"):
        parse_settings(["a=1", "a=2"])
    with pytest.raises(ParameterError, match="`--set a`: unknown name `foo`"):
        parse_settings(["a=foo"])


def test_from_python() -> None:
    assert from_python({"a": 1, "b": 0.5, "c": True, "d": None, "e": "3x3", "f": Size(1, 7)}) == {
        "a": 1, "b": 0.5, "c": True, "d": None, "e": Size(3, 3), "f": Size(1, 7)
    }  # fmt: skip
    lists = from_python({"a": [1, (2, "same")]})["a"]
    assert lists == ListValue((1, (2, "same")))
    assert isinstance(lists, ListValue)
    with pytest.raises(ParameterError, match="`a`: unknown name `foo`"):
        from_python({"a": "foo"})
    with pytest.raises(ParameterError, match="`a` is nan"):
        from_python({"a": float("nan")})
    with pytest.raises(TypeError, match="`a` is a dict"):
        from_python({"a": {}})
