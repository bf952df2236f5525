"""A state dict in several files behind an index, as hubs of large models have it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from command_line import Command
from safetensors.torch import save_file
from spec_text import network_of
from weight_networks import assert_identical, drawn

from cnndsl.weights.files import read_weights, write_weights
from cnndsl.weights.screen import WeightFileError

SPEC = """\
model net {
    input 8x8x3
    conv(4, 3x3) as conv1 -> batch_norm as bn1 -> relu
    global_avg_pool -> dense(5) as fc
}
"""
NETWORK = network_of(SPEC)
WEIGHTS = drawn(NETWORK)
INDEX = "model.safetensors.index.json"
Index = dict[str, Any]


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    """Two shards and their index, which is returned, in the working directory."""
    monkeypatch.chdir(tmp_path)
    Path("net.cnn").write_text(SPEC)
    write_weights("whole.pt", NETWORK, WEIGHTS)
    state = torch.load("whole.pt", weights_only=True)
    placed = {
        key: f"model-0000{1 + number % 2}-of-00002.safetensors" for number, key in enumerate(state)
    }
    for name in set(placed.values()):
        save_file({key: state[key] for key in placed if placed[key] == name}, name)
    found = {"metadata": {"total_size": 1}, "weight_map": placed}
    Path(INDEX).write_text(json.dumps(found))
    return found


def test_shards_are_one_state_dict(cnndsl: Command) -> None:
    assert_identical(read_weights(INDEX, NETWORK), WEIGHTS)
    found = cnndsl("weights", "import", "net.cnn", INDEX, "out.npz")
    assert found.status == 0, found.err
    assert_identical(read_weights("out.npz", NETWORK), WEIGHTS)


def broken(change: Callable[[Index], object], index: Index) -> str:
    change(index)
    Path(INDEX).write_text(json.dumps(index))
    with pytest.raises(WeightFileError) as raised:
        read_weights(INDEX, NETWORK)
    return str(raised.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda one: one["weight_map"].update(fc="../x.safetensors"), "no file of its folder"),
        (lambda one: one["weight_map"].update(fc="/etc/passwd"), "no file of its folder"),
        (lambda one: one["weight_map"].update(fc="x.pt"), "no file of its folder"),
        (lambda one: one["weight_map"].update(fc="x.safetensors"), "x.safetensors"),
        (lambda one: one["weight_map"].update(fc=1), "damaged, or of another format"),
        (lambda one: one["weight_map"].update(more="model-00001-of-00002.safetensors"),
         "lacks more, which model"),
        (lambda one: one["weight_map"].popitem(), "which model.safetensors.index.json lacks"),
        (lambda one: one.pop("weight_map"), "damaged, or of another format"),
        (lambda one: one.update(weight_map=[]), "damaged, or of another format"),
    ],
)  # fmt: skip
def test_an_index_that_does_not_fit(
    change: Callable[[Index], object], told: str, index: Index
) -> None:
    assert told in broken(change, index)


def test_an_index_is_not_written(cnndsl: Command) -> None:
    write_weights("own.npz", NETWORK, WEIGHTS)
    found = cnndsl("weights", "export", "net.cnn", "own.npz", "new.safetensors.index.json")
    assert found.status == 2
    assert "write one `.safetensors`" in found.err
    assert not Path("new.safetensors.index.json").exists()
