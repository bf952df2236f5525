"""Files that lie get an error in our own words, or give the right weights: no third thing."""

from __future__ import annotations

import random
import struct
import unicodedata
import zipfile
from collections import Counter
from pathlib import Path

import h5py
import keras  # noqa: F401  # so that no file pays for its memory
import numpy as np
import pytest
import torch
from command_line import Command
from damaged_hdf5 import RAW, damaged, damaged_file, fate, warm_up
from hostile_files import EXTENSIONS, NETWORK, SECRET, SPEC, WEIGHTS, Case, cases, hdf5, packed

from cnndsl.weights.files import WeightFileError, read_weights, write_weights

MOST_MEMORY = 200 << 10
"""In KiB, what reading one of these files may take."""


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("elsewhere") / "secret"
    path.write_bytes(SECRET)
    for name in ("secret.h5", "secret.hdf5"):
        with h5py.File(path.with_name(name), "w") as file:
            file["x"] = np.frombuffer(SECRET, np.float32)[:600]
    return path


def fault_of(case: Case, cnndsl: Command, folder: Path) -> str | None:
    """Return what is wrong with what the command does about a file."""
    path, target = folder / f"net{case.extension}", folder / "out.npz"
    case.make(path)
    before = sorted(one.name for one in folder.iterdir())
    options = ("--allow-extra", r"(?s).*aux.*") if case.is_extra else ()
    Path("/proc/self/clear_refs").write_text("5")
    start = memory("VmRSS")
    status, out, err = cnndsl("weights", "convert", folder / "net.cnn", path, target, *options)
    if memory("VmHWM") - start > MOST_MEMORY:
        return f"{memory('VmHWM') - start} KiB are taken"
    left = sorted(one.name for one in folder.iterdir())
    shown = (out + err).replace("\n", "")
    if any(unicodedata.category(one)[0] == "C" for one in shown) or "\n::error" in err:
        return "control characters are shown"
    if any(word in err for word in RAW) or len(err) > 20_000:
        return f"others' words are shown: {err}"
    if case.is_right:
        found = read_weights(str(target), NETWORK) if status == 0 else {}
        wrong = [key for key, one in WEIGHTS.items() if not np.array_equal(found.get(key), one)]
        return f"not read: {err} {wrong}" if status or wrong else None
    if status != 2 or not err.startswith("error: ") or left != before:
        return f"status {status}, {out} {err}, files {left}"
    return None


def memory(what: str) -> int:
    """Return a size of this process in KiB: `VmRSS` now, `VmHWM` at its highest."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what))


@pytest.mark.slow
@pytest.mark.parametrize("is_slow", [False, True])
def test_hostile_files(is_slow: bool, cnndsl: Command, secret: Path, tmp_path: Path) -> None:
    count: Counter[str] = Counter()
    faults = []
    for number, case in enumerate(cases(secret)):
        if case.is_slow != is_slow:
            continue
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "net.cnn").write_text(SPEC)
        fault = fault_of(case, cnndsl, folder)
        if fault is not None:
            faults.append(f"{case.extension} {case.name}: {fault}")
        count[case.extension] += 1
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults)
    assert sum(count.values()) > 350
    assert count.keys() == {*EXTENSIONS}


@pytest.mark.parametrize("name", ["a.npz", "a.safetensors", "a.pt", "old.pt", "a.keras"])
@pytest.mark.parametrize("count", [60, pytest.param(1500, marks=pytest.mark.slow)])
def test_damage_at_random(name: str, count: int, tmp_path: Path) -> None:
    """Whatever is damaged, there is an error in our words, or all weights have their shapes."""
    path = tmp_path / name
    write_weights(str(path), NETWORK, WEIGHTS)
    if name == "old.pt":
        torch.save(torch.load(path), path, _use_new_zipfile_serialization=False)
    whole, choice = path.read_bytes(), random.Random(name)
    said: list[str] = []
    for _ in range(count):
        path.write_bytes(damaged(whole, choice))
        try:
            found = read_weights(str(path), NETWORK)
        except WeightFileError as error:
            said.append(error.message)
        else:
            assert {k: one.shape for k, one in found.items()} == {
                k: one.shape for k, one in WEIGHTS.items()
            }
    assert len(said) > count / 2
    assert not any(word in message for word in RAW for message in said)


def with_texts(path: Path, count: int) -> bytes:
    """A file of weights with a name for each layer, and many long texts that nobody wants."""
    write_weights(str(path), NETWORK, WEIGHTS)
    with h5py.File(path, "r+") as file:
        for at in range(count):
            file.attrs[f"text{at}"] = "x" * (1 + 997 * at)
    return path.read_bytes()


@pytest.mark.parametrize("count", [0, 40])
def test_texts_of_any_length(count: int, tmp_path: Path) -> None:
    path = tmp_path / "a.weights.h5"
    with_texts(path, count)
    found = read_weights(str(path), NETWORK)
    assert all(np.array_equal(found[key], array) for key, array in WEIGHTS.items())


@pytest.mark.parametrize("size", [0, (1 << 64) - 16, (1 << 64) - 40, 4096])
@pytest.mark.parametrize("extension", [".weights.h5", ".keras"])
def test_heaps_without_an_end(size: int, extension: str, tmp_path: Path) -> None:
    """The library would go through the heap of names for ever."""
    data = bytearray(with_texts(tmp_path / "whole.weights.h5", 0))
    heap = data.index(b"GCOL\x01")
    (first,) = struct.unpack_from("<Q", data, heap + 24)
    place = heap + 16 + (0 if size else 16 + -(-first // 8) * 8)  # an object, or one further on
    data[place : place + 2] = bytes(2)
    struct.pack_into("<Q", data, place + 8, size)
    path = tmp_path / f"a{extension}"
    packed(path, bytes(data), zipfile.ZIP_DEFLATED)
    with pytest.raises(WeightFileError, match="the heap of texts is damaged"):
        read_weights(str(path), NETWORK)


def test_a_list_of_names_of_an_unknown_type(tmp_path: Path) -> None:
    """Neither a text nor a list: the library would crash as it reads it."""
    data = bytearray(hdf5(".h5"))
    kind = data.index(b"layer_names\0") + 16
    assert (data[kind] & 15, data[kind + 1]) == (9, 1)  # of variable length: a text
    data[kind + 1] = 0x42
    path = tmp_path / "a.h5"
    path.write_bytes(data)
    with pytest.raises(WeightFileError, match="layer_names of /model_weights is no text"):
        read_weights(str(path), NETWORK)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["import", "run"])
def test_damaged_hdf5(command: str, tmp_path: Path) -> None:
    """No crash of the library, no hang, no half of a file; `tests/fuzz/hdf5.py` has more."""
    (tmp_path / "net.cnn").write_text(SPEC)
    warm_up(command, tmp_path)
    for seed in range(15):
        found = fate(command, tmp_path, *damaged_file(seed, tmp_path / "secret"))
        assert found.fault is None, seed
