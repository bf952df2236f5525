"""Keras's scripts on several devices give the weights of one."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras_training import MODEL, run, script_of

from cnndsl.backend import Artifact, execute

RUNNER = Path(__file__).parents[1] / "support" / "two_devices.py"
PLAIN = MODEL.replace(" -> batch_norm as norm -> dropout(0.3)", "")
TENSORFLOW = pytest.param("tensorflow", marks=pytest.mark.long)
JAX = pytest.param(
    "jax",
    marks=[pytest.mark.long, pytest.mark.skipif(not find_spec("jax"), reason="JAX is not there")],
)


def trained(folder: Path, devices: int, backend: str) -> tuple[list[np.ndarray], str]:
    """All that a run of `folder/train.py` has changed, and what it has said."""
    out = folder / str(devices)
    command = [sys.executable, RUNNER, devices, folder / "train.py", "--out", out]
    environment = os.environ | {"KERAS_BACKEND": backend}
    given = {"capture_output": True, "text": True, "env": environment, "check": True}
    found = subprocess.run([str(one) for one in command], **given)  # type: ignore[call-overload]  # as dictionary
    with np.load(out / "last.npz") as file:
        return [file[name] for name in file.files if name != "state"], found.stdout


@pytest.mark.parametrize("backend", [TENSORFLOW, JAX])
@pytest.mark.parametrize(
    "lines",
    [
        "optimizer adamw\nschedule cosine\naverage 0.9",
        "optimizer sgd(0.1, momentum=0.9)\nclip 0.5\naccumulate 2",
        'optimizer adam\nfreeze "trunk.first"',
    ],
)
def test_two_devices_are_one(lines: str, backend: str, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(script_of(f"{lines}\nepochs 2\nbatch 128", PLAIN))
    (one, _), (two, said) = (trained(tmp_path, count, backend) for count in (1, 2))
    for array, other in zip(one, two, strict=True):
        np.testing.assert_allclose(other, array, 1e-4, 1e-6)
    assert ("one device trains" in said) == (backend == "tensorflow" and "clip" in lines)
    assert ("1 of it is left out" in said) == (backend == "jax")


def devices_of(lines: str, batch: int, devices: int, monkeypatch: Any, backend: str) -> Any:
    """What a script opens on some devices."""
    monkeypatch.setattr(keras.distribution, "list_devices", lambda: ["cpu:0"] * devices)
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    return execute(Artifact(".py", script_of(lines)), "training")["all_devices"](batch)


def test_one_device_needs_nothing(monkeypatch: Any) -> None:
    with devices_of("", 33, 1, monkeypatch, "jax")() as nothing:
        assert nothing is None


def test_shares_of_a_batch_are_equal_on_jax(monkeypatch: Any) -> None:
    with pytest.raises(SystemExit, match="batches of 33 on 2 devices: give each of them as many"):
        devices_of("", 33, 2, monkeypatch, "jax")


def test_what_devices_would_each_do_alone_is_left_to_one(monkeypatch: Any, capsys: Any) -> None:
    with devices_of("clip 1", 32, 2, monkeypatch, "tensorflow")() as nothing:
        assert nothing is None
    assert "one device trains: TensorFlow clips" in capsys.readouterr().out


def test_layers_do_not_thaw_on_jax(monkeypatch: Any, tmp_path: Path) -> None:
    text = script_of('freeze "trunk" for 1')
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(SystemExit, match="thaws no layers on JAX"):
        run(text, tmp_path)
