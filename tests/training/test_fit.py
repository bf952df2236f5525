"""`network.fit`: arrays and a recipe to a trained model, alike in all backends."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import cnndsl_numpy
import numpy as np
import pytest
from sklearn.datasets import load_digits

import cnndsl
from cnndsl import SpecError

NET = """
model small(classes = 10) {
    input 8x8x1
    pixels gray(mean=0.5, std=0.25)
    conv(8, 3x3, pad=same) -> relu -> flatten -> dense(classes) -> softmax
}

recipe quick {
    optimizer adam(rate=0.01)
    epochs 2
}

recipe careful {
    optimizer sgd(rate=0.1)
}
"""
HEADS = """
model two {
    input 8x8x1
    conv(4, 3x3) -> relu -> flatten as features
    dense(10) as scores -> softmax as kinds
    features -> dense(1) as is_even
    features -> dense(10) as other -> softmax as helper
    output kinds, is_even
    output helper for training
}

recipe both {
    loss mean_squared_error for is_even
    epochs 1
}
"""
FOUND = load_digits()
PICTURES = np.rint(FOUND.images * (255 / 16)).astype(np.uint8)[..., None]
DIGITS = FOUND.target
BACKENDS = [
    "numpy",
    pytest.param("torch", marks=pytest.mark.slow),
    pytest.param("keras", marks=pytest.mark.long),
]


def of_numpy(**more: Any) -> Any:
    data = more.pop("data", (PICTURES, DIGITS))
    return cnndsl.loads(NET).fit(data, **{"recipe": "quick", "progress": False} | more)


@pytest.mark.parametrize("backend", BACKENDS)
def test_arrays_become_a_trained_model(backend: str, tmp_path: Path) -> None:
    trained = of_numpy(backend=backend)
    assert [row["epoch"] for row in trained.history] == [1, 2]
    assert trained.history[1]["loss"] < trained.history[0]["loss"]
    probabilities = trained.predict(PICTURES)
    assert probabilities.shape == (1797, 10)
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-5)
    assert (probabilities.argmax(1) == DIGITS).mean() > 0.9
    trained.save(tmp_path / "small.npz")
    reference = cnndsl.loads(NET).build("numpy")
    with np.load(tmp_path / "small.npz") as file:
        reference.set_parameters(dict(file))
    numbers = ((PICTURES / 255 - 0.5) / 0.25).astype(np.float32)
    np.testing.assert_allclose(reference.forward(numbers), probabilities, atol=1e-5)
    np.testing.assert_allclose(trained.predict(numbers), probabilities, atol=1e-6)


@pytest.mark.parametrize("backend", BACKENDS)
def test_several_outputs_have_labels_by_name(backend: str) -> None:
    labels = {"kinds": DIGITS, "is_even": (DIGITS % 2 == 0).astype(np.float32), "helper": DIGITS}
    network = cnndsl.loads(HEADS)
    trained = network.fit((PICTURES, labels), backend=backend, progress=False)
    kinds, is_even = trained.predict(PICTURES[:7])
    assert kinds.shape == (7, 10)
    assert is_even.shape == (7, 1)
    assert "other/kernel" in trained.weights


def test_the_model_is_the_backends_own() -> None:
    model = of_numpy(epochs=1).model
    assert isinstance(model, cnndsl_numpy.Model)
    assert model.forward(np.zeros((1, 8, 8, 1), np.float32)).shape == (1, 10)


def test_recipes_by_name_by_file_and_by_their_settings(tmp_path: Path) -> None:
    path = tmp_path / "recipes.cnn"
    (tmp_path / "net.cnn").write_text(NET)
    path.write_text('import small from "net.cnn"\nrecipe other for small {\n    batch 300\n}\n')
    assert of_numpy(epochs=1).recipe.optimizer["rate"] == 0.01
    assert of_numpy(recipe="careful", epochs=1).recipe.optimizer.name == "sgd"
    assert of_numpy(recipe=str(path), epochs=1).recipe.batch == 300
    of_text = of_numpy(recipe="clip 1\nepochs 5\naugment crop(pad=1)", epochs=1).recipe
    assert (of_text.clip, of_text.epochs) == (1, 1)
    changed = of_numpy(epochs=1, batch=200, optimizer="sgd(rate=0.5)", hold_out=0.5).recipe
    assert (changed.batch, changed.optimizer["rate"], changed.hold_out) == (200, 0.5, 0.5)
    imported = cnndsl.load(path)
    assert imported.name == "small"
    assert imported.fit(epochs=1, progress=False).recipe.name == "other"


def test_what_is_kept_goes_on_to_the_bit(tmp_path: Path, capsys: Any) -> None:
    whole = of_numpy(progress=True)
    assert capsys.readouterr().out.count("epoch") == 2
    of_numpy(epochs=1, out=tmp_path)
    parts = of_numpy(out=tmp_path, resume=True)
    assert capsys.readouterr().out == ""
    for path, array in whole.weights.items():
        np.testing.assert_array_equal(array, parts.weights[path])
    with (tmp_path / "log.csv").open() as file:
        rows = [{name: float(one) for name, one in row.items()} for row in csv.DictReader(file)]
    assert rows == parts.history
    started = of_numpy(weights=tmp_path / "best.npz", epochs=1)
    assert started.history[0]["loss"] < parts.history[1]["loss"]


def test_what_is_missing_is_drawn_though_the_file_has_it(tmp_path: Path) -> None:
    trained = of_numpy(epochs=1)
    trained.save(tmp_path / "base.npz")
    settings = {"weights": tmp_path / "base.npz", "epochs": 1, "optimizer": "sgd(rate=1e-12)"}
    for missing in ({}, {"missing": '"dense"'}):
        found = of_numpy(**settings, **missing).weights
        for path, before in trained.weights.items():
            is_new = bool(missing) and path.startswith("dense/")
            assert np.allclose(found[path], before, atol=1e-6) != is_new, path


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"data": "nowhere"}, ValueError, "nowhere: there is no such file or folder"),
        ({"data": PICTURES}, TypeError, "a path, or two arrays"),
        ({"data": (PICTURES, DIGITS[:5])}, ValueError, "1797 images, but 5 labels"),
        ({"data": (PICTURES[:, 1:], DIGITS)}, ValueError, r"\(7, 8, 1\).* takes \(8, 8, 1\)"),
        ({"data": (PICTURES, DIGITS + 1)}, ValueError, "labels from 1 to 10 for 10 classes"),
        ({"data": (PICTURES.astype(int), DIGITS)}, ValueError, "make pictures uint8"),
        ({"data": (PICTURES, DIGITS.astype(str))}, ValueError, "no array of numbers"),
        ({"data": (PICTURES, {"mian": DIGITS})}, ValueError, "mian: the outputs are main"),
        ({"data": (PICTURES[:1], DIGITS[:1])}, ValueError, "too few to hold some out"),
        ({"weights": "none.npz"}, ValueError, "none.npz"),
        ({"recipe": "slow"}, ValueError, "no recipe is named `slow`; there are: quick, careful"),
        ({"recipe": None}, ValueError, "quick, careful"),
        ({"recipe": "optimiser adam"}, SpecError, "no setting `optimiser`"),
        ({"epoch": 3}, SpecError, "no setting `epoch`"),
        ({"epochs": 0}, SpecError, "`epochs` takes an integer of at least 1"),
        ({"backend": "jax"}, ValueError, "jax"),
        ({"optimizer": "sgd(rate=1e30)"}, ValueError, "try a lower rate"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_misuse_is_said_in_a_line(
    given: dict[str, Any], error: type[Exception], words: str, monkeypatch: Any, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=words):
        of_numpy(**given)
    assert not any(tmp_path.iterdir())


def test_images_of_another_shape_are_not_predicted() -> None:
    trained = of_numpy(epochs=1)
    with pytest.raises(ValueError, match="batches of 8x8x1"):
        trained.predict(PICTURES[..., 0])
