"""The losses of raw scores against PyTorch, and the labels that they refuse."""

import numpy as np
import pytest
import torch
from cnndsl_numpy.functional.losses import sigmoid_cross_entropy, softmax_cross_entropy
from torch.nn import functional


def check(function, Z, y, expected_of):
    """Compare loss and gradient with those of PyTorch's `expected_of(scores)`."""
    leaf = torch.tensor(Z, requires_grad=True)
    expected = expected_of(leaf)
    expected.backward()
    loss, gradient = function(Z, y)
    np.testing.assert_allclose(loss, expected.item(), rtol=1e-12)
    np.testing.assert_allclose(gradient, leaf.grad.numpy(), atol=1e-14)


@pytest.mark.parametrize("scale", [1, 300])
def test_softmax_cross_entropy_is_that_of_pytorch(scale):
    random = np.random.default_rng(0)
    Z, y = random.standard_normal((6, 4)) * scale, random.integers(0, 4, 6)
    check(softmax_cross_entropy, Z, y, lambda leaf: functional.cross_entropy(leaf, torch.tensor(y)))
    soft = random.dirichlet(np.ones(4), 6)
    check(
        softmax_cross_entropy,
        Z,
        soft,
        lambda leaf: functional.cross_entropy(leaf, torch.tensor(soft)),
    )


def test_softmax_cross_entropy_of_images_is_the_mean_over_pixels():
    random = np.random.default_rng(0)
    Z, y = random.standard_normal((2, 3, 5, 4)), random.integers(0, 4, (2, 3, 5))
    check(
        softmax_cross_entropy,
        Z,
        y,
        lambda leaf: functional.cross_entropy(leaf.permute(0, 3, 1, 2), torch.tensor(y)),
    )


def test_class_numbers_may_have_an_axis_of_one():
    Z, y = np.random.default_rng(0).standard_normal((6, 4)), np.arange(6) % 4
    assert softmax_cross_entropy(Z, y[:, None])[0] == softmax_cross_entropy(Z, y)[0]


@pytest.mark.parametrize("scale", [1, 300])
def test_sigmoid_cross_entropy_is_that_of_pytorch(scale):
    random = np.random.default_rng(0)
    Z, y = random.standard_normal((6, 3)) * scale, random.random((6, 3))
    check(
        sigmoid_cross_entropy,
        Z,
        y,
        lambda leaf: functional.binary_cross_entropy_with_logits(leaf, torch.tensor(y)),
    )
    assert (
        sigmoid_cross_entropy(Z[:, :1], y[:, 0])[0] == sigmoid_cross_entropy(Z[:, :1], y[:, :1])[0]
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("function", [softmax_cross_entropy, sigmoid_cross_entropy])
def test_losses_stay_finite_and_single_precision(function):
    Z = np.array([[1e4, -1e4]], np.float32)
    loss, gradient = function(Z, np.array([[0.0, 1.0]]))
    assert np.isfinite(loss)
    assert loss > 9000
    assert gradient.dtype == np.float32
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([0, 4], r"labels from 0 to 4 do not fit 4 classes: they must be 0 to 3"),
        ([-1, 0], r"labels from -1 to 0"),
        ([0, 1, 2], r"shape \(3,\).*outputs of shape \(2, 4\)"),
        ([0.5, 1.0], r"float64.*give integers of shape \(2,\)"),
    ],
)
def test_labels_that_do_not_fit_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        softmax_cross_entropy(np.zeros((2, 4)), np.array(y))


def test_binary_labels_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"shape \(3,\) do not fit outputs of shape \(2, 1\)"):
        sigmoid_cross_entropy(np.zeros((2, 1)), np.zeros(3))
