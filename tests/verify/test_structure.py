"""Attributes that a backend ignores: each is found at its line, in every backend.

A backend with a bug emits, for the right network, the text of another in which one attribute has
another value: what it would emit if it took no notice of that.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from altered_backends import install, replaced
from command_line import Command
from samples import LAYERS, Call, required, values_of
from spec_text import in_model, network_of

from cnndsl.backend import Artifact, Backend, find_backend
from cnndsl.ir.network import Network
from cnndsl.ops.base import Kind, Op, WrongKind
from cnndsl.values import Shape, Size
from cnndsl.verify.comparison import Trial
from cnndsl.verify.structure import Flaw, inspected

BACKENDS = ("keras", "numpy", "torch")
ROW = 4
"""The line of the layer that is lowered wrongly."""
IMAGE, VECTOR = Shape((9, 8, 4)), Shape((64,))


def spec_of(call: Call, shape: Shape) -> str:
    before = f"conv({shape.channels}, 1x1)" if shape.is_image else f"dense({shape.channels})"
    return in_model(f"    {before}\n    {call.text}\n    tanh", str(shape))


def emitting(backend: Backend, other: Network) -> Backend:
    """A backend that emits another network's text, whatever it is given."""

    def emit(_network: Network) -> Artifact:
        return backend.emitter(other)

    changed: Backend = replaced(backend, emitter=emit)
    return changed


PLAIN = 5
"""One in so many is tried on every run."""
CHOSEN = {"filters": 32, "units": 32, "kernel": Size(3, 3), "size": Size(3, 3), "rate": 0.25}
"""What an attribute is where another is looked at: large enough for that to show."""
BESIDE: dict[str, dict[str, Any]] = {
    "count_padding": {"pad": (1, 1, 1, 1)},
    "rounding": {"stride": Size(2, 2), "size": Size(3, 3)},
    "multiplier": {"pad": "same"},
    "grid": {"window": Size(3, 2)},
    "key_heads": {"heads": 2},
    "hidden": {"bias": "mlp"},
    "channel_order": {"block": 2},
}
TAKEN = {"channel_order": (Shape((6, 4, 8)),)}
"""The inputs on which an attribute shows, where others would not do."""


def variants() -> list[Any]:
    """Every attribute of every op but seeds, whose numbers are the framework's own affair."""
    found = [
        (f"{op.name}-{name}", pair)
        for op in LAYERS
        for name in op.attributes
        if name != "seed"
        for pair in pairs_of(op, name)[:1]
    ]
    return [
        pytest.param(*pair, id=name, marks=[pytest.mark.slow] if number % PLAIN else [])
        for number, (name, pair) in enumerate(found)
    ]


def pairs_of(op: type[Op], name: str) -> list[tuple[Call, Call, Shape]]:
    """Calls that differ in one attribute, the second as if the first had not given it."""
    kinds = {each: one.kind for each, one in op.attributes.items()}
    given = {
        each: CHOSEN[each] if each in CHOSEN and takes(kinds[each], CHOSEN[each]) else value
        for each, value in required(op).items()
    }
    given |= {each: one for each, one in BESIDE.get(name, {}).items() if each in kinds}
    calls = [Call(op, {**given, name: value}) for value in values_of(kinds[name])]
    default = [one for one in calls if one.op.attributes[name].default == getattr(one.op, name)]
    return [
        (right, wrong, shape)
        for shape in TAKEN.get(name, (IMAGE, VECTOR))
        for right in calls
        for wrong in [*default, *calls]
        if right.shape(shape) is not None
        and wrong.shape(shape) is not None
        and getattr(right.op, name) != getattr(wrong.op, name)
    ]


def takes(kind: Kind, value: Any) -> bool:
    try:
        kind.accept(value)
    except WrongKind:
        return False
    return True


VARIANTS = variants()


def flaws_of(backend: Backend, network: Network) -> tuple[Flaw, ...]:
    build = partial(backend.build, network)
    return inspected(backend, build(), network, build).flaws


def rows_found(backend: Backend, trial: Trial) -> list[int | None]:
    inspection, comparisons = trial.examined(backend, ("float64",))
    flaws = inspection.flaws if inspection is not None else ()
    rows = [None if one.layer is None else one.layer.row for one in flaws]
    return rows or [one.first.layer.row for one in comparisons if one.first is not None]


@pytest.mark.parametrize(("right", "wrong", "shape"), VARIANTS)
@pytest.mark.parametrize("backend", ["keras", "torch"])
def test_ignored_attribute(backend: str, right: Call, wrong: Call, shape: Shape) -> None:
    network, other = network_of(spec_of(right, shape)), network_of(spec_of(wrong, shape))
    trial = Trial(network, grad=True, train=True, batch=3)
    found = rows_found(emitting(find_backend(backend), other), trial)
    assert found, (right.text, wrong.text)
    assert found[0] == ROW


PLANTED = {
    "bias": ("conv(6, 3x3, bias=false)", "conv(6, 3x3)"),
    "missing bias": ("conv(6, 3x3)", "conv(6, 3x3, bias=false)"),
    "dense bias": ("global_avg_pool -> dense(5, bias=false)", "global_avg_pool -> dense(5)"),
    "center": ("batch_norm(center=false)", "batch_norm"),
    "scale": ("batch_norm(scale=false)", "batch_norm"),
    "initialiser": ("conv(16, 5x5, init=he_normal)", "conv(16, 5x5)"),
    "lecun for he": ("conv(16, 5x5, init=he_uniform)", "conv(16, 5x5, init=lecun_uniform)"),
    "uniform for normal": ("conv(16, 5x5, init=he_normal)", "conv(16, 5x5, init=he_uniform)"),
    "uniform for normal, of few values": (
        "slice(0, 2) -> depthwise_conv(5x5, init=he_normal)",
        "slice(0, 2) -> depthwise_conv(5x5, init=he_uniform)",
    ),
    "l2": ("conv(6, 3x3, l2=0.001)", "conv(6, 3x3)"),
    "another l2": ("conv(6, 3x3, l2=0.001)", "conv(6, 3x3, l2=0.002)"),
    "l2 of a pointwise kernel": ("separable_conv(6, 3x3, l2=0.01)", "separable_conv(6, 3x3)"),
    "rate of dropout": ("dropout(0.5)", "dropout(0.45)"),
    "dropout that keeps all": ("dropout(0.1)", "dropout(0.0)"),
    "values for samples": ("drop_path(0.2) as drop", "dropout(0.2) as drop"),
    "values for channels": ("spatial_dropout(0.2) as drop", "dropout(0.2) as drop"),
    "samples for channels": ("spatial_dropout(0.2) as drop", "drop_path(0.2) as drop"),
    "channels for samples": ("drop_path(0.2) as drop", "spatial_dropout(0.2) as drop"),
    "channels for values": ("dropout(0.2) as drop", "spatial_dropout(0.2) as drop"),
    "samples for values": ("dropout(0.2) as drop", "drop_path(0.2) as drop"),
}


@pytest.mark.parametrize("name", PLANTED)
@pytest.mark.parametrize("backend", BACKENDS)
def test_built_otherwise(backend: str, name: str) -> None:
    """What no pass through the model shows."""
    network, other = (network_of(in_model(f"    relu\n    {one}")) for one in PLANTED[name])
    flaws = flaws_of(emitting(find_backend(backend), other), network)
    assert flaws
    assert {flaw.layer.row for flaw in flaws if flaw.layer is not None} == {ROW}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", PLANTED)
def test_built_as_stated(backend: str, name: str) -> None:
    network = network_of(in_model(PLANTED[name][0]))
    assert flaws_of(find_backend(backend), network) == ()


@pytest.mark.parametrize("rate", [0.5, 0.2])
def test_dropout_by_channels_is_seen(rate: float) -> None:
    """The share is right on average, and what is dropped is not each value by itself."""
    torch = find_backend("torch")

    def emit(network: Network) -> Artifact:
        artifact = torch.emitter(network)
        return Artifact(artifact.suffix, artifact.text.replace("nn.Dropout(", "nn.Dropout2d("))

    network = network_of(in_model(f"dropout({rate})"))
    (flaw,) = flaws_of(replaced(torch, emitter=emit), network)
    assert flaw.what in ("what is dropped", "the share that is dropped")


def test_command_names_the_weight(
    cnndsl: Command, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "model net {\n    input 12x12x4\n    conv(6, 3x3, bias=false)\n}\n"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.cnn").write_text(text)
    for name in ("keras", "torch"):
        wrong = emitting(find_backend(name), network_of(text.replace(", bias=false", "")))
        install(monkeypatch, **{name: wrong})
        status, out, err = cnndsl("verify", "net.cnn", "--quiet")
        assert (status, err) == (1, "")
        assert f"CNN706 {name} builds conv `conv` otherwise: `bias` is 6, trainable" in out
        assert "--> net.cnn:3:5" in out
