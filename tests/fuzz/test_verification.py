"""`verify` raises no false alarm; `tests/fuzz/verification.py` runs for longer."""

from __future__ import annotations

import pytest
from false_alarms import alarms, small_network

SEEDS = (5, 6, 11, 13, 21, 23, 27, 28)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_random_specs(seed: int) -> None:
    network = small_network(seed)
    assert network is not None
    assert list(alarms(network, ("keras", "torch"))) == []
