"""Every zoo network in every backend: the predicted shapes, and the same numbers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from model_shapes import shapes_in

from cnndsl.backend import find_backend
from cnndsl.ir.network import Network
from cnndsl.project.loading import Loader, elaborate_model, read_source

ZOO = Path(__file__).parents[2] / "specs" / "cnndsl_zoo"
SMALL = 1_000_000
"""A network of at most so many parameters is run in all backends on every occasion."""


def networks() -> dict[str, Network]:
    found: dict[str, Network] = {}
    for path in sorted(ZOO.rglob("*.cnn")):
        for template in Loader().module(read_source(str(path))).models:
            name = str(path.relative_to(ZOO).with_suffix(""))
            found[name] = elaborate_model(template, {})
    return found


NETWORKS = networks()


def build(backend_name: str, network: Network) -> Any:
    backend = find_backend(backend_name)
    if backend_name != "torch":
        return backend.build(network)
    with torch.device("meta"):
        return backend.build(network)


def cases() -> list[Any]:
    """All but PyTorch draw every weight when they build, so that large networks are slow."""
    return [
        pytest.param(
            name,
            backend,
            id=f"{name}-{backend}",
            marks=[pytest.mark.slow] * (backend != "torch" and network.cost.params > SMALL),
        )
        for name, network in NETWORKS.items()
        for backend in ("keras", "numpy", "torch")
    ]


@pytest.mark.parametrize(("name", "backend"), cases())
def test_shapes_are_those_predicted(name: str, backend: str) -> None:
    network = NETWORKS[name]
    found = shapes_in(backend, build(backend, network), network)
    predicted = {layer.path: layer.shape.dims for layer in network.layers}
    merges = {layer.path for layer in network.layers if layer.op.merges}
    assert found.keys() >= predicted.keys() - merges
    assert {path: tuple(found[path]) for path in found} == {path: predicted[path] for path in found}
    if backend == "keras":
        import keras

        keras.backend.clear_session()


@pytest.mark.parametrize(
    "name", [name for name, network in NETWORKS.items() if network.cost.params <= SMALL]
)
def test_all_backends_compute_the_same(name: str) -> None:
    network = NETWORKS[name]
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
