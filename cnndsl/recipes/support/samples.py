"""Images and labels from where they lie."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from cnndsl.recipes.support.photo import read_photo


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
            return cls.folders(path, shape, len(outputs))
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
    def folders(cls, path: Path, shape: tuple[int, ...], outputs: int) -> Samples:
        """The pictures of a folder that has a folder for each class."""
        endings = {".bmp", ".gif", ".jpg", ".jpeg", ".png", ".tif", ".webp"}
        names = sorted(one.name for one in path.iterdir() if one.is_dir())
        found = [
            (file, number)
            for number, name in enumerate(names)
            for file in sorted((path / name).rglob("*"))
            if file.suffix.lower() in endings and file.is_file()
        ]
        if not found:
            raise SystemExit(f"{path}: there are no pictures in folders, one a class")
        labels = np.array([number for _, number in found])
        return cls([file for file, _ in found], [labels] * outputs, shape, names)

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
        chosen = (
            columns[1:] if len(columns) > len(outputs) else [columns[1]] * len(outputs)
        )
        labels, names = [], []
        for column in chosen[: len(outputs)]:
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
            if one.dtype.kind not in "biuf" or not np.isfinite(one).all():
                raise SystemExit(f"{path}: give finite numbers in x and y")
        if images.ndim == len(shape):
            images = images[..., None]
        return cls(images, labels, shape)
