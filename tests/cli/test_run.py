"""`cnndsl run`, with a backend that only multiplies, and with the NumPy backend."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import Command

from cnndsl.api import loads
from cnndsl.backend import Artifact, Backend, Framework, Runtime
from cnndsl.diagnostics.base import Rejected
from cnndsl.ir.network import Network
from cnndsl.weights.random import random_weights


class Ramp:
    """Models that give every output's elements the values 0, 1, 2 and so on."""

    def __init__(self) -> None:
        self.weights: Mapping[str, Any] = {}
        self.images: Any = None

    def build(self, artifact: Artifact, _network: Network, _dtype: str | None) -> str:
        return artifact.text

    def load_weights(self, _model: str, _network: Network, weights: Mapping[str, Any]) -> None:
        self.weights = weights

    def predict(self, _model: str, images: Any) -> tuple[Any, ...]:
        self.images = images
        return (np.tile(np.arange(12.0), (len(images), 1)),)


@pytest.fixture
def ramp(monkeypatch: pytest.MonkeyPatch) -> Ramp:
    models = Ramp()
    install(monkeypatch, Runtime(models, models))
    return models


def install(monkeypatch: pytest.MonkeyPatch, runtime: Runtime, package: str = "numpy") -> None:
    backend = Backend(
        "ramp",
        lambda network: Artifact(".txt", network.name),
        framework=Framework(package, extra="numpy"),
        load=lambda: runtime,
    )
    monkeypatch.setattr("cnndsl.backend.find_backend", lambda _name: backend)


def test_run(cnndsl: Command, folder: Path, ramp: Ramp) -> None:
    (folder / "net.cnn").write_text("model net { input 8x8x3\n flatten -> dense(12) }\n")
    status, out, err = cnndsl("run", "net.cnn", "--batch", "2", "--seed", "7")
    assert (status, err) == (0, "")
    assert out.splitlines()[:9] == [
        "network      net on ramp, 2,316 parameters",
        "weights      random, seed 7",
        "input        2 images of 8x8x3, random, seed 7",
        "output main  12",
        "             class 11  0.6321  (softmax of the outputs, of the first image)",
        "             class 10  0.2325",
        "             class  9  0.0855",
        "             class  8  0.0315",
        "             class  7  0.0116",
    ]
    assert out.splitlines()[9].startswith("time         ")
    assert ramp.images.shape == (2, 8, 8, 3)
    assert ramp.images.dtype == np.float32
    assert set(ramp.weights) == {"dense/kernel", "dense/bias"}


def test_the_seed_decides(cnndsl: Command, folder: Path, ramp: Ramp) -> None:
    seen = []
    for seed in (1, 1, 2):
        assert cnndsl("run", "small.cnn", "--seed", seed).status == 0
        seen.append((ramp.images, ramp.weights["conv/kernel"]))
    for first, second, third in zip(*seen, strict=True):
        assert np.array_equal(first, second)
        assert not np.array_equal(first, third)


def test_probabilities_are_not_normalised_twice(cnndsl: Command, folder: Path, ramp: Ramp) -> None:
    assert "class 11  11.0000\n" in cnndsl("run", "small.cnn").out


@pytest.mark.parametrize(
    ("shape", "batch", "count"), [((8, 8, 3), 1, 1), ((5, 8, 8, 3), 1, 5), ((8, 8, 3), 3, 3)]
)
def test_an_image(
    cnndsl: Command, folder: Path, ramp: Ramp, shape: tuple[int, ...], batch: int, count: int
) -> None:
    np.save(folder / "image.npy", np.full(shape, 7, np.uint8))
    found = cnndsl("run", "small.cnn", "--image", "image.npy", "--batch", batch)
    assert found.status == 0
    assert ramp.images.shape == (count, 8, 8, 3)
    assert ramp.images.dtype == np.float32
    assert ramp.images.max() == 7
    assert "of 8x8x3, from image.npy" in found.out


def test_images_that_do_not_fit(cnndsl: Command, folder: Path, ramp: Ramp) -> None:
    np.save(folder / "image.npy", np.zeros((9, 8, 3)))
    assert cnndsl("run", "small.cnn", "--image", "image.npy") == (
        2,
        "",
        "error: image.npy is 1x9x8x3, but the network takes 8x8x3\n",
    )
    np.save(folder / "text.npy", np.array(["a"]))
    np.save(folder / "objects.npy", np.array([{}]), allow_pickle=True)
    np.savez(folder / "several.npz", a=np.zeros(3))
    for name in ("text.npy", "objects.npy", "several.npz", "small.cnn", "nothing.npy", "."):
        status, out, err = cnndsl("run", "small.cnn", "--image", name)
        assert (status, out) == (2, ""), name
        assert err.startswith("error: ")
        assert "Traceback" not in err


@pytest.mark.parametrize(
    ("option", "value"), [("--batch", "0"), ("--batch", "x"), ("--seed", "-1"), ("--batch", "1.5")]
)
def test_numbers(cnndsl: Command, folder: Path, option: str, value: str) -> None:
    found = cnndsl("run", "small.cnn", f"{option}={value}")
    assert found.status == 2
    assert f"argument {option}: `{value}` is not an integer of at least" in found.err


def test_findings(cnndsl: Command, folder: Path, ramp: Ramp) -> None:
    assert cnndsl("run", "broken.cnn").status == 1


def test_a_missing_framework(
    cnndsl: Command, folder: Path, ramp: Ramp, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, Runtime(ramp, ramp), "no_such_framework")
    assert cnndsl("run", "small.cnn", "--backend", "ramp") == (
        2,
        "",
        "error: CNN703 the ramp backend needs no_such_framework, which is not installed\n"
        "  = help: pip install 'cnndsl[numpy]'\n",
    )


def test_a_framework_without_what_it_needs(
    cnndsl: Command, folder: Path, ramp: Ramp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*_arguments: Any) -> str:
        raise ModuleNotFoundError("No module named 'tensorflow'")

    monkeypatch.setattr(ramp, "build", build)
    status, _, err = cnndsl("run", "small.cnn")
    assert status == 2
    assert err == (
        "error: the ramp backend cannot build: No module named 'tensorflow'\n"
        "  = help: pip install 'cnndsl[numpy]'\n"
    )


@pytest.mark.parametrize(
    ("runtime", "lacking"),
    [(Runtime(), "live models"), (Runtime(models=Ramp()), "access to weights")],
)
def test_a_backend_without_what_it_takes(
    cnndsl: Command,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    runtime: Runtime,
    lacking: str,
) -> None:
    install(monkeypatch, runtime)
    assert cnndsl("run", "small.cnn", "--backend", "ramp") == (
        2,
        "",
        f"error: CNN705 the ramp backend has no {lacking}, which `cnndsl run` needs\n",
    )


def test_numpy_is_the_default(cnndsl: Command, folder: Path) -> None:
    from cnndsl.backend import find_backend

    try:
        find_backend("numpy")
    except (ImportError, Rejected):
        pytest.skip("the NumPy backend is not installed")
    status, out, err = cnndsl("run", "lenet5")
    assert (status, err) == (0, "")
    assert out.startswith("network      lenet5 on numpy, 61,750 parameters\n")
    assert out.count("class ") == 5


# Weights


def test_weights_have_their_shapes_and_constants() -> None:
    network = loads(
        "model m { input 8x8x3\n conv(4, 3x3, l2=0.1) -> batch_norm -> subsample(2x2) "
        "-> flatten -> dense(5) }"
    ).network
    weights = random_weights(network, 0)
    expected = {
        f"{layer.path}/{weight.name}": weight.shape
        for layer in network.layers
        for weight in layer.weights
    }
    assert {name: array.shape for name, array in weights.items()} == expected
    assert all(array.dtype == np.float32 for array in weights.values())
    assert np.all(weights["batch_norm/moving_variance"] == 1)
    assert np.all(weights["conv/bias"] == 0)
    assert np.all(weights["subsample/gain"] == 0.25)


@pytest.mark.parametrize(
    ("init", "variance"),
    [
        ("glorot_uniform", 2 / (9 * 64 + 9 * 128)),
        ("glorot_normal", 2 / (9 * 64 + 9 * 128)),
        ("he_uniform", 2 / (9 * 64)),
        ("he_normal", 2 / (9 * 64)),
        ("lecun_uniform", 1 / (9 * 64)),
        ("lecun_normal", 1 / (9 * 64)),
    ],
)
def test_the_variance_is_the_initialisers(init: str, variance: float) -> None:
    network = loads(f"model m {{ input 8x8x64\n conv(128, 3x3, init={init}) }}").network
    kernel = random_weights(network, 3)["conv/kernel"]
    assert abs(kernel.var() / variance - 1) < 0.02
    assert abs(kernel.mean()) < 0.02 * variance**0.5
    if init.endswith("uniform"):
        assert abs(kernel).max() <= (3 * variance) ** 0.5 * 1.0001
    else:
        assert abs(kernel).max() > 3.5 * variance**0.5


def test_a_layers_own_seed_wins() -> None:
    text = "model m {{ input 8\n dense(4, seed={}) -> dense(4) }}"
    first = random_weights(loads(text.format(1)).network, 0)
    again = random_weights(loads(text.format(1)).network, 5)
    other = random_weights(loads(text.format(2)).network, 0)
    assert np.array_equal(first["dense1/kernel"], again["dense1/kernel"])
    assert not np.array_equal(first["dense1/kernel"], other["dense1/kernel"])
    assert not np.array_equal(first["dense2/kernel"], again["dense2/kernel"])
    assert np.array_equal(first["dense2/kernel"], other["dense2/kernel"])
