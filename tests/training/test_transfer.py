"""Transfer learning: digits 0 to 4 teach a trunk that digits 5 to 9 get a new head on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

import cnndsl

NET = """
model digits_net(classes = 5) {
    input 8x8x1
    stage trunk {
        conv(16, 3x3, pad=same, bias=false) as conv1 -> batch_norm as norm1 -> sigmoid
        conv(32, 3x3, stride=2, bias=false) as conv2 -> batch_norm as norm2 -> sigmoid
        flatten -> dropout(0.2) -> dense(64) as wide -> sigmoid
    }
    dense(classes) as head -> softmax
}

recipe base {
    optimizer adam(rate=0.005)
    epochs 15
}

recipe head {
    optimizer sgd(rate=0.1, momentum=0.9)
    missing "head"
    hold_out 0.8
    epochs 3
}
"""
FOUND = load_digits()
PICTURES = np.rint(FOUND.images * (255 / 16)).astype(np.uint8)[..., None]
LOW, HIGH = (
    (PICTURES[which], FOUND.target[which]) for which in (FOUND.target < 5, FOUND.target >= 5)
)
REGIMES = {
    "all": ('"trunk"', ("trunk.",)),
    "some": ('"..trunk.norm1"', ("trunk.conv1/", "trunk.norm1/")),
    "none": (None, ()),
}
"""What is frozen, as a recipe says it, and how the paths of what stays begin."""
ENDINGS = {"numpy": "npz", "torch": "pt", "keras": "weights.h5"}
BACKENDS = [
    pytest.param("numpy", marks=pytest.mark.slow),
    pytest.param("torch", marks=pytest.mark.long),
    pytest.param("keras", marks=pytest.mark.long),
]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_trunk_is_of_use_and_what_is_frozen_stays_to_the_bit(
    backend: str, tmp_path: Path
) -> None:
    def fit(classes: int, data: Any, **more: Any) -> Any:
        network = cnndsl.loads(NET, classes=classes)
        return network.fit(data, backend=backend, progress=False, **more)

    base = fit(5, LOW, recipe="base")
    assert base.history[-1]["held_out_accuracy"] > 0.95
    path = tmp_path / f"base.{ENDINGS[backend]}"
    base.save(path)
    afresh = fit(10, HIGH, recipe="head").history[-1]["held_out_accuracy"]
    for frozen, starts in REGIMES.values():
        settings = {} if frozen is None else {"freeze": frozen}
        trained = fit(10, HIGH, recipe="head", weights=path, **settings)
        assert trained.history[-1]["held_out_accuracy"] > afresh + 0.1, frozen
        for name, array in trained.weights.items():
            stays = name.startswith(starts) if starts else False
            before = base.weights[name]
            assert (array.shape == before.shape and np.array_equal(array, before)) == stays, name
