"""What a file of Keras says of its layers must be what the spec says, or the error names both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from command_line import Command
from keras import layers
from shares import mostly_slow
from spec_text import network_of
from weight_networks import assert_identical, drawn

from cnndsl.backend import find_backend
from cnndsl.weights.files import WeightFileError, read_weights, write_weights
from cnndsl.weights.mapping import NameMap, read_map
from cnndsl.weights.naming import Request

SPEC = """\
model net {
    input 12x12x4
    conv(8, 3x3, pad=1) -> batch_norm(epsilon=0.001) -> leaky_relu(0.2)
    max_pool(2x2) -> depthwise_conv(3x3, pad=same) -> elu
    concat {
        conv(4, 1x1) as left -> relu
        conv(4, 3x3, pad=same, dilation=2) as right -> relu6
    }
    add { identity  conv(8, 1x1, bias=false) }
    separable_conv(6, 3x3, stride=2, pad=same) -> batch_norm(center=false) -> silu
    avg_pool(2x2, stride=1) -> zero_pad(1) -> lrn -> scale(0.5) -> dropout(0.5)
    global_avg_pool -> dense(5) -> softmax
}
"""
SPEC = SPEC.replace("{ identity  conv", "{\n identity\n conv").replace(
    "bias=false) }", "bias=false)\n}"
)
NETWORK = network_of(SPEC)
WEIGHTS = drawn(NETWORK)
CHANGES = [
    ("epsilon=0.001", "epsilon=0.00001", "epsilon 1e-05 in the spec, 0.001 in the file"),
    ("leaky_relu(0.2)", "leaky_relu(0.3)", "slope 0.3 in the spec, 0.2 in the file"),
    ("leaky_relu(0.2)", "relu", "relu in the spec, leaky_relu in the file"),
    ("pad=1)", "pad=same)", None),
    ("3x3, pad=1)", "3x3, pad=(0,2,1,1))", "padding (0, 1) in the spec, (1, 1) in the file"),
    ("max_pool(2x2)", "avg_pool(2x2)", "avg_pool in the spec, max_pool in the file"),
    ("max_pool(2x2)", "max_pool(3x3, stride=2, pad=same)", "kernel 3x3 in the spec, 2x2"),
    ("-> elu", "-> elu(0.5)", "alpha 0.5 in the spec, 1.0 in the file"),
    ("dilation=2", "dilation=1", "dilation 1x1 in the spec, 2x2 in the file"),
    ("right -> relu6", "right -> relu", "relu in the spec, relu6 in the file"),
    ("stride=2, pad=same", "stride=1, pad=same", "stride 1x1 in the spec, 2x2 in the file"),
    ("center=false", "scale=false", "center true in the spec, false in the file"),
    ("-> silu", "-> hard_swish", "hard_swish in the spec, silu in the file"),
    ("-> lrn", "-> lrn(size=3)", "size 3 in the spec, 5 in the file"),
    ("scale(0.5)", "scale(0.25)", "factor 0.25 in the spec, 0.5 in the file"),
    ("dropout(0.5)", "dropout(0.1)", None),
    ("-> dropout(0.5)", "", None),
    ("-> softmax", "", "dense in the spec, softmax in the file"),
    ("add {", "multiply {", "multiply in the spec, add in the file"),
    ("lrn ->", "", "zero_pad in the spec, lrn in the file"),
]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def saved(name: str) -> None:
    if name.endswith(".keras"):
        write_weights(name, NETWORK, WEIGHTS)
        return
    backend = find_backend("keras")
    model: Any = backend.build(NETWORK)
    backend.runtime.weights.load_weights(model, NETWORK, WEIGHTS)  # type: ignore[union-attr]
    model.save(name)


def test_what_contradicts_the_spec_is_an_error_that_names_both() -> None:
    for name in ("net.keras", "net.h5"):
        saved(name)
        told: list[str] = []
        request = Request(tell=told.append)
        assert_identical(read_weights(name, NETWORK, request=request), WEIGHTS)
        assert told == []
        for old, new, words in CHANGES:
            assert SPEC.count(old) == 1, old
            other = network_of(SPEC.replace(old, new))
            if words is None:
                read_weights(name, other)
                continue
            with pytest.raises(WeightFileError) as error:
                read_weights(name, other)
            assert "of another network" in error.value.message, (name, new)
            assert words in error.value.message, (name, new)
            assert ".cnn:" in error.value.message
        other = network_of(SPEC.replace("epsilon=0.001", "epsilon=0.1"))
        request = Request(any_architecture=True)
        assert_identical(read_weights(name, other, request=request), WEIGHTS)


def test_branches_in_another_order() -> None:
    lines = SPEC.splitlines()
    at = next(number for number, line in enumerate(lines) if "left" in line)
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    other = network_of("\n".join(lines))
    alike = SPEC.replace(
        "conv(4, 3x3, pad=same, dilation=2) as right -> relu6", "conv(4, 1x1) as right -> relu"
    )
    saved("net.keras")
    with pytest.raises(WeightFileError, match="of another network"):
        read_weights("net.keras", other)
    first = network_of(alike)
    write_weights("alike.keras", first, drawn(first))
    turned = (
        alike.replace("as left", "as x").replace("as right", "as left").replace("as x", "as right")
    )
    with pytest.raises(WeightFileError, match=r"(right|left) is where (right|left) is in the spec"):
        read_weights("alike.keras", network_of(turned))
    turned = SPEC.replace(
        " identity\n conv(8, 1x1, bias=false)", " conv(8, 1x1, bias=false)\n identity"
    )
    read_weights("net.keras", network_of(turned))  # a sum has no order


OTHERS = """\
model net {
    input 8x8x3
    conv(4, 3x3, stride=2, pad=1) -> relu -> batch_norm(epsilon=0.001)
    add {
        identity
        conv(4, 1x1) -> batch_norm(epsilon=0.001) -> conv(4, 1x1) -> silu
    }
    conv(4, 1x1) -> batch_norm(epsilon=0.001)
    flatten -> dense(3) -> softmax
}
"""


def others_model(is_functional: bool) -> Any:
    """Somebody's model, with a model in it, whose layers have names of their own."""
    first = keras.Input((8, 8, 3))
    x = layers.ZeroPadding2D(1)(first)
    x = layers.Conv2D(4, 3, strides=2, activation="relu")(x)
    x = layers.BatchNormalization()(x)
    inside = [
        layers.Conv2D(4, 1),
        layers.BatchNormalization(),
        layers.Conv2D(4, 1, activation="swish"),
    ]
    if is_functional:
        entry = keras.Input((4, 4, 4))
        y = entry
        for one in inside:
            y = one(y)
        inner: Any = keras.Model(entry, y)
    else:
        inner = keras.Sequential([keras.Input((4, 4, 4)), *inside])
    x = layers.Add()([inner(x), x])
    x = layers.BatchNormalization()(layers.Conv2D(4, 1)(x))
    x = layers.Dense(3, activation="softmax")(layers.Dropout(0.5)(layers.Flatten()(x)))
    model = keras.Model(first, x)
    random = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(random.uniform(0.5, 1, weight.shape))
    return model


@pytest.mark.parametrize("is_functional", mostly_slow([True, False], [True]))
def test_models_in_models(is_functional: bool) -> None:
    model = others_model(is_functional)
    images = np.random.default_rng(1).normal(size=(2, 8, 8, 3)).astype(np.float32)
    expected = np.asarray(model(images, training=False))
    network = network_of(OTHERS)
    backend: Any = find_backend("numpy")
    for name in ("net.keras", "net.h5"):
        model.save(name)
        live = backend.build(network)
        weights = read_weights(name, network)
        backend.runtime.weights.load_weights(live, network, weights)
        (found,) = backend.runtime.models.predict(live, images)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
        with pytest.raises(WeightFileError, match=r"epsilon 0\.01 in the spec, 0\.001 in the file"):
            read_weights(name, network_of(OTHERS.replace("epsilon=0.001", "epsilon=0.01", 1)))
    model.save_weights("net.weights.h5")
    with pytest.raises(WeightFileError, match="models in its model") as error:
        read_weights("net.weights.h5", network)
    Path("names.toml").write_text("\n".join(error.value.lines[1:]))
    names = read_map("names.toml")
    request = Request(is_mapped=True)
    found = read_weights("net.weights.h5", network, request=request, names=names)
    assert {key: one.shape for key, one in found.items()} == {
        key: one.shape for key, one in weights.items()
    }
    names = read_map("names.toml").replaced(weights={**names.weights, "dense/bias": "nothing"})
    with pytest.raises(WeightFileError, match="the map names nothing"):
        read_weights("net.weights.h5", network, request=request, names=names)
    for key in names.weights:
        if "batch_norm" in key:  # what is unsure is never guessed
            rest = {name: one for name, one in names.weights.items() if name != key}
            with pytest.raises(WeightFileError):
                read_weights(
                    "net.weights.h5", network, request=request, names=NameMap(weights=rest)
                )


TRANSFERRED = """\
model net {
    input 8x8x3
    (conv(4, 3x3) -> batch_norm(epsilon=0.001) -> relu) * 2
    global_avg_pool -> dense(6) -> relu -> dense(6) -> relu -> dense(3) -> softmax
}
"""


@pytest.mark.parametrize("is_outside", [False, True])
def test_a_model_below_another(is_outside: bool) -> None:
    """The usual transfer: convolutions in a model of their own, dense layers behind or in both."""
    parts = [
        one
        for _ in range(2)
        for one in (layers.Conv2D(4, 3), layers.BatchNormalization(), layers.ReLU())
    ]
    dense = [layers.Dense(6, activation="relu"), layers.Dense(6, activation="relu")]
    head = [layers.GlobalAveragePooling2D(), *dense[:is_outside]]
    below = keras.Sequential([keras.Input((8, 8, 3)), *parts, *head], name="below")
    last = layers.Dense(3, activation="softmax", name="mine")
    model = keras.Sequential([keras.Input((8, 8, 3)), below, *dense[is_outside:], last])
    random = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(random.uniform(0.5, 1, weight.shape))
    model.save("net.keras")
    model.save_weights("net.weights.h5")
    network = network_of(TRANSFERRED)
    wanted = read_weights("net.keras", network)
    assert_identical(read_weights("net.weights.h5", network), wanted)


def test_layers_that_cannot_be_read_are_told(cnndsl: Command) -> None:
    Path("net.cnn").write_text("model net {\n input 6x6x1\n conv(2, 3x3)\n flatten -> dense(2)\n}")
    first = keras.Input((6, 6, 1))
    x = layers.GaussianNoise(0.1)(layers.Conv2D(2, 3)(first))
    x = layers.Dense(2)(layers.Flatten()(layers.UnitNormalization()(x)))
    keras.Model(first, x).save("net.keras")
    status, out, err = cnndsl("weights", "import", "net.cnn", "net.keras", "net.npz")
    assert (status, err) == (0, "")
    assert "not held against the spec: " in out
    assert "normalization" in out


def test_files_without_a_description() -> None:
    """`.weights.h5` names no weights, the format before Keras 3 does."""
    text = "model net {{\n input 4x4x2\n conv(3, 1x1) -> batch_norm({}=false)\n}}"
    centred, scaled = (network_of(text.format(word)) for word in ("scale", "center"))
    write_weights("net.weights.h5", centred, drawn(centred))
    said: list[str] = []
    read_weights("net.weights.h5", scaled, request=Request(tell=said.append))
    assert said == ["net.weights.h5 does not name the weights of batch_norm: taken in order"]
    with h5py.File("old.h5", "w") as file:
        file.attrs["layer_names"] = [b"conv", b"batch_norm"]
        weights: dict[str, list[bytes]] = {}
        for key, array in drawn(centred).items():
            layer, _, name = key.partition("/")
            file.create_dataset(f"{layer}/{layer}/{name}:0", data=array)
            weights.setdefault(layer, []).append(f"{layer}/{name}:0".encode())
        for layer, names in weights.items():
            file[layer].attrs["weight_names"] = names
    assert_identical(read_weights("old.h5", centred), drawn(centred))
    with pytest.raises(WeightFileError, match="has beta where the spec has batch_norm/gamma"):
        read_weights("old.h5", scaled)


TWO_INPUTS = """\
model net {
    input left: 4x5x2, right: 4x5x2
    share tower = conv(3, 3x3)
    let one = left -> tower -> relu
    let other = right -> tower
    concat(one, other) -> global_avg_pool -> dense(2)
}
"""


@pytest.mark.parametrize("name", ["net.keras", "net.h5"])
def test_inputs_are_those_of_the_file(tmp_path: Path, name: str) -> None:
    network = network_of(TWO_INPUTS)
    backend: Any = find_backend("keras")
    live = backend.build(network)
    live.save(tmp_path / name)
    expected = backend.runtime.weights.read_weights(live, network)
    assert_identical(read_weights(str(tmp_path / name), network), expected)
    swapped = network_of(TWO_INPUTS.replace("left: 4x5x2, right", "right: 4x5x2, left"))
    with pytest.raises(WeightFileError, match="input `left` is another in the file"):
        read_weights(str(tmp_path / name), swapped)
