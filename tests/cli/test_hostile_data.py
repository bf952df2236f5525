"""Samples that are not what they should be: training says which file, and why, in one line."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnndsl.recipes.support.samples import Samples

SHAPE = (4, 4, 3)
X, Y = np.zeros((6, *SHAPE), np.float32), np.arange(6) % 3
ARRAYS = {
    "objects": {"x": np.array([{}] * 6, object), "y": Y},
    "no numbers": {"x": np.full_like(X, np.nan), "y": Y},
    "complex": {"x": X.astype(complex), "y": Y},
    "dates": {"x": X, "y": np.full(6, "2020-01-01", "M8[D]")},
    "words": {"x": X, "y": np.full(6, "cat")},
    "no labels": {"x": X},
    "too few labels": {"x": X, "y": Y[:5]},
    "one image": {"x": X[0], "y": Y},
    "channels": {"x": X[..., :2], "y": Y},
}
BYTES = {
    "x.npz": b"PK\x03\x04 rubbish",
    "y.npz": b"",
    "x.csv": b"\x9a\x00",
    "x.txt": b"a",
    "y.csv": b"",
}


@pytest.mark.parametrize("arrays", ARRAYS)
def test_arrays(arrays: str, tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, **ARRAYS[arrays])  # type: ignore[arg-type]  # its options are meant
    with pytest.raises(SystemExit, match=r"."):
        Samples.load(str(path), SHAPE, ["main"])


@pytest.mark.parametrize("name", BYTES)
def test_files(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(BYTES[name])
    with pytest.raises(SystemExit, match=name):
        Samples.load(str(tmp_path / name), SHAPE, ["main"])


def large(path: Path) -> None:
    Image.new("1", (100, 100)).save(path)


def broken(path: Path) -> None:
    Image.new("RGB", (64, 64), "red").save(path)
    path.write_bytes(path.read_bytes()[:60])


@pytest.mark.parametrize("make", [large, broken, lambda path: path.write_bytes(b"no picture")])
def test_pictures(
    make: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of more pixels than Pillow takes, a broken one, and none."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4_500)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        make(tmp_path / name / "x.png")
    samples = Samples.load(str(tmp_path), SHAPE, ["main"])
    with pytest.raises(SystemExit, match=r"x\.png: no picture can be read"):
        samples[0]


def test_paths_of_a_table(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("path,label\nnowhere.png,0\n")
    with pytest.raises(SystemExit, match=r"there is no such picture: .*nowhere\.png"):
        Samples.load(str(tmp_path / "data.csv"), SHAPE, ["main"])


def test_no_pipe_is_opened(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    os.mkfifo(tmp_path / "a" / "x.png")
    os.mkfifo(tmp_path / "x.npz")
    for data in (tmp_path, tmp_path / "x.npz"):
        with pytest.raises(SystemExit, match=r"there (are|is) no"):
            Samples.load(str(data), SHAPE, ["main"])
