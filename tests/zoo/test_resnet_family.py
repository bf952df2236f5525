"""The residual networks of the zoo, and network in network: parameters, shapes, size.

Parameters are counted as Keras counts them. Those of the ResNets, and of their second version, are
those of keras.applications, whose convolutions have the same biases.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import pytest
import torch
from model_shapes import shapes_in
from shares import mostly_slow

import cnndsl

ZOO = Path(__file__).parents[2] / "specs" / "cnndsl_zoo"


class Facts(NamedTuple):
    """What is known of a network: its parameters, in all and trainable, and conv1 to conv5."""

    params: int
    trainable: int
    stages: tuple[tuple[int, int, int], ...] = ()
    is_large: bool = False


BASIC = ((56, 56, 64), (56, 56, 64), (28, 28, 128), (14, 14, 256), (7, 7, 512))
BOTTLENECK = ((56, 56, 64), (56, 56, 256), (28, 28, 512), (14, 14, 1024), (7, 7, 2048))
SECOND = ((56, 56, 64), (28, 28, 256), (14, 14, 512), (7, 7, 1024), (7, 7, 2048))
SIGNS = ((15, 15, 64), (15, 15, 256), (8, 8, 512), (4, 4, 1024), (2, 2, 2048))

FAMILY = {
    "resnet18": Facts(11_703_912, 11_694_312, BASIC),
    "resnet34": Facts(21_823_208, 21_806_184, BASIC),
    "resnet50": Facts(25_636_712, 25_583_592, BOTTLENECK),
    "resnet101": Facts(44_707_176, 44_601_832, BOTTLENECK, is_large=True),
    "resnet152": Facts(60_419_944, 60_268_520, BOTTLENECK, is_large=True),
    "resnet50v2": Facts(25_613_800, 25_568_360, SECOND),
    "resnet101v2": Facts(44_675_560, 44_577_896, SECOND, is_large=True),
    "resnet152v2": Facts(60_380_648, 60_236_904, SECOND, is_large=True),
    "resnet50_signs": Facts(23_600_006, 23_546_886, SIGNS),
    "resnext50_32x4d": Facts(25_097_128, 25_028_904, BOTTLENECK),
    "resnext101_32x8d": Facts(88_994_216, 88_791_336, BOTTLENECK, is_large=True),
    "network_in_network": Facts(966_986, 966_986),
}

by_name = pytest.mark.parametrize("name", FAMILY)
built_by_name = pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] * facts.is_large)
        for name, facts in FAMILY.items()
    ],
)


@pytest.fixture
def clear_memory() -> Iterator[None]:
    yield
    keras.backend.clear_session()


# The spec


@by_name
def test_parameters(name: str) -> None:
    network = cnndsl.load(name)
    assert network.params == FAMILY[name].params
    assert network.trainable_params == FAMILY[name].trainable


@by_name
def test_shapes_after_the_stages(name: str) -> None:
    last = {layer.path.split(".")[0]: layer.shape.dims for layer in cnndsl.load(name).layers}
    stages = tuple(last[f"conv{number}"] for number in range(1, 6) if f"conv{number}" in last)
    assert stages == FAMILY[name].stages


@by_name
def test_another_number_of_classes(name: str) -> None:
    assert cnndsl.load(name, classes=7).output_shape == (7,)


@pytest.mark.parametrize("depth", [50, 101, 152])
def test_the_layers_of_the_second_version_are_those_of_the_keras_shelf(depth: int) -> None:
    def layers_of(name: str) -> Counter[tuple[str, str, str]]:
        return Counter(
            (layer.op.name, str(layer.input_shapes), str(layer.weights))
            for layer in cnndsl.load(name).layers
            if layer.op.name != "zero_pad"
        )

    assert layers_of(f"resnet{depth}v2") == layers_of(f"keras/resnet{depth}v2")


def test_the_blocks_of_the_course_serve_other_specs() -> None:
    spec = """
import identity_block, convolutional_block from "resnet_course_blocks.cnn"

model small {
    input 16x16x3
    convolutional_block(5, [2, 4, 6], s=1)    : 16x16x6
    identity_block(3, [4, 4, 6]) * 2          : 16x16x6
    convolutional_block(3, [2, 2, 8])         : 8x8x8
}
"""
    network = cnndsl.loads(spec, name=str(ZOO / "small.cnn"))
    # Three convolutions and the shortcut, each with a bias and 4 numbers of a batch normalisation.
    first = (3 + 5) * 2 + (2 * 25 + 5) * 4 + (4 + 5) * 6 + (3 + 5) * 6
    middle = (6 + 5) * 4 + (4 * 9 + 5) * 4 + (4 + 5) * 6
    last = (6 + 5) * 2 + (2 * 9 + 5) * 2 + (2 + 5) * 8 + (6 + 5) * 8
    assert network.params == first + 2 * middle + last


# Built models


@built_by_name
def test_pytorch_has_the_parameters_and_shapes(name: str) -> None:
    network = cnndsl.load(name)
    with torch.device("meta"):
        module = network.build("torch")
    state = module.state_dict()
    counted = [one.numel() for key, one in state.items() if "num_batches_tracked" not in key]
    assert sum(counted) == FAMILY[name].params
    assert sum(one.numel() for one in module.parameters()) == FAMILY[name].trainable
    shapes = shapes_in("torch", module, network.network)
    assert shapes == {
        layer.path: layer.shape.dims for layer in network.layers if not layer.op.merges
    }


@pytest.mark.usefixtures("clear_memory")
@pytest.mark.parametrize("name", mostly_slow(FAMILY, ["resnet18"]))
def test_keras_has_the_parameters_and_shapes(name: str) -> None:
    network = cnndsl.load(name)
    with keras.StatelessScope():  # no memory for weights that are only counted
        model = network.build("keras")
    assert model.count_params() == FAMILY[name].params
    trainable = sum(int(np.prod(one.shape)) for one in model.trainable_weights)
    assert trainable == FAMILY[name].trainable
    shapes = shapes_in("keras", model, network.network)
    assert shapes == {layer.path: layer.shape.dims for layer in network.layers}


# Emitted code


def lines_of_code(text: str) -> int:
    """Lines that are not blank, comment or docstring."""
    docstrings: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            first = node.body[0]
            docstrings |= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return sum(
        bool(line.strip()) and not line.lstrip().startswith("#") and number not in docstrings
        for number, line in enumerate(text.splitlines(), start=1)
    )


@pytest.mark.parametrize("backend", ["torch", "keras"])
def test_emitted_code_is_short_however_deep_the_network(backend: str) -> None:
    shortest = lines_of_code(cnndsl.load("resnet50").emit(backend))
    assert shortest <= 100
    assert lines_of_code(cnndsl.load("resnet101").emit(backend)) == shortest
    assert lines_of_code(cnndsl.load("resnet152").emit(backend)) == shortest


@by_name
@pytest.mark.parametrize("backend", ["torch", "keras"])
def test_emitted_code_has_one_definition_for_each_block(name: str, backend: str) -> None:
    tree = ast.parse(cnndsl.load(name).emit(backend))
    sources = [
        (ast.get_docstring(node) or "").splitlines()[0]
        for node in tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    ]
    blocks = [line for line in sources if line.startswith("Block ")]
    assert len(blocks) == len(set(blocks)) > 0
