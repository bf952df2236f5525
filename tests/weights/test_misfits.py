"""Files that do not fit, cannot be read or could run code: an error that says why, and no file."""

from __future__ import annotations

import pickle
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from weight_networks import assert_identical, drawn, network

from cnndsl.weights.files import WeightFileError, read_weights, write_weights

NETWORK = network()
WEIGHTS = drawn(NETWORK)
EXTENSIONS = (".npz", ".safetensors", ".pt", ".keras", ".weights.h5")


def message_of(path: Path, **options: Any) -> str:
    with pytest.raises(WeightFileError) as error:
        read_weights(str(path), NETWORK, **options)
    assert str(path) in error.value.message
    return error.value.message


def changed_state(path: Path) -> None:
    state = torch.load(path, weights_only=True)
    del state["conv.bias"]
    state["head.logits.weight"] = torch.zeros(6, 7)
    state["old.weight"] = torch.zeros(2, 3)
    torch.save(state, path)


def changed_arrays(path: Path) -> None:
    with np.load(path) as archive:
        arrays = dict(archive)
    del arrays["conv/bias"]
    arrays["head.logits/kernel"] = np.zeros((7, 6), np.float32)
    arrays["old/kernel"] = np.zeros((3, 2), np.float32)
    np.savez(path, **arrays)


def changed_tensors(path: Path) -> None:
    arrays = {key: array for key, array in WEIGHTS.items() if key != "conv/bias"}
    arrays["head.logits/kernel"] = np.zeros((7, 6), np.float32)
    arrays["old/kernel"] = np.zeros((3, 2), np.float32)
    save_file(arrays, path)


@pytest.mark.parametrize(
    ("extension", "change", "names"),
    [
        (".npz", changed_arrays, ("conv/bias", "head.logits/kernel", "old/kernel")),
        (".safetensors", changed_tensors, ("conv/bias", "head.logits/kernel", "old/kernel")),
        (
            ".pt",
            changed_state,
            (
                "conv/bias (conv.bias)",
                "head.logits/kernel (head.logits.weight)",
                "old.weight",
            ),
        ),
    ],
)
def test_missing_misshapen_and_unexpected_entries_are_all_named(
    extension: str, change: Callable[[Path], None], names: tuple[str, str, str], tmp_path: Path
) -> None:
    path = tmp_path / f"net{extension}"
    write_weights(str(path), NETWORK, WEIGHTS)
    change(path)
    missing, misshapen, extra = names
    expected, found, beside = ("(7, 5)", "(7, 6)", "(3, 2)")
    if extension == ".pt":
        expected, found, beside = ("(5, 7)", "(6, 7)", "(2, 3)")
    assert message_of(path).splitlines()[1:] == [
        f"  {missing}: missing, expected shape (6,)",
        f"  {misshapen}: expected shape {expected}, found {found}",
        f"  {extra}: unexpected, found shape {beside}",
    ]


@pytest.mark.parametrize("extension", [".keras", ".weights.h5"])
def test_keras_file_of_another_network(extension: str, tmp_path: Path) -> None:
    other = network(classes=3)
    path = tmp_path / f"net{extension}"
    write_weights(str(path), other, drawn(other))
    assert message_of(path).splitlines()[1:] == [
        "  head.logits/kernel (head.logits[0]): expected shape (7, 5), found (7, 3)",
        "  head.logits/bias (head.logits[1]): expected shape (5,), found (3,)",
    ]


def test_long_lists_are_cut(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    np.savez(path, **{f"x{at}": np.zeros(1) for at in range(40)})
    lines = message_of(path).splitlines()
    assert len(lines) == 22
    assert lines[-1] == f"  and {len(WEIGHTS) + 40 - 20} more"


def test_integers_are_no_weights(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    np.savez(path, **{**WEIGHTS, "conv/bias": np.zeros(6, np.int32)})
    assert "conv/bias: expected floating-point numbers, found int32" in message_of(path)


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_transfer_learning_draws_what_is_allowed_to_miss(extension: str, tmp_path: Path) -> None:
    other = network(classes=3)
    given = drawn(other)
    path = tmp_path / f"net{extension}"
    write_weights(str(path), other, given)
    assert "head.logits/kernel" in message_of(path, allow_missing=["conv/.*"])
    found = read_weights(str(path), NETWORK, allow_missing=[r"head\.logits.*"], seed=1)
    assert list(found) == list(WEIGHTS)
    for key, array in found.items():
        if not key.startswith("head.logits"):
            np.testing.assert_array_equal(array, given[key])
    kernel = found["head.logits/kernel"]
    assert kernel.shape == (7, 5)
    assert 0 < np.abs(kernel).max() <= np.sqrt(6 / 12)
    np.testing.assert_array_equal(found["head.logits/bias"], np.zeros(5))
    again = read_weights(str(path), NETWORK, allow_missing=["head.*"], seed=1)
    np.testing.assert_array_equal(again["head.logits/kernel"], kernel)


def test_patterns_fit_whole_keys(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    np.savez(path, **{key: one for key, one in WEIGHTS.items() if key != "conv/bias"})
    assert "conv/bias: missing" in message_of(path, allow_missing=["conv", "bias"])
    read_weights(str(path), NETWORK, allow_missing=["conv/b.*"])


def test_extra_entries_are_left_aside_on_request(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    np.savez(path, **{**WEIGHTS, "aux.conv/kernel": np.zeros(1)})
    assert "aux.conv/kernel: unexpected, found shape (1,)" in message_of(path)
    assert list(read_weights(str(path), NETWORK, allow_extra=["aux.*"])) == list(WEIGHTS)


class Bomb:
    """Runs code when it is unpickled."""

    fuse: str = ""

    def __reduce__(self) -> Any:
        return Path.touch, (Path(self.fuse),)


@pytest.fixture(name="bomb")
def _bomb(tmp_path: Path) -> Bomb:
    bomb = Bomb()
    bomb.fuse = str(tmp_path / "exploded")
    return bomb


@pytest.mark.parametrize("kind", ["npz", "npy", "pt", "legacy", "nested", "keras"])
def test_nothing_that_could_run_code_is_unpickled(kind: str, bomb: Bomb, tmp_path: Path) -> None:
    path = tmp_path / {"keras": "net.keras", "npz": "net.npz", "npy": "net.npz"}.get(kind, "net.pt")
    objects = np.array([bomb], dtype=object)
    if kind == "npz":
        np.savez(path, **{**WEIGHTS, "conv/bias": objects})
    elif kind == "npy":
        with path.open("wb") as file:
            np.save(file, objects)
    elif kind == "pt":
        torch.save({"conv.bias": bomb}, path)
    elif kind == "nested":
        torch.save({"state_dict": {}, "optimizer": bomb}, path)
    elif kind == "legacy":
        path.write_bytes(pickle.dumps({"conv.bias": bomb}))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("config.json", '{"class_name": "Bomb", "module": "os"}')
            archive.writestr("model.weights.h5", pickle.dumps(bomb))
    message_of(path)
    assert not (tmp_path / "exploded").exists()


def test_a_whole_module_is_no_state_dict(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    torch.save(torch.nn.Linear(2, 3), path)
    with pytest.raises(WeightFileError) as error:
        read_weights(str(path), NETWORK)
    assert error.value.advice == "save `model.state_dict()`, not the model"
    torch.save([torch.zeros(2)], path)
    assert message_of(path).endswith("holds no state dict")


@pytest.mark.parametrize("extension", EXTENSIONS)
@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.99])
def test_cut_off_files_are_errors(extension: str, share: float, tmp_path: Path) -> None:
    path = tmp_path / f"net{extension}"
    write_weights(str(path), NETWORK, WEIGHTS)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    message_of(path)


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_files_of_noise_are_errors(extension: str, tmp_path: Path) -> None:
    path = tmp_path / f"net{extension}"
    path.write_bytes(np.random.default_rng(0).bytes(4096))
    message_of(path)


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_missing_files_and_folders_are_errors(extension: str, tmp_path: Path) -> None:
    path = tmp_path / f"net{extension}"
    assert "no such file" in message_of(path)
    path.mkdir()
    assert "is a directory" in message_of(path)


def test_archives_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "net.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "without model.weights.h5" in message_of(path)
    path = tmp_path / "net.weights.h5"
    with h5py.File(path, "w") as file:
        file["numbers"] = np.zeros(3)
    assert "conv/kernel" in message_of(path)


@pytest.mark.parametrize("extension", [*EXTENSIONS, ".h5", ".pth"])
def test_nothing_is_left_of_a_file_that_cannot_be_written(
    extension: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"net{extension}"
    path.write_bytes(b"before")

    def full(*_arguments: Any, **_keywords: Any) -> None:
        raise OSError(28, "No space left on device")

    for place in ("numpy.savez", "safetensors.numpy.save_file", "torch.save"):
        monkeypatch.setattr(place, full)
    monkeypatch.setattr("keras.Model.save", full)
    monkeypatch.setattr("keras.Model.save_weights", full)
    with pytest.raises(WeightFileError) as error:
        write_weights(str(path), NETWORK, WEIGHTS)
    if extension != ".h5":
        assert error.value.message == f"cannot write {path}: no space left on device"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == b"before"


def test_folders_that_do_not_exist(tmp_path: Path) -> None:
    for extension in EXTENSIONS:
        with pytest.raises(WeightFileError, match="no such file or directory"):
            write_weights(str(tmp_path / "none" / f"net{extension}"), NETWORK, WEIGHTS)
        (tmp_path / f"net{extension}").mkdir()
        with pytest.raises(WeightFileError, match="it is a folder"):
            write_weights(str(tmp_path / f"net{extension}"), NETWORK, WEIGHTS)


@pytest.mark.parametrize("name", ["net", "net.txt", "net.h5.zip", "netnpz"])
def test_unknown_extensions(name: str, tmp_path: Path) -> None:
    with pytest.raises(WeightFileError) as error:
        read_weights(str(tmp_path / name), NETWORK)
    assert error.value.message.endswith("has no extension of a weight file")
    assert error.value.advice is not None
    assert ".safetensors" in error.value.advice


def test_safetensors_may_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "safetensors", None)
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    path = tmp_path / "net.safetensors"
    with pytest.raises(WeightFileError) as error:
        write_weights(str(path), NETWORK, WEIGHTS)
    assert error.value.advice == "pip install 'cnndsl[safetensors]'"
    monkeypatch.undo()
    write_weights(str(path), NETWORK, WEIGHTS)
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    assert_identical(read_weights(str(path), NETWORK), WEIGHTS)
