"""The NumPy functions against Keras's own operations, forward and backward, in double precision.

`same` padding is Keras's here, not worked out beforehand; so is what padding counts for in a mean.
"""

from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from cnndsl_numpy.functional.convolution import (
    conv_backward,
    conv_forward,
    depthwise_conv_backward,
    depthwise_conv_forward,
)
from cnndsl_numpy.functional.normalization import batch_norm_backward, batch_norm_forward
from cnndsl_numpy.functional.pooling import (
    average_pool_backward,
    average_pool_forward,
    max_pool_backward,
    max_pool_forward,
)
from hypothesis import given, settings
from hypothesis import strategies as st

ops = keras.ops


class Case(NamedTuple):
    """An image, a kernel's size, and where the windows lie."""

    A_prev: np.ndarray
    size: tuple[int, int]
    stride: tuple[int, int]
    pad: str | tuple[int, int, int, int]
    dilation: tuple[int, int]
    random: np.random.Generator

    def padded(self, image):
        """Return the image with explicit padding around, and Keras's word for the rest."""
        if isinstance(self.pad, str):
            return image, self.pad
        top, bottom, left, right = self.pad
        return ops.pad(image, ((0, 0), (top, bottom), (left, right), (0, 0))), "valid"


few = st.integers(1, 3)
pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def cases(draw, *, channels=few, is_square=False, is_pool=False):
    """Draw windows that fit. Keras has no stride and dilation at once."""
    size = draw(pairs)
    if draw(st.booleans()) and not is_pool:
        stride, dilation = (1, 1), draw(pairs)
    else:
        stride, dilation = draw(pairs), (1, 1)
        if is_square:
            stride = (stride[0], stride[0])
    words = st.sampled_from(["valid", "same"])
    pad = draw(words if is_pool else words | st.tuples(*[st.integers(0, 3)] * 4))
    pads = (0, 0, 0, 0) if isinstance(pad, str) else pad
    extents = [each * (side - 1) + 1 for each, side in zip(dilation, size, strict=True)]
    least = [
        1 if pad == "same" else max(1, extents[axis] - pads[2 * axis] - pads[2 * axis + 1])
        for axis in (0, 1)
    ]
    height, width = (low + draw(st.integers(0, 5)) for low in least)
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape = (draw(st.integers(1, 2)), height, width, draw(channels))
    return Case(random.standard_normal(shape), size, stride, pad, dilation, random)


def with_gradients(function, *arrays):
    """Return the value, a cotangent for it, and the gradients of every array."""
    leaves = [tf.Variable(array) for array in arrays]
    with tf.GradientTape() as tape:
        value = function(*[leaf.value() for leaf in leaves])
        cotangent = np.random.default_rng(1).standard_normal(value.shape)
        total = ops.sum(value * cotangent)
    gradients = tape.gradient(total, leaves)
    return value.numpy(), cotangent, [gradient.numpy() for gradient in gradients]


def assert_close(found, expected):
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


def check(forward, backward, *expected):
    value, cotangent, gradients = expected
    assert_close(forward(), value)
    for found, wanted in zip(backward(cotangent), gradients, strict=True):
        assert_close(found, wanted)


def check_conv(case, groups, filters):
    channels = case.A_prev.shape[3]
    W = case.random.standard_normal((*case.size, channels // groups, filters))
    b = case.random.standard_normal(filters)

    def by_keras(image, kernel, bias):
        image, word = case.padded(image)
        return ops.conv(image, kernel, case.stride, word, dilation_rate=case.dilation) + bias

    options = {"stride": case.stride, "pad": case.pad, "dilation": case.dilation, "groups": groups}
    check(
        lambda: conv_forward(case.A_prev, W, b, **options),
        lambda dZ: conv_backward(dZ, case.A_prev, W, **options),
        *with_gradients(by_keras, case.A_prev, W, b),
    )


@settings(deadline=None, max_examples=60)
@given(cases(), st.integers(1, 3))
def test_conv(case, filters):
    check_conv(case, 1, filters)


@settings(deadline=None, max_examples=6)  # Keras compiles each grouped convolution anew
@given(cases(channels=st.just(4)), st.sampled_from([2, 4]))
def test_grouped_conv(case, groups):
    check_conv(case, groups, 4)


@settings(deadline=None, max_examples=40)
@given(cases(is_square=True), st.integers(1, 2))
def test_depthwise_conv(case, multiplier):
    channels = case.A_prev.shape[3]
    W = case.random.standard_normal((*case.size, channels, multiplier))

    def by_keras(image, kernel):
        image, word = case.padded(image)
        return ops.depthwise_conv(image, kernel, case.stride, word, dilation_rate=case.dilation)

    options = {"stride": case.stride, "pad": case.pad, "dilation": case.dilation}
    flat = W.reshape(*case.size, 1, channels * multiplier)

    def backward(dZ):
        d_input, dW, _ = depthwise_conv_backward(dZ, case.A_prev, flat, **options)
        return d_input, dW.reshape(W.shape)

    check(
        lambda: depthwise_conv_forward(case.A_prev, flat, **options),
        backward,
        *with_gradients(by_keras, case.A_prev, W),
    )


@settings(deadline=None, max_examples=60)
@given(cases(is_pool=True))
def test_max_pool(case):
    options = {"stride": case.stride, "pad": case.pad}
    A = max_pool_forward(case.A_prev, case.size, **options)
    check(
        lambda: A,
        lambda dA: [max_pool_backward(dA, case.A_prev, A, case.size, **options)],
        *with_gradients(lambda x: ops.max_pool(x, case.size, case.stride, case.pad), case.A_prev),
    )


@settings(deadline=None, max_examples=60)
@given(cases(is_pool=True))
def test_average_pool_does_not_count_padding(case):
    options = {"stride": case.stride, "pad": case.pad, "count_padding": False}
    check(
        lambda: average_pool_forward(case.A_prev, case.size, **options),
        lambda dA: [average_pool_backward(dA, case.A_prev.shape, case.size, **options)],
        *with_gradients(
            lambda x: ops.average_pool(x, case.size, case.stride, case.pad), case.A_prev
        ),
    )


@settings(deadline=None, max_examples=30)
@given(
    st.tuples(st.integers(2, 4), st.integers(1, 4), st.integers(1, 4), st.integers(1, 5)),
    st.integers(0, 99),
    st.sampled_from([1e-5, 1e-3]),
)
def test_batch_norm_in_training(shape, seed, epsilon):
    random = np.random.default_rng(seed)
    X, gamma, beta = (random.standard_normal(each) for each in (shape, shape[-1], shape[-1]))

    def by_keras(x, scale, offset):
        mean, variance = ops.moments(x, (0, 1, 2))
        return ops.batch_normalization(x, mean, variance, -1, offset, scale, epsilon)

    Y, X_hat, _, variance = batch_norm_forward(X, gamma, beta, epsilon=epsilon)
    check(
        lambda: Y,
        lambda dY: batch_norm_backward(dY, X_hat, variance, gamma, epsilon=epsilon),
        *with_gradients(by_keras, X, gamma, beta),
    )
