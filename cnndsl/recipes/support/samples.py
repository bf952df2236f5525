"""Images and labels from where they lie."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, is_zipfile

import numpy as np

from cnndsl.recipes.support.photo import is_picture, read_mask, read_photo
from cnndsl.recipes.support.table import columns_of, labels_of, table_of


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


def numbers_in(path: Path, file: Any, name: str) -> Any:
    """An array of finite numbers; images of whole numbers are pictures of 8 bits."""
    try:
        found = file[name]
    except ValueError:
        raise SystemExit(f"{path}: {name} is no array of numbers") from None
    if found.dtype.kind not in "biuf" or not found.size or not found.ndim:
        what = f"an array {found.shape} of {found.dtype}"
        raise SystemExit(f"{path}: {name} is {what}, and no array of numbers")
    if name == "x" and found.dtype.kind in "iu" and found.dtype != np.uint8:
        advice = "make pictures uint8, from 0 to 255, and other numbers float32"
        raise SystemExit(f"{path}: images are of {found.dtype}: {advice}")
    if not np.isfinite(found).all():
        raise SystemExit(f"{path}: {name} has numbers that are not finite")
    return found


class Samples:
    """Images of one size with labels; files are read when they are asked for."""

    def __init__(
        self,
        images: Sequence[Any],
        labels: Sequence[np.ndarray],
        shape: tuple[int, ...],
        classes: Sequence[Sequence[str]] = (),
    ) -> None:
        """Arrays or paths, labels for each output, and the names of their classes."""
        self.images, self.labels = images, tuple(labels)
        self.shape, self.classes = shape, tuple(map(tuple, classes))
        if any(len(each) != len(images) for each in self.labels):
            counts = ", ".join(str(len(each)) for each in self.labels)
            raise SystemExit(f"{len(images)} images, but {counts} labels")
        if isinstance(images, np.ndarray) and images.shape[1:] != shape:
            found, turned = images.shape[1:], shape[-1:] + shape[:-1]
            advice = ": put the channels last" if found == turned else ""
            raise SystemExit(f"images of {found}, but the model takes {shape}{advice}")

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

    def in_words(self, held_out: int, outputs: Sequence[str]) -> str:
        """How many there are, what they are, and the numbers of classes with names."""
        what = "pictures"
        if isinstance(self.images, np.ndarray) and self.images.dtype != np.uint8:
            low, high = self.images.min(), self.images.max()
            what = f"images of numbers from {low:.4g} to {high:.4g}, taken as they are"
        learned = "all to learn from"
        if held_out:
            rest = len(self) - held_out
            learned = f"{rest:,} to learn from and {held_out:,} held out"
        lines = [f"{len(self):,} {what}: {learned}"]
        for names in dict.fromkeys(filter(None, self.classes)):
            numbered = [f"{number} {name}" for number, name in enumerate(names)]
            if len(numbered) > 12:
                numbered[3:-1] = ["..."]
            whose = outputs[self.classes.index(names)]
            of = f" of {whose}" if len(outputs) > 1 else ""
            lines.append(f"classes{of}: {', '.join(numbered)}")
        return "\n".join(lines)

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
        return cls(enlarged, [found.target] * outputs, shape)

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
        return cls(files, [labels] * outputs, shape, [names] * outputs)

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
        names, (files, *columns) = table_of(path)
        images = [path.parent / one for one in files]
        for one in images:
            if not one.is_file():
                raise SystemExit(f"{path}: there is no such picture: {one}")
        labels: list[np.ndarray] = []
        classes: list[list[str]] = []
        for output, chosen in zip(
            outputs, columns_of(path, names, columns, outputs), strict=True
        ):
            if all(is_picture(Path(one)) for one in chosen[0]):
                masks = [path.parent / one for one in chosen[0]]
                labels.append(masks_of(masks, shape))
                classes.append([])
            else:
                values, words = labels_of(path, output, chosen)
                labels.append(values)
                classes.append(words)
        return cls(images, labels, shape, classes)

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
                lack = " and no ".join(sorted(missing))
                found = ", ".join(file.files) or "none"
                raise SystemExit(f"{path}: there is no array {lack}; there are {found}")
            names = [f"y_{name}" for name in outputs]
            names = [name if name in file.files else "y" for name in names]
            images, *labels = (numbers_in(path, file, name) for name in ("x", *names))
        if images.ndim == len(shape):
            images = images[..., None]
        return cls(images, labels, shape)
