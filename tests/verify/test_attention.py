"""Attention with several heads, windows and biases: all backends compute the same.

What any op is tested with has four channels, which are few for heads.
"""

from __future__ import annotations

import itertools
from random import Random

import pytest
from spec_text import in_model, network_of

from cnndsl.backend import find_backend
from cnndsl.ir.network import Network
from cnndsl.verify.comparison import Trial

HEADS = {
    "heads=3, key_size=2": 21,
    "heads=4, key_size=2, key_heads=2": 18,
    "heads=2, key_size=3, key_heads=1": 13,
}
"""Of each, the channels that hold values of 3, 3 and 4 as well."""
BIASES = ("", ", bias=offsets", ", bias=distances", ", bias=mlp, hidden=5")
WINDOWS = ("", ", window=3x2", ", window=3x2, grid=true", ", window=2x1, stride=2")
CALLS = [
    (f"attention({heads}{bias}{window}{stride})", channels)
    for (heads, channels), bias, window, stride in itertools.product(
        HEADS.items(), BIASES, WINDOWS, ("", ", stride=2")
    )
    if window.count("stride") + stride.count("stride") < 2
]
MIXED = Random(0).sample(CALLS, len(CALLS))
SHARES = [MIXED[at::9] for at in range(9)]


def network(calls: list[tuple[str, int]]) -> Network:
    lines = [
        f"let value{at} = conv({channels}, 1x1) -> {call}"
        for at, (call, channels) in enumerate(calls)
    ]
    outputs = ", ".join(f"value{at}" for at in range(len(calls)))
    return network_of(in_model("\n".join([*lines, f"output {outputs}"]), "6x4x5"))


@pytest.mark.long
@pytest.mark.parametrize("backend", ["torch", "keras"])
@pytest.mark.parametrize("share", range(len(SHARES)))
def test_backends_agree(share: int, backend: str) -> None:
    trial = Trial(network(SHARES[share]), grad=True, train=True, batch=2)
    for found in trial.compare(find_backend(backend), ("float64",)):
        assert found.first is None, (backend, found.first)
