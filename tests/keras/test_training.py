"""Training mode: statistics of batches, dropout, penalties, and gradients of every op."""

from __future__ import annotations

from typing import Any

import keras
import literal_formulas
import numpy as np
import pytest
import tensorflow as tf
from cnndsl_keras import live
from cnndsl_keras.backend import BACKEND
from keras_models import built, difference, network_for

from cnndsl.ir.network import Network


@pytest.mark.parametrize("input_shape", ["5x4x3", "6"])
@pytest.mark.parametrize("options", ["", "momentum=0.3, epsilon=0.05", "center=false, scale=false"])
def test_batch_norm_normalises_by_the_batch_and_moves_its_statistics(
    input_shape: str, options: str
) -> None:
    network = network_for(f"batch_norm({options})", input_shape)
    model = built(network)
    op: Any = network.layers[0].op
    images = literal_formulas.random_images(network, count=8)
    before = live.read_weights(model, network)
    axes = tuple(range(images.ndim - 1))
    mean, variance = images.mean(axes), images.var(axes)
    found = model(images, training=True).numpy()
    gamma = before.get("batch_norm/gamma", 1.0)
    beta = before.get("batch_norm/beta", 0.0)
    expected = gamma * (images - mean) / np.sqrt(variance + op.epsilon) + beta
    assert difference(expected, found) < 1e-5
    after = live.read_weights(model, network)
    for name, batch in (("moving_mean", mean), ("moving_variance", variance)):
        key = f"batch_norm/{name}"
        moved = op.momentum * before[key] + (1 - op.momentum) * batch
        assert difference(moved, after[key]) < 1e-5


def test_dropout_scales_what_it_keeps() -> None:
    network = network_for("dropout(0.75)", "100x100x1")
    model = BACKEND.build(network)
    images = np.ones((2, 100, 100, 1), np.float32)
    dropped = model(images, training=True).numpy()
    assert set(np.unique(dropped)) == {0.0, 4.0}
    assert abs((dropped == 0).mean() - 0.75) < 0.02
    assert (model(images, training=False).numpy() == images).all()
    assert (live.predict(model, images)[0] == images).all()


def test_penalties_are_l2_times_the_squares_of_kernels() -> None:
    network = network_for(
        "conv(3, 3x3, l2=0.1) -> depthwise_conv(2, l2=0.2) -> separable_conv(4, 2, l2=0.3)\n"
        "separable_conv(4, 2, stride=2x1, l2=0.4) -> conv(2, 1x1) -> flatten -> dense(3, l2=0.5)",
        "9x9x2",
    )
    model = built(network)
    weights = live.read_weights(model, network)
    expected = sum(
        layer.op.l2 * float((weights[f"{layer.path}/{weight.name}"] ** 2).sum())  # type: ignore[attr-defined]  # ops with kernels have it
        for layer in network.layers
        for weight in layer.weights
        if "kernel" in weight.name
    )
    assert expected > 0
    assert abs(float(sum(model.losses)) - expected) < 1e-4 * expected


def change(network: Network, model: Any, size: float) -> tuple[float, float]:
    """The change of a random sum of the outputs along a random direction, and as gradients say.

    The direction moves the images and all trainable weights.
    """
    generator = np.random.default_rng(5)
    images = tf.constant(literal_formulas.random_images(network))
    variables = model.trainable_variables
    directions = [
        generator.normal(size=one.shape).astype(np.float32) * size for one in (images, *variables)
    ]
    factors = generator.normal(size=model(images).shape).astype(np.float32)

    def total(step: float) -> Any:
        for variable, direction in zip(variables, directions[1:], strict=True):
            variable.assign_add(step * direction)
        found = tf.reduce_sum(model(images + step * directions[0], training=False) * factors)
        for variable, direction in zip(variables, directions[1:], strict=True):
            variable.assign_sub(step * direction)
        return found

    with tf.GradientTape() as tape:
        tape.watch(images)
        value = tf.reduce_sum(model(images, training=False) * factors)
    gradients = tape.gradient(value, [images, *(one.value for one in variables)])
    assert all(gradient is not None for gradient in gradients)
    slope = sum(float(tf.reduce_sum(g * d)) for g, d in zip(gradients, directions, strict=True))
    return float(total(1.0) - total(-1.0)) / 2, slope


@pytest.mark.parametrize(
    "body",
    [
        "conv(4, 3x2, stride=2, pad=same)",
        "conv(4, 3x2, dilation=1x2, pad=(0, 1, 2, 0), groups=2)",
        "depthwise_conv(3, pad=same, multiplier=2)",
        "depthwise_conv(3, dilation=2, pad=2)",
        "depthwise_conv(3, stride=2x1, pad=1, multiplier=2)",
        "separable_conv(3, 3, stride=2, pad=same, multiplier=2)",
        "separable_conv(3, 3, stride=1x2, pad=same)",
        "separable_conv(3, 2x3, dilation=2x1)",
        "flatten -> dense(3)",
        "max_pool(3, stride=2, pad=1)",
        "max_pool(3x2, stride=2, rounding=ceil)",
        "avg_pool(3, stride=2, pad=1)",
        "avg_pool(3x2, stride=2, pad=1, rounding=ceil, count_padding=true)",
        "adaptive_avg_pool(3x2)",
        "global_avg_pool",
        "global_max_pool",
        "subsample(2)",
        "batch_norm",
        "batch_norm(center=false, scale=false)",
        "lrn(3, alpha=0.3)",
        "zero_pad(1)",
        "scale(3)",
        "leaky_relu(0.3) -> elu -> selu -> softplus -> tanh",
        "gelu -> gelu(approximate=true) -> silu -> sigmoid",
        "hard_swish -> hard_sigmoid -> relu6 -> relu",
        "softmax",
        "add { identity\n tanh } -> multiply { identity\n sigmoid } -> concat { relu\n identity }",
    ],
)
def test_gradients(body: str) -> None:
    network = network_for(body, "7x6x4")
    found, expected = change(network, built(network), 1e-3)
    assert abs(found - expected) < 2e-2 * max(abs(expected), 0.15)


@pytest.mark.slow
def test_a_model_learns() -> None:
    network = network_for(
        "conv(8, 3x3, pad=1, groups=2, l2=1e-4) -> batch_norm -> relu -> max_pool(2, pad=1)\n"
        "separable_conv(8, 3, stride=1x2, pad=same) -> lrn -> subsample(2) -> dropout(0.1)\n"
        "flatten -> dense(3) -> softmax",
        "8x8x2",
    )
    keras.utils.set_random_seed(0)
    model = BACKEND.build(network)
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 3, 96)
    images = generator.normal(size=(96, 8, 8, 2)).astype(np.float32)
    images[..., 0] += labels[:, None, None] * 1.5
    model.compile(
        keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    history = model.fit(images, labels, epochs=12, batch_size=32, verbose=0).history
    assert history["loss"][-1] < 0.5 * history["loss"][0]
