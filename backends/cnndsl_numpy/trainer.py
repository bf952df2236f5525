"""Training by a recipe: steps, epochs, and all that is kept on the way."""

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cnndsl.recipes.measuring import metric_of
from cnndsl.recipes.recipe import OutputLoss
from cnndsl.recipes.support.archive import arrays_in
from cnndsl.recipes.support.batches import batches
from cnndsl.recipes.support.class_numbers import class_numbers, with_axes_of
from cnndsl.recipes.support.curves import draw_curves
from cnndsl.recipes.support.halves import halves
from cnndsl.recipes.support.log import write_log
from cnndsl.recipes.support.progress import in_words, so_far
from cnndsl.recipes.support.samples import Samples
from cnndsl.recipes.support.targets import class_targets, value_targets, yes_or_no
from cnndsl.recipes.words import LOSSES, METRICS, Use
from cnndsl_numpy.functional.geometry import Array
from cnndsl_numpy.optimizers import Adam, Optimizer, memory
from cnndsl_numpy.training import LossName, Model, Objective, objective

Numbers = np.ndarray[Any, np.dtype[np.signedinteger[Any]]]
Augment = Callable[[np.random.Generator, Array, list[Array]], tuple[Array, list[Array]]]
"""What changes images, from 0 to 1, and the labels that go with them, by what it draws."""


@dataclass(frozen=True)
class Loss:
    """The loss of an output: its kind, the share of labels that is smoothed, and its weight."""

    kind: LossName = "cross_entropy"
    smoothing: float = 0.0
    weight: float = 1.0

    def check(self, shape: tuple[int, ...], labels: Array) -> None:
        """End where labels are not for an output of a shape."""
        if self.kind != "cross_entropy":
            self.targets_for(shape, labels)
            return
        found = with_axes_of(shape, labels)
        if found.shape[1:] != shape:
            class_numbers(found, shape[-1])

    def targets_for(self, shape: tuple[int, ...], labels: Array) -> Array:
        """Return labels as the loss takes them, or end where they are not for such an output."""
        classes = 2
        if self.kind == "cross_entropy":
            labels, classes = class_targets(labels, shape, 0.0), shape[-1]
        elif self.kind == "binary_cross_entropy":
            labels = yes_or_no(labels)
        values: Array = value_targets(labels, shape).astype(np.float64)
        return (
            values * (1 - self.smoothing) + self.smoothing / classes if self.smoothing else values
        )


@dataclass(frozen=True)
class Pixels:
    """What pictures become: the order of channels, and a and b of a * v + b for each of them."""

    order: str = "rgb"
    factors: tuple[tuple[float, float], ...] = ((1 / 255, 0.0),)

    def __call__(self, images: Array) -> Array:
        """Return images from 0 to 1 as the model takes them."""
        ordered = images[..., ::-1] if self.order == "bgr" else images
        scales, offsets = np.array(self.factors, images.dtype).T
        changed: Array = ordered * (scales * 255) + offsets
        return changed


@dataclass
class Stepper:
    """Steps of training: gradients of batches, clipped, and weights that they move.

    frozen: the paths of layers, or of what they are in, that do not learn
    rates: what the learning rate of such paths is multiplied by
    clip: the longest that all gradients together may be
    average: how much of the average of all that is trained a step keeps; it begins as the weights
        are after the first step
    """

    goal: Objective
    optimizer: Optimizer
    frozen: Collection[str] = ()
    rates: Sequence[tuple[str, float]] = ()
    clip: float | None = None
    average: float | None = None
    averaged: dict[str, Array] = field(default_factory=dict, init=False)

    def step(
        self,
        parts: Sequence[tuple[Array, Sequence[Array]]],
        generator: np.random.Generator,
        factor: float = 1.0,
    ) -> float:
        """Take a step by the mean of the gradients of some batches, and return their mean loss.

        The loss is without the penalties.

        factor: what the learning rate is multiplied by
        """
        model = self.goal.model
        still = {one.name for one in model.layers if is_in(one.name, self.frozen)}
        total, gradients, penalty = 0.0, dict[str, Array](), self.goal.penalise({})
        for images, labels in parts:
            loss, _, found = self.goal.step(images, labels, generator, still)
            total += (loss - penalty) / len(parts)
            for path, gradient in found.items():
                if path.rpartition("/")[0] not in still:
                    share = gradient / len(parts) if len(parts) > 1 else gradient
                    gradients[path] = gradients[path] + share if path in gradients else share
        if self.clip is not None:
            length = np.sqrt(sum(float(np.vdot(one, one)) for one in gradients.values()))
            if length > self.clip:
                gradients = {path: one * (self.clip / length) for path, one in gradients.items()}
        rates = {path: factor * self.rate(path) for path in gradients}
        self.optimizer.step(model.parameters, gradients, rates)
        self.follow()
        return total

    def follow(self) -> None:
        """Move the averages, where any are kept, towards the weights."""
        if self.average is None:
            return
        parameters = self.goal.model.parameters
        for path in self.goal.model.trainable:
            mean = self.averaged.setdefault(path, parameters[path].copy())
            mean += (1 - self.average) * (parameters[path] - mean)

    @property
    def kept(self) -> dict[str, Array]:
        """The weights to measure and keep: averages of what is trained, where there are any."""
        return {**self.goal.model.parameters, **self.averaged}

    def rate(self, path: str) -> float:
        """Return what a weight's learning rate is multiplied by, its schedule aside."""
        return math.prod(one for layers, one in self.rates if is_in(path, [layers]))


def is_in(path: str, layers: Collection[str]) -> bool:
    """Return whether a layer's or weight's path is one of these layers', or inside one."""
    return any(path == one or path.startswith((f"{one}.", f"{one}/")) for one in layers)


@dataclass
class Trainer:
    """A model in training by a recipe; `main` is a script's whole work.

    losses, metrics: of each output, and by name, of the first one; `top_5` takes the first five
    training_outputs: how many of the last outputs are for training alone, and so not measured
    frozen: paths of layers that do not learn, with the number of epochs or None for all
    accumulate: how many batches make a step
    schedule: gives what the rate is multiplied by, for a step, the steps of an epoch, and epochs
    plateau: the factor, and how many epochs without a lower loss bring it on
    patience: epochs without a lower loss that end training
    missing: what is drawn anew, whatever the weights to start from have of it
    """

    model: Model
    name: str
    losses: Sequence[Loss] = (Loss(),)
    optimizer: Optimizer = field(default_factory=Adam)
    outputs: Sequence[str] = ("main",)
    training_outputs: int = 0
    pixels: Pixels = field(default_factory=Pixels)
    data: str = "digits"
    hold_out: float = 0.2
    epochs: int = 10
    batch: int = 32
    accumulate: int = 1
    seed: int = 0
    metrics: Sequence[str] = ()
    schedule: Callable[[int, int, int], float] = lambda _step, _steps, _epochs: 1.0
    plateau: tuple[float, int] | None = None
    patience: int | None = None
    clip: float | None = None
    average: float | None = None
    frozen: Sequence[tuple[str, int | None]] = ()
    rates: Sequence[tuple[str, float]] = ()
    weights: str | None = None
    missing: Collection[str] = ()
    augment: Augment | None = None

    def __post_init__(self) -> None:
        self.model = self.model.seeded(self.seed)
        self.epoch = self.waited = self.drops = 0
        self.best = float("inf")
        self.rows: list[dict[str, float]] = []
        self.goal = objective(
            self.model, [one.kind for one in self.losses], [one.weight for one in self.losses]
        )
        self.stepper = Stepper(self.goal, self.optimizer, (), self.rates, self.clip, self.average)
        self.measures = [_use(one) for one in self.metrics]

    # A script's work

    def main(self) -> None:
        """Train as the command line says, and tell what came of it."""
        options = self.arguments()
        try:
            self.run(options)
        except KeyboardInterrupt:
            print("\nstopped: --resume goes on from the last whole epoch")
            raise SystemExit(130) from None
        first = "held_out_loss" if self.hold_out else "loss"
        print(f"best: {in_words(min(self.rows, key=lambda row: row[first]))}")
        print(f"its weights: {options.out / 'best.npz'}")
        draw_curves(options.out / "curves.png", self.rows)

    def run(self, options: argparse.Namespace) -> None:
        """Train as the command line says."""
        self.epochs, self.batch = options.epochs, options.batch
        options.out.mkdir(parents=True, exist_ok=True)
        if options.weights is not None:
            self.load_weights(options.weights)
        if options.resume:
            self.resume(options.out / "last.npz")
        (inputs,) = self.model.inputs
        samples = Samples.load(options.data, inputs.shape, self.outputs)
        self.train(samples, options.out)

    def arguments(self, given: Sequence[str] | None = None) -> argparse.Namespace:
        """Return what the command line says, or some arguments in its place."""
        parser = argparse.ArgumentParser(description=f"Train {self.name}.")
        parser.add_argument("--data", default=self.data, help="a folder, an .npz or a .csv file")
        parser.add_argument("--epochs", type=int, default=self.epochs)
        parser.add_argument("--batch", type=int, default=self.batch)
        parser.add_argument("--out", type=Path, default=Path("runs") / self.name)
        parser.add_argument("--resume", action="store_true", help="go on from OUT/last.npz")
        parser.add_argument("--weights", default=self.weights, help="an .npz file to start from")
        return parser.parse_args(given)

    # Epochs

    def train(self, samples: Samples, out: Path) -> None:
        """Train to the last epoch, or as long as it helps, and keep all in a folder."""
        learned, held_out = halves(len(samples), self.hold_out, self.seed)
        if not len(learned) or (self.hold_out and not len(held_out)):
            raise SystemExit(f"{len(samples)} samples are too few to hold some out")
        self.check(samples)
        print(samples.in_words(len(held_out), self.outputs))
        samples, rest = samples.part(learned), samples.part(held_out)
        while self.epoch < self.epochs:
            if self.patience is not None and self.waited >= self.patience:
                break
            start = time.monotonic()
            row = {"epoch": self.epoch + 1.0, **self.train_epoch(samples)}
            if self.hold_out:
                row |= {f"held_out_{name}": one for name, one in self.measure(rest).items()}
            self.epoch += 1
            self.keep(row | {"seconds": time.monotonic() - start}, out)

    def check(self, samples: Samples) -> None:
        """End where a label is not for its output."""
        for loss, labels, output in zip(
            self.losses, samples.labels, self.model.outputs, strict=True
        ):
            loss.check(output.shape, labels)

    def train_epoch(self, samples: Samples) -> dict[str, float]:
        """Go once through the samples, and return the mean loss, and metrics of what is learned."""
        generator = np.random.default_rng((self.seed, self.epoch + 1, 1))
        self.stepper.frozen = [path for path, end in self.frozen if end is None or self.epoch < end]
        order = batches(len(samples), self.batch * self.accumulate, self.seed, self.epoch)
        total, start = 0.0, time.monotonic()
        for number, chosen in enumerate(order):
            factor = self.schedule(self.epoch * len(order) + number, len(order), self.epochs)
            if self.plateau is not None:
                factor *= self.plateau[0] ** self.drops
            parts: list[tuple[Array, list[Array]]] = []
            for part in np.array_split(chosen, self.accumulate):
                batch = number * self.accumulate + len(parts)
                drawn = np.random.default_rng((self.seed, self.epoch + 1, batch + 2))
                parts.append(self.batch_of(samples, part, drawn))
            total += self.stepper.step(parts, generator, factor)
            self.show(number + 1, len(order), total / (number + 1), start)
        return {"loss": total / len(order)}

    def batch_of(
        self, samples: Samples, chosen: Array | Numbers, generator: np.random.Generator | None
    ) -> tuple[Array, list[Array]]:
        """Return images and targets; in training, with a generator, augmented."""
        images = np.stack([samples[index][0] for index in chosen])
        labels = [
            loss.targets_for(output.shape, labels[chosen])
            for loss, labels, output in zip(
                self.losses, samples.labels, self.model.outputs, strict=True
            )
        ]
        if images.dtype != np.uint8:
            if self.augment is not None:
                raise SystemExit("augmentation takes pictures: numbers of 8 bits")
            return images.astype(self.model.dtype), labels
        images = images.astype(self.model.dtype) / 255
        if self.augment is not None and generator is not None:
            images, labels = self.augment(generator, images, labels)
        return self.pixels(images), labels

    def measure(self, samples: Samples) -> dict[str, float]:
        """Return the loss and metrics of samples, by the averaged weights where there are any."""
        model, lasting = self.model, len(self.losses) - self.training_outputs
        goal = self.goal.of_first(lasting)
        fused = "the last layer" if goal.is_fused else None
        kind = OutputLoss("main", LOSSES.use(self.losses[0].kind), fused)
        own = {path: W.copy() for path, W in model.parameters.items()}
        model.set_parameters(self.stepper.kept)
        totals = dict.fromkeys(["loss", *self.metrics], 0.0)
        for start in range(0, len(samples), self.batch):
            chosen = np.arange(start, min(start + self.batch, len(samples)))
            images, targets = self.batch_of(samples, chosen, None)
            scores = model.run_batches(goal.plan, images, self.batch)
            totals["loss"] += len(chosen) * goal.of_scores(scores, targets[:lasting])[0]
            first, labels = goal.first_output(scores), samples.labels[0][chosen]
            for name, use in zip(self.metrics, self.measures, strict=True):
                totals[name] += len(chosen) * metric_of(use, kind, first, labels)
        model.set_parameters(own)
        return {name: total / len(samples) for name, total in totals.items()}

    def show(self, number: int, steps: int, loss: float, start: float) -> None:
        """Say on a terminal how far the epoch is."""
        if sys.stdout.isatty():
            epoch = f"{self.epoch + 1}/{self.epochs}"
            images = number * self.batch * self.accumulate
            passed = time.monotonic() - start
            line = so_far(epoch, number, steps, f"loss {loss:.4g}", images, passed)
            print(line, end="", flush=True)

    def keep(self, row: dict[str, float], out: Path) -> None:
        """End an epoch: keep its weights if they are the best, and what going on needs."""
        self.rows.append(row)
        measure = row["held_out_loss" if self.hold_out else "loss"]
        is_best = measure < self.best
        self.best = min(self.best, measure)
        self.waited = 0 if is_best else self.waited + 1
        if self.plateau is not None and self.waited and self.waited % self.plateau[1] == 0:
            self.drops += 1
        if is_best:
            save(out / "best.npz", self.stepper.kept)
        save(out / "last.npz", self.state())
        write_log(out / "log.csv", self.rows)
        start = "\r\x1b[K" if sys.stdout.isatty() else ""
        print(f"{start}{in_words(row)}", flush=True)

    # What going on needs

    def state(self) -> dict[str, Array]:
        """Return all that changes in training."""
        numbers = {"epoch": self.epoch, "best": self.best}
        numbers |= {"waited": self.waited, "drops": self.drops}
        state = {f"weights:{path}": W for path, W in self.model.parameters.items()}
        state |= {f"average:{path}": W for path, W in self.stepper.averaged.items()}
        for name, arrays in memory(self.optimizer).items():
            state |= {f"{name}:{path}": one for path, one in arrays.items()}
        return state | {"state": np.array(json.dumps({**numbers, "rows": self.rows}))}

    def resume(self, path: Path) -> None:
        """Go on from the last epoch that was kept."""
        if not path.exists():
            print(f"there is no {path}: training begins")
            return
        try:
            self.restore(arrays_in(path))
        except (KeyError, OSError, ValueError) as error:
            raise SystemExit(f"{path} is of another training: {error}") from None

    def restore(self, state: dict[str, Array]) -> None:
        """Go on from what `state` has kept."""
        kept = json.loads(str(state.pop("state")))
        own = memory(self.optimizer)
        if {name.partition(":")[0] for name in state} - {"weights", "average", *own}:
            raise ValueError("its optimizer is another")
        self.epoch, self.best, self.rows = kept["epoch"], kept["best"], kept["rows"]
        self.waited, self.drops = kept["waited"], kept["drops"]
        self.model.set_parameters(_group(state, "weights"))
        self.stepper.averaged = _group(state, "average")
        for name, arrays in own.items():
            arrays.update(_group(state, name))

    def load_weights(self, path: str) -> None:
        """Start from the weights of a file; those of what is `missing` are drawn."""
        try:
            found = arrays_in(Path(path))
            drawn = self.model.parameters
            found = {name: W for name, W in found.items() if not is_in(name, self.missing)}
            found |= {name: W for name, W in drawn.items() if is_in(name, self.missing)}
            self.model.set_parameters(found)
        except (OSError, ValueError) as error:
            raise SystemExit(f"{path}: {error}") from None


def _group(state: Mapping[str, Array], name: str) -> dict[str, Array]:
    start = f"{name}:"
    return {one.removeprefix(start): state[one] for one in state if one.startswith(start)}


def _use(metric: str) -> Use:
    """Return a metric by its name: `accuracy`, or `top_5`."""
    if metric.startswith("top_"):
        return METRICS.use("top", {"k": int(metric.removeprefix("top_"))})
    return METRICS.use(metric)


def save(path: Path, arrays: Mapping[str, Any]) -> None:
    """Save arrays to a file that is whole at any moment."""
    partial = path.with_suffix(".partial.npz")
    np.savez(partial, **dict(arrays))
    os.replace(partial, path)
