"""Emitted Keras training scripts: they follow the formulas, go on exactly, and read well."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import PIL.Image
import pytest
import training_specs
from cnndsl_keras.backend import BACKEND
from cnndsl_keras.live import precision
from cnndsl_numpy.backend import BACKEND as NUMPY
from keras_training import MODEL, run, script_of, training, weights_of
from training_formulas import factor, step_of
from training_specs import OF_HEADS

from cnndsl.backend import Artifact, execute
from cnndsl.diagnostics.base import Rejected
from cnndsl.project.loading import Loader
from cnndsl.project.locate import read_spec
from cnndsl.project.training import choose_recipe
from cnndsl.recipes.measuring import loss_of, metric_of
from cnndsl.recipes.support.halves import halves
from cnndsl.recipes.support.samples import Samples
from cnndsl.recipes.words import AUGMENTATIONS
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
precision bfloat16
log tensorboard
weights "base.weights.h5"
missing "head"
freeze "trunk.first" for 1
freeze "trunk.second"
rate 0.1 for "head"
"""
WITHOUT_FILES = re.sub("weights .*|log .*", "", EVERYTHING)
PIXELS = "pixels gray(range=(-1, 1), mean=0.5, std=0.25)"
BINARY = MODEL.replace("dense(10) as head -> softmax", "dense(1) as head -> sigmoid")
ERRORS = MODEL.replace(" -> softmax", "").replace("8x8x1", "8x8x3\n    pixels bgr(range=(0, 255))")
HEADS = training_specs.HEADS.replace("conv(4, 3x3)", "conv(4, 3x3, l2=0.01)")
SCRIPTS = {
    "heads": (OF_HEADS, HEADS),
    "narrow_heads": (f"{OF_HEADS}precision bfloat16\nhold_out 0", HEADS),
    "nothing": ("hold_out 0\nmetrics mean_squared_error", MODEL),
    "usual": ("", MODEL),
    "everything": (EVERYTHING, MODEL.replace("8x8x1", f"8x8x1\n    {PIXELS}")),
    "plateau": ("schedule plateau(warm_up=1)\noptimizer adamw\naverage 0.9", MODEL),
    "plain_plateau": ("schedule plateau\nprecision float16\nhold_out 0\naverage 0.9", MODEL),
    "binary": ("loss binary_cross_entropy(smoothing=0.1)\noptimizer rmsprop", BINARY),
    "errors": ("loss mean_absolute_error\noptimizer sgd(momentum=0.9)", ERRORS),
    "accumulated": ("accumulate 2\noptimizer rmsprop(momentum=0.9)", MODEL),
    "augmented": (f"{OF_HEADS}\naugment {', '.join(AUGMENTATIONS.words)}", HEADS),
    "moved": ("augment mirror, crop(pad=1)\nhold_out 0\nmetrics accuracy", MODEL),
}
OPTIMIZERS = {
    "sgd": "optimizer sgd(0.1)",
    "decayed": "optimizer sgd(0.1, decay=0.1)",
    "steady": "optimizer sgd(0.1, momentum=0.9)",
    "steady_nesterov": "optimizer sgd(0.1, momentum=0.9, nesterov=true)",
    "momentum": "optimizer sgd(0.1, momentum=0.9, decay=0.01)\nschedule step(every=1, factor=0.5)",
    "nesterov": "optimizer sgd(0.1, momentum=0.9, nesterov=true)\nclip 0.05\nschedule cosine",
    "plain_nesterov": "optimizer sgd(0.1, nesterov=true)\naverage 0.7",
    "rmsprop": "optimizer rmsprop(0.01, momentum=0.5, decay=0.1)\nschedule constant(warm_up=0.9)",
    "plain_rmsprop": "optimizer rmsprop(0.01, epsilon=0.1)\naccumulate 2",
    "adam": "optimizer adam(0.01, beta_1=0.8, epsilon=0.001)\nschedule cosine(warm_up=0.7)",
    "adamw": 'optimizer adamw(0.01)\nschedule cosine(end=0.1)\nrate 0.1 for "trunk.first"',
    "accumulated": "optimizer adamw(0.01, decay=0.1)\naccumulate 3\nclip 0.01",
    "averaged": "optimizer sgd(0.1, momentum=0.9)\naccumulate 2\naverage 0.7",
}
FAST = ("nesterov", "rmsprop", "adamw", "averaged")
FAST_AND_SLOW = [
    pytest.param(lines, id=name, marks=() if name in FAST else pytest.mark.slow)
    for name, lines in OPTIMIZERS.items()
]


@pytest.fixture
def in_float64() -> Iterator[None]:
    with precision("float64"):
        yield


@pytest.mark.usefixtures("in_float64")
@pytest.mark.parametrize("lines", FAST_AND_SLOW)
def test_steps_follow_the_formulas(lines: str, tmp_path: Path) -> None:
    """Ten steps by random gradients, four to an epoch."""
    recipe = training(lines).recipe
    found = run(script_of(lines), tmp_path, batch=359 // recipe.accumulate)
    variables = found.model.trainable_variables
    random, parts = np.random.default_rng(0), recipe.accumulate
    expected = [one.numpy().copy() for one in variables]
    average = None
    memory: list[dict[str, Any]] = [{} for _ in variables]
    steps = len(found.samples) // parts
    assert steps == 4
    for step in range(10):
        found.epoch, batch = divmod(step, steps)
        drawn = [[random.normal(size=one.shape) for one in variables] for _ in range(parts)]
        for part, gradients in enumerate(drawn):
            found.on_train_batch_begin(batch * parts + part)
            found.model.optimizer.apply(gradients)
            found.on_train_batch_end(batch * parts + part)
        means = [sum(all_parts) / parts for all_parts in zip(*drawn, strict=True)]
        if recipe.clip is not None:
            length = np.sqrt(sum((one**2).sum() for one in means))
            means = [one * min(1.0, recipe.clip / length) for one in means]
        for number, variable in enumerate(variables):
            rate = recipe.optimizer["rate"] * factor(recipe, step, steps)
            if recipe.rates and variable.path.startswith("trunk.first/"):
                rate *= 0.1
            weight, gradient = expected[number], means[number]
            expected[number] = step_of(recipe, weight, gradient, rate, memory[number])
        kept = recipe.average
        if kept is not None:
            before = average or expected
            average = [kept * a + (1 - kept) * w for a, w in zip(before, expected, strict=True)]
    if average is not None:
        found.use_average()
    for variable, value in zip(variables, average or expected, strict=True):
        np.testing.assert_allclose(variable.numpy(), value, 1e-8, 1e-10, err_msg=variable.path)


def seen_by_numpy(lines: str, model: str, data: str, epochs: int) -> list[Any]:
    """The batches of NumPy's script, those held out behind those of each epoch."""
    found, seen = training(lines, model), list[Any]()
    script = NUMPY.emit_training(found.network, found.recipe)
    trainer = execute(script, "training")["trainer"]()
    trainer.stepper.step = lambda parts, *_: seen.extend(parts) or 0.0
    given = Samples.load(data, trainer.model.inputs[0].shape, trainer.outputs)
    learned, held_out = map(given.part, halves(len(given), trainer.hold_out, trainer.seed))
    for trainer.epoch in range(epochs):
        trainer.train_epoch(learned)
        for first in range(0, len(held_out), trainer.batch):
            chosen = np.arange(first, min(first + trainer.batch, len(held_out)))
            seen.append(trainer.batch_of(held_out, chosen, None))
    return seen


@pytest.mark.parametrize(
    ("lines", "model"),
    [
        ("augment translate, contrast, mixup\naccumulate 2\nseed 3", MODEL),
        pytest.param(SCRIPTS["augmented"][0], HEADS, marks=pytest.mark.long),
    ],
)
def test_what_fit_sees_is_what_numpy_sees(lines: str, model: str, tmp_path: Path) -> None:
    """Batches through Keras's own pipeline, augmented in training alone."""
    lines, data = f"{lines.replace('smoothing=0.1, ', '')}\nbatch 150", samples(model, tmp_path)
    found, seen = run(script_of(lines, model), tmp_path, data=data, epochs=2), list[Any]()

    def watched(step: Any) -> Any:
        return lambda batch: (seen.append(batch), step(batch))[1]

    found.model.run_eagerly = True
    found.model.train_step = watched(found.model.train_step)
    found.model.test_step = watched(found.model.test_step)
    found.train()
    for one, other in zip(seen, seen_by_numpy(lines, model, data, 2), strict=True):
        size = float(np.abs(other[0]).max())
        np.testing.assert_allclose(one[0], other[0], 0, 1e-5 * size)
        labels = one[1] if isinstance(one[1], tuple) else [one[1]]
        for values, own in zip(labels, other[1], strict=True):
            np.testing.assert_allclose(values, own.reshape(values.shape), 0, 1e-5)


def of_pictures(text: str, folder: Path, count: int) -> Any:
    """A script's training with some pictures of two classes."""
    for number in range(count):
        path = folder / f"class{number % 2}" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        PIL.Image.new("L", (9, 9), number).save(path)
    return run(text, folder / "out", data=str(folder), epochs=1)


def test_a_picture_that_threads_cannot_read_ends_training(tmp_path: Path) -> None:
    """It is of the last batch, so that none but TensorFlow's threads comes to it."""
    found = of_pictures(script_of("hold_out 0\nbatch 2"), tmp_path, 8)
    found.samples.start_epoch(0)
    broken = found.samples.samples.images[found.samples.order[-1][-1]]
    broken.write_bytes(b"no picture")
    with pytest.raises(SystemExit, match=f"{broken.name}: no picture can be read"):
        found.train()


def test_pictures_are_kept_where_all_have_room(tmp_path: Path) -> None:
    text = script_of("hold_out 0\nbatch 2")
    found = of_pictures(text, tmp_path, 4)
    names = execute(Artifact(".py", text.replace("ROOM = 1073741824", "ROOM = 0")), "training")
    small = names["Batches"](found.samples.samples, 2)
    expected = [small[number][0] for number in range(2)]
    kept = [found.samples[number][0] for number in range(2)]
    assert (len(small.kept), len(found.samples.kept)) == (0, 4)
    for path in tmp_path.rglob("*.png"):
        path.unlink()
    for number in range(2):
        np.testing.assert_array_equal(kept[number], expected[number])
        np.testing.assert_array_equal(found.samples[number][0], kept[number])
    with pytest.raises(ValueError, match="there is no such picture"):
        small[0]


def test_scripts_are_laid_out_and_clean(tmp_path: Path) -> None:
    for name, (lines, model) in SCRIPTS.items():
        (tmp_path / f"{name}.py").write_text(script_of(lines, model))
    rules = ["--select", "E,F,I,W,B,UP,C4,PIE", "--ignore", "E501"]
    for command in (["format", "--check", "--diff"], ["check", *rules]):
        assert_passes("ruff", *command, "--isolated", str(tmp_path))


@pytest.mark.long
def test_types_hold(tmp_path: Path) -> None:
    """Strictly, but that what Keras has is of type Any, and may be subclassed."""
    for name, (lines, model) in SCRIPTS.items():
        (tmp_path / f"{name}.py").write_text(script_of(lines, model))
    options = ["--strict", "--ignore-missing-imports", "--allow-subclassing-any"]
    assert_passes("mypy", *options, "--no-incremental", str(tmp_path))


def assert_passes(*command: str) -> None:
    found = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.fixture(autouse=True)
def policy() -> Iterator[None]:
    """Scripts set Keras's policy for their own process."""
    before = keras.config.dtype_policy()
    yield
    keras.config.set_dtype_policy(before)


def samples(model: str, folder: Path) -> str:
    """Data for a model: digits, or numbers."""
    if model == HEADS:
        random = np.random.default_rng(0)
        images = random.integers(0, 256, (500, 8, 8, 3), dtype=np.uint8)
        labels = {"y": np.arange(500) % 10, "y_is_new": np.arange(500) % 2}
        np.savez(folder / "data.npz", x=images, y_value=random.normal(size=(500, 10)), **labels)
        return str(folder / "data.npz")
    if model in (BINARY, ERRORS):
        random, count = np.random.default_rng(0), 500
        channels = 3 if model == ERRORS else 1
        images = random.integers(0, 256, (count, 8, 8, channels), dtype=np.uint8)
        labels = np.arange(count) % 2 if model == BINARY else random.normal(size=(count, 10))
        np.savez(folder / "data.npz", x=images, y=labels)
        return str(folder / "data.npz")
    return "digits"


@pytest.mark.long
@pytest.mark.parametrize(("lines", "model"), SCRIPTS.values(), ids=SCRIPTS)
def test_scripts_train(lines: str, model: str, tmp_path: Path) -> None:
    lines = re.sub("weights .*|log .*", "", lines)
    data = samples(model, tmp_path)
    found = run(script_of(lines, model), tmp_path, data=data, epochs=2, batch=200)
    before = weights_of(found)
    found.train()
    assert len(found.rows) == 2
    assert all(np.isfinite(value) for row in found.rows for value in row.values())
    assert any((one != before[name]).any() for name, one in weights_of(found).items())
    network = training(lines, model).network
    assert read_weights(str(tmp_path / "best.weights.h5"), network)


@pytest.mark.long
@pytest.mark.parametrize("name", ["usual", "heads", "binary", "errors"])
def test_held_out_figures_are_those_of_the_network(name: str, tmp_path: Path) -> None:
    lines, model = SCRIPTS[name]
    data = samples(model, tmp_path)
    model = model.replace("(0, 255), mean=(100, 110, 120)", "(0, 1)")  # no sigmoid is 1
    found = run(script_of(lines, model), tmp_path, data=data, epochs=1, batch=150)
    found.train()
    said = training(lines, model)
    recipe, network = said.recipe, said.network
    images = np.concatenate([found.held_out[one][0] for one in range(len(found.held_out))])
    outputs = found.network.predict(images, verbose=0)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    kept = len(outputs) - network.training_outputs
    order = [name for name, _ in network.outputs]
    losses = sorted(recipe.losses, key=lambda one: order.index(one.output))[:kept]
    labels = found.held_out.samples.labels
    expected = sum(
        loss_of(one, values, own) for one, values, own in zip(losses, outputs, labels, strict=False)
    )
    assert found.rows[0]["held_out_loss"] == pytest.approx(expected, rel=1e-4)
    for use in recipe.metrics:
        value = metric_of(use, losses[0], outputs[0], labels[0])
        assert found.rows[0][f"held_out_{use.name}"] == pytest.approx(value, rel=1e-4)


def stop_after_one(found: Any) -> None:
    """Train, and press Ctrl-C after an epoch."""
    keep = found.keep

    def kept(row: dict[str, float]) -> None:
        keep(row)
        if found.epoch == 1:
            raise KeyboardInterrupt

    found.keep = kept
    with pytest.raises(KeyboardInterrupt):
        found.train()


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(
            "optimizer sgd(momentum=0.9)\nschedule cosine\naverage 0.9", marks=pytest.mark.slow
        ),
        pytest.param(WITHOUT_FILES, marks=pytest.mark.long),
    ],
)
def test_what_is_resumed_ends_equal(lines: str, tmp_path: Path) -> None:
    text = script_of(lines)
    whole, first, rest = (
        run(text, tmp_path / folder, epochs=2, batch=400) for folder in ("whole", "part", "part")
    )
    whole.train()
    stop_after_one(first)
    rest.resume()
    rest.train()
    for name, value in weights_of(whole).items():
        np.testing.assert_allclose(weights_of(rest)[name], value, 1e-6, 1e-7, err_msg=name)
    for row, other in zip(whole.rows, rest.rows, strict=True):
        for name in row.keys() - {"seconds"}:
            assert other[name] == pytest.approx(row[name], rel=1e-5)


@pytest.mark.slow
def test_what_goes_on_has_its_own_rate_and_refuses_another_training(tmp_path: Path) -> None:
    first = run(script_of("optimizer sgd(0.1)"), tmp_path, epochs=1, batch=400)
    first.train()
    slower = run(script_of("optimizer sgd(1e-9)"), tmp_path, epochs=2, batch=400)
    slower.resume()
    assert float(slower.model.optimizer.learning_rate) == pytest.approx(1e-9)
    assert int(slower.model.optimizer.iterations) == 3
    for name, value in weights_of(first).items():
        np.testing.assert_array_equal(weights_of(slower)[name], value, err_msg=name)
    other = run(script_of("optimizer adam"), tmp_path)
    with pytest.raises(SystemExit, match="another training: its layers or its optimizer"):
        other.resume()
    (tmp_path / "last.npz").write_bytes(b"numbers")
    with pytest.raises(SystemExit, match=r"another training: it is no .npz file"):
        other.resume()


@pytest.mark.slow
def test_frozen_layers_stay_bit_equal(tmp_path: Path) -> None:
    lines = 'freeze "trunk" for 1\nfreeze "trunk.first"\noptimizer adamw'
    found = run(script_of(lines), tmp_path, epochs=2, batch=400)
    before, after = weights_of(found), []
    keep = found.keep
    found.keep = lambda row: (keep(row), after.append(weights_of(found)))
    found.train()
    seeds = {name for name in before if "seed" in name}
    moved = [{name for name in before if (before[name] != one[name]).any()} for one in after]
    assert moved[0] - seeds == {"head/kernel", "head/bias"}
    assert not any(name.startswith("trunk.first/") for name in moved[1])
    assert {"trunk.second/kernel", "trunk.norm/moving_mean"} <= moved[1]


def test_dropout_of_frozen_layers_is_off(tmp_path: Path) -> None:
    found = run(script_of('freeze "trunk"', MODEL), tmp_path, batch=400)
    found.freeze()
    images = found.samples[0][0]
    one, other = (found.network(images, training=True).numpy() for _ in range(2))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "lines",
    ["loss cross_entropy(weight=0.3)", 'average 0.9\nfreeze "trunk"', 'weights "base.pth"'],
)
def test_what_cannot_be_done_exactly_is_refused(lines: str) -> None:
    with pytest.raises(Rejected, match="has no"):
        script_of(lines)


def test_missing_weights_are_drawn_and_others_are_not(tmp_path: Path) -> None:
    first = run(script_of(""), tmp_path)
    path = tmp_path / "other.weights.h5"
    first.network.save_weights(path)
    wider = MODEL.replace("dense(10)", "dense(5)")
    found = run(script_of('missing "head"', wider), tmp_path, data=small(tmp_path), weights=path)
    kept = weights_of(first)
    for name, value in weights_of(found).items():
        if name.startswith("head/"):
            assert np.isfinite(value).all()
        else:
            np.testing.assert_array_equal(value, kept[name])
    with pytest.raises(SystemExit, match="head"):
        run(script_of('missing "trunk"', wider), tmp_path, data=small(tmp_path), weights=path)


def test_weights_of_one_name_decay_by_their_axes(tmp_path: Path) -> None:
    layers = "standardized_conv(5, 3, scale=1.5) as one -> subsample(2) as two -> dropout(0.3)"
    text = script_of("optimizer adamw", MODEL.replace("dropout(0.3)", layers))
    assert '"trunk.one/gain"' in text
    assert '"trunk.two/gain"' not in text


def test_too_few_samples_for_a_step_are_said(tmp_path: Path) -> None:
    model = MODEL.replace("dense(10)", "dense(5)")
    with pytest.raises(SystemExit, match="16 samples for 2 batches of 10"):
        run(script_of("accumulate 2", model), tmp_path, data=small(tmp_path), batch=10)


def test_a_terminal_shows_how_far_an_epoch_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = run(script_of(""), tmp_path, epochs=1, batch=300)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    found.train()
    shown = re.findall(
        r"epoch 1/1  batch (\d)/4  \d+ s left  \d+ images/s  loss [\d.]+  accuracy [\d.]+",
        capsys.readouterr().out,
    )
    assert shown[0] == "1"


def test_tensorboard_that_is_not_there_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = run(script_of("log tensorboard"), tmp_path, epochs=1, batch=300)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(SystemExit, match="pip install tensorboard"):
        found.train()


def test_numbers_that_are_no_pictures_are_not_augmented(tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", x=np.zeros((50, 8, 8, 1)), y=np.arange(50) % 10)
    with pytest.raises(SystemExit, match="takes pictures"):
        run(script_of("augment mirror"), tmp_path, data=str(tmp_path / "data.npz"))


def small(folder: Path) -> str:
    """Data of five classes."""
    np.savez(folder / "small.npz", x=np.zeros((20, 8, 8, 1), np.uint8), y=np.arange(20) % 5)
    return str(folder / "small.npz")


@pytest.mark.long
def test_digits_are_learned(tmp_path: Path) -> None:
    found = choose_recipe(Loader().module(read_spec("lenet5_modern")), None, None, {})
    script = tmp_path / "train.py"
    script.write_text(BACKEND.emit_training(found.network, found.recipe).text)
    command = [sys.executable, str(script), "--out", str(tmp_path), "--epochs", "15"]
    assert subprocess.run(command, check=False).returncode == 0
    with (tmp_path / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert max(float(row["held_out_accuracy"]) for row in rows) >= 0.98
    weights = read_weights(str(tmp_path / "best.weights.h5"), found.network)
    assert sum(one.size for one in weights.values()) == 520_082
