"""Emitted training scripts: they follow the recipe's formulas, go on exactly, and read well."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import types
from pathlib import Path
from typing import Any

import cnndsl_numpy.augmentation
import numpy as np
import pytest
import torch
from cnndsl_torch.backend import BACKEND
from shares import mostly_slow
from torch_training import MODEL, Run, literal_weights, script_of, training
from training_specs import HEADS, OF_HEADS

from cnndsl.backend import Artifact, execute
from cnndsl.emit.augmentation import module
from cnndsl.project.loading import Loader
from cnndsl.project.locate import read_spec
from cnndsl.project.training import choose_recipe
from cnndsl.recipes.support.batches import batches
from cnndsl.recipes.support.halves import halves
from cnndsl.recipes.support.samples import Samples
from cnndsl.recipes.words import AUGMENTATIONS
from cnndsl.values import Shape
from cnndsl.weights.files import read_weights

EVERYTHING = """
hold_out 0.1
loss cross_entropy(smoothing=0.1)
optimizer sgd(0.1, momentum=0.9, nesterov=true, decay=1e-4)
schedule cosine(warm_up=1)
clip 1
accumulate 2
epochs 3
batch 200
metrics accuracy, top(3), mean_squared_error
patience 7
average 0.9
precision float16
log tensorboard
weights "base.pt"
missing "head"
freeze "trunk.first" for 1
freeze "trunk.second"
rate 0.1 for "head"
"""
WITHOUT_FILES = re.sub("weights .*|log .*", "", EVERYTHING)
PIXELS = "pixels gray(range=(-1, 1), mean=0.5, std=0.25)"
SCRIPTS = {
    "nothing": ("hold_out 0\nmetrics mean_squared_error", MODEL),
    "usual": ("", MODEL),
    "everything": (EVERYTHING, MODEL.replace("8x8x1", f"8x8x1\n    {PIXELS}")),
    "plateau": ("schedule plateau(warm_up=1)\noptimizer adamw", MODEL),
    "plain_plateau": ("schedule plateau\nprecision bfloat16", MODEL),
    "heads": (OF_HEADS, HEADS),
    "augmented": (
        f"{OF_HEADS}\nmetrics mean_squared_error\naugment {', '.join(AUGMENTATIONS.words)}",
        HEADS,
    ),
    "moved": ("augment mirror, crop(pad=1)\nhold_out 0\nmetrics accuracy", MODEL),
    "warm": ("schedule constant(warm_up=1)\nhold_out 0", MODEL),
}
RECIPES = {
    "sgd": "optimizer sgd(0.1)",
    "momentum": "optimizer sgd(0.1, momentum=0.9, decay=0.01)\nschedule step(every=1, factor=0.5)",
    "nesterov": "optimizer sgd(0.1, momentum=0.9, nesterov=true)\nclip 0.05",
    "plain_nesterov": "optimizer sgd(0.1, nesterov=true)\naverage 0.7",
    "rmsprop": "optimizer rmsprop(0.01, momentum=0.5, decay=0.1)\nschedule constant(warm_up=0.9)",
    "adam": "optimizer adam(0.01, beta_1=0.8, epsilon=0.001)\nschedule cosine(warm_up=0.7)",
    "adamw": 'optimizer adamw(0.01)\nschedule cosine(end=0.1)\nrate 0.1 for "trunk.first"',
    "accumulated": "optimizer adamw(0.01, decay=0.1)\naccumulate 3\nbatch 100\nclip 0.01",
    "smoothed": "loss cross_entropy(smoothing=0.2)\nschedule step(every=0.5, warm_up=1)",
}


@pytest.mark.parametrize(
    "lines", mostly_slow(RECIPES.values(), [*RECIPES.values()][::4]), ids=RECIPES
)
def test_steps_follow_the_formulas(lines: str, tmp_path: Path) -> None:
    text = lines if "batch" in lines else f"{lines}\nbatch 400"
    found = training(f"{text}\nepochs 2")
    run = Run(script_of(f"{text}\nepochs 2"), tmp_path).in_float64()
    expected = literal_weights(found, run.trainer.model, epochs=2)
    run.trainer.train()
    kept = run.trainer.average.module if found.recipe.average else run.trainer.model
    for name, weight in kept.named_parameters():
        values = weight.detach().numpy()
        np.testing.assert_allclose(values, expected[name], rtol=1e-8, atol=1e-10, err_msg=name)


@pytest.fixture
def samples(tmp_path: Path) -> Any:
    """A function that gives data for a model: digits, or numbers for several outputs."""

    def made(model: str) -> str:
        if model != HEADS:
            return "digits"
        random = np.random.default_rng(0)
        images = random.integers(0, 256, (500, 8, 8, 3), dtype=np.uint8)
        labels = {"y": np.arange(500) % 10, "y_is_new": np.arange(500) % 2}
        np.savez(tmp_path / "data.npz", x=images, y_value=random.normal(size=(500, 10)), **labels)
        return str(tmp_path / "data.npz")

    return made


def weights_of(run: Run) -> dict[str, Any]:
    return {name: one.clone() for name, one in run.trainer.model.state_dict().items()}


def assert_equal(one: dict[str, Any], other: dict[str, Any]) -> None:
    for name, value in one.items():
        torch.testing.assert_close(value, other[name], rtol=0, atol=0, msg=name)


@pytest.mark.parametrize(("lines", "model"), SCRIPTS.values(), ids=SCRIPTS)
def test_scripts_are_laid_out_and_clean(lines: str, model: str, tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(script_of(lines, model))
    rules = ["--select", "E,F,I,W,B,UP,C4,PIE", "--ignore", "E501"]
    for command in (["format", "--check"], ["check", *rules]):
        command = [sys.executable, "-m", "ruff", *command, "--isolated", str(path)]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.long
def test_types_hold(tmp_path: Path) -> None:
    """Strictly; modules are called untyped, which each script says."""
    for name, (lines, model) in SCRIPTS.items():
        (tmp_path / f"{name}.py").write_text(script_of(lines, model))
    options = ["--strict", "--ignore-missing-imports", "--no-incremental"]
    command = [sys.executable, "-m", "mypy", *options, str(tmp_path)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize(("lines", "model"), SCRIPTS.values(), ids=SCRIPTS)
def test_scripts_train(lines: str, model: str, samples: Any, tmp_path: Path) -> None:
    lines = re.sub("weights .*|log .*", "", lines)
    run = Run(script_of(lines, model), tmp_path, data=samples(model), epochs=2, batch=200)
    before = weights_of(run)
    run.trainer.train()
    assert len(run.trainer.rows) == 2
    assert any(not torch.equal(one, before[name]) for name, one in weights_of(run).items())


@pytest.mark.parametrize(
    "lines",
    [
        "",
        pytest.param(WITHOUT_FILES, marks=pytest.mark.slow),
        pytest.param("augment rotate, mixup", marks=pytest.mark.slow),
    ],
)
def test_what_is_resumed_ends_bit_equal(lines: str, tmp_path: Path) -> None:
    text = script_of(lines, MODEL.replace("global_avg_pool", "dropout(0.3) -> global_avg_pool"))
    whole, first, rest = (
        Run(text, tmp_path / folder, epochs=3, batch=200) for folder in ("whole", "part", "part")
    )
    whole.trainer.train()
    first.trainer.keep_on = first.trainer.keep

    def stop(row: dict[str, float]) -> None:
        first.trainer.keep_on(row)
        if first.trainer.epoch == 1:
            raise KeyboardInterrupt

    first.trainer.keep = stop
    with pytest.raises(KeyboardInterrupt):
        first.trainer.train()
    rest.trainer.resume()
    rest.trainer.train()
    assert_equal(weights_of(rest), weights_of(whole))
    rows = ([{**row, "seconds": 0} for row in run.trainer.rows] for run in (rest, whole))
    assert next(rows) == next(rows)


def test_what_goes_on_has_its_own_rate_and_refuses_another_training(tmp_path: Path) -> None:
    first = Run(script_of("optimizer sgd(0.1)"), tmp_path, epochs=1, batch=400)
    first.trainer.train()
    before = weights_of(first)
    slower = Run(script_of("optimizer sgd(1e-9)"), tmp_path, epochs=2, batch=400)
    slower.trainer.resume()
    slower.trainer.train()
    for name, value in slower.trainer.model.named_parameters():
        torch.testing.assert_close(value.detach(), before[name])
    for lines, said in (
        ("optimizer adam", "its optimizer is another"),
        ("optimizer sgd\naverage 0.9", "average"),
    ):
        other = Run(script_of(lines), tmp_path)
        with pytest.raises(SystemExit, match=f"last.pt is of another training: .*{said}"):
            other.trainer.resume()
    for damage in (b"", b"\x80 no tensors", (tmp_path / "last.pt").read_bytes()[:999]):
        (tmp_path / "last.pt").write_bytes(damage)
        with pytest.raises(SystemExit, match=r"last\.pt is no file of PyTorch: it is damaged"):
            slower.trainer.resume()


def test_frozen_layers_stay_bit_equal(tmp_path: Path) -> None:
    lines = 'freeze "trunk" for 1\nfreeze "trunk.first"\noptimizer adamw\nprecision bfloat16'
    model = MODEL.replace("-> batch_norm", "-> batch_norm as norm")
    run = Run(script_of(lines, model), tmp_path, epochs=2, batch=200)
    before, after = weights_of(run), []
    kept = run.trainer.keep
    run.trainer.keep = lambda row: (kept(row), after.append(weights_of(run)))
    run.trainer.train()
    moved = [{name for name in before if not torch.equal(before[name], one[name])} for one in after]
    assert moved[0] == {"head.weight", "head.bias"}
    assert not any(name.startswith("trunk.first.") for name in moved[1])
    assert {"trunk.second.weight", "trunk.norm.running_mean"} <= moved[1]


def test_augmentation_comes_before_pixels_and_in_training_alone(tmp_path: Path) -> None:
    model = MODEL.replace("8x8x1", f"8x8x1\n    {PIXELS}")
    lines = "augment translate, contrast, mixup\nbatch 50\nepochs 1"
    run = Run(script_of(lines, model), tmp_path)
    trainer, seen = run.trainer, []
    trainer.model.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0]))
    trainer.train()
    samples = Samples.digits((8, 8, 1), 1)
    learned, held_out = halves(len(samples), 0.2, 0)
    first = samples.part(learned).part(next(iter(batches(len(learned), 50, 0, 0))))
    uses = training(lines, model).recipe.augment
    text = module(uses, Shape((8, 8, 1)), cnndsl_numpy.augmentation.TOOLS)
    augment = execute(Artifact(".py", text), "augmentation")["augment_randomly"]
    generator = np.random.default_rng((0, 1, 2, 0))
    images, _ = augment(generator, np.float32(first.images / 255), [np.eye(10)[first.labels[0]]])
    np.testing.assert_allclose(seen[0].permute(0, 2, 3, 1), (2 * images - 1 - 0.5) / 0.25, 0, 1e-4)
    rest = samples.part(held_out).images[-len(seen[-1]) :] / 255
    np.testing.assert_allclose(seen[-1].permute(0, 2, 3, 1), (2 * rest - 1 - 0.5) / 0.25, 0, 1e-5)


def test_numbers_that_are_no_pictures_are_not_augmented(tmp_path: Path) -> None:
    images = np.random.default_rng(0).random((50, 8, 8, 1))
    np.savez(tmp_path / "data.npz", x=images, y=np.arange(50) % 10)
    run = Run(script_of("augment mirror", MODEL), tmp_path, data=str(tmp_path / "data.npz"))
    with pytest.raises(SystemExit, match="takes pictures"):
        run.trainer.train()


def test_tensorboard_has_the_measures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(script_of("log tensorboard", MODEL), tmp_path, epochs=2, batch=400)
    place = "torch.utils.tensorboard"
    monkeypatch.setitem(sys.modules, place, None)
    with pytest.raises(SystemExit, match="pip install tensorboard"):
        run.trainer.train()
    written: list[Any] = []
    writer = types.SimpleNamespace(
        add_scalar=lambda *each: written.append(each), flush=lambda: None
    )
    board = types.SimpleNamespace(SummaryWriter=lambda *_, **__: writer)
    monkeypatch.setitem(sys.modules, place, board)
    run.trainer.train()
    rows = enumerate(run.trainer.rows, 1)
    assert written == [(name, value, epoch) for epoch, row in rows for name, value in row.items()]


def started(script: Path, out: Path, *options: str, processes: int = 1) -> Any:
    """The script, running."""
    command = [sys.executable, str(script), "--out", str(out), "--device", "cpu", *options]
    if processes > 1:
        launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        command = [sys.executable, *launcher, *command[1:]]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def last_of(out: Path) -> Any:
    return torch.load(out / "last.pt", weights_only=True)


@pytest.mark.long
def test_a_killed_script_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    model = MODEL.replace("global_avg_pool", "dropout(0.3) -> global_avg_pool")
    script = tmp_path / "train.py"
    script.write_text(script_of("epochs 40\nbatch 16\noptimizer sgd(momentum=0.9)", model))
    assert started(script, tmp_path / "whole").wait() == 0
    kills = 0
    while not (tmp_path / "part" / "last.pt").exists() or last_of(tmp_path / "part")["epoch"] < 40:
        process = started(script, tmp_path / "part", "--resume")
        time.sleep(5 + 0.37 * kills)
        process.kill()
        kills += process.wait() != 0
        assert kills < 50
    assert kills
    assert_equal(last_of(tmp_path / "part")["model"], last_of(tmp_path / "whole")["model"])


@pytest.mark.long
@pytest.mark.parametrize("lines", ["optimizer sgd(0.05, momentum=0.9)", "accumulate 2\nclip 0.1"])
def test_two_processes_are_one_with_twice_the_batch(lines: str, tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(script_of(f"{lines}\nepochs 2", MODEL.replace("-> batch_norm", "")))
    assert started(script, tmp_path / "two", "--batch", "64", processes=2).wait() == 0
    assert started(script, tmp_path / "one", "--batch", "128").wait() == 0
    one, two = last_of(tmp_path / "one"), last_of(tmp_path / "two")
    for name, value in one["model"].items():
        torch.testing.assert_close(two["model"][name], value, rtol=1e-4, atol=1e-5)
    for row, other in zip(one["rows"], two["rows"], strict=True):
        for name in row.keys() - {"seconds"}:
            assert other[name] == pytest.approx(row[name], rel=1e-3)


@pytest.mark.long
def test_digits_are_learned(tmp_path: Path) -> None:
    module = Loader().module(read_spec("lenet5_modern"))
    found = choose_recipe(module, None, None, {})
    text = BACKEND.emit_training(found.network, found.recipe).text
    (tmp_path / "train.py").write_text(text)
    assert started(tmp_path / "train.py", tmp_path / "out", "--epochs", "15").wait() == 0
    assert max(row["held_out_accuracy"] for row in last_of(tmp_path / "out")["rows"]) >= 0.98
    weights = read_weights(str(tmp_path / "out" / "best.pt"), found.network)
    assert sum(one.size for one in weights.values()) == 520_082
