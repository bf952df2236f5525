"""Fresh weights come from the same distribution in every backend: the one that the language states.

Each kernel is held against the distribution itself (Kolmogorov and Smirnov), so that two backends
that both keep to it keep to each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import torch
from scipy import stats
from spec_text import in_model, network_of

from cnndsl.backend import find_backend
from cnndsl.ir.network import Network
from cnndsl.ops.base import INITIALIZERS
from cnndsl.weights.random import random_weights

SPEC = """\
model kernels {{
    input 18x14x56
    let a = conv(96, 5x3, groups=2, init={0})
    let b = depthwise_conv(17x13, multiplier=4, init={0})
    let c = separable_conv(640, 17x13, multiplier=4, init={0})
    flatten -> dense(24, init={0})
    output main, a, b, c
}}
"""
"""Each kernel has tens of thousands of numbers, and fans in and out that differ."""
RAREST = 1e-6
"""How improbable a deviation may be before it counts: seeds are fixed, so a run is like any other.
"""


def fresh(name: str, network: Network) -> dict[str, Any]:
    if name == "random_weights":
        return random_weights(network, 3)
    backend = find_backend(name)
    keras.utils.set_random_seed(3)
    torch.manual_seed(3)
    return dict(backend.runtime.weights.read_weights(backend.build(network), network))


def variance(init: str, shape: tuple[int, ...]) -> float:
    """The language's formula, for a kernel (height, width, in / groups, out) or (in, out)."""
    area = math.prod(shape[:-2])
    fan_in, fan_out = area * shape[-2], area * shape[-1]
    scheme = init.split("_")[0]
    return {"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme]


def distribution(init: str, spread: float) -> Callable[[Any], Any]:
    if init.endswith("normal"):
        return stats.norm(0, math.sqrt(spread)).cdf
    limit = math.sqrt(3 * spread)
    return stats.uniform(-limit, 2 * limit).cdf


@pytest.mark.parametrize("backend", ["keras", "numpy", "torch", "random_weights"])
@pytest.mark.parametrize("init", INITIALIZERS)
def test_kernels_are_of_the_stated_distribution(init: str, backend: str) -> None:
    network = network_of(SPEC.format(init))
    kernels = {key: one for key, one in fresh(backend, network).items() if "kernel" in key}
    assert len(kernels) == 5
    for key, kernel in kernels.items():
        spread = variance(init, kernel.shape)
        assert kernel.size > 30_000
        found = stats.kstest(kernel.ravel().astype(float), distribution(init, spread))
        assert found.pvalue > RAREST, key
        # Its shares of the channels, too: a fan that is wrong for some of them shows here.
        by_filter = np.square(kernel, dtype=float).mean(tuple(range(kernel.ndim - 1))) / spread
        kurtosis = 2 if init.endswith("normal") else 0.8
        allowed = 6 * math.sqrt(kurtosis / (kernel.size / kernel.shape[-1]))
        assert np.abs(by_filter - 1).max() < allowed, key


@pytest.mark.parametrize("init", ["he_normal", "glorot_uniform"])
def test_a_wrong_distribution_would_show(init: str) -> None:
    """A variance off by a fifth, or a normal distribution cut off at two deviations."""
    random = np.random.default_rng(0)
    count = 30_000
    right = distribution(init, 1.0)
    drawn = random.normal(size=count) if "normal" in init else random.uniform(-1, 1, count) * 3**0.5
    assert stats.kstest(drawn, right).pvalue > 1e-3
    assert stats.kstest(drawn * math.sqrt(1.2), right).pvalue < RAREST
    cut = stats.truncnorm(-2, 2).rvs(count, random_state=0)
    assert stats.kstest(cut / cut.std(), distribution("he_normal", 1.0)).pvalue < RAREST


@pytest.mark.parametrize("backend", ["keras", "numpy", "torch", "random_weights"])
def test_other_weights_start_alike(backend: str) -> None:
    network = network_of(in_model("conv(4, 3x3) -> batch_norm -> subsample(3x2)", "9x8x5"))
    weights = fresh(backend, network)
    starts = {"bias": 0, "beta": 0, "moving_mean": 0, "gamma": 1, "moving_variance": 1}
    starts |= {"gain": 1 / 6}
    checked = 0
    for key, array in weights.items():
        start = starts.get(key.split("/")[1])
        if start is not None:
            np.testing.assert_allclose(array, start, rtol=1e-6, err_msg=key)
            checked += 1
    assert checked == 7
