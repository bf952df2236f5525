"""Images and labels from where they lie."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, is_zipfile

import numpy as np

from cnndsl.recipes.support.photo import read_mask, read_photo


def is_picture(path: Path) -> bool:
    """Whether a file's name ends as those of pictures do."""
    endings = (".bmp", ".gif", ".jpg", ".jpeg", ".png", ".tif", ".webp")
    return path.suffix.lower() in endings


def folders_in(folder: Path) -> list[Path]:
    """The folders in a folder, but for hidden ones."""
    found = sorted(one for one in folder.iterdir() if one.is_dir())
    return [one for one in found if not one.name.startswith(".")]


def pictures_in(folder: Path) -> list[Path]:
    """The files of pictures in a folder and all below it."""
    return sorted(one for one in folder.rglob("*") if is_picture(one) and one.is_file())


def masks_of(files: Sequence[Path], shape: tuple[int, ...]) -> np.ndarray:
    """The class of each pixel of each file; masks of black and white have 0 and 1."""
    masks = np.stack([read_mask(file, shape) for file in files])
    is_white = masks == 255
    return is_white.astype(np.uint8) if (is_white | (masks == 0)).all() else masks


class Samples:
    """Images of one size with labels; files are read when they are asked for."""

    def __init__(
        self,
        images: Sequence[Any],
        labels: Sequence[np.ndarray],
        shape: tuple[int, ...],
        classes: Sequence[str] = (),
    ) -> None:
        """Arrays or paths, labels for each output, and the names of classes."""
        self.images, self.labels = images, tuple(labels)
        self.shape, self.classes = shape, tuple(classes)
        if any(len(each) != len(images) for each in self.labels):
            counts = ", ".join(str(len(each)) for each in self.labels)
            raise SystemExit(f"{len(images)} images, but {counts} labels")
        if isinstance(images, np.ndarray) and images.shape[1:] != shape:
            raise SystemExit(
                f"images of {images.shape[1:]}, but the model takes {shape}"
            )

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[np.ndarray, tuple[Any, ...]]:
        """An image and its labels; a picture has numbers from 0 to 255."""
        image = self.images[index]
        if isinstance(image, Path):
            image = read_photo(image, self.shape)
        return image, tuple(each[index] for each in self.labels)

    def part(self, indices: np.ndarray) -> Samples:
        """Some of the samples."""
        images = self.images
        chosen = (
            images[indices]
            if isinstance(images, np.ndarray)
            else [images[index] for index in indices]
        )
        labels = [each[indices] for each in self.labels]
        return Samples(chosen, labels, self.shape, self.classes)

    @classmethod
    def load(cls, data: str, shape: tuple[int, ...], outputs: Sequence[str]) -> Samples:
        """Those of a folder, a `.csv` or `.npz` file, or scikit-learn's digits."""
        path = Path(data)
        if data == "digits" and not path.exists():
            return cls.digits(shape, len(outputs))
        if path.is_dir():
            folders = folders_in(path)
            if [one.name for one in folders] == ["images", "masks"]:
                return cls.masked(path, shape, len(outputs))
            return cls.classed(path, folders, shape, len(outputs))
        if not path.is_file():
            raise SystemExit(f"{data}: there is no such file or folder")
        if path.suffix not in (".csv", ".npz"):
            raise SystemExit(f"{data}: give a folder, or a file .csv or .npz")
        read = cls.table if path.suffix == ".csv" else cls.arrays
        try:
            return read(path, shape, outputs)
        except (
            OSError,
            EOFError,
            ValueError,
            MemoryError,
            BadZipFile,
            csv.Error,
        ) as error:
            raise SystemExit(f"{data}: it cannot be read: {error}") from None

    @classmethod
    def digits(cls, shape: tuple[int, ...], outputs: int) -> Samples:
        """The 1,797 handwritten digits of scikit-learn, 8x8, enlarged to the input."""
        from sklearn.datasets import load_digits

        height, width, channels = shape
        found = load_digits()
        images = np.rint(found.images * (255 / 16)).astype(np.uint8)
        rows, columns = (np.arange(side) * 8 // side for side in (height, width))
        enlarged = images[:, rows[:, None], columns][..., None].repeat(channels, -1)
        names = [str(digit) for digit in range(10)]
        return cls(enlarged, [found.target] * outputs, shape, names)

    @classmethod
    def classed(
        cls,
        path: Path,
        folders: Sequence[Path],
        shape: tuple[int, ...],
        outputs: int,
    ) -> Samples:
        """The pictures of a folder that has a folder for each class."""
        pictures = [pictures_in(one) for one in folders]
        if not any(pictures):
            raise SystemExit(f"{path}: there are no pictures in folders, one a class")
        if not all(pictures):
            raise SystemExit(f"{folders[pictures.index([])]}: there are no pictures")
        if len(folders) == 1:
            raise SystemExit(f"{path}: all pictures are of class {folders[0].name}")
        files = [file for each in pictures for file in each]
        labels = np.repeat(np.arange(len(folders)), [len(each) for each in pictures])
        names = [one.name for one in folders]
        return cls(files, [labels] * outputs, shape, names)

    @classmethod
    def masked(cls, path: Path, shape: tuple[int, ...], outputs: int) -> Samples:
        """The pictures of `images`, and the masks of their names in `masks`."""
        images = pictures_in(path / "images")
        masks = {file.stem: file for file in pictures_in(path / "masks")}
        alone = [file for file in images if file.stem not in masks]
        if alone or not images:
            what = f"{alone[0].name} has no mask" if alone else "there are no pictures"
            raise SystemExit(f"{path}: {what} in {'masks' if alone else 'images'}")
        labels = masks_of([masks[file.stem] for file in images], shape)
        return cls(images, [labels] * outputs, shape)

    @classmethod
    def table(
        cls, path: Path, shape: tuple[int, ...], outputs: Sequence[str]
    ) -> Samples:
        """The pictures that the first column names; labels stand in the others."""
        with path.open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.reader(file) if row]
        if rows and not (path.parent / rows[0][0]).exists():
            rows = rows[1:]  # the columns' names
        if not rows or min(map(len, rows)) < 2:
            raise SystemExit(f"{path}: a row is a path and its labels")
        columns = [list(column) for column in zip(*rows, strict=False)]
        images = [path.parent / one for one in columns[0]]
        for one in images:
            if not one.is_file():
                raise SystemExit(f"{path}: there is no such picture: {one}")
        chosen = (
            columns[1:] if len(columns) > len(outputs) else [columns[1]] * len(outputs)
        )
        labels, names = [], []
        for column in chosen[: len(outputs)]:
            files = [path.parent / one for one in column]
            if all(map(is_picture, files)):
                labels.append(masks_of(files, shape))
                continue
            try:
                labels.append(np.array(column, float))
            except ValueError:
                names = sorted(set(column))
                labels.append(np.array([names.index(one) for one in column]))
        return cls(images, labels, shape, names)

    @classmethod
    def arrays(
        cls, path: Path, shape: tuple[int, ...], outputs: Sequence[str]
    ) -> Samples:
        """The arrays `x` and `y` of a file; `y_NAME` are a further output's labels."""
        if not is_zipfile(path):
            raise SystemExit(f"{path}: it is no .npz file")
        with np.load(path) as file:
            missing = {"x", "y"} - set(file.files)
            if missing:
                raise SystemExit(
                    f"{path}: there is no array {' and no '.join(sorted(missing))}"
                )
            labels = [
                file[f"y_{name}"] if f"y_{name}" in file.files else file["y"]
                for name in outputs
            ]
            images = file["x"]
        for one in (images, *labels):
            is_numbers = one.ndim > 0 and one.dtype.kind in "biuf"
            if not is_numbers or not np.isfinite(one).all():
                raise SystemExit(f"{path}: give arrays of finite numbers in x and y")
        if images.ndim == len(shape):
            images = images[..., None]
        return cls(images, labels, shape)
