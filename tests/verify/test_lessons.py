"""Training by recipes: all scripts do the same, and bugs in them are found at their step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from altered_backends import install, replaced
from cnndsl_keras.backend import BACKEND as KERAS
from cnndsl_torch.backend import BACKEND as TORCH
from command_line import Command
from lessons import NETS, RECIPES, proof

from cnndsl.backend import Artifact, Backend
from cnndsl.diagnostics.backends import MissingCapability
from cnndsl.diagnostics.base import Rejected
from cnndsl.project.loading import Loader
from cnndsl.project.training import choose_recipe
from cnndsl.text import Source
from cnndsl.verify.comparison import Trial
from cnndsl.verify.lessons import Proof

SLOWLY = pytest.mark.slow
PLAIN = [("plain", "adamw", TORCH)]
SLOW = [("heads", "everything", TORCH), ("plain", "thawed", KERAS)]


def mark(*case: object) -> pytest.MarkDecorator | tuple[()]:
    return () if case in PLAIN else SLOWLY if case in SLOW else pytest.mark.long


CASES = [
    pytest.param(*case, marks=mark(*case), id=f"{case[0]}-{case[1]}-{case[2].name}")
    for case in ((net, recipe, one) for net in NETS for recipe in RECIPES for one in (TORCH, KERAS))
]


@pytest.mark.parametrize(("net", "recipe", "backend"), CASES)
def test_all_train_alike(net: str, recipe: str, backend: Backend) -> None:
    try:
        found = proof(net, recipe).compare(backend)
    except Rejected as rejection:
        if backend is not KERAS or "augment" not in RECIPES[recipe]:
            raise
        pytest.skip(rejection.diagnostic.message)
    assert found.first is None
    assert max(found.errors.values()) < 1e-8
    assert ("averages" in found.errors) == ("average" in RECIPES[recipe])


MODEL = """\
model small {
    input 6x6x3
    conv(4, 3x3) as first -> batch_norm -> relu
    flatten -> dense(3) as head -> softmax
}
"""
RECIPE = f"{MODEL}recipe small {{\n    optimizer adam\n}}\n"


@pytest.mark.slow
def test_gradients_that_cancel_have_the_room_of_rounding() -> None:
    """Adam makes a whole step of a bias's gradient that is zero but for rounding."""
    source = Source("net.cnn", RECIPE.replace("adam", "adam(epsilon=1e-14)"))
    found = choose_recipe(Loader().module(source), None, None, {})
    row = Proof(Trial(found.network, batch=4), found.recipe, batch=4).compare(TORCH)
    assert row.first is None
    assert row.errors["steps"] > 1e-8


def with_script(change: Callable[[Artifact], Artifact]) -> Backend:
    """PyTorch with other training scripts."""
    backend: Backend = replaced(TORCH, trainer=lambda *given: change(TORCH.trainer(*given)))
    return backend


def refused(_script: Artifact) -> Artifact:
    raise Rejected(MissingCapability("torch", "such recipes", "training"))


def stopped(script: Artifact) -> Artifact:
    return Artifact(script.suffix, script.text.replace("def train(self)", "def train(self, more)"))


def cut_short(script: Artifact) -> Artifact:
    return Artifact(script.suffix, script.text.replace("EPOCHS = 10", "EPOCHS = 2"))


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        (lambda script: script, 0, "numpy and torch train alike by recipe small"),
        (refused, 0, "torch: not trained by recipe small, the torch backend has no such recipes"),
        pytest.param(stopped, 1, "CNN707 torch fails on model `small`: TypeError", marks=SLOWLY),
        pytest.param(cut_short, 1, "its script took 4 of 6 steps", marks=SLOWLY),
    ],
)
def test_what_is_said_of_a_backend(
    change: Callable[[Artifact], Artifact],
    status: int,
    said: str,
    cnndsl: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "net.cnn").write_text(RECIPE)
    monkeypatch.chdir(tmp_path)
    install(monkeypatch, torch=with_script(change))
    found = cnndsl("verify", "net.cnn", "--train", "-b", "torch", "--dtype", "float64")
    assert found.status == status
    assert said in found.out
    assert ("train alike" in found.out) == (said.endswith("small"))


@pytest.mark.slow
def test_no_recipe_is_trained_where_none_is_said(cnndsl: Command, tmp_path: Path) -> None:
    spec = tmp_path / "net.cnn"
    spec.write_text(MODEL)
    options = "--train", "-b", "torch", "--dtype", "float64", "--input", "5x7x3"
    assert "recipe" not in cnndsl("verify", spec, *options).out
    usual = cnndsl("verify", spec, *options, "--steps", 1)
    assert (usual.status, usual.err) == (0, "")
    assert "recipe small: 1 step of each script, 2 an epoch" in usual.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--steps", "3"), "`--steps` is about training"),
        (("--recipe", "small"), "`--recipe` is about training"),
        (("--train", "--with", "epochs 3", "--dtype", "float32"), "compared in 64 bits"),
        (("--train", "--recipe", "other"), "other"),
        (("--train", "--steps", "0"), "`0` is not an integer of at least 1"),
    ],
)
def test_bad_arguments(
    cnndsl: Command, tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    spec = tmp_path / "net.cnn"
    spec.write_text(RECIPE)
    status, out, err = cnndsl("verify", spec, *options)
    assert (status, out) == (2, "")
    assert words in err
