"""The helper modules by themselves, as files of their own."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from cnndsl_keras.support.approximate_gelu import ApproximateGELU
from cnndsl_keras.support.depthwise_initializer import depthwise_initializer
from cnndsl_keras.support.global_response_normalization import GlobalResponseNormalization
from cnndsl_keras.support.grouped_conv import GroupedConv2D
from cnndsl_keras.support.l2_normalization import L2Normalization
from cnndsl_keras.support.local_response_normalization import LocalResponseNormalization
from cnndsl_keras.support.lp_pooling import LPPooling2D
from cnndsl_keras.support.padded_average_pooling import PaddedAveragePooling2D
from cnndsl_keras.support.padded_max_pooling import PaddedMaxPooling2D
from cnndsl_keras.support.subsample import Subsample

IMAGES = np.arange(1.0, 10.0, dtype=np.float32).reshape(1, 3, 3, 1)


def test_max_pooling_ignores_its_padding() -> None:
    layer = PaddedMaxPooling2D(2, strides=2, padding=((1, 0), (1, 0)))
    found = layer(-IMAGES).numpy()[0, :, :, 0]
    assert found.tolist() == [[-1, -2], [-4, -5]]
    assert PaddedMaxPooling2D(3)(IMAGES).numpy().item() == 9


def test_average_pooling_divides_by_what_counts() -> None:
    zeros = ((1, 1), (1, 1))
    inside = PaddedAveragePooling2D(3, strides=2, padding=zeros)(IMAGES).numpy()[0, :, :, 0]
    assert inside.tolist() == [[3, 4], [6, 7]]
    every = PaddedAveragePooling2D(3, strides=2, padding=zeros, counted=zeros)(IMAGES).numpy()
    assert np.allclose(every[0, 0, 0, 0], 12 / 9)
    some = PaddedAveragePooling2D(3, 2, zeros, ((1, 0), (1, 0)))(IMAGES).numpy()[0, :, :, 0]
    assert np.allclose(some, [[12 / 9, 16 / 6], [24 / 6, 28 / 4]])


def test_subsample_begins_as_an_average() -> None:
    layer = Subsample((3, 1))
    assert layer(IMAGES).numpy()[0, 0, :, 0].tolist() == [4, 5, 6]
    layer.gain.assign([2.0])
    layer.bias.assign([1.0])
    assert layer(IMAGES).numpy()[0, 0, :, 0].tolist() == [25, 31, 37]


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize(
    "options",
    [
        {"strides": 1},
        {"strides": 2, "padding": "same"},
        {"strides": (1, 2)},
        {"dilation_rate": (2, 1), "padding": "same"},
    ],
)
def test_groups_are_those_of_a_convolution(groups: int, options: dict[str, object]) -> None:
    rng = np.random.default_rng(groups)
    images = rng.normal(size=(2, 7, 6, 4)).astype(np.float32)
    judge = keras.layers.Conv2D(8, (3, 2), groups=groups, **options)
    layer = GroupedConv2D(8, (3, 2), groups=groups, **options)
    layer.build(images.shape)
    expected = judge(images)
    layer.set_weights([rng.normal(size=weight.shape) for weight in layer.get_weights()])
    judge.set_weights(layer.get_weights())
    np.testing.assert_allclose(layer(images), judge(images), 1e-4, 1e-5)
    again = GroupedConv2D.from_config(layer.get_config())
    assert again(images).shape == expected.shape


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_response_normalisation_sums_neighbours(size: int) -> None:
    layer = LocalResponseNormalization(size=size, alpha=0.5, beta=2.0, k=1.0)
    values = np.array([1.0, 2.0, 3.0, 4.0], np.float32).reshape(1, 1, 1, 4)
    found = layer(values).numpy().ravel()
    for c, value in enumerate([1.0, 2.0, 3.0, 4.0]):
        near = values.ravel()[max(c - size // 2, 0) : c - size // 2 + size]
        assert math.isclose(found[c], value / (1 + 0.5 * (near**2).sum()) ** 2, rel_tol=1e-5)


def test_approximate_gelu() -> None:
    x = 1.5
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    assert math.isclose(
        ApproximateGELU()(np.array([x], np.float32)).numpy()[0],
        x * (1 + math.tanh(inner)) / 2,
        rel_tol=1e-5,
    )


@pytest.mark.parametrize(
    ("kind", "variance"),
    [("glorot_uniform", 2 / (12 + 72)), ("he_normal", 2 / 12), ("lecun_uniform", 1 / 12)],
)
def test_depthwise_initializer(kind: str, variance: float) -> None:
    start = depthwise_initializer(kind, channels=3, multiplier=2, seed=1)
    fan_of_keras = 4 * 3 * 3  # of a kernel of 4x3 over 3 channels, which it takes for one fan
    assert start.mode == "fan_in"
    assert math.isclose(start.scale / fan_of_keras, variance, rel_tol=1e-6)
    again = depthwise_initializer(kind, channels=3, multiplier=2, seed=1)
    assert (np.ravel(again((4, 3, 3, 2))) == np.ravel(start((4, 3, 3, 2)))).all()


@pytest.mark.parametrize(
    "layer",
    [
        ApproximateGELU(name="a"),
        LocalResponseNormalization(size=3, alpha=0.1, beta=0.5, k=1.0, name="b"),
        PaddedAveragePooling2D((2, 3), padding=((1, 0), (0, 1)), counted=((1, 0), (0, 0))),
        PaddedMaxPooling2D(2, 1, ((1, 1), (0, 0))),
        Subsample(2),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_configurations_make_the_same_layer(layer: keras.layers.Layer) -> None:
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    restored = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    images = np.random.default_rng(0).normal(size=(2, 6, 6, 4)).astype(np.float32)
    assert np.allclose(restored(images), layer(images))
    symbolic = layer(keras.KerasTensor((None, 6, 6, 4)))
    assert symbolic.shape[1:] == tuple(layer(images).shape[1:])


ROOTS = {
    "global_response_norm": GlobalResponseNormalization(),
    "lp_pool": LPPooling2D(2),
    "l2_normalize": L2Normalization(),
}


@pytest.mark.parametrize("by_xla", [False, True])
@pytest.mark.parametrize("op", ROOTS)
def test_roots_of_zeros_have_a_gradient(op: str, by_xla: bool) -> None:
    """A channel, a window or a pixel may be all 0, as behind a relu, or so small as to have no
    square."""
    layer = ROOTS[op]
    images = np.random.default_rng(0).normal(size=(2, 4, 6, 4)).astype(np.float32)
    images[..., 0], images[..., 1], images[:, :2] = 0, 1e-30, 0
    layer(images)
    layer.set_weights([np.full(one.shape, 2.0) for one in layer.weights])

    def gradient(values: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(values)
            loss = tf.reduce_sum(layer(values) ** 3)
        return tape.gradient(loss, values)

    compute = tf.function(gradient, jit_compile=True) if by_xla else gradient
    found = compute(tf.constant(images))
    assert np.isfinite(found).all()
    assert np.abs(found).max() > 0.1
