"""Bugs planted into emitted source, or into how weights are carried: each is found at its line.

The spec has one suspect on every line, so that the line says which of them was caught.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pytest
from altered_backends import Overriding, install, with_runtime, with_text
from cnndsl_keras.backend import BACKEND as KERAS
from cnndsl_numpy.layers.activations import LeakyRelu
from cnndsl_numpy.layers.convolution import Dense
from cnndsl_torch.backend import BACKEND as TORCH
from cnndsl_torch.weights import entries, reordered
from command_line import Command
from shares import mostly_slow
from spec_text import network_of

from cnndsl.backend import Backend
from cnndsl.ir.network import Network
from cnndsl.verify.comparison import Comparison, Trial

SPEC = """\
model planted {
    input 9x8x6
    conv(8, 3x3, stride=2, pad=(0, 1, 0, 1))
    batch_norm(momentum=0.8)
    gelu(approximate=true)
    avg_pool(3x3, stride=1, pad=1)
    lrn(size=3, alpha=0.001)
    conv(8, 3x1, pad=same, groups=2)
    leaky_relu(0.2)
    max_pool(3x3, stride=2, rounding=ceil)
    add {
        conv(8, 1x1) -> relu
        identity
    }
    concat {
        conv(4, 1x1)
        conv(4, 1x1)
    }
    flatten
    dense(5)
    softmax
}
"""
NETWORK = network_of(SPEC)
ROWS = {line.split("(")[0].split()[0]: row for row, line in enumerate(SPEC.splitlines(), 1)}
"""The line of each op; of the convolutions, that of the last."""
FIRST_CONV, GROUPED_CONV = 3, 8


class Bug(NamedTuple):
    """A change of the emitted text, and the line on which it should be found."""

    before: str
    after: str
    row: int
    checks: str = ""
    """Which checks find it, apart from activations: `grad` or `train`."""
    dtype: str = "float32"


# The two forms of GELU lie 5e-4 apart at most, which is rounding where values reach up to 75, as
# they do before the normalisation here. In 64 bits it is plain.
IN_TORCH = {
    "padding on the other side": Bug("pad=(0, 1, 0, 1)", "pad=(1, 0, 1, 0)", FIRST_CONV),
    "stride of one axis": Bug("stride=2, pad=", "stride=(2, 1), pad=", FIRST_CONV),
    "epsilon 1e-4": Bug("momentum=0.2)", "eps=1e-4, momentum=0.2)", ROWS["batch_norm"]),
    "epsilon 1e-6": Bug("momentum=0.2)", "eps=1e-6, momentum=0.2)", ROWS["batch_norm"]),
    "momentum of Keras": Bug("momentum=0.2", "momentum=0.8", ROWS["batch_norm"], "train"),
    "exact GELU": Bug('nn.GELU(approximate="tanh")', "nn.GELU()", ROWS["gelu"], dtype="float64"),
    "padding counts": Bug(", count_include_pad=False", "", ROWS["avg_pool"]),
    "alpha over size": Bug("alpha=0.003", "alpha=0.001", ROWS["lrn"]),
    "beta of LRN": Bug("beta=0.75", "beta=0.7", ROWS["lrn"]),
    "padding of the other axis": Bug("padding=(1, 0)", "padding=(0, 1)", GROUPED_CONV),
    "another slope": Bug("nn.LeakyReLU(0.2)", "nn.LeakyReLU()", ROWS["leaky_relu"]),
    "floor for ceil": Bug(", ceil_mode=True", "", ROWS["max_pool"]),
    "a missing shortcut": Bug("x = residual + x", "x = residual + residual", ROWS["add"]),
    "paths the wrong way round": Bug(
        "[self.conv4(x), self.conv5(x)]", "[self.conv5(x), self.conv4(x)]", ROWS["concat"]
    ),
    "softmax over the batch": Bug("nn.Softmax(dim=1)", "nn.Softmax(dim=0)", ROWS["softmax"]),
    "a gradient that stops": Bug("x = residual + x", "x = residual.detach() + x", 12, "grad"),
}
IN_KERAS = {
    "same padding at a stride": Bug(
        "ZeroPadding2D(((0, 1), (0, 1))", "ZeroPadding2D(((1, 0), (1, 0))", FIRST_CONV
    ),
    "Keras's own epsilon": Bug("epsilon=1e-05", "epsilon=0.001", ROWS["batch_norm"]),
    "momentum of PyTorch": Bug("momentum=0.8", "momentum=0.2", ROWS["batch_norm"], "train"),
    "exact GELU": Bug(
        "x = ApproximateGELU(", 'x = layers.Activation("gelu", ', ROWS["gelu"], dtype="float64"
    ),
    "size of LRN": Bug("size=3, alpha", "size=5, alpha", ROWS["lrn"]),
    "a neighbour forgotten": Bug("range(self.size)", "range(1, self.size)", ROWS["lrn"]),
    "another slope": Bug("negative_slope=0.2", "negative_slope=0.3", ROWS["leaky_relu"]),
    "average for maximum": Bug("layers.MaxPooling2D", "layers.AveragePooling2D", ROWS["max_pool"]),
}


def with_bug(backend: Backend, before: str, after: str) -> Backend:
    """A backend with a bug in what it emits."""
    return with_text(backend, lambda text: patched(text, before, after))


def patched(text: str, before: str, after: str) -> str:
    assert before in text, text
    return text.replace(before, after)


@pytest.fixture(scope="module")
def trial() -> Trial:
    return Trial(NETWORK, grad=True, train=True, batch=4)


def first_differing(comparisons: list[Comparison]) -> Any:
    found = [one.first for one in comparisons if one.first is not None]
    assert found, [one.errors for one in comparisons]
    return found[0]


def check(trial: Trial, backend: Any, bug: Bug) -> None:
    comparisons = list(trial.compare(backend, (bug.dtype,)))
    difference = first_differing(comparisons)
    assert difference.layer.row == bug.row
    assert difference.error > difference.tolerance
    kinds = {"": {"activations"}, "grad": {"gradients"}, "train": {"statistics"}}
    assert difference.kind in kinds[bug.checks]
    if bug.checks == "grad":
        ends = {end.row for one in comparisons for end in one.right}
        assert ends == {ROWS["concat"] + 1, ROWS["concat"] + 2}
    if bug.checks == "train":
        assert all(one.training for one in comparisons if one.first is not None)


@pytest.mark.parametrize("backend", mostly_slow([TORCH, KERAS], [TORCH]), ids=["torch", "keras"])
def test_without_a_bug_all_agree(trial: Trial, backend: Any) -> None:
    comparisons = list(trial.compare(backend, ("float32", "float64")))
    assert [one.first for one in comparisons] == [None] * 4
    assert max(max(one.errors.values()) for one in comparisons[2:]) < 1e-12


@pytest.mark.parametrize("name", IN_TORCH)
def test_bug_in_torch(trial: Trial, name: str) -> None:
    bug = IN_TORCH[name]
    check(trial, with_bug(TORCH, bug.before, bug.after), bug)


@pytest.mark.parametrize("name", IN_KERAS)
def test_bug_in_keras(trial: Trial, name: str) -> None:
    bug = IN_KERAS[name]
    check(trial, with_bug(KERAS, bug.before, bug.after), bug)


def halved_bias(backward: Any) -> Any:
    def wrong(*arguments: Any) -> Any:
        inputs, weights = backward(*arguments)
        return inputs, {**weights, "bias": weights["bias"] / 2}

    return wrong


IN_NUMPY = {
    "a slope on the wrong side": (LeakyRelu, "function", ROWS["leaky_relu"], "activations"),
    "a derivative": (LeakyRelu, "derivative", GROUPED_CONV, "gradients"),
    "the gradient of a bias": (Dense, "backward", ROWS["dense"], "gradients"),
}
WRONG = {
    "function": staticmethod(lambda Z, slope: np.minimum(Z, 0) + slope * np.maximum(Z, 0)),
    "derivative": staticmethod(lambda Z, slope: np.ones_like(Z)),
    "backward": halved_bias(Dense.backward),
}


@pytest.mark.parametrize("name", IN_NUMPY)
def test_bug_in_the_reference(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All others differ from it, in the same place."""
    layer, method, row, kind = IN_NUMPY[name]
    monkeypatch.setattr(layer, method, WRONG[method])
    trial = Trial(NETWORK, grad=True)
    for backend in (TORCH, KERAS):
        (found,) = trial.compare(backend, ("float64",))
        assert found.first is not None
        assert (found.first.layer.row, found.first.kind) == (row, kind)


def unpermuted(network: Network, weights: Mapping[str, Any]) -> dict[str, Any]:
    """Weights that arrive in PyTorch as if nothing permuted the rows behind the flatten."""
    changed = dict(weights)
    for entry in entries(network):
        if entry.image is not None:
            changed[entry.key] = reordered(weights[entry.key], entry.image, to_rows=True)
    return changed


def transposed(network: Network, weights: Mapping[str, Any]) -> dict[str, Any]:
    return {**weights, "conv1/kernel": weights["conv1/kernel"].swapaxes(0, 1)}


def regrouped(network: Network, weights: Mapping[str, Any]) -> dict[str, Any]:
    kernel = weights["conv2/kernel"]
    swapped = np.concatenate(np.split(kernel, 2, axis=-1)[::-1], axis=-1)
    return {**weights, "conv2/kernel": swapped}


def flipped(network: Network, weights: Mapping[str, Any]) -> dict[str, Any]:
    """A true convolution's kernel."""
    return {**weights, "conv1/kernel": weights["conv1/kernel"][::-1, ::-1]}


@pytest.mark.parametrize(
    ("change", "row"),
    [
        (unpermuted, ROWS["dense"]),
        (transposed, FIRST_CONV),
        (flipped, FIRST_CONV),
        (regrouped, GROUPED_CONV),
    ],
)
@pytest.mark.parametrize("base", [TORCH, KERAS], ids=["torch", "keras"])
def test_bug_in_the_weights(
    trial: Trial,
    base: Backend,
    change: Callable[[Network, Mapping[str, Any]], dict[str, Any]],
    row: int,
) -> None:
    access = base.runtime.weights

    def mangle(model: Any, network: Network, weights: Mapping[str, Any]) -> None:
        changed = {key: np.ascontiguousarray(a) for key, a in change(network, weights).items()}
        access.load_weights(model, network, changed)

    mangling = with_runtime(base, weights=Overriding(access, load_weights=mangle))
    comparisons = list(trial.compare(mangling, ("float32",)))
    assert first_differing(comparisons).layer.row == row


def test_a_small_bug_shows_in_double_precision_alone(trial: Trial) -> None:
    backend = with_bug(TORCH, "beta=0.75", "beta=0.75000001")
    single, double = trial.compare(backend, ("float32",)), trial.compare(backend, ("float64",))
    assert all(one.first is None for one in single)
    assert first_differing(list(double)).layer.row == ROWS["lrn"]


def test_command_names_the_line(
    cnndsl: Command, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = tmp_path / "planted.cnn"
    spec.write_text(SPEC)
    bug = IN_TORCH["alpha over size"]
    backend = with_bug(TORCH, bug.before, bug.after)
    install(monkeypatch, torch=backend)
    monkeypatch.chdir(tmp_path)
    status, out, err = cnndsl(
        "verify", "planted.cnn", "--backends", "torch", "--dtype", "float32", "--quiet"
    )
    assert (status, err) == (1, "")
    lines = out.strip().splitlines()
    assert lines[0].startswith(
        "CNN704 torch (float32, inference) first differs from NumPy in the output of lrn `lrn`: "
        "relative error "
    )
    assert lines[1:5] == [
        " --> planted.cnn:7:5",
        "  |",
        "7 |     lrn(size=3, alpha=0.001)",
        "  |     ^^^^^^^^^^^^^^^^^^^^^^^^",
    ]
    assert " where NumPy has " in lines[5]
