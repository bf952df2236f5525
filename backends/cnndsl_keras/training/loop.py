"""Training by `fit`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras
import numpy as np
from cnndsl.recipes.support.archive import arrays_in
from cnndsl.recipes.support.curves import draw_curves
from cnndsl.recipes.support.halves import halves
from cnndsl.recipes.support.log import write_log
from cnndsl.recipes.support.progress import in_words, so_far
from cnndsl.recipes.support.samples import Samples
from cnndsl.recipes.support.schedule import schedule

from cnndsl_keras.training.data import Batches, HeldOut, ahead
from cnndsl_keras.training.devices import all_devices, in_shares
from cnndsl_keras.training.optimizers import Adam
from cnndsl_keras.training.recipe import (
    ACCUMULATE,
    AVERAGE,
    BATCH,
    DATA,
    EPOCHS,
    FACTOR,
    FROZEN,
    HOLD_OUT,
    LASTING,
    MEASURES,
    MONITOR,
    NAME,
    OUTPUTS,
    PATIENCE,
    PLATEAU,
    POLICY,
    RATE,
    SEED,
    SHAPE,
    WEIGHTS,
    WEIGHTS_OF_LOSSES,
    model,
)
from cnndsl_keras.training.weights import load_weights


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line says, or some arguments in its place."""
    parser = argparse.ArgumentParser(description=f"Train {NAME}.")
    add = parser.add_argument
    add("--data", default=DATA, help="a folder, an .npz or a .csv file")
    add("--epochs", type=int, default=EPOCHS)
    add("--batch", type=int, default=BATCH)
    add("--out", type=Path, default=Path("runs") / NAME)
    add("--resume", action="store_true", help="go on from OUT/last.npz")
    add("--weights", type=Path, help="a .weights.h5 or an .npz")  # if not weights
    add("--weights", type=Path, default=WEIGHTS, help="to start from")  # if weights
    return parser.parse_args(given)


def accuracy(labels: Any, scores: Any) -> Any:
    """The share of numbers on the right side, of each sample."""
    is_right = keras.ops.equal(scores > 0, labels > 0.5)
    return keras.ops.mean(keras.ops.cast(is_right, "float32"), -1)


def mean_squared_error(labels: Any, scores: Any) -> Any:
    """That of the probabilities, of each sample."""
    probabilities = keras.ops.softmax(scores)  # if not binary
    probabilities = keras.ops.sigmoid(scores)  # if binary
    return keras.ops.mean(keras.ops.square(probabilities - labels), -1)


def mean_absolute_error(labels: Any, scores: Any) -> Any:
    """That of the probabilities, of each sample."""
    probabilities = keras.ops.softmax(scores)  # if not binary
    probabilities = keras.ops.sigmoid(scores)  # if binary
    return keras.ops.mean(keras.ops.abs(probabilities - labels), -1)


def board_in(folder: Path) -> Any:
    """What writes measures for TensorBoard."""
    if find_spec("tensorboard") is None:
        raise SystemExit("TensorBoard is not there: pip install tensorboard")
    return keras.callbacks.TensorBoard(folder, write_graph=False)


class Training(keras.callbacks.Callback):
    """A model in training, with its data: what `fit` calls, and all that goes on."""

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__()
        self.options = options
        self.load_samples()
        self.devices = all_devices(len(self.samples.order[0]))
        with self.devices():
            self.build()
        self.epoch = 0
        self.start = self.shown = 0.0
        self.best = float("inf")
        self.waited = 0  # if patience or plateau
        self.drops = 0  # if plateau
        self.rows: list[dict[str, float]] = []

    def load_samples(self) -> None:
        """Read the samples, and divide them into batches."""
        samples = Samples.load(self.options.data, SHAPE, OUTPUTS)
        learned, held_out = halves(len(samples), HOLD_OUT, SEED)
        if not min(len(learned), len(held_out)):  # if held_out
            raise SystemExit(f"{len(samples)} samples are too few to hold some out")
        print(samples.in_words(len(held_out), OUTPUTS))
        self.samples = Batches(samples.part(learned), self.options.batch)
        rest = samples.part(in_shares(held_out))  # if held_out
        self.held_out = HeldOut(rest, self.options.batch)  # if held_out

    def build(self) -> None:
        """Make the network, and what is trained: all but what the loss does."""
        keras.utils.set_random_seed(SEED)
        keras.config.set_dtype_policy(POLICY)  # if narrow
        self.network = model()  # = model
        if self.options.weights is not None:
            load_weights(self.network, self.options.weights)
        scores = self.network.get_layer("softmax").input  # = scores
        as_float32 = keras.layers.Activation("linear", dtype="float32")  # if narrow
        scores = as_float32(scores)  # if narrow and not several
        scores = [as_float32(one) for one in scores]  # if narrow and several
        learner = keras.Model(self.network.inputs, scores)
        self.rates = {  # if frozen
            layer.name: layer.rate
            for layer in self.network.layers
            if isinstance(layer, keras.layers.Dropout)
        }
        if keras.backend.backend() == "jax":  # if thaws
            raise SystemExit("Keras thaws no layers on JAX: KERAS_BACKEND=tensorflow")
        self.freeze()  # if frozen and not thaws
        optimizer = Adam(RATE)  # = optimizer
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)  # if float16
        loss = keras.losses.CategoricalCrossentropy(from_logits=True)  # = loss
        learner.compile(optimizer, loss, metrics=["accuracy"])  # = compile
        optimizer.build(learner.trainable_variables)
        self.set_model(learner)
        self.learned = learner.trainable_variables  # if average
        self.averages = [  # if averages
            keras.Variable(value, name="average")
            for value in map(keras.ops.convert_to_numpy, self.learned)
        ]

    def train(self) -> None:
        """Train to the last epoch, or as long as it helps."""
        if self.waited >= PATIENCE:  # if patience
            return
        self.freeze()  # if frozen
        callbacks: list[Any] = [self]
        callbacks.append(board_in(self.options.out / "tensorboard"))  # if tensorboard
        if sys.stdout.isatty():
            show = keras.callbacks.LambdaCallback(on_train_batch_end=self.show)
            callbacks.append(show)
        try:
            with self.devices():
                self.model.fit(
                    ahead(self.samples),
                    validation_data=ahead(self.held_out),  # if held_out
                    epochs=self.options.epochs,
                    initial_epoch=self.epoch,
                    shuffle=False,
                    callbacks=callbacks,
                    verbose=0,
                )
        finally:
            self.samples.complain()
            self.held_out.complain()  # if held_out

    def show(self, batch: int, logs: Any) -> None:
        """Say on a terminal how far the epoch is, a few times a second."""
        now = time.monotonic()
        if now < self.shown + 0.2:
            return
        self.shown = now
        epoch = f"{self.epoch + 1}/{self.options.epochs}"
        images = self.options.batch * (batch + 1)
        measured, passed = in_words(self.measured(logs, "")), now - self.start
        line = so_far(epoch, batch + 1, len(self.samples), measured, images, passed)
        print(line, end="", flush=True)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.start = time.monotonic()
        self.samples.start_epoch(epoch)
        if epoch in (end for _, end in FROZEN):  # if thaws
            self.freeze()
            self.model.make_train_function(force=True)
        for number, layer in enumerate(self.network.layers):  # if random
            if hasattr(layer, "seed_generator"):
                seeds = np.random.SeedSequence((SEED, epoch, number))
                layer.seed_generator.state.assign(seeds.generate_state(2) >> 1)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # if moves
        steps = len(self.samples)  # if schedule and not accumulate
        steps = len(self.samples) // ACCUMULATE  # if schedule and accumulate
        batch //= ACCUMULATE  # if schedule and accumulate
        step = self.epoch * steps + batch  # if schedule
        factor = schedule(step, steps, self.options.epochs)  # if schedule
        factor = FACTOR**self.drops  # if plateau and not schedule
        factor *= FACTOR**self.drops  # if plateau and schedule
        self.model.optimizer.learning_rate = RATE * factor

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # if averages
        if (batch + 1) % ACCUMULATE:
            return
        share = 1 - AVERAGE if self.model.optimizer.iterations > 1 else 1.0
        for average, weight in zip(self.averages, self.learned, strict=True):
            average.assign_add(share * (weight - average))

    def freeze(self) -> None:  # if frozen
        """Stop the layers that do not learn: weights, statistics and dropout."""
        for layer in self.network.layers:
            ends = [end for path, end in FROZEN if f"{layer.name}.".startswith(path)]
            is_frozen = any(end is None or self.epoch < end for end in ends)
            if ends:
                layer.trainable = not is_frozen
            if isinstance(layer, keras.layers.Dropout):
                layer.rate = 0.0 if is_frozen else self.rates[layer.name]

    def on_test_begin(self, logs: Any = None) -> None:  # if average and held_out
        self.use_average()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        row = {"epoch": epoch + 1.0, **self.measured(logs, "")}
        for name, value in self.measured(logs, "val_").items():  # if held_out
            row[f"held_out_{name}"] = value
        self.use_average()  # if average and not held_out
        self.keep(row | {"seconds": time.monotonic() - self.start})

    def measured(self, logs: dict[str, float], start: str) -> dict[str, float]:
        """The MEASURES; their loss is without the penalty of weights."""
        names = self.model.output_names  # if several
        weights = WEIGHTS_OF_LOSSES  # if several
        weights = weights[:LASTING] if start else weights  # if helpers
        found = {"loss": 0.0}  # if several
        for name, weight in zip(names, weights, strict=False):  # if several
            found["loss"] += weight * logs[f"{start}{name}_data_loss"]
        for name in MEASURES[1:]:  # if several
            found[name] = logs[f"{start}{names[0]}_{name}"]
        found = {name: logs[f"{start}{name}"] for name in MEASURES}  # if not several
        found["loss"] = logs[f"{start}data_loss"]  # if penalty and not several
        return found

    def use_average(self) -> None:  # if average
        """Put the averages in the place of the weights, and remember these."""
        self.live = [keras.ops.convert_to_numpy(one) for one in self.learned]
        self.model.optimizer.finalize_variable_values(self.learned)  # if not accumulate
        pairs = zip(self.learned, self.averages, strict=True)  # if accumulate
        for weight, average in pairs:  # if accumulate
            weight.assign(average)
        for weight in self.learned:  # in memory of its own, which JAX takes back
            weight.assign(keras.ops.copy(weight))

    def keep(self, row: dict[str, float]) -> None:
        """Keep what an epoch gave: its weights if they are best, and all to go on."""
        self.epoch += 1
        self.rows.append(row)
        is_best = row[MONITOR] < self.best
        self.best = min(self.best, row[MONITOR])
        self.waited = 0 if is_best else self.waited + 1  # if patience or plateau
        self.drops += self.waited > 0 and self.waited % PLATEAU == 0  # if plateau
        if self.waited >= PATIENCE:  # if patience
            self.model.stop_training = True
        out = self.options.out
        out.mkdir(parents=True, exist_ok=True)
        if is_best:
            self.network.save_weights(out / "partial.weights.h5")
            os.replace(out / "partial.weights.h5", out / "best.weights.h5")
        for variable, value in zip(self.learned, self.live, strict=True):  # if average
            variable.assign(value)
        self.save(out / "last.npz")
        write_log(out / "log.csv", self.rows)
        start = "\r\x1b[K" if sys.stdout.isatty() else ""
        print(f"{start}{in_words(row)}", flush=True)

    @property
    def variables(self) -> list[Any]:
        """All that training changes; the rate is the recipe's."""
        found = [*self.network.weights, *self.model.optimizer.variables]
        found += self.averages  # if averages
        return [one for one in found if one.name != "learning_rate"]

    def save(self, path: Path) -> None:
        """Write all that is needed to go on to a file that is whole at any moment."""
        state = {
            "epoch": self.epoch,
            "best": self.best,
            "waited": self.waited,  # if patience or plateau
            "drops": self.drops,  # if plateau
            "rows": self.rows,
            "names": [one.name for one in self.variables],
        }
        arrays = [keras.ops.convert_to_numpy(one) for one in self.variables]
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            np.savez(file, *arrays, state=json.dumps(state))
        os.replace(partial, path)

    def resume(self) -> None:
        """Go on from the last epoch that was kept."""
        path = self.options.out / "last.npz"
        if not path.exists():
            print(f"there is no {path}: training begins")
            return
        try:
            state = self.restored(arrays_in(path))
        except (KeyError, OSError, ValueError) as error:
            raise SystemExit(f"{path} is of another training: {error}") from None
        self.epoch, self.best, self.rows = state["epoch"], state["best"], state["rows"]
        self.waited = state["waited"]  # if patience or plateau
        self.drops = state["drops"]  # if plateau

    def restored(self, kept: dict[str, Any]) -> Any:
        """Set all variables as a file has kept them, and give the other numbers."""
        state = json.loads(str(kept.pop("state")))
        if state["names"] != [one.name for one in self.variables]:
            raise ValueError("its layers or its optimizer are others")
        for variable, array in zip(self.variables, kept.values(), strict=True):
            variable.assign(array)
        return state

    def conclude(self) -> None:
        """Say which epoch was the best, and draw how it came there."""
        if self.best == float("inf"):
            raise SystemExit("the loss was finite in no epoch")
        best = next(row for row in self.rows if row[MONITOR] == self.best)
        print(f"best: {in_words(best)}")
        print(f"its weights: {self.options.out / 'best.weights.h5'}")
        draw_curves(self.options.out / "curves.png", self.rows)


def main() -> None:
    """Train, and say what came of it."""
    options = arguments()
    training = Training(options)
    if options.resume:
        training.resume()
    training.train()
    training.conclude()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print("\nstopped: --resume goes on from the last whole epoch")
        raise SystemExit(130) from None
