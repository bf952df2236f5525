"""What frameworks keep in 32 bits even in 64, and gradients that are nothing but rounding."""

from __future__ import annotations

from typing import Any

import pytest
from altered_backends import replaced
from spec_text import in_model, network_of

from cnndsl.backend import find_backend
from cnndsl.emit.lowering import Lowerings
from cnndsl.verify.comparison import COARSE, Trial

BACKENDS = ("keras", "torch")


def comparisons(body: str, backend: Any, **options: Any) -> list[Any]:
    network = network_of(in_model(body, "6x6x3"))
    return list(Trial(network, **options).compare(backend, ("float64",)))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("layer", ["leaky_relu(0.1)", "scale(0.17)"])
def test_attributes_kept_in_32_bits(layer: str, backend: str) -> None:
    """The reference is rounded alike, so that the tolerance stays as it is."""
    body = f"conv(4, 3x3) -> {layer} -> conv(4, 1x1)"
    (found,) = comparisons(body, find_backend(backend), grad=True)
    assert found.first is None
    assert max(found.errors.values()) < 1e-13


@pytest.mark.parametrize("layer", ["leaky_relu(0.1)", "scale(0.17)"])
def test_rounding_would_show_otherwise(layer: str) -> None:
    keras = find_backend("keras")
    exact = [replaced(one, rounded=frozenset()) for one in keras.lowerings]
    backend = replaced(keras, lowerings=Lowerings("keras", exact))
    (found,) = comparisons(f"conv(4, 3x3) -> {layer} -> conv(4, 1x1)", backend)
    assert found.first.layer.op.name == layer.split("(")[0]


COARSE_IN = {
    ("keras", "gelu"): {"activations", "outputs", "gradients"},
    ("torch", "hard_sigmoid"): {"gradients"},
}
ACTIVATIONS = """
    relu relu6 leaky_relu elu(0.7) selu gelu gelu(approximate=true) silu sigmoid hard_sigmoid
    hard_swish tanh softplus softmax
""".split()


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("layer", ACTIVATIONS)
def test_activations_in_64_bits(layer: str, backend: str) -> None:
    """Where a framework has a constant in 32 bits, and nowhere else, is there room for it."""
    (found,) = comparisons(
        f"conv(4, 3x3) -> {layer} -> conv(4, 1x1)", find_backend(backend), grad=True
    )
    assert found.first is None
    coarse = {kind for kind, error in found.errors.items() if error > 1e-11}
    assert coarse == COARSE_IN.get((backend, layer), set())
    assert max(found.errors.values()) < COARSE / 5


@pytest.mark.parametrize("backend", BACKENDS)
def test_gradients_that_are_rounding_alone(backend: str) -> None:
    """A bias before a normalisation that trains has none, nor have the statistics before one."""
    body = "conv(4, 3x3) -> batch_norm(scale=false) -> batch_norm -> relu -> conv(4, 1x1)"
    for found in comparisons(body, find_backend(backend), grad=True, train=True, batch=3):
        assert found.first is None


@pytest.mark.parametrize("backend", BACKENDS)
def test_outputs_that_are_merges(backend: str) -> None:
    """In PyTorch a merge is no module; as an output it is seen all the same, in training too."""
    body = "conv(3, 3x3, pad=1) as a\nadd(a, main) as b\nconcat(a, b)\noutput main, b"
    options = {"grad": True, "train": True, "batch": 3}
    for found in comparisons(body, find_backend(backend), **options):
        assert (found.first, found.unseen) == (None, ())
        assert max(found.errors.values()) < 1e-12
