"""Random specs with all of the language's control flow: the live model is the network."""

from __future__ import annotations

from random import Random

import literal_formulas
import pytest
from cnndsl_keras import live
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from intricate_specs import intricate_spec
from keras_models import TOLERANCE, built, difference
from model_shapes import shapes_in
from spec_text import findings_of, network_of

from cnndsl.ir.network import Network

MOST_LAYERS, MOST_MACS, MOST_VALUES, LARGEST_OUTPUT = 120, 10**8, 10**6, 1e30


def network_in(text: str) -> Network | None:
    """The spec's network, unless it does not check or is too large for a test."""
    if findings_of(text):
        return None
    network = network_of(text)
    if network.cost.layers > MOST_LAYERS or network.cost.macs > MOST_MACS:
        return None
    layers = network.layers
    large = max(layer.shape.elements for layer in layers) > MOST_VALUES
    return None if large or not all_read(network) else network


def all_read(network: Network) -> bool:
    """Whether every layer leads to an output: Keras leaves others out of the model."""
    read = {index for _, index in network.outputs}
    for layer in reversed(network.layers):
        if layer.index in read:
            read |= set(layer.inputs)
    return len({one for one in read if one >= 0}) == len(network.layers)


def assert_faithful(text: str) -> bool:
    """Whether the spec could be tried; the live model then has its paths, shapes and values.

    In 64 bits: a norm of channels that hardly differ makes much of the rounding of 32.
    """
    network = network_in(text)
    if network is None:
        return False
    model = built(network, "float64")
    expected = {layer.path: layer.shape.dims for layer in network.layers}
    assert dict(shapes_in("keras", model, network)) == expected
    assert model.count_params() == network.cost.params
    images = literal_formulas.random_images(network)
    weights = literal_formulas.random_weights(network)
    values = literal_formulas.evaluate(network, weights, images)
    for value, output in zip(values, live.predict(model, images), strict=True):
        if abs(value).max() < LARGEST_OUTPUT:  # products of products leave 32 bits
            assert difference(value, output) < 10 * TOLERANCE
    return True


@settings(
    max_examples=3,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(st.randoms(use_true_random=False))
def test_random_specs(random: Random) -> None:
    assume(assert_faithful(intricate_spec(random)))


@pytest.mark.slow
def test_numbered_specs() -> None:
    assert sum(assert_faithful(intricate_spec(Random(seed))) for seed in range(40)) > 12


@pytest.mark.parametrize(
    "first",
    [pytest.param(first, marks=pytest.mark.long) for first in range(1000, 3000, 250)],
)
def test_many_numbered_specs(first: int) -> None:
    for seed in range(first, first + 250):
        assert_faithful(intricate_spec(Random(seed)))


CASES = {
    "a name for the input of a path": (
        "relu -> add { identity as a -> conv(2, 1x1)\n tanh -> conv(2, 1x1) }\n concat(a, main)"
    ),
    "a let that is the main line": "relu\n let q = identity\n tanh -> concat(q, main)",
    "a let that is the input": "let q = identity\n relu -> concat(q, main)",
    "a repeated stage": "stage s { conv(in.channels + 1, 1x1) -> relu } * 3",
    "a repeat reads the outer input": "relu -> (conv(in.channels * 2, 1x1)) * 3",
    "a loop reads its own input": "for k in [1, 2] { relu -> conv(in.channels * k, 1x1) }",
    "branches of different lengths": (
        "for k in [1, 2] { if k == 1 { relu * 2 } else { tanh * 3 }\n sigmoid }\n relu"
    ),
    "names in a stage": "stage s { relu as a -> tanh -> conv(2, 1x1) as b -> relu }",
    "names among counted children": (
        "stage s { relu as a -> relu * 2 -> tanh as b -> sigmoid }\n relu"
    ),
    "a loop after other children": "stage s { relu\n for k in [1, 2] { conv(k, 1x1) -> tanh }\n relu }",  # noqa: E501  # one spec, one line
    "loops of several kinds": (
        "for k in [1, 2] { conv(k, 1x1) }\n for k in [0.5, 0.25] { dropout(k) }\n"
        "for k in [1x1, 1x3] { conv(2, k, pad=same) }\n for k in range(2, 4) { conv(k, 1x1) }"
    ),
    "a merge in a loop": (
        "for k in [1, 2] { concat { conv(k, 1x1)\n identity\n relu -> tanh } -> conv(3, 1x1) }"
    ),
    "merges within merges": (
        "concat { add { relu\n tanh } -> conv(1, 1x1)\n concat { identity\n sigmoid }\n identity }"
    ),
    "padding after the shape was read": "conv(in.height, 3x3, stride=in.width - 3, pad=(1, 1, 0, 2))",  # noqa: E501  # one spec, one line
}


@pytest.mark.parametrize("body", CASES.values(), ids=CASES.keys())
def test_cases(body: str) -> None:
    assert assert_faithful(f"model net {{ input 5x4x2\n {body}\n}}\n")


BLOCKS = {
    "a loop that one instance does not enter": (
        "block b(n) { if n == 0 { relu * n -> tanh } else { conv(n, 1x1) * n } }",
        "b(0) -> b(2) -> b(0)",
    ),
    "no instance enters the loop": ("block b(n) { relu\n tanh * n\n sigmoid }", "b(0) -> b(0)"),
    "a default before what has none": (
        "block b(stride = 1, filters) { conv(filters, 1x1, stride) }",
        "b(filters=3) -> b(1, 2)",
    ),
    "a default made of a parameter": (
        "block b(f, g = 2 * f) { conv(f, 1x1) -> conv(g, 1x1) }\n"
        "block c(k) { for i in [1, 2] { b(i * k) } }",
        "c(1) -> c(2) -> b(3, 1)",
    ),
    "words, sizes and seeds": (
        "block b(mode, size = 3x3, seed = none) { conv(2, size, pad=mode, seed=seed) -> relu }",
        "b(same) -> b(same, 1x3, 4) -> b(valid, 1)",
    ),
    "a size that is compared": (
        "block b(k) { if k == 3x3 { relu } else { tanh }\n if k == 1 { relu } }",
        "b(3x3) -> b(3) -> b(1x3) -> b(1)",
    ),
    "flags and nothing": (
        "block b(flag, seed = none) { if flag == true { relu }\n if seed != none { tanh }\n"
        "if not (flag == false) and seed == none { sigmoid } }",
        "b(true) -> b(false, 2) -> b(true, 3) -> b(false) -> relu",
    ),
    "lists": (
        "block b(widths) { for w in widths + [1] { conv(w, 1x1) }\n"
        "if widths == [1, 2] { relu } else { tanh }\n conv(max(widths), 1x1) * len(widths) }",
        "b([1, 2]) -> b([3]) -> b(range(1, 3))",
    ),
}


@pytest.mark.parametrize(("block", "body"), BLOCKS.values(), ids=BLOCKS.keys())
def test_blocks(block: str, body: str) -> None:
    assert assert_faithful(f"{block}\nmodel net {{ input 5x4x2\n {body}\n}}\n")
