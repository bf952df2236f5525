"""The speed of emitted code beside code written by hand, and of emitting it.

    python tests/benchmarks/emission.py [--backend torch|keras] [--batch 4] [--runs 7]

ResNet-50 at 224x224, inference and training step: in PyTorch beside a hand-written module, in Keras
beside keras.applications. The two take turns, and every figure is the median of its runs, so that
the ratios are of one and the same machine at one and the same time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import cnndsl

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

Call = Callable[[], object]


def in_turns(calls: dict[str, Call], runs: int) -> dict[str, float]:
    """The median time of each call, in milliseconds."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(runs):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - start)
    return {name: 1e3 * statistics.median(taken) for name, taken in times.items()}


def compare(title: str, emitted: Call, other: Call, runs: int) -> None:
    medians = in_turns({"emitted": emitted, "other": other}, runs)
    ratio = medians["emitted"] / medians["other"]
    print(
        f"{title:<44} {medians['emitted']:8.1f} ms {medians['other']:8.1f} ms   ratio {ratio:.2f}",
        flush=True,
    )


def torch_calls(module: Any, batch: int) -> tuple[Call, Call]:
    """Inference and a training step."""
    import torch

    images, classes = torch.rand(batch, 3, 224, 224), torch.arange(batch)
    optimizer = torch.optim.SGD(module.parameters(), 1e-3)

    def infer() -> None:
        module.eval()
        with torch.inference_mode():
            module(images)

    def train() -> None:
        module.train()
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(module(images), classes).backward()
        optimizer.step()

    return infer, train


def in_torch(batch: int, runs: int) -> None:
    from hand_written import ResNet50

    emitted = torch_calls(cnndsl.load("torchvision/resnet50").build("torch"), batch)
    other = torch_calls(ResNet50(), batch)
    for title, one, two in zip(("inference", "training step"), emitted, other, strict=True):
        compare(f"PyTorch {title}, against hand-written", one, two, runs)


def keras_calls(model: Any, batch: int) -> tuple[Call, Call]:
    images = np.random.default_rng(0).random((batch, 224, 224, 3), dtype=np.float32)
    classes = np.arange(batch)
    model.compile("sgd", "sparse_categorical_crossentropy")
    return lambda: model.predict_on_batch(images), lambda: model.train_on_batch(images, classes)


def in_keras(batch: int, runs: int) -> None:
    import keras

    emitted = keras_calls(cnndsl.load("keras/resnet50").build("keras"), batch)
    other = keras_calls(keras.applications.ResNet50(weights=None), batch)
    for title, one, two in zip(("inference", "training step"), emitted, other, strict=True):
        compare(f"Keras {title}, against keras.applications", one, two, runs)


def emission(runs: int) -> None:
    """The time from a spec's text to PyTorch source, and its parts."""
    network = cnndsl.load("resnet152")
    whole = {
        "check resnet152": lambda: cnndsl.load("resnet152"),
        "emit resnet152, torch": lambda: network.emit("torch"),
        "emit resnet152, keras": lambda: network.emit("keras"),
        "emit resnet152, numpy": lambda: network.emit("numpy"),
        "compile resnet152, torch": lambda: cnndsl.load("resnet152").emit("torch"),
    }
    for name, median in in_turns(whole, 3 * runs).items():
        print(f"{name:<44} {median:8.1f} ms", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--backend", choices=["torch", "keras"], help="(default: both)")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    emission(options.runs)
    if options.backend != "keras":
        in_torch(options.batch, options.runs)
    if options.backend != "torch":
        in_keras(options.batch, options.runs)


if __name__ == "__main__":
    main()
