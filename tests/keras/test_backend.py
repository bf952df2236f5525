"""The backend's own methods: names, shapes, weights and predictions of a live model."""

from __future__ import annotations

from typing import Any

import keras
import literal_formulas
import numpy as np
import pytest
from cnndsl_keras import live
from cnndsl_keras.backend import BACKEND
from keras_models import built, network_for
from spec_text import network_of

from cnndsl.ir.network import Network

BODY = (
    "conv(4, 3x3, pad=1) as first -> batch_norm -> depthwise_conv(2, multiplier=2)\n"
    "separable_conv(3, 2) -> separable_conv(3, 2, stride=2x1, bias=false)\n"
    "depthwise_conv(1, stride=1x2) -> flatten -> dense(2)"
)


@pytest.fixture(scope="module")
def network() -> Network:
    return network_for(BODY)


def test_weights_are_canonical(network: Network) -> None:
    model = built(network)
    expected = {
        f"{layer.path}/{weight.name}": weight.shape
        for layer in network.layers
        for weight in layer.weights
    }
    weights = live.read_weights(model, network)
    assert {key: one.shape for key, one in weights.items()} == expected
    assert list(weights) == list(expected)
    given = literal_formulas.random_weights(network)
    assert all((weights[key] == given[key]).all() for key in expected)
    assert model.count_params() == network.cost.params


def misfit(network: Network, **changes: Any) -> str:
    model = BACKEND.build(network)
    before = live.read_weights(model, network)
    weights = {**literal_formulas.random_weights(network), **changes}
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # the callers look at the message
        live.load_weights(
            model, network, {key: one for key, one in weights.items() if one is not None}
        )
    after = live.read_weights(model, network)
    assert all((after[key] == before[key]).all() for key in before), "some weights were set"
    return str(caught.value)


def test_misfits_are_refused(network: Network) -> None:
    wrong = np.zeros((3, 3, 4, 5), np.float32)
    assert misfit(network, **{"first/kernel": None}).splitlines() == [
        "the weights do not fit model 'm':",
        "  first/kernel: missing, expected shape (3, 3, 4, 4)",
    ]
    assert "first/kernel: expected shape (3, 3, 4, 4), found (3, 3, 4, 5)" in misfit(
        network, **{"first/kernel": wrong}
    )
    assert "second/kernel: unexpected" in misfit(network, **{"second/kernel": wrong})
    several = misfit(network, **{"first/kernel": wrong, "dense/bias": None})
    assert len(several.splitlines()) == 3


def test_keras_own_layout_of_depthwise_kernels_is_no_canonical_one() -> None:
    network = network_for("depthwise_conv(2, multiplier=3)", "5x5x2")
    keras_layout = np.zeros((2, 2, 2, 3), np.float32)
    message = misfit(network, **{"depthwise_conv/kernel": keras_layout})
    assert "expected shape (2, 2, 1, 6), found (2, 2, 2, 3)" in message


def test_predictions_are_made_in_inference(network: Network) -> None:
    network = network_for("batch_norm -> dropout(0.9)")
    model = built(network)
    images = literal_formulas.random_images(network)
    first, again = (live.predict(model, images)[0] for _ in range(2))
    assert (first == again).all()
    moved = live.read_weights(model, network)["batch_norm/moving_mean"]
    given = literal_formulas.random_weights(network)["batch_norm/moving_mean"]
    assert (moved == given).all()


def test_several_outputs() -> None:
    network = network_of(
        "model m { input 5x5x2\n conv(3, 1x1) as early -> conv(4, 1x1)\n output main, early }"
    )
    outputs = live.predict(built(network), literal_formulas.random_images(network))
    assert [one.shape for one in outputs] == [(2, 5, 5, 4), (2, 5, 5, 3)]


@pytest.mark.parametrize("name", ["layers", "keras", "list", "Any", "_m", "itertools", "super"])
def test_a_model_can_have_any_name(name: str) -> None:
    network = network_of(f"model {name} {{ input 5x5x2\n lrn -> conv(1, 1x1) }}")
    model = BACKEND.build(network)
    model.compile("sgd", "mse")
    images = literal_formulas.random_images(network)
    model.fit(images, images[..., :1], verbose=0)  # traced, which is strict about names
    assert isinstance(model, keras.Model)


def test_a_layer_can_have_the_name_of_an_input() -> None:
    keras.backend.clear_session()
    names = ("input_layer", "input", "input2", "input_layer_1")
    layers = " -> ".join(f"relu as {name}" for name in names)
    network = network_of(f"model m {{ input 4\n {layers} }}")
    model = BACKEND.build(network)
    assert [layer.name for layer in model.layers] == ["inputs", *names]


def test_helper_layers_do_not_take_names() -> None:
    network = network_of(
        "model m { input 5x5x2\n"
        "conv(2, 3, stride=2, pad=1) as a -> relu as a_pad -> relu as pad\n"
        "separable_conv(2, 1, stride=1x2) as b -> relu as b_depthwise }"
    )
    model = BACKEND.build(network)
    names = [layer.name for layer in model.layers][1:]
    assert names == ["a.pad", "a", "a_pad", "pad", "b.depthwise", "b", "b_depthwise"]
