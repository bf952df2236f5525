"""Activations and their derivatives against PyTorch, at the extremes, in both precisions."""

import math

import numpy as np
import pytest
import torch
from cnndsl_numpy.functional import activations
from torch.nn import functional

# The function's name: PyTorch's, our parameters, PyTorch's, and whether f' is in terms of A.
ACTIVATIONS = {
    "relu": (functional.relu, {}, {}, True),
    "relu6": (functional.relu6, {}, {}, True),
    "leaky_relu": (functional.leaky_relu, {"slope": 0.2}, {"negative_slope": 0.2}, False),
    "elu": (functional.elu, {"alpha": 0.7}, {"alpha": 0.7}, False),
    "selu": (functional.selu, {}, {}, False),
    "gelu": (functional.gelu, {}, {}, False),
    "gelu (tanh)": (functional.gelu, {"approximate": True}, {"approximate": "tanh"}, False),
    "silu": (functional.silu, {}, {}, False),
    "sigmoid": (torch.sigmoid, {}, {}, True),
    "hard_sigmoid": (functional.hardsigmoid, {}, {}, True),
    "hard_swish": (functional.hardswish, {}, {}, False),
    "tanh": (torch.tanh, {}, {}, True),
    "softplus": (functional.softplus, {}, {"threshold": 1e9}, False),
}


def ours(name):
    plain = name.split(" ")[0]
    return getattr(activations, plain), getattr(activations, f"{plain}_derivative")


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_activation_and_derivative_are_those_of_pytorch(name, dtype):
    theirs, parameters, options, from_output = ACTIVATIONS[name]
    function, derivative = ours(name)
    # Around zero, in the tails, and off the corners at 0, 3 and 6.
    Z = np.concatenate([np.linspace(-9, 9, 1000), np.linspace(-40, 40, 100)]).astype(dtype)
    leaf = torch.tensor(Z, requires_grad=True)
    expected = theirs(leaf, **options)
    expected.sum().backward()
    A = function(Z, **parameters)
    assert A.dtype == dtype
    tolerance = {"rtol": 1e-5, "atol": 3e-6} if dtype is np.float32 else {"atol": 1e-14}
    np.testing.assert_allclose(A, expected.detach().numpy(), **tolerance)
    slope = derivative(A if from_output else Z, **parameters)
    assert np.result_type(slope, A) == dtype
    np.testing.assert_allclose(slope, leaf.grad.numpy(), **tolerance)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.filterwarnings("error")
def test_activation_is_finite_at_the_extremes(name):
    _, parameters, _, from_output = ACTIVATIONS[name]
    function, derivative = ours(name)
    Z = np.array([-1e4, -200.0, 0.0, 200.0, 1e4], np.float32)
    A = function(Z, **parameters)
    assert np.isfinite(A).all()
    assert np.isfinite(derivative(A if from_output else Z, **parameters)).all()


def test_relu_has_no_slope_at_zero():
    assert not activations.relu_derivative(np.zeros(1)).any()


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 3e-7), (np.float64, 3e-15)])
def test_normal_distribution_is_that_of_the_standard_library(dtype, tolerance):
    Z = np.linspace(-12, 12, 5001).astype(dtype)
    exact = np.array([math.erfc(-z / math.sqrt(2)) / 2 for z in Z.tolist()])
    found = activations.normal_cdf(Z)
    np.testing.assert_allclose(found, exact, rtol=0, atol=tolerance)
    # The digits of the left tail are there too, not only its nearness to zero.
    near = slice(*np.searchsorted(Z, [-8, 0]))
    np.testing.assert_allclose(found[near], exact[near], rtol=30 * tolerance)


def test_normal_distribution_is_the_same_in_any_layout():
    """It works in pieces; this array is larger than one, and strided."""
    Z = np.random.default_rng(0).standard_normal((300, 2, 100))[:, 0]
    np.testing.assert_array_equal(
        activations.normal_cdf(Z), [activations.normal_cdf(row) for row in Z]
    )


@pytest.mark.parametrize("shape", [(4, 7), (2, 3, 3, 5)])
def test_softmax_is_that_of_pytorch(shape):
    random = np.random.default_rng(0)
    Z, dA = random.standard_normal(shape) * 5, random.standard_normal(shape)
    leaf = torch.tensor(Z, requires_grad=True)
    expected = torch.softmax(leaf, dim=-1)
    A = activations.softmax(Z)
    np.testing.assert_allclose(A, expected.detach().numpy(), atol=1e-14)
    expected.backward(torch.tensor(dA))
    np.testing.assert_allclose(activations.softmax_backward(dA, A), leaf.grad.numpy(), atol=1e-14)


def test_softmax_does_not_overflow():
    A = activations.softmax(np.array([[1e4, 0.0, -1e4]], np.float32))
    np.testing.assert_array_equal(A, [[1, 0, 0]])
