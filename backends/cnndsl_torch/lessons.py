"""Training by emitted scripts: as a whole, and step by step in 64 bits."""

from __future__ import annotations

from argparse import Namespace
from contextlib import contextmanager
from pathlib import Path

import torch

from cnndsl.backend import Artifact, Step, execute
from cnndsl_torch import live

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from cnndsl.backend import Lesson


def fit(script: Artifact, arguments: Sequence[str]) -> tuple[list[dict[str, float]], str]:
    """What a script measured in each epoch, and the file of its best weights."""
    names = execute(script, "training")
    options = names["arguments"](arguments)
    trainer = names["Trainer"](options)
    if options.resume:
        trainer.resume()
    trainer.train()
    return trainer.rows, str(options.out / "best.pt")


def taken(script: Artifact, lesson: Lesson, out: str) -> list[Step]:
    """What each step of a lesson leaves."""
    text = script.text.replace(".float()", ".double()")
    names = execute(Artifact(script.suffix, text), "training")
    options = Namespace(
        data=lesson.data,
        epochs=names["EPOCHS"],
        batch=lesson.batch,
        out=Path(out),
        weights=None,
        device="cpu",
        compile=False,
        workers=0,
    )
    with in_64_bits():
        trainer = names["Trainer"](options)
        live.load_weights(trainer.model, lesson.network, lesson.weights)
        found = Watch(trainer, names["means"], lesson).steps
        trainer.train()
    return found


@contextmanager
def in_64_bits() -> Iterator[None]:
    """PyTorch with numbers of 64 bits, and random ones of its own, for the time of a `with`."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.set_default_dtype(before)


class Watch:
    """Looks on while a trainer trains, and ends it after enough steps."""

    def __init__(self, trainer: Any, means: Any, lesson: Lesson) -> None:
        self.trainer, self.means, self.lesson = trainer, means, lesson
        self.steps: list[Step] = []
        self.images: list[Any] = []
        self.loss = 0.0
        trainer.show = self.show
        for name in ("batches_of", "with_augmentation"):
            if hasattr(trainer, name):
                setattr(trainer, name, self.watched(getattr(trainer, name)))

    def show(self, _number: int, totals: Any) -> None:
        """Note the loss of the epoch so far."""
        self.loss = self.means(totals)["loss"]

    def watched(self, batches: Any) -> Any:
        """What gives batches, and sees what has become of each when the next one is asked for."""

        def watch(loader: Iterable[Any]) -> Iterator[Any]:
            for number, (images, labels) in enumerate(batches(loader), 1):
                learns = loader is self.trainer.loader
                if learns:
                    self.enter(images)
                yield images, labels
                if learns and number % self.lesson.recipe.accumulate == 0:
                    self.note()

        return watch

    def enter(self, images: Any) -> None:
        """Note what enters the model, and have it drop nothing but where it is frozen."""
        self.images.append(live.to_canonical(images, None))
        for path in self.lesson.undropped(self.trainer.epoch):
            self.trainer.model.get_submodule(path).p = 0.0

    def note(self) -> None:
        """Note what a step leaves."""
        images, self.images = tuple(self.images), []
        if len(self.steps) == self.lesson.steps:
            return
        network, average = self.lesson.network, getattr(self.trainer, "average", None)
        weights = live.read_weights(self.trainer.model, network)
        averages = average and live.read_weights(average.module, network)
        self.steps.append(Step(images, self.loss, weights, averages))
        if len(self.steps) == self.lesson.steps:
            self.trainer.options.epochs = 0
