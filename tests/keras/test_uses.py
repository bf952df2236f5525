"""What people do with a Keras model, for every op in every form that emitted code has for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import literal_formulas
import numpy as np
import pytest
import tensorflow as tf
from cnndsl_keras import live
from cnndsl_keras.backend import BACKEND
from keras_models import built, difference, network_for
from op_forms import every_form, some_forms
from samples import IMAGES, LAYERS, VECTOR
from shares import mostly_long, mostly_slow
from spec_text import network_of
from zoo_networks import on_small_images

from cnndsl.diagnostics.base import Failure
from cnndsl.ir.network import Network
from cnndsl.ops.base import Op
from cnndsl.values import Shape
from cnndsl.weights.random import random_weights

ZOO = ("alexnet", "inception_v1", "resnet18", "torchvision/vgg11")


@pytest.fixture(autouse=True)
def _clear_memory() -> Iterator[None]:
    yield
    keras.backend.clear_session()


def arrays(outputs: Any) -> list[Any]:
    listed = outputs if isinstance(outputs, list | tuple) else [outputs]
    return [np.asarray(keras.ops.convert_to_numpy(one), np.float64) for one in listed]


def assert_same(found: Any, expected: Any, tolerance: float = 1e-4) -> None:
    for one, other in zip(arrays(found), arrays(expected), strict=True):
        assert one.shape == other.shape
        assert difference(other, one) < tolerance


def filled(network: Network) -> Any:
    """A live model with weights from the initialisers, by which no value grows with depth."""
    model = BACKEND.build(network)
    live.load_weights(model, network, random_weights(network, 0))
    return model


# The uses


def predict(_network: Network, model: Any, images: Any) -> None:
    """In batches of 2, of which the last is smaller."""
    assert_same(model.predict(images, batch_size=2, verbose=0), model(images))


def fit(_network: Network, model: Any, images: Any, **options: Any) -> None:
    model.compile("sgd", ["mse"] * len(model.outputs), **options)
    targets = [np.full(one.shape, 0.5, np.float32) for one in arrays(model(images))]
    model.fit(images, targets, batch_size=2, verbose=0)


def fit_by_xla(network: Network, model: Any, images: Any) -> None:
    fit(network, model, images, jit_compile=True)


def graph(network: Network, model: Any, images: Any) -> None:
    """Called for batches of any size."""
    signature = [tf.TensorSpec((None, *network.input_shape.dims))]
    assert_same(tf.function(model, input_signature=signature)(images), model(images))


def xla(_network: Network, model: Any, images: Any) -> None:
    assert_same(tf.function(model, jit_compile=True)(images), model(images))


def save(_network: Network, model: Any, images: Any, path: Path) -> None:
    model.save(path / "model.keras")
    assert_same(keras.saving.load_model(path / "model.keras")(images), model(images))


def save_weights(network: Network, model: Any, images: Any, path: Path) -> None:
    model.save_weights(path / "model.weights.h5")
    fresh = BACKEND.build(network)
    fresh.load_weights(path / "model.weights.h5")
    assert_same(fresh(images), model(images))


def export(_network: Network, model: Any, images: Any, path: Path) -> None:
    model.export(path / "model", verbose=False)
    loaded = tf.saved_model.load(path / "model")
    assert_same(loaded.serve(images), model(images))


def clone(_network: Network, model: Any, images: Any) -> None:
    copied = keras.models.clone_model(model)
    copied.set_weights(model.get_weights())
    assert_same(copied(images), model(images))


def in_policy(policy: str, network: Network, model: Any, images: Any) -> None:
    expected = model(images)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        mixed = filled(network)
        assert_same(mixed.predict(images, verbose=0), expected, 0.1)
        fit(network, mixed, images)
    finally:
        keras.config.set_dtype_policy(before)


def mixed_float16(network: Network, model: Any, images: Any) -> None:
    in_policy("mixed_float16", network, model, images)


def mixed_bfloat16(network: Network, model: Any, images: Any) -> None:
    in_policy("mixed_bfloat16", network, model, images)


Use = Callable[..., None]
USES: tuple[Use, ...] = (
    *(predict, fit, fit_by_xla, graph, xla, clone, mixed_float16, mixed_bfloat16),
    *(save, save_weights, export),
)
ON_FILES = (save, save_weights, export)
QUICK = (predict,)
"""Those that take about a second for all ops at once."""
JUMPS = ("threshold",)
"""Ops that rounding can take to quite another value."""
ALIKE = {mixed_float16: [pytest.mark.long]}
"""Those that are another one over again, in all but a type."""
THOROUGH = (predict, fit, save, mixed_float16)
"""Those that each op is put to in each form: `predict` compiles with XLA."""


def put_to(use: Use, network: Network, path: Path) -> None:
    """Use a model of the network with random weights on random images."""
    images = literal_formulas.random_images(network).astype(np.float32)
    files = [path] if use in ON_FILES else []
    use(network, filled(network), images, *files)


# What is used


@pytest.mark.parametrize(
    "use",
    [
        pytest.param(use, marks=[*[pytest.mark.slow] * (use not in QUICK), *ALIKE.get(use, [])])
        for use in USES
    ],
    ids=lambda use: use.__name__,
)
@pytest.mark.parametrize("shape", mostly_long([IMAGES[0], VECTOR], [IMAGES[0]]), ids=str)
def test_all_ops(use: Use, shape: Shape, tmp_path: Path) -> None:
    without = JUMPS if use in (mixed_float16, mixed_bfloat16) else ()
    put_to(use, network_of(some_forms(shape, without)), tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("use", THOROUGH, ids=lambda use: use.__name__)
@pytest.mark.parametrize("op", LAYERS, ids=lambda op: op.name)
def test_every_form(op: type[Op], use: Use, tmp_path: Path) -> None:
    for shape in (IMAGES[0], VECTOR):
        text = every_form(op, shape)
        if text is not None:
            put_to(use, network_of(text), tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
@pytest.mark.parametrize("name", ZOO)
def test_networks(name: str, use: Use, tmp_path: Path) -> None:
    put_to(use, on_small_images(name).network, tmp_path)


@pytest.mark.parametrize("size", mostly_slow(["1x1", "1x3", "4x1", "2x3"], ["1x1", "2x3"]))
@pytest.mark.parametrize("shape", mostly_slow(["9x8x4", "1x1x3", "1x5x2"], ["1x5x2"]))
def test_adaptive_pooling_in_graphs(shape: str, size: str, tmp_path: Path) -> None:
    network = network_for(f"adaptive_avg_pool({size})", shape)
    put_to(graph, network, tmp_path)
    images = literal_formulas.random_images(network)
    expected = literal_formulas.evaluate(network, {}, images)
    assert_same(built(network)(images), expected)


SINGLE_COLUMNS = {
    "depthwise": ("(conv(1, 1x1) -> depthwise_conv(1x1, bias=false)) * 4", "3x4x1"),
    "separable": ("(separable_conv(1, 1x1) -> conv(1, 1x1)) * 4", "3x4x1"),
    "column": ("concat { conv(1, 1x2, stride=3)\n depthwise_conv(2x1, 3, bias=false) }", "5x5x1"),
}


@pytest.mark.parametrize("name", mostly_slow(SINGLE_COLUMNS, ["depthwise"]))
def test_single_columns_beside_other_convolutions(name: str, tmp_path: Path) -> None:
    """Graphs on which TensorFlow's oneDNN aborts if they have its own depthwise convolution."""
    body, shape = SINGLE_COLUMNS[name]
    for use in (predict, fit, save):
        put_to(use, network_for(body, shape), tmp_path)


LONE_COLUMNS = (
    "conv(3, 2x3, stride=1x3, pad=(0, 0, 1, 0), bias=false)",
    "conv(3, 2x3, stride=1x4, pad=same)",
    "conv(3, 2x4, stride=1x5, pad=2)",
    "depthwise_conv(2x3, stride=1x3)",
    "separable_conv(5, 2x3, stride=1x3)",
)


@pytest.mark.parametrize("body", mostly_slow(LONE_COLUMNS, LONE_COLUMNS[:2]))
@pytest.mark.parametrize("shape", mostly_slow(["6x4x1", "6x3x1"], ["6x4x1"]))
def test_strides_of_a_lone_column(shape: str, body: str) -> None:
    """TensorFlow's oneDNN reads beyond an image of one channel if a row has one window."""
    network = network_for(body, shape)
    model, images = built(network), literal_formulas.random_images(network)
    weights = literal_formulas.random_weights(network)
    (expected,) = literal_formulas.evaluate(network, weights, images)
    assert_same(model(images), expected)
    assert_same(model.predict_on_batch(images), expected)


FUSED = {
    "sum": "add { conv(4, 1x1)\n identity }\n leaky_relu(0.3) -> conv(2, 1x1)",
    "dropout between": "add { identity\n conv(4, 1x1) }\n dropout(0.1) -> leaky_relu(0.3)",
    "steep": "conv(4, 1x1) as a -> tanh -> add(a, main) -> leaky_relu(3)",
    "hard swish": "conv(4, 3x3) -> hard_swish -> leaky_relu(0.3)",
    "product": "conv(4, 3x3)\nmultiply { identity\n hard_sigmoid }\nleaky_relu(0.3)",
    "mish": "add { conv(4, 3x3, pad=same)\n identity }\n mish",
    "mish of a hard swish": "conv(4, 3x3) -> hard_swish -> mish",
    "in a sequence": "(add { conv(4, 1x1)\n identity }) * 2 -> leaky_relu(0.3)",
}


@pytest.mark.parametrize("name", mostly_slow(FUSED, ["sum"]))
def test_leaky_relus_that_are_fused(name: str, tmp_path: Path) -> None:
    """TensorFlow's graphs join what stands there, and take another slope."""
    network = network_for(FUSED[name], "5x5x4")
    images = literal_formulas.random_images(network)
    weights = literal_formulas.random_weights(network)
    (expected,) = literal_formulas.evaluate(network, weights, images)
    assert_same(built(network).predict_on_batch(images), expected)
    for use in (predict, fit, save):
        put_to(use, network, tmp_path)


# Keras's settings


def test_channels_first_is_refused_at_once() -> None:
    network = network_for("conv(2, 3)")
    keras.config.set_image_data_format("channels_first")
    try:
        with pytest.raises(Failure, match="image_data_format must be channels_last"):
            BACKEND.build(network)
    finally:
        keras.config.set_image_data_format("channels_last")


def test_helpers_know_their_layout(tmp_path: Path) -> None:
    """A model that was saved gives the same wherever it is loaded."""
    network = network_for(
        "max_pool(3, stride=2, pad=1) -> avg_pool(2, stride=3, pad=1, rounding=ceil)\nsubsample(1)"
    )
    model = built(network)
    images = literal_formulas.random_images(network)
    model.save(tmp_path / "model.keras")
    keras.config.set_image_data_format("channels_first")
    try:
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        assert_same(loaded(images), model(images))
    finally:
        keras.config.set_image_data_format("channels_last")


SQUEEZE_EXCITE = """\
model net {
    input 8x8x3
    conv(4, 3x3, pad=1, stride=2) as wide -> batch_norm -> relu
    let gate = adaptive_avg_pool(1x1) -> conv(4, 1x1) -> sigmoid
    multiply(main, gate) -> max_pool(2, pad=1) -> lrn(3) -> subsample(1) -> flatten -> dense(3)
}
"""
IN_BLOCKS = "block unit { conv(4, 3x3, pad=1) -> relu }\nmodel net { input 8x8x3\n unit * 2 }\n"
ON_ANOTHER = """
import sys
import emitted, keras, numpy
model = emitted.net()
images = numpy.ones((2, 8, 8, 3), "float32")
expected = numpy.asarray(keras.ops.convert_to_numpy(model(images)))
assert numpy.allclose(model.predict(images, verbose=0), expected, atol=1e-5)
model.compile("sgd", "mse")
model.fit(images, numpy.zeros(expected.shape, "float32"), verbose=0)
model.save("model.keras")
found = keras.saving.load_model("model.keras").predict(images, verbose=0)
assert numpy.allclose(found, model.predict(images, verbose=0), atol=1e-5)
print(keras.config.backend())
"""


def run_on(engine: str, text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Use emitted code in a process where Keras runs on another framework."""
    (folder / "emitted.py").write_text(BACKEND.emit(network_of(text)).text)
    environment = {**os.environ, "KERAS_BACKEND": engine}
    command = [sys.executable, "-c", ON_ANOTHER]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["jax", "torch"])
def test_another_framework_below_keras(engine: str, tmp_path: Path) -> None:
    pytest.importorskip(engine)
    done = run_on(engine, SQUEEZE_EXCITE, tmp_path)
    assert done.stdout.strip() == engine, done.stderr
    done = run_on(engine, IN_BLOCKS, tmp_path)
    if engine == "torch":
        assert done.stderr.splitlines()[-1] == (
            "RuntimeError: KERAS_BACKEND=torch takes no dots in layer names: use tensorflow or jax"
        )
    else:
        assert done.stdout.strip() == engine, done.stderr


# Depth


def test_deep_networks_are_given_room() -> None:
    texts = [BACKEND.emit(network_for(f"(tanh -> relu) * {count}")).text for count in (399, 401)]
    assert ["sys.setrecursionlimit" in text for text in texts] == [False, True]
    assert "sys.setrecursionlimit(max(sys.getrecursionlimit(), 2604))" in texts[1]


@pytest.mark.long
@pytest.mark.parametrize("body", ["(conv(2, 3x3, pad=same) -> relu) * 600", "relu\n" * 1200])
def test_very_deep_networks(body: str, tmp_path: Path) -> None:
    network = network_for(body, "4x4x2")
    for use in (predict, fit, save, clone):
        put_to(use, network, tmp_path)
    model = built(network)
    images = literal_formulas.random_images(network)
    assert len(live.activations(model, network, images)) == 1200
    assert live.predict(model, images)[0].shape == (*images.shape[:3], 2)
