"""Fresh weights: the distribution and the variance that the language gives for each `init`."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import pytest
from cnndsl_keras import live
from cnndsl_keras.backend import BACKEND
from keras_models import network_for

from cnndsl.ir.network import Network
from cnndsl.ops.base import INITIALIZERS

LAYERS = [
    "conv(60, 5x3, groups=2, {})",
    "depthwise_conv(7x5, multiplier=3, {})",
    "depthwise_conv(7x5, stride=1x2, multiplier=3, {})",
    "separable_conv(48, 7x5, multiplier=2, {})",
    "separable_conv(48, 7x5, stride=2x1, multiplier=2, {})",
    "flatten -> dense(9, {})",
]


def variance(kind: str, fan_in: int, fan_out: int) -> float:
    scheme = kind.split("_")[0]
    return {"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme]


def fresh(network: Network) -> dict[str, Any]:
    return dict(live.read_weights(BACKEND.build(network), network))


def assert_distributed(values: Any, kind: str, expected: float) -> None:
    """The values have that variance, and are uniform or normal (and not truncated)."""
    count = values.size
    normal = kind.endswith("normal")
    # The standard error of a variance, with kurtosis 3 or 9/5, five of which are allowed.
    error = expected * math.sqrt((2 if normal else 0.8) / count) * 5
    assert abs(values.mean()) < 5 * math.sqrt(expected / count)
    assert abs((values**2).mean() - expected) < error
    largest = np.abs(values).max() / math.sqrt(expected)
    if normal:
        beyond = (np.abs(values) > 2 * math.sqrt(expected)).mean()
        assert abs(beyond - 0.0455) < 5 * math.sqrt(0.0455 / count)
        assert largest > 2.2  # where a truncated distribution ends, scaled up
    else:
        assert largest <= math.sqrt(3) * (1 + 1e-6)
        assert largest > math.sqrt(3) * 0.99


@pytest.mark.parametrize("kind", INITIALIZERS)
@pytest.mark.parametrize("layer", LAYERS)
def test_kernels(layer: str, kind: str) -> None:
    keras.utils.set_random_seed(1)
    network = network_for(layer.format(f"init={kind}"), "9x8x24")
    weights = fresh(network)
    for view in network.layers:
        for weight in view.weights:
            values = weights[f"{view.path}/{weight.name}"]
            if weight.name == "bias":
                assert not values.any()
                continue
            assert weight.initial == kind
            height, width, depth, filters = (1, 1, *weight.shape)[-4:]
            fan_in, fan_out = height * width * depth, height * width * filters
            assert (fan_in, fan_out) == (weight.fan_in, weight.fan_out)
            assert_distributed(values, kind, variance(kind, fan_in, fan_out))


def test_other_weights() -> None:
    weights = fresh(network_for("batch_norm -> subsample(3x2)", "9x8x5"))
    expected = {
        "batch_norm/gamma": 1.0,
        "batch_norm/beta": 0.0,
        "batch_norm/moving_mean": 0.0,
        "batch_norm/moving_variance": 1.0,
        "subsample/gain": 1 / 6,
        "subsample/bias": 0.0,
    }
    for key, value in expected.items():
        assert np.allclose(weights[key], value), key


@pytest.mark.parametrize("kind", INITIALIZERS)
def test_seeds(kind: str) -> None:
    layers = " -> ".join(
        f"{one}(3, kernel=2, init={kind}, seed={{0}})" for one in ("conv", "separable_conv")
    )
    layers += f" -> depthwise_conv(2, init={kind}, seed={{0}}) -> flatten"
    layers += f" -> dense(2, init={kind}, seed={{0}})"
    first, again = (fresh(network_for(layers.format(7), "6x6x2")) for _ in range(2))
    other = fresh(network_for(layers.format(8), "6x6x2"))
    free, later = (fresh(network_for(layers.format("none"), "6x6x2")) for _ in range(2))
    for key, values in first.items():
        if "kernel" in key:
            assert (values == again[key]).all()
            assert (values != other[key]).any()
            assert (free[key] != later[key]).any()


def test_a_seed_can_be_a_parameter() -> None:
    from spec_text import network_of

    network = network_of(
        "block b(seed = none) { conv(4, 3x3, seed=seed) }\n"
        "model m { input 9x9x2\n b(1) -> b(2) -> b }"
    )
    text = BACKEND.emit(network).text
    assert text.count("def ") == 2
    assert "seed: int | None = None" in text
    first, again = fresh(network), fresh(network)
    assert (first["b1.conv/kernel"] == again["b1.conv/kernel"]).all()
    assert (first["b3.conv/kernel"] != again["b3.conv/kernel"]).any()
