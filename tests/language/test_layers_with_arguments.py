"""Layers given with arguments of their own: values like any, and the network is the same."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from samples import LAYERS, drawn
from spec_text import codes_of, in_model, network_of, table_of

from cnndsl.backend import find_backend
from cnndsl.format.document import formatted
from cnndsl.ops.base import Op
from cnndsl.project.parameters import parse_value
from cnndsl.text import Source
from cnndsl.values import LayerValue, key_of, write

BLOCKS = """\
block plain(filters, act = leaky_relu(0.1)) { conv(filters, 1x1) -> act }
block twice(filters, unit = plain(act=elu(0.5)), act = relu) { unit(filters) -> act }
block again(filters, layer = clip(0, 6), other = layer) { plain(filters, other) -> layer }
block nested(filters, unit) { twice(filters, unit(act=tanh)) }
block rest(unit) { unit(kernel=3x3) }
"""
WRITTEN_OUT = [
    ("plain(6)", "conv(6, 1x1) -> leaky_relu(0.1)"),
    ("plain(6, clip(0, 6))", "conv(6, 1x1) -> clip(0, 6)"),
    ("plain(6, act=prelu(slope=0.1))", "conv(6, 1x1) -> prelu(0.1)"),
    ("plain(6, group_norm(2))", "conv(6, 1x1) -> group_norm(2)"),
    ("plain(6, dropout(0.5))", "conv(6, 1x1) -> dropout(0.5)"),
    ("twice(6)", "conv(6, 1x1) -> elu(0.5) -> relu"),
    ("twice(6, plain, threshold(1, 0))", "conv(6, 1x1) -> leaky_relu(0.1) -> threshold(1, 0)"),
    ("twice(6, plain(act=identity))", "conv(6, 1x1) -> relu"),
    ("twice(6, conv(kernel=3x3, pad=same))", "conv(6, 3x3, pad=same) -> relu"),
    ("again(5, elu(0.2))", "conv(5, 1x1) -> elu(0.2) -> elu(0.2)"),
    ("nested(5, plain)", "conv(5, 1x1) -> tanh -> relu"),
    ("rest(conv(4))", "conv(4, 3x3)"),
    ("rest(conv(pad=1, filters=4))", "conv(4, 3x3, pad=1)"),
    ("plain(4, layer)", "conv(4, 1x1) -> leaky_relu(0.2)"),
    ("plain(4, tanh if layer == leaky_relu(slope=0.2) else layer)", "conv(4, 1x1) -> tanh"),
    ("plain(4, elu(1 / 4.0) if layer == leaky_relu else layer)", "conv(4, 1x1) -> leaky_relu(0.2)"),
    ("for n, act in [(2, elu(0.5)), (3, relu)] { plain(n, act) }",
     "conv(2, 1x1) -> elu(0.5) -> conv(3, 1x1) -> relu"),
    ("for n in [1, 2] { plain(n, elu(n / 4.0)) }",
     "conv(1, 1x1) -> elu(0.25) -> conv(2, 1x1) -> elu(0.5)"),
    ("for act in [elu(k / 4.0) for k in [1, 2]] { act }", "elu(0.25) -> elu(0.5)"),
    ("let act = elu(0.5)\n    plain(3, act) -> act", "conv(3, 1x1) -> elu(0.5) -> elu(0.5)"),
    ("let act = elu if in.channels > 9 else clip(high=6, low=0)\n    plain(3, act)",
     "conv(3, 1x1) -> clip(0, 6)"),
    ("let rows = [(2, elu(0.5)), (3, relu)]\n    for n, act in rows { plain(n, act) }",
     "conv(2, 1x1) -> elu(0.5) -> conv(3, 1x1) -> relu"),
    ("let act = elu(0.5)\n    act -> conv(3, 1x1)", "elu(0.5) -> conv(3, 1x1)"),
    ("let act = elu(0.5)\n    add(act, main)", "let act = elu(0.5)\n    add(act, main)"),
]  # fmt: skip


def facts(text: str, **values: Any) -> list[str]:
    """Each layer without its path."""
    return [line.split(" ", 1)[1] for line in table_of(network_of(text, **values))]


def spec_with(line: str) -> str:
    parameters = "(layer = leaky_relu(0.2))" if "layer" in line else ""
    return BLOCKS + in_model(line, parameters=parameters)


@pytest.mark.parametrize(("line", "meaning"), WRITTEN_OUT)
def test_it_is_the_network_with_the_layers_written_out(line: str, meaning: str) -> None:
    text = spec_with(line)
    found, wanted = network_of(text), network_of(in_model(meaning))
    assert [view.op for view in found.layers] == [view.op for view in wanted.layers]
    assert [view.shape for view in found.layers] == [view.shape for view in wanted.layers]
    styled = formatted(Source("spec.cnn", text))
    assert formatted(Source("spec.cnn", styled)) == styled


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["keras", "torch", "numpy"])
def test_it_can_be_emitted(backend: str) -> None:
    for line, _ in WRITTEN_OUT:
        assert find_backend(backend).emit(network_of(spec_with(line))).text


@pytest.mark.parametrize("op", LAYERS, ids=lambda op: op.name)
def test_any_op_can_be_given(op: type[Op]) -> None:
    """What a value is written as is that value, and its layer is the one that is written so."""
    check(op, 1)


@pytest.mark.slow
@pytest.mark.parametrize("op", LAYERS, ids=lambda op: op.name)
def test_any_op_can_be_given_in_many_ways(op: type[Op]) -> None:
    check(op, 6)


def check(op: type[Op], count: int) -> None:
    for seed in range(count):
        call = drawn(op, Random(f"{op.name} {seed}"))
        value = parse_value(call.text)
        assert isinstance(value, LayerValue)
        assert parse_value(write(value)) == value
        assert write(parse_value(write(value))) == write(value)
        given = dict(value.arguments)
        assert op(**given) == call.op
        text = "block unit(layer) { layer }\n" + in_model(f"unit({call.text})")
        direct = in_model(call.text)
        if codes_of(direct):
            assert codes_of(text)[0] == codes_of(direct)[0]
        else:
            assert facts(text) == facts(direct)


@pytest.mark.parametrize(
    ("one", "other", "are_equal"),
    [
        ("leaky_relu(0.1)", "leaky_relu(slope=0.1)", True),
        ("leaky_relu(1)", "leaky_relu(1.0)", True),
        ("clip(0, 6)", "clip(high=6, low=0)", True),
        ("leaky_relu()", "leaky_relu", True),
        ("leaky_relu(0.1)", "leaky_relu(0.2)", False),
        ("leaky_relu(0.1)", "leaky_relu", False),
        ("[elu(0.5), relu]", "[elu(0.5), relu]", True),
        ("conv(pad=1)", "conv(pad=same)", False),
    ],
)
def test_equality(one: str, other: str, are_equal: bool) -> None:
    values = parse_value(one), parse_value(other)
    assert (values[0] == values[1]) is (key_of(values[0]) == key_of(values[1])) is are_equal
    assert not are_equal or hash(values[0]) == hash(values[1])


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("leaky_relu(0.10)", "leaky_relu(0.1)"),
        ("clip( high=6,low=0 )", "clip(low=0, high=6)"),
        ("clip(0, high=6)", "clip(0, high=6)"),
        ("conv(8, 3, pad=(0, 1, 0, 1))", "conv(8, 3x3, pad=(0, 1, 0, 1))"),
        ("relu()", "relu"),
    ],
)
def test_how_it_is_written(value: str, written: str) -> None:
    assert write(parse_value(value)) == written


def test_numbers_of_blocks_are_told_apart() -> None:
    """A block can do otherwise for 1 and 1.0, so that they are two instances."""
    text = "block unit(n) { conv(2 if n == 1 else n, 1x1) }\nblock run(part) { part }\n"
    network = network_of(text + in_model("run(unit(1)) -> run(unit(3)) -> run(unit(1))"))
    assert [view.op.filters for view in network.layers] == [2, 3, 2]


def test_settings() -> None:
    text = in_model("    conv(4, 1x1) -> act", parameters="(act = relu)")
    value = parse_value("elu(0.5)")
    assert network_of(text, act=value).layers[-1].op.alpha == 0.5


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("plain(4, leaky_relu(slop=0.1))", ["CNN202"]),
        ("plain(4, leaky_relu(0.1, 0.2))", ["CNN403"]),
        ("plain(4, leaky_relu(slope=0.1, 0.2))", ["CNN405"]),
        ("plain(4, leaky_relu(0.1, slope=0.2))", ["CNN404"]),
        ("plain(4, leaky_relu(same))", ["CNN401"]),
        ("plain(4, laeky_relu(0.1))", ["CNN203"]),
        ("plain(4, conv(3))", ["CNN402"]),
        ("plain(4, group_norm(3))", ["CNN307"]),
        ("plain(filters=relu(4))", ["CNN418"]),
        ("plain(4, relu(0.1))", ["CNN403"]),
        ("twice(4, plain(3))", ["CNN404"]),
        ("nested(5, plain(act=relu))", ["CNN404"]),
        ("nested(5, elu)", ["CNN202"]),
        ("for k in [1] { plain(3, k(4)) }", ["CNN401"]),
        ("plain(4, leaky_relu(0.1)(0.2))", ["CNN103"]),
        ("let n = max(a=3)\n    conv(n, 1x1)", ["CNN406"]),
        ("let n = relu(3) + 1\n    conv(n, 1x1)", ["CNN418"]),
        ("conv(3, 1x1, activation=elu(0.5))", ["CNN202"]),
    ],
)
def test_errors(line: str, codes: list[str]) -> None:
    assert codes_of(BLOCKS + in_model(line)) == codes


def test_layers_in_layers_are_bounded() -> None:
    """Each `let` doubles the size of what the next ones hold."""
    lines = ["let a0 = part(relu, relu)"]
    lines += [f"let a{n} = part(a{n - 1}, a{n - 1})" for n in range(1, 40)]
    text = "block part(f, g) { f -> g }\nblock run(f) { f }\n"
    assert codes_of(text + in_model("\n    ".join([*lines, "run(a39)"]))) == ["CNN406"]
