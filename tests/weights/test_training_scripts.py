"""What training scripts start from: arrays in the one format, and what `train` converts to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import literal_formulas
import numpy as np
import pytest
from samples import LAYERS, calls_of

from cnndsl.backend import execute, find_backend
from cnndsl.project.loading import Loader
from cnndsl.project.recipes import Training
from cnndsl.project.training import choose_recipe
from cnndsl.text import Source
from cnndsl.values import Shape
from cnndsl.weights.files import write_weights

FRAMEWORKS = pytest.mark.parametrize("backend", ["keras", "torch"])
BEHIND_FLATTEN = "conv(3, 2) -> flatten -> batch_norm -> dense(4) -> layer_scale"
SMALL = """
model net {
    input 8x8x3
    separable_conv(5, 3) as trunk -> batch_norm as norm -> layer_scale as factor -> flatten
    dense(7) as head -> softmax
}
"""


def training(model: str, lines: str = "") -> Training:
    text = f"{model}\nrecipe usual {{\n{lines}\n}}"
    return choose_recipe(Loader().module(Source("net.cnn", text)), None, None, {})


def of_every_op(shape: tuple[int, ...], *more: str) -> Training:
    """A network of an input and a path of its own for each op with weights, and for some more."""
    calls = []
    for op in LAYERS:
        fitting = [call for call in calls_of(op) if call.shape(Shape(shape)) is not None]
        with_weights = [call.text for call in fitting if call.op.weights([Shape(shape)])]
        calls += with_weights[-1:]
    bodies = [f"x -> {body} as end_{number}" for number, body in enumerate((*calls, *more))]
    names = ", ".join(f"end_{number}" for number in range(len(bodies)))
    lines = "\n".join(
        [f"input {'x'.join(map(str, shape))} -> relu as x", *bodies, f"output {names}"]
    )
    return training(f"model net {{\n{lines}\n}}", f"loss mean_squared_error for {names}")


def loaded(backend: str, found: Training, path: Path) -> Any:
    """The weights of a script's model once it has read a file, by `path/weight`."""
    target = find_backend(backend)
    names = execute(target.emit_training(found.network, found.recipe), "training")
    model = names["net"]() if backend == "keras" else names["Net"]()
    names["load_weights"](model, path)
    return target.runtime.weights.read_weights(model, found.network)


@FRAMEWORKS
def test_every_weight_is_taken(backend: str, tmp_path: Path) -> None:
    ops: set[str] = set()
    for found in (of_every_op((7, 6, 4), BEHIND_FLATTEN), of_every_op((6,))):
        weights = literal_formulas.random_weights(found.network)
        np.savez(tmp_path / "all.npz", **weights)
        kept = loaded(backend, found, tmp_path / "all.npz")
        assert kept.keys() == weights.keys()
        for key, value in weights.items():
            np.testing.assert_array_equal(kept[key], value, err_msg=key)
        ops |= {layer.op.name for layer in found.network.layers if layer.weights}
    lowerings = find_backend(backend).lowerings.by_op
    assert ops == {op.name for op, one in lowerings.items() if one.weights}


@FRAMEWORKS
@pytest.mark.parametrize("head", ["dense(4)", "dense(7)", "dense(7, bias=false)"])
def test_what_is_missing_is_drawn(backend: str, head: str, tmp_path: Path) -> None:
    weights = literal_formulas.random_weights(training(SMALL.replace("dense(7)", head)).network)
    np.savez(tmp_path / "all.npz", **weights)
    kept = loaded(backend, training(SMALL, 'missing "head"'), tmp_path / "all.npz")
    for key, value in weights.items():
        if key.startswith("head/"):
            assert kept[key].shape[-1] == 7
            assert not np.array_equal(kept[key], value)
        else:
            np.testing.assert_array_equal(kept[key], value, err_msg=key)


@FRAMEWORKS
@pytest.mark.parametrize("fault", ["lacks", "is new", "has another shape", "is no archive"])
def test_files_that_do_not_fit_are_refused(backend: str, fault: str, tmp_path: Path) -> None:
    found, path = training(SMALL), tmp_path / "all.npz"
    weights = literal_formulas.random_weights(found.network)
    if fault == "is new":
        weights["other/kernel"] = weights["head/kernel"]
    elif fault == "has another shape":
        weights["trunk/pointwise_kernel"] = weights["trunk/pointwise_kernel"].swapaxes(2, 3)
    else:
        del weights["norm/gamma"]
    np.savez(path, **weights)
    if fault == "is no archive":
        path.write_bytes(b"weights")
    with pytest.raises(SystemExit, match="all"):
        loaded(backend, found, path)


@pytest.mark.parametrize(
    "ending",
    [
        ".pth",
        *(pytest.param(one, marks=pytest.mark.slow) for one in (".safetensors", ".weights.h5")),
    ],
)
def test_train_converts(ending: str, tmp_path: Path, cnndsl: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    model = SMALL.replace("8x8x3", "8x8x1")
    network = training(model.replace("dense(7)", "dense(4)")).network
    weights = literal_formulas.random_weights(network)
    write_weights(f"base{ending}", network, weights)
    lines = f'weights "base{ending}"\nmissing "head"\nfreeze "..norm"\nepochs 1'
    text = f"{model.replace('dense(7)', 'dense(10)')}\nrecipe usual {{\n{lines}\n}}"
    (tmp_path / "net.cnn").write_text(text)
    status, said, error = cnndsl("train", "net.cnn", "--backend", "numpy")
    assert status == 0, said + error
    assert f"the weights of base{ending} are in runs/usual/start.npz, converted" in said
    with np.load("runs/usual/best.npz") as file:
        for key, value in weights.items():
            if key.startswith(("trunk/", "norm/")):
                np.testing.assert_array_equal(file[key], value)
    (tmp_path / "base.pth").write_bytes(b"nothing")
    status, said, error = cnndsl("train", "net.cnn", "--weights", "base.pth", "-b", "numpy")
    assert status == 2
    assert "base.pth" in error
    status, said, error = cnndsl("compile", "net.cnn", "--train", "-b", "numpy")
    assert (status, "no training scripts that read base" in error) == (2, True)
