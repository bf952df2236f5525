"""Emitted PyTorch code, run and held against the operators' formulas."""

from __future__ import annotations

from typing import Any

import literal_formulas
import numpy as np
from cnndsl_torch import live
from cnndsl_torch.backend import BACKEND
from model_shapes import is_module, shapes_in
from spec_text import in_model, network_of

from cnndsl.diagnostics.base import SpecError
from cnndsl.ir.network import Network


def emitted(text: str, **values: Any) -> str:
    """The code for the only model of a spec."""
    return BACKEND.emit(network_of(text, **values)).text


def classes_of(code: str) -> str:
    """Emitted code from its first class or function on."""
    starts = [code.find(word) for word in ("\nclass ", "\ndef ")]
    return code[min(start for start in starts if start >= 0) + 1 :]


def built(text: str, **values: Any) -> Any:
    """A live model in inference mode."""
    return BACKEND.build(network_of(text, **values)).eval()


def assert_exact(text: str, **values: Any) -> str:
    """Run a spec's module with random weights and compare it with the formulas. Gives its code.

    Its layers' paths, shapes and weights are those of the network, its outputs those of the
    formulas to 1e-5 of the largest.
    """
    network = network_of(text, **values)
    model = BACKEND.build(network)
    weights = literal_formulas.random_weights(network)
    live.load_weights(model, network, weights)
    loaded = live.read_weights(model, network)
    assert list(loaded) == list(weights)
    for key, array in weights.items():
        np.testing.assert_array_equal(loaded[key], array, err_msg=key)
    assert_counts(model, network)
    images = literal_formulas.random_images(network)
    expected = literal_formulas.evaluate(network, weights, images)
    found = live.predict(model, images)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        scale = max(1.0, float(np.abs(other).max()))
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5 * scale)
    assert_shapes(model, network)
    return BACKEND.emit(network).text


def assert_counts(model: Any, network: Network) -> None:
    """The module has the network's parameters, trainable and not, and no more."""
    trainable = sum(one.numel() for one in model.parameters())
    saved = sum(one.numel() for name, one in model.state_dict().items() if _is_counted(name))
    assert trainable == network.cost.trainable
    assert saved == network.cost.params


def _is_counted(name: str) -> bool:
    return not name.endswith("num_batches_tracked")


def assert_shapes(model: Any, network: Network) -> None:
    """Every module of a layer gives the shape that the checker foretold."""
    shapes = shapes_in("torch", model, network)
    needed = feeding_layers(network)
    last = {layer.path: layer.index for layer in network.layers}
    for layer in network.layers:
        if is_module(layer) and layer.index in needed and last[layer.path] == layer.index:
            assert shapes[layer.path] == layer.shape.dims, layer.path


def feeding_layers(network: Network) -> set[int]:
    """The layers from which some output can be reached."""
    needed: set[int] = set()
    pending = [index for _, index in network.outputs]
    layers = network.layers
    while pending:
        index = pending.pop()
        if index >= 0 and index not in needed:
            needed.add(index)
            pending += layers[index].inputs
    return needed


def accepted(calls: list[str], input_shape: str) -> list[str]:
    """Those of some layers that the checker accepts for an input."""
    found = []
    for call in calls:
        try:
            network_of(in_model(call, input_shape))
        except SpecError:
            continue
        found.append(call)
    return found
