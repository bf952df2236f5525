"""The speed of training scripts beside loops written by hand, on the same cores.

    python tests/benchmarks/training.py [--backend torch|keras] [--only NAME] [--rounds 15]

Digits in memory, small photos for a network that hardly computes, so that reading them is most of
the work (read in every epoch, and kept in memory), and large ones for ResNet-50. Both sides go
through the same samples, in equal batches, measure loss and accuracy, and take turns, an epoch
each. A ratio is of the time of the steps, with all that brings the batches, by hand over script: 1
is as fast, more is faster. Of each contest the median of its ratios is printed, and the least and
the largest.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
from hand_written_training import HANDS
from PIL import Image
from sklearn.datasets import load_sample_image

import cnndsl
from cnndsl.backend import execute, find_backend
from cnndsl.project.training import recipe_of

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

Epoch = Callable[[], float]
"""Trains for one epoch, and gives its seconds."""
AIM = 0.97


class Contest(NamedTuple):
    """What is trained, and on what.

    specs: by backend
    photos: how many, and the side of the model's input; none for digits
    epochs: of a round, so that it takes long enough to be timed
    keeps: whether Keras's scripts keep the photos in memory, as they do by default
    """

    specs: dict[str, str]
    recipe: str
    batch: int
    photos: tuple[int, int] | None = None
    epochs: int = 1
    keeps: bool = False


CONTESTS = {
    "digits": Contest(dict.fromkeys(("torch", "keras"), "lenet5_modern"), "adam", 64, None, 4),
    "photos": Contest(
        dict.fromkeys(("torch", "keras"), "signs_convnet"), "adam(rate=0.009)", 64, (768, 64)
    ),
    "kept": Contest({"keras": "signs_convnet"}, "adam(rate=0.009)", 64, (768, 64), keeps=True),
    "resnet50": Contest(
        {"torch": "torchvision/resnet50", "keras": "keras/resnet50"},
        "sgd(rate=0.001)",
        8,
        (24, 224),
    ),
}


def write_photos(folder: Path, count: int, side: int) -> Path:
    """Pieces of two photos, a little larger than an input, in six folders."""
    photos = [load_sample_image(name) for name in ("china.jpg", "flower.jpg")]
    high, wide = side * 5 // 4, side * 3 // 2
    random = np.random.default_rng(0)
    for number in range(count):
        kind = number % 6
        target = folder / f"class{kind}"
        target.mkdir(parents=True, exist_ok=True)
        photo = photos[kind % 2]
        row, column = (
            int(random.integers(0, most - size))
            for most, size in zip(photo.shape, (high, wide), strict=False)
        )
        piece = photo[row : row + high, column : column + wide]
        Image.fromarray(piece).save(target / f"{number}.jpg", quality=90)
    return folder


def by_script(backend: str, contest: Contest, data: str, out: Path) -> Epoch:
    """What `cnndsl compile --train` writes."""
    classes = 10 if contest.photos is None else 6
    network = cnndsl.load(contest.specs[backend], classes=classes)
    lines = f"optimizer {contest.recipe}\nbatch {contest.batch}\nhold_out 0"
    recipe = recipe_of(network.network, lines).recipe
    names = execute(find_backend(backend).emit_training(network.network, recipe), "training")
    options = names["arguments"](["--data", data, "--out", str(out)])
    options.epochs = 0
    run = names["Trainer" if backend == "torch" else "Training"](options)
    if backend == "keras":
        run.samples.keeps = contest.keeps

    def epoch() -> float:
        options.epochs += 1
        with redirect_stdout(StringIO()):
            run.train()
        return float(run.rows[-1]["seconds"])

    return epoch


def contend(backend: str, name: str, rounds: int) -> None:
    """Print the ratios of one contest."""
    contest = CONTESTS[name]
    with TemporaryDirectory() as folder:
        data = "digits"
        if contest.photos is not None:
            data = str(write_photos(Path(folder, "photos"), *contest.photos))
        sides = (
            by_script(backend, contest, data, Path(folder, "out")),
            HANDS[backend](name.replace("kept", "photos"), contest.batch, data),
        )
        ratios = []
        for turn in range(rounds + 1):
            order = sides if turn % 2 else sides[::-1]
            taken = {side: sum(side() for _ in range(contest.epochs)) for side in order}
            if turn:  # the first one warms up
                ratios.append(taken[sides[1]] / taken[sides[0]])
    seconds = taken[sides[0]] / contest.epochs
    print(
        f"{backend:5}  {name:8}  {seconds:6.2f} s an epoch   by hand / script"
        f"  median {statistics.median(ratios):.3f}  from {min(ratios):.3f} to {max(ratios):.3f}"
        f"  (aim: {AIM})",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--backend", choices=["torch", "keras"], help="(default: both)")
    parser.add_argument("--only", choices=CONTESTS, help="one contest (default: all)")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    if options.backend and options.only:
        contend(options.backend, options.only, options.rounds)
        return
    for backend in [options.backend] if options.backend else ["torch", "keras"]:
        for name in [options.only] if options.only else CONTESTS:
            if backend not in CONTESTS[name].specs:
                continue
            given = ["--backend", backend, "--only", name, "--rounds", str(options.rounds)]
            subprocess.run([sys.executable, __file__, *given], check=True)


if __name__ == "__main__":
    main()
