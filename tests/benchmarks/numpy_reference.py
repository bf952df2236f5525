"""How fast the NumPy models are, beside PyTorch's eager ones on the same cores, and how large.

    python tests/benchmarks/numpy_reference.py

Times are the shortest of several runs, which is what the work takes where nothing disturbs it.
What is compared takes turns within one process, so that both see the same machine. Peak memory is
that of a process of its own for each, less what it had when the model and its batch were ready.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from cnndsl_numpy.functional.convolution import conv_forward
from cnndsl_numpy.optimizers import SGD

import cnndsl

Work = Callable[[], object]

TURN = 0.05
"""Seconds. Work of milliseconds is done many times in its turn, as threads take some to wake up."""


class Rivalry(NamedTuple):
    """Two ways to do one thing: how to get them ready, and how often to time them.

    aim: the ratio of the first to the second that is hoped for
    """

    title: str
    names: tuple[str, str]
    prepare: Callable[[str], Work]
    runs: int
    aim: float


def forward(name: str, batch: int) -> Callable[[str], Work]:
    """Inference for a batch of 224x224 images."""

    def prepare(backend: str) -> Work:
        model = cnndsl.load(name).build(backend)
        random = np.random.default_rng(0)
        images = random.standard_normal((batch, 224, 224, 3), np.float32)
        if backend == "numpy":
            model.set_parameters(model.parameters)  # draws them
            return lambda: model.forward(images)
        turned = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))
        model.eval()

        def run() -> None:
            with torch.no_grad():
                model(turned)

        return run

    return prepare


def training(name: str, batch: int) -> Callable[[str], Work]:
    """A step of gradient descent: forward, backward, and the change of the weights."""

    def prepare(backend: str) -> Work:
        model = cnndsl.load(name).build(backend)
        random = np.random.default_rng(0)
        images = random.standard_normal((batch, 224, 224, 3), np.float32)
        labels = random.integers(0, 1000, batch)
        if backend == "numpy":
            model.set_parameters(model.parameters)
            return lambda: model.fit(
                images, labels, batch_size=batch, optimizer=SGD(0.01), progress=False
            )
        turned = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))
        classes = torch.from_numpy(labels)
        optimizer = torch.optim.SGD(model.parameters(), 0.01)
        model.train()

        def run() -> None:
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(turned), classes).backward()
            optimizer.step()

        return run

    return prepare


def loops(A_prev: np.ndarray, W: np.ndarray) -> np.ndarray:
    """Slice, multiply, sum: a convolution by its definition, padded to its own size."""
    m, height, width, _ = A_prev.shape
    padded = np.pad(A_prev, ((0, 0), (1, 1), (1, 1), (0, 0)))
    Z = np.empty((m, height, width, W.shape[3]), np.float32)
    for i, h, w, c in itertools.product(*map(range, Z.shape)):
        Z[i, h, w, c] = np.sum(padded[i, h : h + 3, w : w + 3] * W[..., c])
    return Z


def convolution(way: str) -> Work:
    """A 3x3 convolution of 8 images of 32x32x16 to 32 channels."""
    random = np.random.default_rng(0)
    A_prev = random.standard_normal((8, 32, 32, 16), np.float32)
    W = random.standard_normal((3, 3, 16, 32), np.float32)
    if way == "loops":
        return lambda: loops(A_prev, W)
    return lambda: conv_forward(A_prev, W, pad="same")


RIVALRIES = (
    Rivalry("resnet50, forward, 1", ("numpy", "torch"), forward("resnet50", 1), 9, 1.5),
    Rivalry("resnet50, forward, 8", ("numpy", "torch"), forward("resnet50", 8), 5, 1.5),
    Rivalry("resnet18, training, 8", ("numpy", "torch"), training("torchvision/resnet18", 8), 5, 3),
    Rivalry("conv, forward, 8", ("numpy", "loops"), convolution, 9, 0.001),
)


def timed(rivalry: Rivalry) -> list[float]:
    """The fewest seconds of both, in turns, after a turn of each that is not counted."""
    works = [rivalry.prepare(name) for name in rivalry.names]
    times: list[list[float]] = [[], []]
    for run in range(rivalry.runs + 1):
        for work, found in zip(works, times, strict=True):
            shortest = turn(work)
            if run:
                found.append(shortest)
    return [min(found) for found in times]


def turn(work: Work) -> float:
    """The fewest seconds of work that is done again until its turn is over."""
    begun = time.perf_counter()
    shortest = float("inf")
    while time.perf_counter() - begun < TURN:
        start = time.perf_counter()
        work()
        shortest = min(shortest, time.perf_counter() - start)
    return shortest


def peak(at: int, name: str) -> float:
    """The megabytes that work needs beyond its model and batch, in a process of its own."""
    command = [sys.executable, __file__, "--peak", str(at), name]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def own_peak(rivalry: Rivalry, name: str) -> float:
    work = rivalry.prepare(name)
    before = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from here
    work()
    return (resident("VmHWM") - before) / 1024


def resident(field: str) -> int:
    """The kilobytes that this process has in memory now, or had at most, as Linux counts them."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    raise SystemExit(f"/proc/self/status has no {field}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peak", nargs=2, metavar=("NUMBER", "NAME"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peak:
        print(own_peak(RIVALRIES[int(options.peak[0])], options.peak[1]))
        return
    print(f"numpy {np.__version__}, torch {torch.__version__}, {torch.get_num_threads()} threads")
    print(f"{'':24}{'':8}{'seconds':>10}{'peak MB':>10}{'ratio':>10}{'aim':>8}")
    for at, rivalry in enumerate(RIVALRIES):
        seconds = timed(rivalry)
        ratios = [f"{seconds[0] / seconds[1]:.4g}", ""]
        aims = [f"{rivalry.aim:g}", ""]
        titles = [rivalry.title, ""]
        for title, name, one, ratio, aim in zip(
            titles, rivalry.names, seconds, ratios, aims, strict=True
        ):
            print(f"{title:24}{name:8}{one:10.4f}{peak(at, name):10.0f}{ratio:>10}{aim:>8}")


if __name__ == "__main__":
    main()
