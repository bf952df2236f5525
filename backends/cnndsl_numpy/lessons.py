"""Training by emitted scripts: as a whole, and step by step in 64 bits."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnndsl.backend import Step, execute
from cnndsl.recipes.support.samples import Samples
from cnndsl_numpy import live
from cnndsl_numpy.functional.geometry import Array

if TYPE_CHECKING:
    from cnndsl.backend import Artifact, Lesson
    from cnndsl_numpy.trainer import Trainer


def fit(script: "Artifact", arguments: Sequence[str]) -> tuple[list[dict[str, float]], str]:
    """Return what a script measured in each epoch, and the file of its best weights."""
    trainer: Trainer = execute(script, "training")["trainer"]()
    options = trainer.arguments(arguments)
    trainer.run(options)
    return trainer.rows, str(options.out / "best.npz")


def taken(script: "Artifact", lesson: "Lesson", out: str) -> list[Step]:
    """Return what each step of a lesson leaves."""
    made: Trainer = execute(script, "training")["trainer"]()
    trainer = dataclasses.replace(made, model=made.model.astype("float64"), batch=lesson.batch)
    live.round_attributes(trainer.model, lesson.rounded)
    live.load_weights(trainer.model, lesson.network, lesson.weights)
    found = Watch(trainer, lesson).steps
    trainer.train(
        Samples.load(lesson.data, trainer.model.inputs[0].shape, trainer.outputs), Path(out)
    )
    return found


class Watch:
    """Looks on while a trainer trains, and ends it after enough steps."""

    def __init__(self, trainer: "Trainer", lesson: "Lesson") -> None:
        self.trainer, self.lesson = trainer, lesson
        self.steps: list[Step] = []
        self.images: list[Array] = []
        self.batch_of = trainer.batch_of
        trainer.batch_of = self.batch  # type: ignore[method-assign]  # of this one
        trainer.show = self.note  # type: ignore[method-assign]  # likewise

    def batch(self, samples: Samples, chosen: Any, generator: Any) -> tuple[Array, list[Array]]:
        """Return a batch, and remember its images if it is to learn from."""
        images, labels = self.batch_of(samples, chosen, generator)
        if generator is not None:
            self.images.append(images)
            undropped = self.lesson.undropped(self.trainer.epoch)
            for layer in self.trainer.model.layers:
                if layer.name in undropped:
                    object.__setattr__(layer, "rate", 0.0)  # layers are frozen
        return images, labels

    def note(self, number: int, steps: int, loss: float, start: float) -> None:
        """Note what a step leaves."""
        images, self.images = tuple(self.images), []
        if len(self.steps) == self.lesson.steps:
            return
        stepper = self.trainer.stepper
        weights = copies(self.trainer.model.parameters)
        averages = copies(stepper.kept) if stepper.average is not None else None
        self.steps.append(Step(images, loss, weights, averages))
        if len(self.steps) == self.lesson.steps:
            self.trainer.epochs = 0


def copies(arrays: Any) -> dict[str, Array]:
    return {path: np.array(one) for path, one in arrays.items()}
