"""The loop of training."""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F
from cnndsl.recipes.support.curves import draw_curves
from cnndsl.recipes.support.halves import halves
from cnndsl.recipes.support.log import write_log
from cnndsl.recipes.support.progress import in_words, so_far
from cnndsl.recipes.support.samples import Samples
from cnndsl.recipes.support.schedule import schedule
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import DataLoader

from cnndsl_torch.training.data import Batches, Order, Preparation, readable
from cnndsl_torch.training.recipe import (
    ACCUMULATE,
    AVERAGE,
    BATCH,
    CLIP,
    DATA,
    DECAY,
    EPOCHS,
    FACTOR,
    FROZEN,
    HOLD_OUT,
    MEASURES,
    MONITOR,
    NAME,
    OUTPUTS,
    PATIENCE,
    PLATEAU,
    PRECISION,
    RATE,
    RATES,
    SCORES,
    SEED,
    SHAPE,
    UNDECAYED,
    WEIGHTS,
    Model,
    augment_randomly,
)
from cnndsl_torch.training.weights import load_weights, loaded, save


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line says, or some arguments in its place."""
    parser = argparse.ArgumentParser(description=f"Train {NAME}.")
    add = parser.add_argument
    add("--data", default=DATA, help="a folder, an .npz or a .csv file")
    add("--epochs", type=int, default=EPOCHS)
    add("--batch", type=int, default=BATCH, help="of each process")
    add("--out", type=Path, default=Path("runs") / NAME)
    add("--resume", action="store_true", help="go on from OUT/last.pt")
    add("--weights", type=Path, help="a state dict, or an .npz")  # if not weights
    add("--weights", type=Path, default=WEIGHTS, help="to start from")  # if weights
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    add("--compile", action="store_true", help="use torch.compile")
    add("--workers", type=int, help="processes that read files")
    return parser.parse_args(given)


def loss_of(outputs: Any, labels: Sequence[Tensor]) -> Tensor:
    """The loss of a batch, the sum of those of all outputs."""
    return F.cross_entropy(outputs, labels[0])  # = loss


def classes_of(labels: Tensor) -> Tensor:
    """The numbers of classes, or of those with the highest probability."""
    return labels.argmax(1) if labels.is_floating_point() else labels


def as_probabilities(labels: Tensor, classes: int) -> Tensor:
    """Numbers of classes as a probability for each class."""
    if labels.is_floating_point():
        return labels
    return F.one_hot(labels, classes).movedim(-1, 1).float()


def among(scores: Tensor, classes: Tensor, count: int) -> Tensor:
    """Of each sample, whether its class is among those with the highest scores."""
    return (scores.topk(count, 1).indices == classes[:, None]).any(1).float()


def listed(outputs: Any) -> tuple[Tensor, ...]:
    """A model's outputs, also where it gives one: in inference."""
    return outputs if isinstance(outputs, tuple) else (outputs,)


@torch.no_grad()
def sums(loss: Tensor, outputs: Any, labels: Sequence[Tensor]) -> Tensor:
    """The number of samples in a batch, and that many times their MEASURES."""
    measured = [torch.ones_like(loss), loss]
    measured += [(outputs.argmax(1) == labels[0]).float().mean()]  # = metrics
    return len(labels[0]) * torch.stack(measured)


def means(totals: Tensor) -> dict[str, float]:
    """The MEASURES by name."""
    count, *found = totals.tolist()
    return dict(zip(MEASURES, (one / count for one in found), strict=True))


def shorten(parameters: Iterable[Tensor], longest: float) -> None:
    """Scale gradients down to a length, that of all together as one vector."""
    found = [one.grad for one in parameters if one.grad is not None]
    lengths = [torch.linalg.vector_norm(one) for one in found]
    factor = longest / torch.linalg.vector_norm(torch.stack(lengths))
    for one in found:
        one.mul_(factor.clamp(max=1.0))


def decays(name: str, weight: Tensor) -> bool:
    """Whether a weight decays: biases and norms do not."""
    return weight.ndim > 1  # if not undecayed
    return weight.ndim > 1 and not name.endswith(UNDECAYED)  # if undecayed


def decay_groups(model: nn.Module) -> list[dict[str, Any]]:
    """The weights that decay, and those that do not."""
    named = list(model.named_parameters())
    decayed = [weight for name, weight in named if decays(name, weight)]
    others = [weight for name, weight in named if not decays(name, weight)]
    return [{"params": decayed}, {"params": others, "weight_decay": 0.0}]


def rate_groups(model: nn.Module) -> list[dict[str, Any]]:
    """The weights, in groups of one learning rate and one decay."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, weight in model.named_parameters():
        factors = (factor for path, factor in RATES if f"{name}.".startswith(path))
        rate = RATE * math.prod(factors)
        decay = 0.0  # if not decay
        decay = DECAY if decays(name, weight) else 0.0  # if decay
        groups.setdefault((rate, decay), []).append(weight)
    return [
        {"params": weights, "lr": rate, "rate": rate, "weight_decay": decay}
        for (rate, decay), weights in groups.items()
    ]


def board_of(folder: Path, epoch: int) -> Any:
    """What writes measures for TensorBoard, behind those of earlier epochs."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise SystemExit("TensorBoard is not there: pip install tensorboard") from None
    return SummaryWriter(str(folder), purge_step=epoch + 1)


def blend(average: Tensor, weight: Tensor, _count: Tensor | int) -> Tensor:
    """The average of a weight after one more step."""
    return average.lerp(weight, 1 - AVERAGE)


class Trainer:
    """A model in training, with its data and all that a checkpoint keeps."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.device = torch.device(options.device)
        self.rank = int(os.environ.get("RANK", "0"))
        self.processes = int(os.environ.get("WORLD_SIZE", "1"))
        if self.processes > 1:
            self.join()
        self.load_data()
        self.build()
        self.epoch = 0
        self.start = self.shown = 0.0
        self.best = float("inf")
        self.waited = 0  # if patience or plateau
        self.drops = 0  # if plateau
        self.rows: list[dict[str, float]] = []

    def join(self) -> None:
        """Join the processes that `torchrun` has started."""
        if self.device.type == "cuda":
            self.device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
            torch.cuda.set_device(self.device)
        dist.init_process_group("nccl" if self.device.type == "cuda" else "gloo")

    def load_data(self) -> None:
        """Read the samples, and divide them into batches."""
        samples = Samples.load(self.options.data, SHAPE, OUTPUTS)
        learned, held_out = halves(len(samples), HOLD_OUT, SEED)
        if not min(len(learned), len(held_out)):  # if held_out
            raise SystemExit(f"{len(samples)} samples are too few to hold some out")
        if self.rank == 0:
            print(samples.in_words(len(held_out), OUTPUTS))
        batch = self.options.batch
        self.order = Order(len(learned), batch, self.rank, self.processes)
        self.loader = self.loader_of(samples.part(learned), self.order)
        rest = range(batch, len(held_out), batch)  # if held_out
        parts = np.split(np.arange(len(held_out)), rest)  # if held_out
        own = parts[self.rank :: self.processes]  # if held_out
        self.held_out = self.loader_of(samples.part(held_out), own)  # if held_out

    def loader_of(
        self, samples: Samples, order: Iterable[np.ndarray]
    ) -> DataLoader[Any]:
        """What gives batches in an order. Arrays need no processes to read them."""
        workers = self.options.workers
        if workers is None:
            is_array = isinstance(samples.images, np.ndarray)
            workers = 0 if is_array else min(8, os.cpu_count() or 1)
        return DataLoader(
            Batches(samples),
            batch_size=None,
            sampler=order,
            num_workers=workers,
            persistent_workers=workers > 0,
            pin_memory=self.device.type == "cuda",
            generator=torch.Generator(),
        )

    def build(self) -> None:
        """Make the model and its optimizer."""
        torch.manual_seed(SEED)
        self.model = Model()  # = model
        if self.options.weights is not None:
            load_weights(self.model, self.options.weights)
        for path in SCORES:  # if fused
            parent, _, name = path.rpartition(".")
            setattr(self.model.get_submodule(parent), name, nn.Identity())
        self.model.to(self.device)
        if self.device.type == "cuda":  # if narrow
            nn.utils.convert_conv2d_weight_memory_format(
                self.model, torch.channels_last
            )
        self.preparation = Preparation().to(self.device)
        self.optimizer = torch.optim.SGD(self.model.parameters(), RATE)  # = optimizer
        self.scaler = torch.amp.GradScaler(self.device.type)  # if float16
        self.average = AveragedModel(self.model, avg_fn=blend)  # if average

    def wrapped(self) -> Any:
        """The model as it runs in training."""
        learner: nn.Module = self.model
        if self.processes > 1:
            learner = DistributedDataParallel(learner)  # = parallel
        return torch.compile(learner) if self.options.compile else learner

    def train(self) -> None:
        """Train to the last epoch, or as long as it helps."""
        self.freeze()  # if frozen
        self.learner = self.wrapped()
        if self.rank == 0:  # if tensorboard
            self.board = board_of(self.options.out / "tensorboard", self.epoch)
        while self.epoch < self.options.epochs:
            if self.waited >= PATIENCE:  # if patience
                break
            self.start = time.monotonic()
            row = {"epoch": self.epoch + 1.0, **self.train_epoch()}
            for name, value in self.evaluate().items():  # if held_out
                row[f"held_out_{name}"] = value
            self.epoch += 1
            self.keep(row | {"seconds": time.monotonic() - self.start})

    def train_epoch(self) -> dict[str, float]:
        """Go once through the samples to learn from. Gives the loss and the metrics."""
        self.order.epoch = self.epoch
        seeds = np.random.SeedSequence((SEED, self.epoch, self.rank))
        torch.manual_seed(int(seeds.generate_state(1)[0]))
        self.model.train()
        self.freeze()  # if frozen
        if self.epoch in (end for _, end in FROZEN):  # if thaws
            self.learner = self.wrapped()
        totals = torch.zeros(1 + len(MEASURES), device=self.device)
        found = self.batches_of(self.loader)  # if not augment
        found = self.with_augmentation(self.loader)  # if augment
        for number, (images, labels) in enumerate(found, 1):
            with torch.autocast(self.device.type, PRECISION):  # within narrow
                outputs = self.learner(images)  # if not several
                outputs = listed(self.learner(images))  # if several
                loss = loss_of(outputs, labels)
            totals += sums(loss, outputs, labels)
            self.show(number, totals)
            loss = loss + self.model.l2_penalty()  # if penalty
            loss = loss / ACCUMULATE  # if accumulate
            loss = self.scaler.scale(loss)  # if float16
            torch.autograd.backward(loss)
            if number % ACCUMULATE:  # if accumulate
                continue
            self.set_rate(number)  # if schedule or plateau
            self.scaler.unscale_(self.optimizer)  # if clip and float16
            shorten(self.model.parameters(), CLIP)  # if clip
            self.optimizer.step()  # if not float16
            self.scaler.step(self.optimizer)  # if float16
            self.scaler.update()  # if float16
            self.optimizer.zero_grad()
            self.average.update_parameters(self.model)  # if average
        return self.overall(totals)

    def batches_of(
        self, loader: Iterable[Any]
    ) -> Iterator[tuple[Tensor, list[Tensor]]]:
        """Batches on the device: images as the model takes them, and labels."""
        for batch in readable(loader):
            images, *labels = (one.to(self.device, non_blocking=True) for one in batch)
            yield self.preparation(images), labels

    def with_augmentation(  # if augment
        self, loader: Iterable[Any]
    ) -> Iterator[tuple[Tensor, list[Tensor]]]:
        """Batches whose pictures are changed by what is drawn for each."""
        for number, batch in enumerate(readable(loader)):
            images, *labels = (one.to(self.device, non_blocking=True) for one in batch)
            labels = [as_probabilities(labels[0], 10)]  # = probabilities
            if images.dtype != torch.uint8:
                raise SystemExit("augmentation takes pictures: numbers of 8 bits")
            seeds = (SEED, self.epoch + 1, number + 2, self.rank)
            generator = np.random.default_rng(seeds)
            images, labels = augment_randomly(generator, images / 255, labels)
            yield self.preparation.pixels(images), labels  # if pixels
            yield images, labels  # if not pixels

    def set_rate(self, number: int) -> None:  # if schedule or plateau
        """Set the learning rate for a batch, counted from 1 in the epoch."""
        number //= ACCUMULATE  # if schedule and accumulate
        step = self.epoch * self.order.steps + number - 1  # if schedule
        factor = schedule(step, self.order.steps, self.options.epochs)  # if schedule
        factor = FACTOR**self.drops  # if plateau and not schedule
        factor *= FACTOR**self.drops  # if plateau and schedule
        for group in self.optimizer.param_groups:
            group["lr"] = RATE * factor  # if not rates
            group["lr"] = group["rate"] * factor  # if rates

    def freeze(self) -> None:  # if frozen
        """Stop the layers that do not learn: weights, statistics and dropout."""
        frozen = tuple(path for path, end in FROZEN if end is None or self.epoch < end)
        for name, parameter in self.model.named_parameters():
            parameter.requires_grad_(not f"{name}.".startswith(frozen))
        for name, module in self.model.named_modules():
            if f"{name}.".startswith(frozen):
                module.eval()

    @torch.no_grad()  # if held_out
    def evaluate(self) -> dict[str, float]:  # if held_out
        """The loss and the metrics of the samples that are held out."""
        model = self.average.module.eval()  # if average
        model = self.model.eval()  # if not average
        totals = torch.zeros(1 + len(MEASURES), device=self.device)
        for images, labels in self.batches_of(self.held_out):
            outputs = model(images)  # if not several
            outputs = listed(model(images))  # if several
            loss = loss_of(outputs, labels)
            totals += sums(loss, outputs, labels)
        return self.overall(totals)

    def overall(self, totals: Tensor) -> dict[str, float]:
        """The measures of all processes together."""
        if self.processes > 1:
            dist.all_reduce(totals)
        return means(totals)

    def show(self, number: int, totals: Tensor) -> None:
        """Say on a terminal how far the epoch is, a few times a second."""
        now = time.monotonic()
        if self.rank or not sys.stdout.isatty() or now < self.shown + 0.2:
            return
        self.shown = now
        epoch = f"{self.epoch + 1}/{self.options.epochs}"
        images = self.options.batch * self.processes * number
        measured, passed = in_words(means(totals)), now - self.start
        line = so_far(epoch, number, len(self.loader), measured, images, passed)
        print(line, end="", flush=True)

    def keep(self, row: dict[str, float]) -> None:
        """Keep what an epoch gave: its weights if they are best, and all to go on."""
        self.rows.append(row)
        is_best = row[MONITOR] < self.best
        self.best = min(self.best, row[MONITOR])
        self.waited = 0 if is_best else self.waited + 1  # if patience or plateau
        self.drops += self.waited > 0 and self.waited % PLATEAU == 0  # if plateau
        if self.rank:
            return
        self.options.out.mkdir(parents=True, exist_ok=True)
        if is_best:
            model = self.average.module  # if average
            model = self.model  # if not average
            save(model.state_dict(), self.options.out / "best.pt")
        save(self.state(), self.options.out / "last.pt")
        write_log(self.options.out / "log.csv", self.rows)
        for name, value in row.items():  # if tensorboard
            self.board.add_scalar(name, value, self.epoch)
        self.board.flush()  # if tensorboard
        start = "\r\x1b[K" if sys.stdout.isatty() else ""
        print(f"{start}{in_words(row)}", flush=True)

    def state(self) -> dict[str, Any]:
        """All that changes in training."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),  # if float16
            "average": self.average.state_dict(),  # if average
            "epoch": self.epoch,
            "best": self.best,
            "waited": self.waited,  # if patience or plateau
            "drops": self.drops,  # if plateau
            "rows": self.rows,
        }

    def resume(self) -> None:
        """Go on from the last epoch that was kept."""
        path = self.options.out / "last.pt"
        if not path.exists():
            print(f"there is no {path}: training begins")
            return
        try:
            self.restore(loaded(path))
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            raise SystemExit(f"{path} is of another training: {error}") from None

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what a checkpoint keeps, with the rates that this script has."""
        own = self.optimizer.state_dict()["param_groups"]
        kept = state["optimizer"]["param_groups"]
        if [one.keys() for one in kept] != [one.keys() for one in own]:
            raise ValueError("its optimizer is another")
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        for group, settings in zip(self.optimizer.param_groups, own, strict=True):
            group |= {name: settings[name] for name in settings if name != "params"}
        self.scaler.load_state_dict(state["scaler"])  # if float16
        self.average.load_state_dict(state["average"])  # if average
        self.epoch, self.best, self.rows = state["epoch"], state["best"], state["rows"]
        self.waited = state["waited"]  # if patience or plateau
        self.drops = state["drops"]  # if plateau

    def conclude(self) -> None:
        """Say which epoch was the best, and draw how it came there."""
        if self.best == float("inf"):
            raise SystemExit("the loss was finite in no epoch")
        best = next(row for row in self.rows if row[MONITOR] == self.best)
        print(f"best: {in_words(best)}")
        print(f"its weights: {self.options.out / 'best.pt'}")
        draw_curves(self.options.out / "curves.png", self.rows)


def main() -> None:
    """Train, and say what came of it."""
    options = arguments()
    trainer = Trainer(options)
    if options.resume:
        trainer.resume()
    trainer.train()
    if trainer.rank == 0:
        trainer.conclude()
    if trainer.processes > 1:
        dist.destroy_process_group()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print("\nstopped: --resume goes on from the last whole epoch")
        raise SystemExit(130) from None
