"""Training scripts of all backends, from the same weights, end with the same weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras_training
import literal_formulas
import numpy as np
import pytest
import torch_training
from cnndsl_numpy.backend import BACKEND as NUMPY

from cnndsl.backend import execute
from cnndsl.recipes.support.samples import Samples
from cnndsl.weights.files import read_weights

PIXELS = """
model net {
    input 6x5x3
    pixels rgb(range=(-1, 1))
    conv(4, 3x3, pad=same) -> tanh as features
    conv(3, 1x1) -> softmax as kinds
    features -> conv(1, 1x1) -> sigmoid as is_there
    features -> conv(2, 1x1) as depth
    features -> global_avg_pool -> dense(4) -> softmax as helper
    output kinds, is_there, depth
    output helper for training
}
"""
OF_PIXELS = """
loss cross_entropy(smoothing=0.1) for kinds
loss binary_cross_entropy(weight=0.5) for is_there
loss mean_absolute_error for depth
loss cross_entropy(weight=0.3) for helper
metrics accuracy, top(2), mean_squared_error
"""
STEPS = "optimizer sgd(0.2, momentum=0.9)\nschedule cosine\nbatch 8\nepochs 2\nhold_out 0.25\n"
CASES = {
    "plain": OF_PIXELS,
    "mixed": f"{OF_PIXELS}augment brightness(amount=0.5), cutout, mixup(alpha=1.0)",
    "averaged": f"{OF_PIXELS}accumulate 2\naverage 0.5\nclip 0.1",
}


def written(folder: Path, one_axis_more: bool = False) -> str:
    """Images with labels for each pixel."""
    random, size = np.random.default_rng(0), (40, 6, 5)
    kinds, is_there = random.integers(0, 3, size), random.integers(0, 2, size)
    arrays = {
        "x": random.integers(0, 256, (*size, 3), dtype=np.uint8),
        "y": kinds[..., None] if one_axis_more else kinds,
        "y_is_there": is_there,
        "y_depth": random.normal(size=(*size, 2)),
        "y_helper": random.integers(0, 4, 40),
    }
    np.savez(folder / "data.npz", **arrays)
    return str(folder / "data.npz")


def trained(backend: str, lines: str, data: str, start: Path, out: Path) -> Any:
    """The rows of a script's table, and where its best weights are."""
    options = {"data": data, "weights": start}
    if backend == "torch":
        run = torch_training.Run(torch_training.script_of(lines, PIXELS), out, **options)
        run.trainer.train()
        return run.trainer.rows, out / "best.pt"
    if backend == "keras":
        found = keras_training.run(keras_training.script_of(lines, PIXELS), out, **options)
        found.train()
        return found.rows, out / "best.weights.h5"
    said = keras_training.training(lines, PIXELS)
    script = NUMPY.emit_training(said.network, said.recipe)
    trainer = execute(script, "training")["trainer"]()
    trainer.load_weights(str(start))
    out.mkdir()
    trainer.train(Samples.load(data, (6, 5, 3), trainer.outputs), out)
    return trainer.rows, out / "best.npz"


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(one, id=name, marks=[pytest.mark.slow] * (name != "plain"))
        for name, one in CASES.items()
    ],
)
def test_pixels_are_learned_alike(lines: str, tmp_path: Path) -> None:
    lines = f"{STEPS}{lines}"
    network = keras_training.training(lines, PIXELS).network
    start = tmp_path / "start.npz"
    np.savez(start, **literal_formulas.random_weights(network))
    data = written(tmp_path, "mixed" in lines)
    found = {
        backend: trained(backend, lines, data, start, tmp_path / backend)
        for backend in ("numpy", "torch", "keras")
    }
    rows, path = found.pop("numpy")
    expected = read_weights(str(path), network)
    assert any(
        (one != value).any()
        for one, value in zip(expected.values(), np.load(start).values(), strict=True)
    )
    for other_rows, other in found.values():
        for key, value in read_weights(str(other), network).items():
            np.testing.assert_allclose(value, expected[key], 1e-3, 1e-4, err_msg=key)
        for row, one in zip(rows, other_rows, strict=True):
            for name in row.keys() - {"seconds", "loss"}:
                assert one[name] == pytest.approx(row[name], rel=1e-3), name


@pytest.mark.parametrize("backend", ["numpy", "torch", "keras"])
def test_labels_of_another_size_are_said(backend: str, tmp_path: Path) -> None:
    arrays = dict(np.load(written(tmp_path)))
    np.savez(tmp_path / "data.npz", **{**arrays, "y": arrays["y"][:, :4]})
    start = tmp_path / "start.npz"
    network = keras_training.training(OF_PIXELS, PIXELS).network
    np.savez(start, **literal_formulas.random_weights(network))
    with pytest.raises(SystemExit, match="for an output of"):
        trained(backend, OF_PIXELS, str(tmp_path / "data.npz"), start, tmp_path / "out")
