"""`verify` raises no false alarm; `tests/fuzz/verification.py` runs for longer."""

from __future__ import annotations

import pytest
from false_alarms import alarms, small_network

PARTS, SEEDS = 4, 12
"""One spec in six holds and is small enough."""


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_random_specs(part: int) -> None:
    for seed in range(part * SEEDS, (part + 1) * SEEDS):
        network = small_network(seed)
        if network is not None:
            assert list(alarms(network, ("keras", "torch"))) == [], seed
