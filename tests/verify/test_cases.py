"""`verify` of whole specs as a person asks for it: right ones raise no alarm, wrong ones do.

Each file of `cases` has once been called wrong, or passed, although it is the other.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from altered_backends import install, with_text
from cnndsl_keras.backend import BACKEND as KERAS
from cnndsl_torch.backend import BACKEND as TORCH
from command_line import Command
from shares import mostly_slow
from spec_text import network_of

from cnndsl.backend import find_backend
from cnndsl.ir.network import Network

CASES = Path(__file__).with_name("cases")
NAMES = [path.stem for path in sorted(CASES.glob("*.cnn"))]


def case(name: str) -> Network:
    return network_of(CASES.joinpath(f"{name}.cnn").read_text())


@pytest.mark.parametrize("backend", mostly_slow(["torch", "keras"], ["torch"]))
@pytest.mark.parametrize("name", NAMES)
def test_no_false_alarm(cnndsl: Command, name: str, backend: str) -> None:
    options = "--grad", "--train", "--backends", backend
    status, out, err = cnndsl("verify", CASES / f"{name}.cnn", *options)
    assert (status, err) == (0, ""), out
    assert f"{backend} and numpy compute the same" in out or (
        f"numpy and {backend} compute the same" in out
    )


@pytest.mark.slow
def test_gates_in_what_people_do_with_keras() -> None:
    """`predict` and `fit` run compiled graphs, in which gates of one pixel once failed."""
    network = case("channel_gates")
    model = KERAS.build(network)
    images = np.random.default_rng(0).normal(size=(2, *network.input_shape.dims))
    outputs = model.predict(images, verbose=0)
    np.testing.assert_allclose(outputs, model(images), rtol=1e-4, atol=1e-6)
    model.compile("sgd", "mse")
    history = model.fit(images, np.zeros_like(outputs), epochs=2, verbose=0).history
    assert history["loss"][1] < history["loss"][0]


IGNORED = {"keras": (KERAS, ", use_bias=False"), "torch": (TORCH, ", bias=False")}


@pytest.mark.parametrize("name", mostly_slow(IGNORED, ["torch"]))
def test_bias_that_should_not_be_there(
    cnndsl: Command, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is zero at first, and so is all that it changes: the weights themselves are compared."""
    backend, word = IGNORED[name]
    wrong = with_text(backend, lambda text: text.replace(word, ""))
    network = case("no_bias")
    assert network.cost.params == 251
    held = wrong.runtime.inventory.weights(wrong.build(network), network)
    assert sum(int(np.prod(one.shape)) for one in held.values()) == 257
    install(monkeypatch, **{name: wrong})
    spec = CASES / "no_bias.cnn"
    status, out, err = cnndsl("verify", spec, "--grad", "--train", "--backends", name, "--quiet")
    assert (status, err) == (1, "")
    assert f"CNN706 {name} builds conv `conv` otherwise: `bias` is 6, trainable" in out
    assert f"{spec}:3:5" in out


@pytest.mark.parametrize("backend", ["keras", "numpy", "torch"])
def test_infinity_stays_in_its_region(backend: str) -> None:
    """One infinite mean and eight that are zero."""
    network, live = case("mean_of_regions"), find_backend(backend)
    image = np.zeros((1, 6, 6, 1), np.float32)
    image[0, 0, 0, 0] = np.inf
    (output,) = live.runtime.models.predict(live.build(network, "float32"), image)
    expected = np.zeros((1, 3, 3, 1))
    expected[0, 0, 0, 0] = np.inf
    np.testing.assert_array_equal(output, expected)
