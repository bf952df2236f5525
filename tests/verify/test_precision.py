"""What frameworks keep in 32 bits even in 64, and gradients that are nothing but rounding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from altered_backends import replaced, with_text
from shares import mostly_slow
from spec_text import in_model, network_of

from cnndsl.backend import find_backend
from cnndsl.emit.lowering import Lowerings
from cnndsl.verify.comparison import Trial
from cnndsl.verify.differences import TOLERANCES, compared

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


ACTIVATIONS = """
    relu relu6 leaky_relu elu(0.7) selu gelu gelu(approximate=true) silu sigmoid hard_sigmoid
    hard_swish tanh softplus softmax
""".split()


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("layer", ACTIVATIONS)
def test_activations_in_64_bits(layer: str, backend: str) -> None:
    """Where a framework has a constant in 32 bits, so has the reference."""
    (found,) = comparisons(
        f"conv(4, 3x3) -> {layer} -> conv(4, 1x1)", find_backend(backend), grad=True
    )
    assert found.first is None
    assert max(found.errors.values()) < 1e-12


LOSSES = {
    "torch": "sigmoid -> global_avg_pool -> dense(1) -> scale(6) -> gelu -> dense(3)",
    "keras": "scale(0.001) -> elu -> scale(0.001) -> elu(3) -> conv(4, 3x3) -> relu",
}
"""Where nothing but rounding is left of what a formula of the framework gives."""


@pytest.mark.parametrize("backend", BACKENDS)
def test_formulas_that_lose_digits(backend: str) -> None:
    trial = Trial(network_of(in_model(LOSSES[backend], "6x6x3")), seed=2, grad=True, train=True)
    found = list(trial.compare(find_backend(backend), ("float32", "float64")))
    worst = {one.dtype: one.errors["activations"] for one in found}
    assert worst["float32"] > TOLERANCES["float32"]["activations"]
    assert [one.first for one in found] == [None] * len(found)


@pytest.mark.parametrize("backend", mostly_slow(BACKENDS, ["torch"]))
def test_paths_that_are_nearly_equal(backend: str) -> None:
    """A normalisation makes the same of what is normalised already, but for epsilon."""
    paths = "let one = norm\nlet other = batch_norm -> norm\nsubtract(one, other)"
    body = f"share norm = batch_norm\n{paths}"
    trial = Trial(network_of(in_model(body, "6x6x3")), grad=True, train=True)
    found = list(trial.compare(find_backend(backend), ("float32", "float64")))
    worst = {one.dtype: one.errors["activations"] for one in found if one.training}
    assert worst["float32"] > TOLERANCES["float32"]["activations"]
    assert [one.first for one in found] == [None] * len(found)


NOTHING_BUT_ROUNDING = {
    "paths that are equal": """
    conv(3, 3x3) as one
    let other = one
    subtract(one, other)
    share norm = batch_norm
    let first = norm
    let second = batch_norm -> norm
    concat(first, second)""",
    "a layer taken twice": """
    share twice = conv(3, 3x3)
    let one = twice
    let other = identity -> twice
    subtract(one, other) -> batch_norm -> batch_norm""",
    "zeros": "    scale(0) -> batch_norm -> batch_norm -> conv(3, 3x3)",
    "channels of one number": (
        "    scale(0) -> conv(3, 1x1) -> batch_norm -> conv(2, 1x1) -> batch_norm"
    ),
    "a mean that is always the same": (
        "    conv(3, 3x3) -> softmax -> channel_mean -> batch_norm -> batch_norm"
    ),
}
"""Gradients that are zero, and what epsilon alone keeps from being a division by zero."""


@pytest.mark.parametrize("backend", mostly_slow(BACKENDS, ["torch"]))
@pytest.mark.parametrize("name", NOTHING_BUT_ROUNDING)
def test_sums_that_cancel(name: str, backend: str) -> None:
    network = network_of(in_model(NOTHING_BUT_ROUNDING[name], "7x6x3"))
    trial = Trial(network, grad=True, train=True)
    dtypes = ("float32", "float64")
    found = list(trial.compare(find_backend(backend), dtypes))
    assert [one.first for one in found] == [None] * len(found)
    worst = {one.dtype: one.errors["gradients"] for one in found if one.training}
    assert any(worst[dtype] > TOLERANCES[dtype]["gradients"] for dtype in dtypes)


@pytest.mark.parametrize("name", NOTHING_BUT_ROUNDING)
def test_beside_sums_that_cancel_a_bug_is_found(name: str) -> None:
    """All gradients are wrong by a ten-millionth, the outputs right."""
    network = network_of(in_model(NOTHING_BUT_ROUNDING[name], "7x6x3"))

    def changed(text: str) -> str:
        head, _, output = text.rpartition("        return ")
        return f"{head}        x = {output.strip()}\n        return x + 1e-7 * (x - x.detach())\n"

    trial = Trial(network, grad=True, train=True)
    backend = with_text(find_backend("torch"), changed)
    found = [one.first for one in trial.compare(backend, ("float64",))]
    assert [one.kind for one in found if one is not None] == ["gradients"] * 2


@pytest.mark.parametrize("backend", mostly_slow(["keras", "numpy", "torch"], ["numpy", "torch"]))
def test_a_network_that_makes_much_of_rounding(backend: str) -> None:
    """A normalisation over two numbers gives 1 and -1, be they ever so near: which is which?"""
    body = "(conv(256, 1x1, bias=false) -> batch_norm -> relu) * 6"
    trial = Trial(network_of(in_model(body, "1x1x64")), train=True, batch=2, seed=1)
    found = {one.training: one for one in trial.compare(find_backend(backend), ("float32",))}
    assert found[True].errors["activations"] > TOLERANCES["float32"]["activations"]
    assert (found[True].first, found[False].first, found[False].rounding) == (None, None, None)
    assert found[True].rounding is not None


def test_lost_digits_excuse_no_more_than_rounding() -> None:
    trial = Trial(network_of(in_model("conv(4, 3x3) -> gelu -> elu -> conv(4, 3x3)", "6x6x3")))
    for dtype, most in (("float32", 2e-5), ("float64", 1e-13)):
        noise = trial.noise(find_backend("torch"), dtype, training=False)
        assert 0 < max(one.error for one in noise.values()) < most


AMPLIFIED = {
    "scale": "scale(1/3.0) -> batch_norm(epsilon=0.0001)",
    "slope": "conv(4, 3x3, pad=same, l2=0.3) -> leaky_relu(0.1) -> scale(7.7)",
    "gelu": "conv(4, 3x3, pad=same) -> gelu -> lrn(size=3, alpha=0.7, beta=0.3)",
    "hard_sigmoid": "conv(4, 3x3, pad=same) -> hard_sigmoid -> batch_norm",
    "offset": "conv(4, 3x3, pad=same) -> hard_sigmoid(offset=0.75) -> scale(7.7)",
    "elu": "conv(4, 3x3, pad=same) -> elu(0.7) -> selu -> scale(3.3)",
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", mostly_slow(AMPLIFIED, []))
def test_constants_amplified_by_many_layers(name: str, backend: str) -> None:
    body = f"conv(4, 1x1) -> ({AMPLIFIED[name]}) * 12"
    for found in comparisons(body, find_backend(backend), grad=True, train=True, batch=3):
        assert found.first is None


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


NO_ALARM = {
    "no weights": "    tanh -> scale(0.5)",
    "no gradient": "    relu as a\n    conv(1, 1x1)\n    output a",
    "unused layers": "    conv(2, 1x1) as a\n    scale(0.3) -> batch_norm -> gelu\n    a -> tanh",
    "unused weights": "    relu as a\n    conv(4, 3x3, l2=0.1) -> dropout(0.5)\n    a -> tanh",
}


@pytest.mark.parametrize("name", NO_ALARM)
@pytest.mark.parametrize("backend", BACKENDS)
def test_networks_with_less(name: str, backend: str) -> None:
    trial = Trial(network_of(in_model(NO_ALARM[name], "6x5x3")), grad=True, train=True)
    inspection, comparisons = trial.examined(find_backend(backend), ("float32", "float64"))
    assert inspection is not None
    assert not inspection.flaws
    assert len(comparisons) >= 4
    assert [one.first for one in comparisons] == [None] * len(comparisons)


def test_an_image_of_one_channel() -> None:
    """oneDNN errs on the strides that NumPy gives a transposed image of one channel."""
    body = "conv(3, 2x3, stride=1x3, pad=(0, 0, 1, 0), bias=false)"
    trial = Trial(network_of(in_model(body, "6x4x1")), train=True)
    for found in trial.compare(find_backend("torch"), ("float32", "float64")):
        assert found.first is None


@pytest.mark.parametrize("pixel", [float("inf"), float("nan")])
def test_what_is_not_finite_stays_in_its_window(pixel: float) -> None:
    network = network_of(in_model("adaptive_avg_pool(3x3)", "6x6x1"))
    image = np.zeros((1, 6, 6, 1), np.float32)
    image[0, 0, 0, 0] = pixel
    for name in (*BACKENDS, "numpy"):
        backend = find_backend(name)
        (output,) = backend.runtime.models.predict(backend.build(network, "float32"), image)
        assert np.isfinite(output).sum() == 8
        np.testing.assert_equal(output[0, 0, 0, 0], pixel)


@pytest.mark.parametrize(("second", "error"), [(1.0, 0.0), (1.5, 0.5), (np.nan, np.inf)])
def test_numbers_beside_infinite_ones_are_compared(second: float, error: float) -> None:
    layer = network_of(in_model("relu", "6x5x3")).layers[0]
    expected, found = np.array([np.inf, 1.0, np.nan]), np.array([np.inf, second, np.nan])
    assert compared(layer, "outputs", None, found, expected, 1e-4).error == error
    assert compared(layer, "outputs", None, found[::-1], expected, 1e-4).error == np.inf
