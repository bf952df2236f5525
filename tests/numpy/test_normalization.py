"""Batch normalisation, local response normalisation and dropout against their definitions."""

import numpy as np
import pytest
import torch
from cnndsl_numpy.functional.normalization import (
    batch_norm_backward,
    batch_norm_forward,
    batch_norm_inference,
    batch_norm_inference_backward,
    dropout_mask,
    lrn_backward,
    lrn_forward,
)
from hypothesis import given, settings
from hypothesis import strategies as st

shapes = st.tuples(st.integers(2, 4), st.integers(1, 7)) | st.tuples(
    st.integers(2, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 7)
)


def draw(shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def assert_close(found, expected):
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8)


def channels_second(array):
    """Turn a batch into a PyTorch leaf's layout: the channels behind the batch."""
    return array if array.ndim == 2 else array.permute(0, 3, 1, 2)


@pytest.mark.parametrize("training", [True, False])
@settings(deadline=None, max_examples=40)
@given(shape=shapes, seed=st.integers(0, 99), epsilon=st.sampled_from([1e-5, 1e-3, 0.5]))
def test_batch_norm_is_that_of_pytorch(training, shape, seed, epsilon):
    channels = shape[-1]
    X, gamma, beta, mean = (draw(each, seed) for each in (shape, channels, channels, channels))
    variance = draw(channels, seed) ** 2
    leaves = [torch.tensor(each, requires_grad=True) for each in (X, gamma, beta)]
    moving = torch.tensor(mean), torch.tensor(variance)
    expected = torch.nn.functional.batch_norm(
        channels_second(leaves[0]), *moving, *leaves[1:], training=training, eps=epsilon
    )
    dY = draw(shape, seed + 1)
    expected.backward(channels_second(torch.tensor(dY)))
    if training:
        Y, X_hat, batch_mean, batch_variance = batch_norm_forward(X, gamma, beta, epsilon=epsilon)
        axes = tuple(range(X.ndim - 1))
        assert_close(batch_mean, X.mean(axis=axes))
        assert_close(batch_variance, X.var(axis=axes))
        found = batch_norm_backward(dY, X_hat, batch_variance, gamma, epsilon=epsilon)
    else:
        Y = batch_norm_inference(X, gamma, beta, mean, variance, epsilon=epsilon)
        found = batch_norm_inference_backward(dY, X, gamma, mean, variance, epsilon=epsilon)
    back = Y if Y.ndim == 2 else Y.transpose(0, 3, 1, 2)
    assert_close(back, expected.detach().numpy())
    for gradient, leaf in zip(found, leaves, strict=True):
        assert_close(gradient, leaf.grad.numpy())


def test_batch_norm_without_scale_and_shift_is_the_bare_normalisation():
    X, one, zero = draw((5, 3)) * 4 + 2, np.ones(3), np.zeros(3)
    Y, X_hat, _, variance = batch_norm_forward(X, None, None)
    assert_close(Y, batch_norm_forward(X, one, zero)[0])
    dY = draw((5, 3), 1)
    assert_close(
        batch_norm_backward(dY, X_hat, variance, None)[0],
        batch_norm_backward(dY, X_hat, variance, one)[0],
    )
    mean = X.mean(axis=0)
    assert_close(batch_norm_inference(X, None, None, mean, variance), Y)


def test_batch_norm_keeps_its_digits_far_from_zero():
    """The textbook's mean of squares minus square of mean would lose them all."""
    X = (draw((8, 30, 30, 2)) + 1000).astype(np.float32)
    Y, _, _, variance = batch_norm_forward(X, None, None)
    np.testing.assert_allclose(variance, X.astype(np.float64).var(axis=(0, 1, 2)), rtol=1e-4)
    np.testing.assert_allclose(Y.std(axis=(0, 1, 2)), 1, rtol=1e-3)


@settings(deadline=None, max_examples=60)
@given(
    shape=shapes,
    size=st.sampled_from([1, 3, 5, 9]),
    alpha=st.floats(1e-4, 2),
    beta=st.sampled_from([0.5, 0.75, 1.0]),
    k=st.floats(0.5, 2),
)
def test_lrn_is_its_definition_and_that_of_pytorch(shape, size, alpha, beta, k):
    A_prev = draw(shape)
    expected = np.empty_like(A_prev)
    for c in range(shape[-1]):
        near = A_prev[..., max(0, c - size // 2) : c + size // 2 + 1]
        expected[..., c] = A_prev[..., c] / (k + alpha * (near**2).sum(axis=-1)) ** beta
    options = {"size": size, "alpha": alpha, "beta": beta, "k": k}
    assert_close(lrn_forward(A_prev, **options), expected)
    leaf = torch.tensor(A_prev, requires_grad=True)
    image = channels_second(leaf) if leaf.ndim == 4 else leaf[..., None]
    # PyTorch divides alpha by the size.
    output = torch.nn.functional.local_response_norm(image, size, alpha * size, beta, k)
    dA = draw(shape, 1)
    output.backward((channels_second(torch.tensor(dA))).reshape(output.shape))
    assert_close(lrn_backward(dA, A_prev, **options), leaf.grad.numpy())


def test_dropout_keeps_the_mean_and_the_rate():
    mask = dropout_mask((400, 500), 0.3, np.random.default_rng(0))
    assert set(np.unique(mask)) == {np.float32(0), np.float32(1 / 0.7)}
    assert abs((mask == 0).mean() - 0.3) < 0.005
    assert abs(mask.mean() - 1) < 0.01


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_kept(dtype):
    X, C = draw((2, 3, 3, 4)).astype(dtype), np.ones(4, dtype)
    Y, X_hat, mean, variance = batch_norm_forward(X, C, C)
    found = [
        *(Y, X_hat, mean, variance),
        *batch_norm_backward(Y, X_hat, variance, C),
        batch_norm_inference(X, C, C, C, C),
        *batch_norm_inference_backward(Y, X, C, C, C),
        lrn_forward(X),
        lrn_backward(Y, X),
    ]
    assert {array.dtype for array in found} == {np.dtype(dtype)}
