"""Optimisers move weights as PyTorch's do; frozen layers stay; groups, clipping and averages."""

import cnndsl_numpy as cn
import numpy as np
import pytest
import torch
from cnndsl_numpy.trainer import Stepper, is_in
from cnndsl_numpy.training import objective

CASES = [
    (cn.SGD(0.1), lambda p: torch.optim.SGD(p, 0.1)),
    (cn.SGD(0.1, 0.9), lambda p: torch.optim.SGD(p, 0.1, 0.9)),
    (cn.Momentum(0.1), lambda p: torch.optim.SGD(p, 0.1, 0.9)),
    (cn.SGD(0.1, 0.9, True), lambda p: torch.optim.SGD(p, 0.1, 0.9, nesterov=True)),
    (cn.SGD(0.1, 0.9, decay=0.2), lambda p: torch.optim.SGD(p, 0.1, 0.9, weight_decay=0.2)),
    (cn.RMSprop(0.1), lambda p: torch.optim.RMSprop(p, 0.1, 0.9)),
    (
        cn.RMSprop(0.1, 0.8, 0.7, 1e-3, 0.2),
        lambda p: torch.optim.RMSprop(p, 0.1, 0.8, 1e-3, 0.2, 0.7),
    ),
    (cn.Adam(0.1, epsilon=1e-3), lambda p: torch.optim.Adam(p, 0.1, eps=1e-3)),
    (cn.AdamW(0.1, decay=0.2), lambda p: torch.optim.AdamW(p, 0.1, weight_decay=0.2)),
]


@pytest.mark.parametrize(("own", "make"), CASES)
def test_steps_are_those_of_pytorch_under_a_moving_rate(own, make):
    generator = np.random.default_rng(0)
    W = {"a/kernel": generator.normal(size=(3, 4)), "b/kernel": generator.normal(size=(2, 2))}
    theirs = {path: torch.tensor(one, requires_grad=True) for path, one in W.items()}
    optimizer = make([{"params": [one], "factor": 1 + n} for n, one in enumerate(theirs.values())])
    for step in range(10):
        gradients = {path: generator.normal(size=one.shape) for path, one in W.items()}
        for group in optimizer.param_groups:
            group["lr"] = 0.1 * 0.9**step * group["factor"]
        for path, one in theirs.items():
            one.grad = torch.tensor(gradients[path])
        optimizer.step()
        own.step(W, gradients, {"a/kernel": 0.9**step, "b/kernel": 2 * 0.9**step})
    for path, one in theirs.items():
        np.testing.assert_allclose(W[path], one.detach().numpy(), rtol=1e-12, atol=1e-12)


def test_biases_and_norms_do_not_decay():
    W = {"kernel": np.ones((2, 2)), "bias": np.ones(2)}
    cn.AdamW(0.5, decay=0.5).step(W, {path: np.zeros_like(one) for path, one in W.items()})
    np.testing.assert_array_equal(W["kernel"], 0.75)
    np.testing.assert_array_equal(W["bias"], 1.0)


def model():
    inputs = cn.Input((4, 4, 2))
    x = cn.Conv(3, 3, name="trunk.conv")(inputs)
    x = cn.BatchNorm(name="trunk.norm")(x)
    x = cn.Dropout(0.5, name="trunk.dropout")(x)
    x = cn.Dense(3, name="head")(cn.Flatten(name="flatten")(x))
    return cn.Model(inputs, cn.Softmax(name="softmax")(x), dtype="float64", seed=0)


X = np.random.default_rng(1).normal(size=(6, 4, 4, 2))
Y = np.array([0, 1, 2, 0, 1, 2])


def test_what_is_frozen_stays_to_the_bit_and_runs_as_in_inference():
    net = model()
    before = {path: W.copy() for path, W in net.parameters.items()}
    stepper = Stepper(objective(net, "cross_entropy"), cn.SGD(0.1), frozen=["trunk"])
    losses = [stepper.step([(X, [Y])], np.random.default_rng(n)) for n in range(2)]
    for path, W in net.parameters.items():
        assert np.array_equal(before[path], W) == path.startswith("trunk.")
    other = model()
    assert losses[0] == pytest.approx(other.evaluate(X, Y)[0])


def test_batches_of_a_step_are_one_larger_batch():
    whole, parts = model(), model()
    for net, batches in ((whole, [(X, [Y])]), (parts, [(X[:3], [Y[:3]]), (X[3:], [Y[3:]])])):
        stepper = Stepper(objective(net, "cross_entropy"), cn.Adam(0.01), frozen=["trunk"])
        stepper.step(batches, np.random.default_rng(0))
    for path, W in whole.parameters.items():
        np.testing.assert_allclose(W, parts.parameters[path], rtol=1e-9)


def test_long_gradients_are_shortened_all_together():
    free, clipped = model(), model()
    before = {path: W.copy() for path, W in free.parameters.items()}
    for net, clip in ((free, None), (clipped, 1e-3)):
        goal = objective(net, "cross_entropy")
        Stepper(goal, cn.SGD(1.0), clip=clip).step([(X, [Y])], np.random.default_rng(0))
    moved = [
        np.concatenate([(net.parameters[path] - before[path]).ravel() for path in net.trainable])
        for net in (free, clipped)
    ]
    assert np.linalg.norm(moved[1]) == pytest.approx(1e-3)
    np.testing.assert_allclose(moved[1], moved[0] * 1e-3 / np.linalg.norm(moved[0]), rtol=1e-9)


def test_average_follows_what_is_trained():
    net = model()
    stepper = Stepper(objective(net, "cross_entropy"), cn.SGD(0.1), average=0.75)
    stepper.step([(X, [Y])], np.random.default_rng(0))
    first = {path: W.copy() for path, W in net.parameters.items()}
    stepper.step([(X, [Y])], np.random.default_rng(0))
    for path, W in net.parameters.items():
        mean = 0.75 * first[path] + 0.25 * W if path in net.trainable else W
        np.testing.assert_allclose(stepper.kept[path], mean)


def test_what_thaws_counts_its_own_steps():
    drawn = np.random.default_rng(0).normal(size=(2, 3))
    late, fresh = cn.Adam(), cn.Adam()
    late.step({"a": np.ones(3)}, {"a": drawn[0]})
    ways = [{"b": np.ones(3)} for _ in range(2)]
    for optimizer, weights in zip((late, fresh), ways, strict=True):
        optimizer.step(weights, {"b": drawn[1]})
    np.testing.assert_array_equal(ways[0]["b"], ways[1]["b"])


def test_losses_of_steps_are_without_penalties():
    net, model_with = model(), model()
    object.__setattr__(model_with.layers[0], "l2", 0.5)
    losses = [
        Stepper(objective(one, "cross_entropy"), cn.SGD(0.1)).step(
            [(X, [Y])], np.random.default_rng(0)
        )
        for one in (net, model_with)
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)


def test_rates_of_paths_multiply():
    net = model()
    stepper = Stepper(
        objective(net, "cross_entropy"), cn.SGD(), rates=[("trunk", 0.5), ("head", 3)]
    )
    assert stepper.rate("trunk.conv/kernel") == 0.5
    assert stepper.rate("head/bias") == 3
    assert not is_in("header/bias", ["head"])
