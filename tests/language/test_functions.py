"""The functions and operators of numbers, against exact arithmetic and published code."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spec_text import codes_of, in_model, network_of

from cnndsl.semantics.evaluate import evaluate
from cnndsl.semantics.failures import EvaluationFailed
from cnndsl.syntax import tree
from cnndsl.syntax.parser import parse
from cnndsl.text import Source

INTEGERS = st.integers(-(10**6), 10**6)
DECIMALS = st.floats(-1e6, 1e6, allow_subnormal=False)


def value_of(text: str) -> object:
    file = parse(Source("text", f"block b(x = {text}) {{ relu }}"))
    (parameter,) = file.definitions[0].parameters
    assert parameter.default is not None
    return evaluate(parameter.default, {}, None)


def written(number: float) -> str:
    return f"({number!r})".replace("e+", "e")


@given(INTEGERS | DECIMALS)
def test_rounding(number: float) -> None:
    exact, text = Fraction(number), written(number)
    assert value_of(f"floor{text}") == floor(exact)
    assert value_of(f"ceil{text}") == ceil(exact)
    assert value_of(f"round{text}") == int(Decimal(number).to_integral_value(ROUND_HALF_EVEN))
    assert value_of(f"abs{text}") == max(number, -number)
    for name in ("floor", "ceil", "round"):
        assert type(value_of(f"{name}{text}")) is int


def published(v: float, divisor: int) -> int:
    """`_make_divisible` of the MobileNets' published code."""
    new_v = max(divisor, int(v + divisor / 2) // divisor * divisor)
    if new_v < 0.9 * v:
        new_v += divisor
    return new_v


@given(st.floats(0, 1e4) | st.integers(0, 10**4), st.integers(1, 64))
def test_make_divisible(number: float, divisor: int) -> None:
    found = value_of(f"make_divisible({written(number)}, {divisor})")
    assert found == published(number, divisor)
    assert isinstance(found, int)
    assert found % divisor == 0
    assert found >= 0.9 * number
    assert found - divisor <= number + divisor


@given(st.integers(-9, 9), st.integers(0, 9))
def test_powers_of_integers(base: int, exponent: int) -> None:
    assert value_of(f"({base}) ** {exponent}") == base**exponent
    assert value_of(f"-{abs(base)} ** {exponent}") == -(abs(base) ** exponent)


@given(st.lists(INTEGERS, min_size=1), st.data())
def test_functions_of_lists(numbers: list[int], data: st.DataObject) -> None:
    length = len(numbers)
    others = data.draw(st.lists(INTEGERS, min_size=length, max_size=length))
    one, other = (f"[{', '.join(map(written, each))}]" for each in (numbers, others))
    assert value_of(f"sum({one})") == sum(numbers)
    assert value_of(f"enumerate({one})") == tuple(enumerate(numbers))
    assert value_of(f"zip({one}, {other})") == tuple(zip(numbers, others, strict=True))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 ** 3 ** 2", 512),
        ("-2 ** 2", -4),
        ("2 ** -1.0", 0.5),
        ("2 * 3 ** 2 % 5", 3),
        ("[4, 9][1] ** 0.5", 3.0),
        ("round(2.5)", 2),
        ("round(3.5)", 4),
        ("make_divisible(36)", 40),
        ("make_divisible(3.5)", 8),
        ("make_divisible(10, 8.0)", 16),
        ("sum([])", 0),
        ("enumerate([])", ()),
        ("len(zip([1, 2], (3, 4), [5, 6])[0])", 3),
    ],
)
def test_values(text: str, value: object) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2 ** -1",
            "0.0 ** -1",
            "10 ** 30",
            "10.0 ** 300",
            "(-8) ** 0.5",
            "1e300 ** 2",
            "3x3 ** 2",
        ),
        *("round()", "round(1, 2)", "floor(3x3)", "abs(true)", "ceil([1])"),
        *("sum(1, 2)", "sum([3x3])", "sum(1)", "enumerate(3)", "enumerate([1], 2)"),
        *("zip()", "zip(3)", "zip([1], [1, 2])"),
        *("make_divisible()", "make_divisible(8, 0)", "make_divisible(8, 1.5)"),
        *("make_divisible(1, 2, 3)", "make_divisible(3x3)"),
    ],
)
def test_what_has_no_value(text: str) -> None:
    with pytest.raises(EvaluationFailed):
        value_of(text)
    assert codes_of(f"block b(x = {text}) {{ if x == 1 {{ relu }} }}\n{in_model('b')}") == [
        "CNN406"
    ]


def test_long_lists_of_tuples_are_too_long() -> None:
    numbers = f"range({2**14})"
    assert len(value_of(numbers)) == 2**14  # type: ignore[arg-type]  # it is a list
    with pytest.raises(EvaluationFailed, match="too long"):
        value_of(f"enumerate({numbers})")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        *(("relu", "chain"), ("relu * 2", "chain"), ("conv(4, 1x1)", "chain"), ("early", "chain")),
        *(
            ("part", "chain"),
            ("part(4)", "chain"),
            ("(relu) * n", "chain"),
            ("scale(2.0)", "chain"),
        ),
        *(("n", "number"), ("n * 2", "number"), ("max(n, 2)", "number"), ("same", "number")),
        *(("(n + 1) * 2", "number"), ("scale", "number"), ("scale * 2", "number"), ("n", "number")),
        *(("sizes[0]", "number"), ("-n", "number"), ("not deep", "number"), ("3x3", "number")),
        *(("in.channels", "number"), ("n if deep else 2", "number"), ("none", "number")),
    ],
)
def test_names_tell_numbers_from_chains(value: str, kind: str) -> None:
    """Here `scale`, an op that needs a factor, is a parameter too."""
    rest = " -> relu" if kind == "chain" else ""
    body = f"    relu as early\n    let x = {value}\n    let y = x{rest}"
    parameters = "(n = 2, deep = true, sizes = [1, 2], scale = 3)"
    text = "block part(filters = 4) { conv(filters, 1x1) }\n" + in_model(
        body, parameters=parameters
    )
    statement = parse(Source("text", text)).definitions[1].body.statements[2]
    assert isinstance(statement, tree.LetValue)
    network = network_of(text)
    names = {view.path.split(".")[0] for view in network.layers}
    assert ("x" in names or "y" in names) is (kind == "chain")
