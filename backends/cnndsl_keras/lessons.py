"""Training by emitted scripts: as a whole, and step by step in 64 bits."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import keras
import numpy as np

from cnndsl.backend import Artifact, Step, execute
from cnndsl_keras import live

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cnndsl.backend import Lesson


def fit(script: Artifact, arguments: Sequence[str]) -> tuple[list[dict[str, float]], str]:
    """What a script measured in each epoch, and the file of its best weights."""
    names = execute(script, "training")
    options = names["arguments"](arguments)
    policy = keras.config.dtype_policy()
    try:
        training = names["Training"](options)
    finally:
        keras.config.set_dtype_policy(policy)
    if options.resume:
        training.resume()
    training.train()
    return training.rows, str(options.out / "best.weights.h5")


def taken(script: Artifact, lesson: Lesson, out: str) -> list[Step]:
    """What each step of a lesson leaves."""
    text = script.text.replace("float32", "float64")
    names = execute(Artifact(script.suffix, text), "training")
    options = Namespace(
        data=lesson.data, epochs=names["EPOCHS"], batch=lesson.batch, out=Path(out), weights=None
    )
    with live.precision("float64"):
        training = names["Training"](options)
        live.load_weights(training.network, lesson.network, lesson.weights)
        found = Watch(training, lesson).steps
        training.train()
    return found


class Watch:
    """Looks on while `fit` trains, and ends it after enough steps."""

    def __init__(self, training: Any, lesson: Lesson) -> None:
        self.training, self.lesson = training, lesson
        self.steps: list[Step] = []
        self.images: list[Any] = []
        self.begin = training.on_train_batch_begin
        training.on_train_batch_begin = self.enter
        training.on_train_batch_end = self.note

    def enter(self, batch: int, logs: Any = None) -> None:
        """Note what enters the model, and have it drop nothing but where it is frozen."""
        self.images.append(np.asarray(self.training.samples[batch][0]))
        for path in self.lesson.undropped(self.training.epoch):
            self.training.network.get_layer(path).rate = 0.0
        self.begin(batch, logs)

    def note(self, batch: int, logs: Any = None) -> None:
        """Note what a step leaves."""
        if (batch + 1) % self.lesson.recipe.accumulate or len(self.steps) == self.lesson.steps:
            return
        training = self.training
        images, self.images = tuple(self.images), []
        loss = float(training.measured(logs, "")["loss"])
        weights = self.weights()
        averages = None
        if self.lesson.recipe.average is not None:
            training.use_average()
            averages = self.weights()
            for variable, value in zip(training.learned, training.live, strict=True):
                variable.assign(value)
        self.steps.append(Step(images, loss, weights, averages))
        training.model.stop_training = len(self.steps) == self.lesson.steps

    def weights(self) -> dict[str, Any]:
        found = live.read_weights(self.training.network, self.lesson.network)
        return {path: np.array(one) for path, one in found.items()}
