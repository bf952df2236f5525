"""Live Keras models of specs, and what they must be equal to."""

from __future__ import annotations

import logging
from typing import Any

import keras
import literal_formulas
import numpy as np
from cnndsl_keras import live
from cnndsl_keras.backend import BACKEND
from model_shapes import shapes_in
from spec_text import findings_of, in_model, network_of

from cnndsl.ir.network import Network

# Keras compiles each grouped convolution on its own, of which TensorFlow warns.
logging.getLogger("tensorflow").setLevel(logging.ERROR)

TOLERANCE = 1e-5


def network_for(body: str, input_shape: str = "7x9x4", parameters: str = "") -> Network:
    """The network of a model with this body."""
    return network_of(in_model(f"    {body}", input_shape, parameters))


def checks(body: str, input_shape: str = "7x9x4") -> bool:
    """Whether the checker accepts a model with this body."""
    return not findings_of(in_model(f"    {body}", input_shape))


def built(network: Network, dtype: str | None = None) -> Any:
    """The live model with random weights."""
    model = BACKEND.build(network, dtype)
    live.load_weights(model, network, literal_formulas.random_weights(network))
    return model


def difference(expected: Any, found: Any) -> float:
    """The largest difference, as a share of the largest value if that is above 1."""
    return float(np.abs(expected - found).max() / max(1.0, np.abs(expected).max()))


def assert_exact(network: Network) -> None:
    """The live model has the network's shapes and computes what the formulas say."""
    model = built(network)
    expected = {layer.path: layer.shape.dims for layer in network.layers}
    assert dict(shapes_in("keras", model, network)) == expected
    images = literal_formulas.random_images(network)
    weights = literal_formulas.random_weights(network)
    values = literal_formulas.evaluate(network, weights, images)
    outputs = live.outputs_of(model, images, training=False)
    assert len(values) == len(outputs)
    for value, output in zip(values, outputs, strict=True):
        assert value.shape == output.shape
        assert difference(value, keras.ops.convert_to_numpy(output)) < TOLERANCE
