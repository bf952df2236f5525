"""A network with every kind of weight, and weights for it that differ in every number."""

from __future__ import annotations

from typing import Any

import numpy as np
from spec_text import network_of

from cnndsl.ir.network import Network

SPEC = """\
model net(classes = 5) {
    input 9x7x4
    conv(6, 3x3, groups=2, pad=1) -> batch_norm -> relu
    depthwise_conv(3x3, multiplier=2, pad=same) -> batch_norm(center=false)
    separable_conv(8, 3x3, pad=same) -> batch_norm(scale=false)
    subsample(2x2)
    stage head {
        conv(3, 1x2, bias=false)
        flatten
        dense(7) -> relu
        dense(classes) as logits
    }
    softmax
}
"""
"""The flattened image is 4x2x3: all three sides differ."""


def network(**values: Any) -> Network:
    return network_of(SPEC, **values)


def drawn(network: Network, seed: int = 0) -> dict[str, Any]:
    """A number of its own for every place in every weight, positive where it is a variance."""
    generator = np.random.default_rng(seed)
    found = {}
    for layer in network.layers:
        for weight in layer.weights:
            array = generator.normal(0, 0.5, weight.shape).astype(np.float32)
            if weight.name == "moving_variance":
                array = np.abs(array) + np.float32(0.5)
            found[f"{layer.path}/{weight.name}"] = array
    return found


def assert_identical(found: Any, expected: Any) -> None:
    """Bit for bit the same arrays under the same names in the same order."""
    assert list(found) == list(expected)
    for key, array in expected.items():
        assert found[key].dtype == array.dtype, key
        np.testing.assert_array_equal(found[key], array, err_msg=key)
