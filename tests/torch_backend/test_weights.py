"""`load_weights` takes all weights or none, and says which do not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from cnndsl_torch import live
from cnndsl_torch.backend import BACKEND
from model_shapes import shapes_in
from spec_text import in_model, network_of

TEXT = in_model("conv(4, 3x3) -> batch_norm -> flatten -> dense(2)", "4x4x3")


@pytest.fixture(name="case")
def _case() -> tuple[Any, Any, dict[str, Any]]:
    network = network_of(TEXT)
    model = BACKEND.build(network)
    return model, network, dict(live.read_weights(model, network))


def unchanged(model: Any, before: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one, before[name]) for name, one in model.state_dict().items())


def test_misfits_are_named_all_at_once(case: tuple[Any, Any, dict[str, Any]]) -> None:
    model, network, weights = case
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    weights = {key: array + 1 for key, array in weights.items()}
    weights["conv/kernel"] = np.zeros((3, 3, 4, 3))
    weights["other/kernel"] = np.zeros(3)
    del weights["dense/bias"]
    with pytest.raises(ValueError, match="the weights do not fit model 'm'") as error:
        live.load_weights(model, network, weights)
    assert str(error.value).splitlines()[1:] == [
        "  conv/kernel: expected shape (3, 3, 3, 4), found (3, 3, 4, 3)",
        "  dense/bias: missing, expected shape (2,)",
        "  other/kernel: unexpected, found shape (3,)",
    ]
    assert unchanged(model, before)


def test_a_transposed_square_kernel_is_not_noticed_but_a_flat_one_is(
    case: tuple[Any, Any, dict[str, Any]],
) -> None:
    model, network, weights = case
    weights["dense/kernel"] = weights["dense/kernel"].reshape(-1)
    with pytest.raises(ValueError, match=r"dense/kernel: expected shape \(16, 2\), found \(32,\)"):
        live.load_weights(model, network, weights | {"dense/kernel": np.zeros(32)})


@pytest.mark.parametrize("dtype", ["float16", "float64", "int64"])
def test_arrays_of_any_type(case: tuple[Any, Any, dict[str, Any]], dtype: str) -> None:
    model, network, weights = case
    ones = {key: np.ones(array.shape, dtype) for key, array in weights.items()}
    live.load_weights(model, network, ones)
    assert all(one.dtype == torch.float32 for one in model.parameters())
    assert all((array == 1).all() for array in live.read_weights(model, network).values())


def test_read_only_and_nested_sequences(case: tuple[Any, Any, dict[str, Any]]) -> None:
    model, network, weights = case
    for array in weights.values():
        array.flags.writeable = False
    live.load_weights(model, network, {**weights, "dense/bias": [1.0, 2.0]})
    assert live.read_weights(model, network)["dense/bias"].tolist() == [1.0, 2.0]


def test_weights_are_copies(case: tuple[Any, Any, dict[str, Any]]) -> None:
    model, _network, weights = case
    before = {key: array.copy() for key, array in weights.items()}
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(1)
    assert all((weights[key] == before[key]).all() for key in weights)
    assert all(array.flags.c_contiguous for array in weights.values())


def test_double_precision_is_kept(case: tuple[Any, Any, dict[str, Any]]) -> None:
    model, network, weights = case
    exact = {key: np.full(array.shape, 1 / 3) for key, array in weights.items()}
    live.load_weights(model.double(), network, exact)
    assert all((array == 1 / 3).all() for array in live.read_weights(model, network).values())
    (output,) = live.predict(model, np.ones((1, 4, 4, 3), np.float32))
    assert output.dtype == np.float64


def test_predict_leaves_the_mode_as_it_was(case: tuple[Any, Any, dict[str, Any]]) -> None:
    model, network, _weights = case
    model.train()
    model.batch_norm.eval()
    live.predict(model, np.ones((1, 4, 4, 3), np.float32))
    shapes_in("torch", model, network)
    assert model.training
    assert not model.batch_norm.training
