"""Training: optimisers against PyTorch's, fused losses, penalties, and a net that learns."""

import io
import re

import cnndsl_numpy as cn
import numpy as np
import pytest
import torch
from cnndsl_numpy.training import objective
from sklearn.datasets import load_digits


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (cn.SGD(0.1), lambda leaves: torch.optim.SGD(leaves, lr=0.1)),
        (cn.Momentum(0.1, 0.8), lambda leaves: torch.optim.SGD(leaves, lr=0.1, momentum=0.8)),
        (
            cn.Adam(0.1, 0.8, 0.95, 1e-3),
            lambda leaves: torch.optim.Adam(leaves, lr=0.1, betas=(0.8, 0.95), eps=1e-3),
        ),
    ],
    ids=["SGD", "Momentum", "Adam"],
)
def test_optimizer_is_that_of_pytorch(ours, theirs):
    random = np.random.default_rng(0)
    parameters = {"a/kernel": random.standard_normal((3, 2)), "a/bias": random.standard_normal(2)}
    leaves = [torch.tensor(array) for array in parameters.values()]
    optimizer = theirs(leaves)
    before = dict(parameters)
    for _ in range(5):
        gradients = {path: random.standard_normal(each.shape) for path, each in before.items()}
        for leaf, gradient in zip(leaves, gradients.values(), strict=True):
            leaf.grad = torch.tensor(gradient)
        ours.step(parameters, gradients)
        optimizer.step()
        for path, leaf in zip(parameters, leaves, strict=True):
            assert parameters[path] is before[path]
            np.testing.assert_allclose(parameters[path], leaf.numpy(), rtol=1e-12)


def network(end, *, l2=0.0, name="net"):
    inputs = cn.Input((4,))
    x = cn.Tanh(name="tanh")(cn.Dense(6, l2=l2, name="hidden")(inputs))
    x = cn.Dense(3, l2=2 * l2, name="scores")(x)
    x = end(name="end")(x) if end else x
    return cn.Model(inputs, x, dtype="float64", seed=0, name=name)


X = np.random.default_rng(0).standard_normal((10, 4))
CLASSES = np.random.default_rng(1).integers(0, 3, 10)
LABELS = np.eye(3)[CLASSES]


@pytest.mark.parametrize(
    ("end", "loss", "gradient_of"),
    [
        (cn.Softmax, "cross_entropy", lambda p: -LABELS / p / 10),
        (
            cn.Sigmoid,
            "binary_cross_entropy",
            lambda p: (-LABELS / p + (1 - LABELS) / (1 - p)) / 30,
        ),
    ],
)
def test_fused_loss_is_the_long_way_round(end, loss, gradient_of):
    model = network(end)
    p = model.forward(X, training=True)
    model.backward(gradient_of(p))
    goal = objective(model, loss)
    value, _, gradients = goal.step(X, [LABELS], np.random.default_rng(0))
    logs = LABELS * np.log(p)
    if end is cn.Sigmoid:
        logs = (logs + (1 - LABELS) * np.log(1 - p)) / 3
    assert value == pytest.approx(-logs.sum() / 10)
    assert set(gradients) == set(model.gradients)
    for path, gradient in gradients.items():
        np.testing.assert_allclose(gradient, model.gradients[path], rtol=1e-9, atol=1e-12)
    # An output without the layer is taken for the scores.
    bare = objective(network(None), loss).step(X, [LABELS], np.random.default_rng(0))
    assert bare[0] == pytest.approx(value)


def test_penalties_are_in_the_loss_and_the_gradients():
    plain, penalised = network(cn.Softmax), network(cn.Softmax, l2=0.1)
    value, _, gradients = objective(plain, "cross_entropy").step(
        X, [CLASSES], np.random.default_rng(0)
    )
    found, _, found_gradients = objective(penalised, "cross_entropy").step(
        X, [CLASSES], np.random.default_rng(0)
    )
    hidden, scores = (plain.parameters[f"{each}/kernel"] for each in ("hidden", "scores"))
    assert found == pytest.approx(value + 0.1 * (hidden**2).sum() + 0.2 * (scores**2).sum())
    assert penalised.evaluate(X, CLASSES)[0] == pytest.approx(found)
    gradients["hidden/kernel"] += 2 * 0.1 * hidden
    gradients["scores/kernel"] += 2 * 0.2 * scores
    for path, gradient in found_gradients.items():
        np.testing.assert_allclose(gradient, gradients[path])


def test_outputs_have_losses_and_weights_of_their_own():
    inputs = cn.Input((4,))
    x = cn.Dense(3, name="main")(inputs)
    y = cn.Softmax(name="aux")(cn.Dense(3, name="aux_scores")(inputs))
    model = cn.Model(inputs, [x, y], dtype="float64", seed=0)
    reverse = CLASSES[::-1]
    parts = []
    for output, labels in ((x, CLASSES), (y, reverse)):
        single = cn.Model(inputs, output, dtype="float64", seed=0)
        parts.append(single.evaluate(X, labels)[0])
    assert model.evaluate(X, [CLASSES, reverse], loss_weights=[1, 0.3])[0] == pytest.approx(
        parts[0] + 0.3 * parts[1]
    )
    before = {path: array.copy() for path, array in model.parameters.items()}
    model.fit(X, CLASSES, loss_weights=[1, 0])
    changed = {path for path, array in model.parameters.items() if (array != before[path]).any()}
    assert changed == {"main/kernel", "main/bias"}
    with pytest.raises(ValueError, match="1 loss weights for 2 outputs"):
        model.fit(X, CLASSES, loss_weights=[1])
    with pytest.raises(ValueError, match="3 arrays of labels for 2 outputs"):
        model.fit(X, [CLASSES] * 3)


def test_fit_refuses_what_does_not_fit():
    model = network(cn.Softmax)
    with pytest.raises(ValueError, match=r"loss must be one of cross_entropy.* 'hinge'"):
        model.fit(X, CLASSES, loss="hinge")
    with pytest.raises(ValueError, match=r"10 samples, but labels of shape \(9,\)"):
        model.fit(X, CLASSES[:9])
    with pytest.raises(ValueError, match="they must be 0 to 2"):
        model.fit(X, CLASSES + 1)


def test_training_is_reproducible():
    runs = []
    for seed in (0, 0, 1):
        model = network(cn.Softmax)
        model.fit(X, CLASSES, 3, 4, seed=seed)
        runs.append(model.parameters["hidden/kernel"])
    np.testing.assert_array_equal(runs[0], runs[1])
    assert (runs[0] != runs[2]).any()


def test_epoch_figures_are_means_over_the_samples():
    model = network(cn.Softmax)
    expected = model.evaluate(X, CLASSES)
    still = cn.SGD(0.0)
    history = model.fit(X, CLASSES, 2, 4, optimizer=still, validation=(X[:4], CLASSES[:4]))
    assert [epoch.number for epoch in history] == [1, 2]
    for epoch in history:
        assert (epoch.loss, epoch.accuracy) == pytest.approx(expected)
        assert (epoch.validation_loss, epoch.validation_accuracy) == pytest.approx(
            model.evaluate(X[:4], CLASSES[:4])
        )


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "progress", "shows"),
    [
        (io.StringIO, None, False),
        (io.StringIO, True, True),
        (Terminal, None, True),
        (Terminal, False, False),
    ],
)
def test_progress_is_shown_to_a_terminal_or_on_demand(monkeypatch, stream, progress, shows):
    stderr = stream()
    monkeypatch.setattr("sys.stderr", stderr)
    network(cn.Softmax).fit(X, CLASSES, 2, progress=progress, validation=(X, CLASSES))
    lines = stderr.getvalue().split("\n")[:-1]
    assert len(lines) == (2 if shows else 0)
    for number, line in enumerate(lines, 1):
        # A terminal sees the line of each batch written over by the next.
        batches = line.split("\r")[:-1]
        assert len(batches) == (2 if stream is Terminal else 0)
        last = line.split("\r")[-1]
        assert re.fullmatch(
            rf"epoch {number}/2  \S+ s  loss \S+  accuracy \S+%"
            r"  validation  loss \S+  accuracy \S+% *",
            last,
        )


def test_a_net_like_lenet_learns_the_digits():
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    images = (digits.images[order, :, :, np.newaxis] / 16).astype(np.float32)
    classes = digits.target[order]
    inputs = x = cn.Input((8, 8, 1))
    x = cn.Conv(6, 3, pad="same", name="c1")(x)
    x = cn.Tanh(name="t1")(x)
    x = cn.Subsample(2, name="s2")(x)
    x = cn.Conv(16, 3, name="c3")(x)
    x = cn.BatchNorm(name="n3")(x)
    x = cn.Relu(name="r3")(x)
    x = cn.Flatten(name="flatten")(x)
    x = cn.Dropout(0.1, name="d5")(x)
    x = cn.Softmax(name="softmax")(cn.Dense(10, l2=1e-4, name="f6")(x))
    model = cn.Model(inputs, x, seed=0)
    history = model.fit(
        images[:1400],
        classes[:1400],
        12,
        optimizer=cn.Adam(0.01),
        validation=(images[1400:], classes[1400:]),
    )
    assert history[-1].validation_accuracy > 0.96
    assert history[-1].loss < history[0].loss / 4
