"""Random specs with all of the language's control flow: the live module is the network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random

import literal_formulas
import pytest
from cnndsl_torch import live
from cnndsl_torch.backend import BACKEND
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from intricate_specs import intricate_spec
from spec_text import findings_of, network_of
from torch_emission import assert_counts, assert_shapes

from cnndsl.ir.network import Network

MOST_LAYERS, MOST_MACS, MOST_VALUES, LARGEST_OUTPUT = 120, 10**8, 10**6, 1e30
TOLERANCE = 1e-4


def network_in(text: str) -> Network | None:
    """The spec's network, unless it does not check or is too large for a test."""
    if findings_of(text):
        return None
    network = network_of(text)
    if network.cost.layers > MOST_LAYERS or network.cost.macs > MOST_MACS:
        return None
    large = max(layer.shape.elements for layer in network.layers) > MOST_VALUES
    return None if large else network


def assert_faithful(text: str) -> bool:
    """Whether the spec could be tried; the live module then has its paths, shapes and values.

    In 64 bits: a norm of channels that hardly differ makes much of the rounding of 32.
    """
    network = network_in(text)
    if network is None:
        return False
    model = BACKEND.build(network, "float64")
    weights = literal_formulas.random_weights(network)
    live.load_weights(model, network, weights)
    assert list(live.read_weights(model, network)) == list(weights)
    assert_counts(model, network)
    assert_shapes(model, network)
    images = literal_formulas.random_images(network)
    values = literal_formulas.evaluate(network, weights, images)
    for value, output in zip(values, live.predict(model, images), strict=True):
        assert value.shape == output.shape
        largest = float(abs(value).max())
        if largest < LARGEST_OUTPUT:  # products of products leave 32 bits
            assert abs(value - output).max() <= TOLERANCE * max(1.0, largest)
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
    assert sum(assert_faithful(intricate_spec(Random(seed))) for seed in range(60)) > 20


@pytest.mark.parametrize(
    "first",
    [pytest.param(first, marks=pytest.mark.long) for first in range(1000, 3000, 200)],
)
def test_many_numbered_specs(first: int) -> None:
    tried = [assert_faithful(intricate_spec(Random(first + place))) for place in range(200)]
    assert sum(tried) > 60


AS_IN_TORCH = ("--config", 'lint.flake8-builtins.ignorelist=["input"]')
"""Helpers call what enters as the methods of PyTorch do that they override."""


def assert_clean(files: dict[str, str], folder: Path) -> None:
    """The files need no formatting, no linter finds anything, and their types hold."""
    for name, text in files.items():
        (folder / name).write_text(text)
    tools = [
        ["ruff", "format", "--check", "--isolated", "."],
        # Not all of ruff's defaults: random specs compare things with themselves.
        ["ruff", "check", "--isolated", "--select", "E4,E7,E9,F,I,A001,A002", *AS_IN_TORCH, "."],
        ["mypy", "--no-incremental", *files],
    ]
    for tool in tools:
        command = [sys.executable, "-m", *tool]
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=500)
        assert result.returncode == 0, result.stdout + result.stderr


def accepted(count: int, first: int) -> dict[str, str]:
    """Emitted files of the first random specs that check."""
    files: dict[str, str] = {}
    seed = first
    while len(files) < count:
        text = intricate_spec(Random(seed))
        if not findings_of(text):
            files[f"spec{seed}.py"] = BACKEND.emit(network_of(text)).text
        seed += 1
    return files


@pytest.mark.parametrize(
    ("first", "count"),
    [
        pytest.param(2000, 60, marks=pytest.mark.slow),
        pytest.param(3000, 800, marks=pytest.mark.long),
    ],
)
def test_emitted_files_are_clean(first: int, count: int, tmp_path: Path) -> None:
    assert_clean(accepted(count, first), tmp_path)
