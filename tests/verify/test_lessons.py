"""Training by recipes: all scripts do the same, and bugs in them are found at their step."""

from __future__ import annotations

import pytest
from cnndsl_keras.backend import BACKEND as KERAS
from cnndsl_torch.backend import BACKEND as TORCH
from lessons import NETS, RECIPES, proof

from cnndsl.backend import Backend
from cnndsl.diagnostics.base import Rejected

PLAIN = [("plain", "adamw", TORCH)]
SLOW = [("heads", "everything", TORCH), ("residual", "late", TORCH), ("binary", "groups", KERAS)]


def mark(*case: object) -> pytest.MarkDecorator | tuple[()]:
    return () if case in PLAIN else pytest.mark.slow if case in SLOW else pytest.mark.long


CASES = [
    pytest.param(*case, marks=mark(*case), id=f"{case[0]}-{case[1]}-{case[2].name}")
    for case in ((net, recipe, one) for net in NETS for recipe in RECIPES for one in (TORCH, KERAS))
]


@pytest.mark.parametrize(("net", "recipe", "backend"), CASES)
def test_all_train_alike(net: str, recipe: str, backend: Backend) -> None:
    try:
        found = proof(net, recipe).compare(backend)
    except Rejected as rejection:
        if backend is not KERAS or "augment" not in RECIPES[recipe]:
            raise
        pytest.skip(rejection.diagnostic.message)
    assert found.first is None
    assert max(found.errors.values()) < 1e-8
    assert ("averages" in found.errors) == ("average" in RECIPES[recipe])
