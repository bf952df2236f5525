"""Batches of tensors from samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch
from cnndsl.recipes.support.batches import batches
from cnndsl.recipes.support.class_numbers import class_numbers, with_axes_of
from cnndsl.recipes.support.samples import Samples
from cnndsl.recipes.support.targets import value_targets
from torch import Tensor, nn
from torch.utils.data import Dataset, Sampler

from cnndsl_torch.training.recipe import ACCUMULATE, HIGH, LOW, MEAN, SEED, STD


def channels_first(array: np.ndarray) -> Tensor:
    """A batch of images, or of vectors, as PyTorch has them."""
    turned = np.moveaxis(array, -1, 1) if array.ndim == 4 else array
    return torch.from_numpy(np.ascontiguousarray(turned))


def class_labels(labels: np.ndarray, shape: tuple[int, ...]) -> Tensor:
    """Numbers of classes, or a probability for each class, for an output."""
    labels = with_axes_of(shape, labels)
    if labels.shape[1:] == shape:
        return channels_first(labels).float()
    return torch.from_numpy(class_numbers(labels, shape[-1]))


def values_of(labels: np.ndarray, shape: tuple[int, ...]) -> Tensor:
    """Numbers for an output of this shape."""
    return channels_first(value_targets(labels, shape)).float()


class Batches(Dataset[tuple[Tensor, ...] | str]):
    """Whole batches of images and labels, by the numbers of their samples.

    What cannot be read is told in their place: a process that reads ends nothing.
    """

    def __init__(self, samples: Samples) -> None:
        self.samples = samples
        self.images: Tensor | None = None
        if isinstance(samples.images, np.ndarray):
            images = channels_first(samples.images)
            self.images = images if images.dtype == torch.uint8 else images.float()
        self.labels = [class_labels(samples.labels[0], (10,))]  # = labels

    def __getitem__(self, indices: np.ndarray) -> tuple[Tensor, ...] | str:
        chosen = torch.from_numpy(indices)
        if self.images is None:
            try:
                read = [self.samples[index][0] for index in indices]
            except SystemExit as stop:
                return str(stop.code)
            images = channels_first(np.stack(read))
        else:
            images = self.images[chosen]
        return images, *(labels[chosen] for labels in self.labels)


def readable(loader: Iterable[Any]) -> Iterator[tuple[Tensor, ...]]:
    """Batches, up to one that cannot be read."""
    for batch in loader:
        if isinstance(batch, str):
            raise SystemExit(batch)
        yield batch


class Order(Sampler[np.ndarray]):
    """The samples of each batch of an epoch, of which each process has its share."""

    def __init__(self, count: int, batch: int, rank: int, processes: int) -> None:
        self.count, self.batch = count, batch
        self.rank, self.processes = rank, processes
        self.parts = processes  # if not accumulate
        self.parts = ACCUMULATE * processes  # if accumulate
        self.epoch = 0
        if self.parts > 1 and count < batch * self.parts:
            raise SystemExit(f"{count} samples for {self.parts} batches of {batch}")

    @property
    def steps(self) -> int:
        """How many there are in an epoch."""
        return max(self.count // (self.batch * self.parts), 1)

    def __len__(self) -> int:
        return self.steps * self.parts // self.processes

    def __iter__(self) -> Iterator[np.ndarray]:
        for step in batches(self.count, self.batch * self.parts, SEED, self.epoch):
            yield from np.split(step, self.parts)[self.rank :: self.processes]


class Preparation(nn.Module):
    """Pictures as the model takes them; numbers that are none are taken as they are."""

    mean: Tensor  # if mean
    std: Tensor  # if std

    def __init__(self) -> None:  # if mean or std
        super().__init__()
        self.register_buffer("mean", torch.tensor(MEAN).view(-1, 1, 1))  # if mean
        self.register_buffer("std", torch.tensor(STD).view(-1, 1, 1))  # if std

    def forward(self, images: Tensor) -> Tensor:
        if images.dtype != torch.uint8:
            return images.float()
        return self.pixels(images / 255)  # if pixels
        return images / 255  # if not pixels

    def pixels(self, images: Tensor) -> Tensor:  # if pixels
        """Numbers from 0 to 1 as the model takes them."""
        images = images.flip(1)  # if bgr
        images = LOW + (HIGH - LOW) * images  # if range
        images = HIGH * images  # if scale
        images = images - self.mean  # if mean
        images = images / self.std  # if std
        return images
