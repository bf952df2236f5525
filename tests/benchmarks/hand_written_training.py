"""Training as one writes it by hand in PyTorch and in Keras, to time emitted scripts against."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

Epoch = Callable[[], float]
SIDES = {"photos": 64, "resnet50": 224}
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Scikit-learn's digits at 32x32, from 0 to 1."""
    found = load_digits()
    images = np.kron(found.images / 16, np.ones((1, 4, 4)))
    return images.astype(np.float32)[..., None], found.target


def in_torch(name: str, batch: int, data: str) -> Epoch:
    """A loop of PyTorch."""
    import torch
    import torch.nn.functional as F
    from hand_written import ResNet50
    from torch import Tensor, nn
    from torch.utils.data import DataLoader, Dataset

    class Photos(Dataset[tuple[Tensor, int]]):
        """A folder of folders: the middle of each photo, resized to the input."""

        def __init__(self, folder: str, side: int) -> None:
            self.side = side
            classes = sorted(path.name for path in Path(folder).iterdir())
            self.files = [
                (path, number)
                for number, kind in enumerate(classes)
                for path in sorted(Path(folder, kind).glob("*.jpg"))
            ]

        def __len__(self) -> int:
            return len(self.files)

        def __getitem__(self, index: int) -> tuple[Tensor, int]:
            path, number = self.files[index]
            with Image.open(path) as photo:
                image = photo.convert("RGB")
            scale = self.side * 256 / 224 / min(image.size)
            width, height = (round(size * scale) for size in image.size)
            image = image.resize((width, height), Image.Resampling.BILINEAR)
            left, top = (width - self.side) // 2, (height - self.side) // 2
            image = image.crop((left, top, left + self.side, top + self.side))
            return torch.from_numpy(np.array(image)).permute(2, 0, 1) / 255, number

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        for chosen in torch.randperm(len(labels)).split(batch):
            if len(chosen) == batch:
                yield images[chosen], labels[chosen]

    if name == "digits":
        found, classes = digits()
        images = torch.from_numpy(found).permute(0, 3, 1, 2).contiguous()
        labels = torch.from_numpy(classes)
    else:
        workers = min(8, os.cpu_count() or 1)
        loader = DataLoader(
            Photos(data, SIDES[name]),
            batch,
            shuffle=True,
            drop_last=True,
            num_workers=workers,
            persistent_workers=True,
        )
    networks: dict[str, Callable[[], nn.Module]] = {
        "digits": lambda: nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(1024, 500),
            nn.ReLU(),
            nn.Linear(500, 10),
        ),
        "photos": lambda: nn.Sequential(
            nn.ZeroPad2d((1, 2, 1, 2)),
            nn.Conv2d(3, 8, 4, bias=False),
            nn.ReLU(),
            nn.MaxPool2d(8),
            nn.ZeroPad2d((0, 1, 0, 1)),
            nn.Conv2d(8, 16, 2, bias=False),
            nn.ReLU(),
            nn.MaxPool2d(4),
            nn.Flatten(),
            nn.Linear(64, 6),
        ),
        "resnet50": lambda: ResNet50(6),
    }
    model = networks[name]()
    rates = {"digits": 0.001, "photos": 0.009, "resnet50": 0.001}
    rule = torch.optim.SGD if name == "resnet50" else torch.optim.Adam
    optimizer = rule(model.parameters(), rates[name])
    mean, std = (torch.tensor(one).view(-1, 1, 1) for one in (MEAN, STD))

    def epoch() -> float:
        start = time.perf_counter()
        model.train()
        total, right, seen = 0.0, 0, 0
        for x, y in batches() if name == "digits" else loader:
            if name == "resnet50":
                x = (x - mean) / std
            optimizer.zero_grad()
            scores = model(x)
            loss = F.cross_entropy(scores, y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
            right += int((scores.argmax(1) == y).sum())
            seen += len(y)
        if not np.isfinite(total / seen) or not 0 <= right <= seen:
            raise RuntimeError("the loop by hand does not train")
        return time.perf_counter() - start

    return epoch


def in_keras(name: str, batch: int, data: str) -> Epoch:
    """`compile` and `fit` of Keras, with `tf.data`."""
    import keras
    import tensorflow as tf

    class Clock(keras.callbacks.Callback):
        """The time of an epoch."""

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.start = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.seconds = time.perf_counter() - self.start

    layers = keras.layers
    networks: dict[str, Callable[[], Any]] = {
        "digits": lambda: keras.Sequential(
            [
                keras.Input((32, 32, 1)),
                layers.Conv2D(6, 5, padding="same", activation="relu"),
                layers.MaxPooling2D(),
                layers.Conv2D(16, 5, padding="same", activation="relu"),
                layers.MaxPooling2D(),
                layers.Flatten(),
                layers.Dense(500, activation="relu"),
                layers.Dense(10, activation="softmax"),
            ]
        ),
        "photos": lambda: keras.Sequential(
            [
                keras.Input((64, 64, 3)),
                layers.Conv2D(8, 4, padding="same", use_bias=False, activation="relu"),
                layers.MaxPooling2D(8, padding="same"),
                layers.Conv2D(16, 2, padding="same", use_bias=False, activation="relu"),
                layers.MaxPooling2D(4, padding="same"),
                layers.Flatten(),
                layers.Dense(6, activation="softmax"),
            ]
        ),
        "resnet50": lambda: keras.applications.ResNet50(
            weights=None, classes=6, input_shape=(224, 224, 3)
        ),
    }
    rates = {"digits": 0.001, "photos": 0.009, "resnet50": 0.001}
    rule = keras.optimizers.SGD if name == "resnet50" else keras.optimizers.Adam
    model = networks[name]()
    model.compile(rule(rates[name]), "sparse_categorical_crossentropy", metrics=["accuracy"])
    clock = Clock()
    if name == "digits":
        images, labels = digits()
        count = len(labels) // batch * batch
        given: dict[str, Any] = {"x": images[:count], "y": labels[:count], "batch_size": batch}
    else:
        side = SIDES[name]
        photos = keras.utils.image_dataset_from_directory(
            data,
            image_size=(side, side),
            batch_size=batch,
            crop_to_aspect_ratio=True,
            verbose=False,
        )
        prepare = keras.applications.resnet.preprocess_input
        if name == "photos":
            prepare = lambda x: x / 255  # noqa: E731  # one of two
        photos = photos.map(lambda x, y: (prepare(x), y), num_parallel_calls=tf.data.AUTOTUNE)
        given = {"x": photos.prefetch(tf.data.AUTOTUNE)}

    def epoch() -> float:
        model.fit(**given, verbose=0, callbacks=[clock])
        return float(clock.seconds)

    return epoch


HANDS = {"torch": in_torch, "keras": in_keras}
