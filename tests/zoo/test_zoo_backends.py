"""Every zoo network in every backend: the predicted shapes, and the same numbers."""

import functools
from typing import Any

import numpy as np
import pytest
import torch
from model_shapes import is_module, shapes_in

from cnndsl.backend import find_backend
from cnndsl.ir.network import Network
from cnndsl.project import zoo
from cnndsl.project.loading import Loader, choose_model, elaborate_model
from cnndsl.project.locate import read_spec

SMALL = 1_000_000
"""A network of at most so many parameters is run in all backends on every occasion."""


@functools.cache
def network_of(name: str) -> Network:
    return elaborate_model(choose_model(Loader().module(read_spec(name)), None), {})


FILES = {entry.path: entry.name for entry in reversed(zoo.entries())}
FIRST = [entry.name for entry in zoo.entries() if FILES[entry.path] == entry.name]
"""A network of each file."""


def build(backend_name: str, network: Network) -> Any:
    backend = find_backend(backend_name)
    if backend_name != "torch":
        return backend.build(network)
    with torch.device("meta"):
        return backend.build(network)


def cases() -> list[Any]:
    """A large network takes its time in all backends."""
    return [
        pytest.param(name, backend, id=f"{name}-{backend}", marks=marks_of(name, backend))
        for name in (entry.name for entry in zoo.entries())
        for backend in ("keras", "numpy", "torch")
    ]


def marks_of(name: str, backend: str) -> list[pytest.MarkDecorator]:
    is_modern = name.startswith("modern/")
    if name not in FIRST or (is_modern and backend != "torch"):
        return [pytest.mark.long]
    if is_modern:
        return [pytest.mark.slow]
    return [pytest.mark.slow] * (network_of(name).cost.params > SMALL)


@pytest.mark.parametrize(("name", "backend"), cases())
def test_shapes_are_those_predicted(name: str, backend: str) -> None:
    network = network_of(name)
    found = shapes_in(backend, build(backend, network), network)
    predicted = {layer.path: layer.shape.dims for layer in network.layers}
    assert found.keys() >= {layer.path for layer in network.layers if is_module(layer)}
    assert {path: tuple(found[path]) for path in found} == {path: predicted[path] for path in found}
    if backend == "keras":
        import keras

        keras.backend.clear_session()


@pytest.mark.parametrize("name", [name for name in FIRST if network_of(name).cost.params <= SMALL])
def test_all_backends_compute_the_same(name: str) -> None:
    network = network_of(name)
    reference = find_backend("numpy")
    model = reference.build(network)
    generator = np.random.default_rng(7)
    weights = {
        key: np.abs(array + generator.normal(0, 0.05, array.shape)).astype("float32")
        if key.endswith("moving_variance")
        else (array + generator.normal(0, 0.05, array.shape)).astype("float32")
        for key, array in reference.runtime.weights.read_weights(model, network).items()
    }
    reference.runtime.weights.load_weights(model, network, weights)
    images = generator.normal(size=(2, *network.input_shape.dims)).astype("float32")
    expected = reference.runtime.models.predict(model, images)
    for backend_name in ("keras", "torch"):
        backend = find_backend(backend_name)
        live = backend.build(network)
        backend.runtime.weights.load_weights(live, network, weights)
        for found, wanted in zip(
            backend.runtime.models.predict(live, images), expected, strict=True
        ):
            scale = max(1.0, float(np.abs(wanted).max()))  # a sum's error is that of its terms
            np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5 * scale)
        returned = backend.runtime.weights.read_weights(live, network)
        assert returned.keys() == weights.keys()
        for key, array in weights.items():
            np.testing.assert_array_equal(returned[key], array)
