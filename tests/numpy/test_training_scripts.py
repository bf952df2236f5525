"""Emitted NumPy training scripts: they train by what recipes say, and read well."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import training_specs
from cnndsl_numpy.backend import BACKEND
from cnndsl_numpy.trainer import Trainer

from cnndsl.backend import execute
from cnndsl.project.loading import Loader
from cnndsl.project.recipes import Training
from cnndsl.project.training import choose_recipe
from cnndsl.recipes.measuring import loss_of, metric_of
from cnndsl.recipes.support.halves import halves
from cnndsl.recipes.support.samples import Samples
from cnndsl.recipes.words import AUGMENTATIONS
from cnndsl.text import Source

MODEL = """
model net {
    input 8x8x1
    conv(4, 3x3, l2=0.001) as first -> relu
    conv(6, 3x3, bias=false) -> batch_norm -> dropout(0.3) -> global_avg_pool
    dense(10) as head -> softmax
}
"""
HEADS = training_specs.HEADS.replace(
    "range=(0, 255), mean=(100, 110, 120)", "range=(0, 1), mean=(0.1, 0.2, 0.3)"
)
EVERYTHING = """
hold_out 0.1
loss cross_entropy(smoothing=0.1)
optimizer sgd(0.1, momentum=0.9, nesterov=true, decay=1e-4)
schedule cosine(warm_up=1)
clip 1
accumulate 2
metrics accuracy, top(3), mean_squared_error
patience 7
average 0.9
freeze "first" for 1
rate 0.1 for "head"
"""
OF_HEADS = f"""{training_specs.OF_HEADS}metrics accuracy, top(3), mean_absolute_error
augment {", ".join(AUGMENTATIONS.words)}
"""
SCRIPTS = {
    "usual": ("", MODEL),
    "everything": (EVERYTHING, MODEL),
    "plateau": ("schedule plateau(warm_up=1)\nhold_out 0\noptimizer rmsprop", MODEL),
    "heads": (OF_HEADS, HEADS),
}
ALL = pytest.mark.parametrize(("lines", "model"), SCRIPTS.values(), ids=SCRIPTS)


def training(lines: str, model: str) -> Training:
    text = f"{model}\nrecipe usual {{\n{lines}\n}}\n"
    return choose_recipe(Loader().module(Source("net.cnn", text)), None, None, {})


def trainer_of(found: Training) -> Trainer:
    """What a script would train with."""
    script = BACKEND.emit_training(found.network, found.recipe)
    trainer: Trainer = execute(script, "training")["trainer"]()
    trainer.epochs, trainer.batch = 2, 200
    return trainer


def samples_for(model: str, folder: Path) -> Samples:
    if model == MODEL:
        return Samples.load("digits", (8, 8, 1), ["main"])
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (500, 8, 8, 3), dtype=np.uint8)
    labels = {"y": np.arange(500) % 10, "y_is_new": np.arange(500) % 2}
    np.savez(folder / "data.npz", x=images, y_value=random.normal(size=(500, 10)), **labels)
    outputs = ["kinds", "is_new", "value", "helper"]
    return Samples.load(str(folder / "data.npz"), (8, 8, 3), outputs)


@ALL
def test_held_out_figures_are_those_of_the_network(lines: str, model: str, tmp_path: Path) -> None:
    found = training(lines, model)
    recipe, network = found.recipe, found.network
    trainer, samples = trainer_of(found), samples_for(model, tmp_path)
    trainer.train(samples, tmp_path)
    row = trainer.rows[-1]
    assert all(np.isfinite(value) for value in row.values())
    rest = samples.part(halves(len(samples), recipe.hold_out, recipe.seed)[1])
    if not len(rest):
        return
    weights = trainer.stepper.kept
    trainer.model.set_parameters(dict(weights))
    outputs = trainer.model.forward(trainer.pixels(rest.images / np.float32(255)))
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    order = [name for name, _ in network.outputs]
    losses = sorted(recipe.losses, key=lambda one: order.index(one.output))
    kept = len(losses) - network.training_outputs
    each = zip(losses[:kept], outputs, rest.labels, strict=False)
    expected = sum(loss_of(one, values, labels) for one, values, labels in each)
    assert row["held_out_loss"] == pytest.approx(expected, rel=1e-5)
    for use, name in zip(recipe.metrics, trainer.metrics, strict=True):
        value = metric_of(use, losses[0], outputs[0], rest.labels[0])
        assert row[f"held_out_{name}"] == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize(
    "commands",
    [
        [["ruff", "format", "--check"], ["ruff", "check", "--select", "E,F,I,W,B,UP,C4,PIE"]],
        pytest.param([["mypy", "--strict", "--no-incremental"]], marks=pytest.mark.long),
    ],
    ids=["ruff", "mypy"],
)
def test_scripts_are_clean(commands: list[list[str]], tmp_path: Path) -> None:
    for name, (lines, model) in SCRIPTS.items():
        found = training(lines, model)
        text = BACKEND.emit_training(found.network, found.recipe).text
        (tmp_path / f"{name}.py").write_text(text)
    for tool in commands:
        isolated = ["--isolated"] if tool[0] == "ruff" else []
        command = [sys.executable, "-m", *tool, *isolated, str(tmp_path)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
