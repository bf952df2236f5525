"""Bugs that no single pass shows: of an optimiser, of a second pass, of a graph that trains.

All are planted into what is emitted; the spec has one suspect on every line.
"""

from __future__ import annotations

from typing import Any

import pytest
from altered_backends import install, with_text
from command_line import Command
from spec_text import in_model, network_of

from cnndsl.backend import Backend, find_backend
from cnndsl.verify.comparison import Comparison, Trial

SPEC = """\
model steps {
    input 7x6x3
    conv(6, 3x3)
    batch_norm(momentum=0.8)
    leaky_relu(0.2)
    conv(5, 3x3, l2=0.1)
    flatten
    dense(4)
    softmax
}
"""
CONV1, BATCH_NORM, CONV2, DENSE = 3, 4, 6, 8
FORWARD = "    def forward(self, x: Tensor) -> Tensor:\n"


STUCK = '''
class Stuck(layers.BatchNormalization):
    """A layer that is right unless it is trained in a graph."""

    def call(self, inputs, training=None, mask=None):
        eagerly = not keras.src.utils.backend_utils.in_tf_graph()
        return super().call(inputs, training=training and eagerly, mask=mask)
'''


IN_KERAS = {
    "a constraint": ("Conv2D(6, 3,", 'Conv2D(6, 3, kernel_constraint="unit_norm",', CONV1),
    "a penalty of what a layer gives": (
        "Conv2D(6, 3,",
        'Conv2D(6, 3, activity_regularizer="l2",',
        CONV1,
    ),
    "a layer that does not train": ("Dense(4,", "Dense(4, trainable=False,", DENSE),
    "no statistics in graphs": ("layers.BatchNormalization(", "Stuck(", BATCH_NORM),
}
IN_TORCH = {
    "momentum of later steps": (
        FORWARD,
        f"{FORWARD}        self.batch_norm.momentum = 0.2 if self.passes < 4 else 0.1\n"
        "        self.passes += self.training\n",
        BATCH_NORM,
    ),
    "a weight frozen by training": (
        FORWARD,
        f"{FORWARD}        self.conv1.weight.requires_grad_(self.passes < 4)\n"
        "        self.passes += self.training\n",
        CONV1,
    ),
    "the L2 term of another weight": ('module.get_parameter("weight")', "self.conv1.weight", CONV2),
}


def planted(backend: Backend, before: str, after: str) -> Backend:
    def change(text: str) -> str:
        assert before in text, text
        text = text.replace("\n\ndef steps(", f"{STUCK}\n\ndef steps(")
        text = text.replace("super().__init__()\n", "super().__init__()\n        self.passes = 0\n")
        return text.replace(before, after)

    return with_text(backend, change)


@pytest.fixture(scope="module")
def trial() -> Trial:
    return Trial(network_of(SPEC), train=True, batch=4)


def training_in_64_bits(trial: Trial, backend: Backend) -> Comparison:
    _, found = trial.compare(backend, ("float64",))
    return found


@pytest.mark.parametrize("name", ["keras", "torch"])
def test_steps_agree_to_the_last_digits(trial: Trial, name: str) -> None:
    found = training_in_64_bits(trial, find_backend(name))
    assert found.first is None
    assert found.errors["steps"] < 1e-12


CASES = [("keras", name) for name in IN_KERAS] + [("torch", name) for name in IN_TORCH]


@pytest.mark.parametrize(("backend", "name"), CASES)
def test_bug_in_training(trial: Trial, backend: str, name: str) -> None:
    before, after, row = {**IN_KERAS, **IN_TORCH}[name]
    first = training_in_64_bits(trial, planted(find_backend(backend), before, after)).first
    assert first is not None
    assert (first.kind, first.layer.row) == ("steps", row)


def test_command_names_the_weight(
    cnndsl: Command, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after, _ = IN_TORCH["a weight frozen by training"]
    install(monkeypatch, torch=planted(find_backend("torch"), before, after))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "steps.cnn").write_text(SPEC)
    status, out, err = cnndsl("verify", "steps.cnn", "--train", "--quiet")
    assert (status, err) == (1, "")
    place = "torch (float64, training) first differs from NumPy in what steps of training add"
    assert f"CNN704 {place}" in out
    assert "--> steps.cnn:3:5" in out


NOTHING_TRAINS = {
    "no weights": "tanh -> scale(0.5)",
    "no gradient": "relu as a\nconv(1, 1x1)\noutput a",
    "a loss that stays": "conv(2, 1x1) as a\nscale(0.0)",
}


@pytest.mark.parametrize("name", NOTHING_TRAINS)
def test_no_steps_where_nothing_trains(name: str) -> None:
    trial = Trial(network_of(in_model(NOTHING_TRAINS[name], "6x5x3")), train=True)
    for backend in ("keras", "torch"):
        found = training_in_64_bits(trial, find_backend(backend))
        assert found.first is None
        assert "steps" not in found.errors


def test_constants_of_the_loss_that_are_kept_in_32_bits() -> None:
    """Keras keeps the factor of an L2 term so; beside it, the gradient is small."""
    network = network_of(in_model("conv(4, 3x3, l2=0.7) -> batch_norm -> tanh", "6x5x3"))
    trial = Trial(network, train=True)
    for backend in ("keras", "torch"):
        found = training_in_64_bits(trial, find_backend(backend))
        assert found.first is None
        assert found.errors["steps"] < 1e-12
