"""Batches of arrays from samples."""

from __future__ import annotations

import math
import os
from typing import Any

import keras
import numpy as np
from cnndsl.recipes.support.batches import batches
from cnndsl.recipes.support.samples import Samples
from cnndsl.recipes.support.targets import class_targets, value_targets

from cnndsl_keras.training.recipe import (
    ACCUMULATE,
    HIGH,
    LOW,
    MEAN,
    ROOM,
    SEED,
    SHAPE,
    STD,
    augment_randomly,
)


def values_of(labels: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers for an output of this shape."""
    return value_targets(labels, shape).astype(np.float32)


def normalised(images: np.ndarray) -> np.ndarray:  # if pixels
    """Numbers from 0 to 1 as the model takes them."""
    images = images[..., ::-1]  # if bgr
    images = LOW + (HIGH - LOW) * images  # if range
    images = HIGH * images  # if scale
    images = images - np.array(MEAN, np.float32)  # if mean
    images = images / np.array(STD, np.float32)  # if std
    return images


def prepared(images: np.ndarray) -> np.ndarray:
    """Pictures as the model takes them; numbers that are none are taken as they are."""
    if images.dtype != np.uint8:
        return images.astype(np.float32)
    return normalised(images / np.float32(255))  # if pixels
    return images / np.float32(255)  # if not pixels


def divided(step: np.ndarray) -> list[np.ndarray]:
    """The batches of a step."""
    return np.split(step, ACCUMULATE)


class Batches(keras.utils.PyDataset):
    """Batches of images and labels, in another order in each epoch.

    keeps: whether pictures stay in memory once they are read from files
    refusal: what ended it, as threads that make batches end nothing themselves
    """

    def __init__(self, samples: Samples, batch: int) -> None:
        kind = getattr(samples.images, "dtype", None)  # files have none
        if kind is not None and kind != np.uint8:  # if augment
            raise SystemExit("augmentation takes pictures: numbers of 8 bits")
        super().__init__(workers=min(8, os.cpu_count() or 1) if kind is None else 1)
        self.samples, self.batch = samples, batch
        self.labels = class_targets(samples.labels[0], (10,), 0.0)  # = labels
        self.keeps = len(samples) * math.prod(SHAPE) <= ROOM
        self.kept: dict[int, np.ndarray] = {}
        self.refusal: SystemExit | None = None
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Set the order of an epoch."""
        self.epoch = epoch  # if augment
        count, batch = len(self.samples), self.batch
        if count < batch * ACCUMULATE:  # if accumulate
            raise SystemExit(f"{count} samples for {ACCUMULATE} batches of {batch}")
        self.order = batches(count, batch, SEED, epoch)  # if not accumulate
        steps = batches(count, batch * ACCUMULATE, SEED, epoch)  # if accumulate
        self.order = [part for step in steps for part in divided(step)]  # if accumulate

    def __len__(self) -> int:
        return len(self.order)

    def picture(self, number: int) -> np.ndarray:
        """That of a sample, from its file."""
        found = self.kept.get(number)
        if found is None:
            found = self.samples[number][0]
            if self.keeps:
                self.kept[number] = found
        return found

    def __getitem__(self, index: int) -> Any:
        try:
            return self.made(index)
        except SystemExit as stop:
            self.refusal = stop
            raise ValueError(str(stop)) from None

    def complain(self) -> None:
        """End the program if a batch could not be made."""
        if self.refusal is not None:
            raise self.refusal from None

    def made(self, index: int) -> Any:
        """A batch of this epoch."""
        chosen = self.order[index]
        images = self.samples.images
        if isinstance(images, np.ndarray):
            found = images[chosen]
        else:
            found = np.stack([self.picture(number) for number in chosen])
        labels = self.labels[chosen]  # if not several
        labels = tuple(one[chosen] for one in self.labels)  # if several
        return prepared(found), labels  # if not augment
        return self.augmented(index, found, labels)  # if augment

    def augmented(self, index: int, images: Any, labels: Any) -> Any:  # if augment
        """A batch as what is drawn for it changes it."""
        generator = np.random.default_rng((SEED, self.epoch + 1, index + 2))
        images = images / np.float32(255)
        with keras.device("cpu:0"):
            images, labels = augment_randomly(generator, images, labels)
        images = keras.ops.convert_to_numpy(images)
        labels = tuple(labels)  # if several
        return normalised(images), labels  # if pixels
        return images, labels  # if not pixels


class HeldOut(Batches):  # if held_out
    """Batches of all samples, always in the same order."""

    def start_epoch(self, epoch: int) -> None:
        rest = range(self.batch, len(self.samples), self.batch)
        self.order = np.split(np.arange(len(self.samples)), rest)

    def augmented(self, index: int, images: Any, labels: Any) -> Any:  # if augment
        """Pictures that are held out stay as they are."""
        return prepared(images), labels


def ahead(batches: Batches) -> Any:
    """What `fit` takes: batches that TensorFlow's threads, if it runs, make ahead."""
    if keras.backend.backend() != "tensorflow":
        return batches
    import tensorflow as tf

    first = batches[0]
    parts = keras.tree.flatten(first)
    sizes = {len(chosen) for chosen in batches.order}
    size = sizes.pop() if len(sizes) == 1 else None

    def made(index: Any) -> Any:
        kinds = [part.dtype for part in parts]
        found = tf.numpy_function(
            lambda number: keras.tree.flatten(batches[number]), [index], kinds
        )
        for one, part in zip(found, parts, strict=True):
            one.set_shape((size, *part.shape[1:]))
        return keras.tree.pack_sequence_as(first, found)

    numbers = tf.data.Dataset.range(len(batches))
    made_ahead = numbers.map(made, num_parallel_calls=tf.data.AUTOTUNE)
    return made_ahead.prefetch(tf.data.AUTOTUNE)
