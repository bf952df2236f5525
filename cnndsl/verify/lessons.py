"""Proof that backends train alike: each runs the script that it emits for a recipe.

All start from the same weights and see the same batches, of pictures and labels drawn from a seed.
After each step all weights, moving statistics and averages are held against NumPy's, and the loss
and the images that entered the model.
"""

from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from io import StringIO
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from ..backend import REFERENCE, Lesson, Step, find_backend, needed
from ..project.outcome import output_shapes
from ..recipes.recipe import Recipe
from .comparison import Coarse, Comparison, Trial, rounded_in
from .differences import (
    KINDS,
    NEGLIGIBLE,
    TOLERANCES,
    Difference,
    Place,
    compared,
    of_step,
    unbiased,
)
from .probe_weights import Array
from .rounding import ROUNDINGS

if TYPE_CHECKING:
    from ..backend import Backend
    from ..ir.network import LayerView

DTYPE = "float64"
STEPS = 6
"""How many are taken, unless another number is asked for; more where layers thaw after these."""
EPOCH = 2
"""How many are in an epoch, so that a few epochs are seen."""
HELD_OUT = 0.2
ROOM = 100
"""How many times as far apart others may be as two runs of NumPy, one from rounded weights.

That matters where a gradient is zero but for rounding, as that of a bias before a batch
normalisation, and the optimizer divides it by its own size.
"""


class Proof:
    """A recipe by which every backend trains a network for a few steps, and what NumPy makes of it.

    trial: gives the network and the weights to start from

    Raises what a script raises, `SystemExit` too.
    """

    def __init__(
        self, trial: Trial, recipe: Recipe, *, batch: int, steps: int | None = None, seed: int = 0
    ) -> None:
        self.network, self.coarse, self.say = trial.network, trial.coarse, trial.say
        self.recipe = provable(recipe)
        thaws = [one.epochs or 0 for one in self.recipe.frozen]
        self.count = steps or STEPS + EPOCH * max(thaws, default=0)
        self.in_epoch = max(EPOCH, ceil(self.count / self.recipe.epochs))
        self.batch, self.seed = batch, seed
        self.start = {key: array.astype(np.float64) for key, array in trial.weights.items()}
        self.backend = find_backend(REFERENCE)
        self.references: dict[Coarse, Sequence[Step]] = {}
        self.noises: dict[Coarse, list[dict[Place, Difference]]] = {}
        self.reference(frozenset())

    def reference(self, coarse: Coarse) -> Sequence[Step]:
        """Return what NumPy's script does, with some numbers rounded to 32 bits."""
        if coarse not in self.references:
            self.references[coarse] = self.taken(self.backend, self.start, coarse)
        return self.references[coarse]

    def taken(
        self, backend: "Backend", weights: Mapping[str, Array], coarse: Coarse = frozenset()
    ) -> Sequence[Step]:
        """Return what each step leaves in a backend. Raises `Rejected` where it has no script."""
        scripts = needed(backend, backend.runtime.scripts, "training to look into", "verifying it")
        script = backend.emit_training(self.network, self.recipe)
        self.say(f"{backend.name} {DTYPE}, recipe {self.recipe.name}")
        with TemporaryDirectory() as folder, redirect_stdout(StringIO()):
            data = str(Path(folder, "data.npz"))
            np.savez(data, **self.samples())  # type: ignore[arg-type]  # arrays by name
            rounded = rounded_in(self.network, coarse)
            lesson = Lesson(
                self.network, self.recipe, weights, data, self.batch, self.count, rounded
            )
            found = scripts.taken(script, lesson, folder)
        if len(found) < self.count:
            raise RuntimeError(f"its script took {len(found)} of {self.count} steps")
        return found

    def samples(self) -> dict[str, Array]:
        """Return pictures and labels, just as many as fill an epoch."""
        learned = self.in_epoch * self.batch * self.recipe.accumulate
        count = learned + (max(1, round(learned / 4)) if self.recipe.hold_out else 0)
        random = np.random.default_rng([self.seed, 4])
        shape = (count, *self.network.input_shape.dims)
        found: dict[str, Array] = {"x": random.integers(0, 256, shape, np.uint8)}
        shapes = dict(output_shapes(self.network))
        for loss in self.recipe.losses:
            *sides, channels = shapes[loss.output].dims
            labels: Array = random.standard_normal((count, *sides, channels))
            if loss.use.name == "cross_entropy":
                labels = random.integers(0, channels, (count, *sides))
            elif loss.use.name == "binary_cross_entropy":
                labels = (labels > 0).astype(np.float64)
            found[f"y_{loss.output}"] = labels
        return found | {"y": found[f"y_{self.recipe.losses[0].output}"]}

    def compare(self, backend: "Backend") -> Comparison:
        """Hold a backend's steps against NumPy's, up to the first that differs."""
        coarse = self.coarse(backend)
        expected = self.reference(coarse)
        errors: dict[str, float] = {}
        first = None
        for number, step in enumerate(self.taken(backend, self.start)):
            found = self.differences(
                number, step, self.as_kept_by(backend, expected[number], number)
            )
            for one in found:
                errors[one.kind] = max(errors.get(one.kind, 0.0), one.error)
            failing = sorted((one for one in found if not one.passes), key=self.rank)
            excused = (self.excused(one, coarse) for one in failing)
            first = next((one for one in excused if not one.passes), None)
            if first is not None:
                break
        ordered = {kind: errors[kind] for kind in KINDS if kind in errors}
        return Comparison(backend.name, DTYPE, True, ordered, first, (), recipe=self.recipe.name)

    def excused(self, one: Difference, coarse: Coarse) -> Difference:
        """Return a difference with the room that rounding takes."""
        noise = self.noise(coarse)[(one.step or 1) - 1][one.place]
        return one.excused(noise.replaced(error=ROOM * noise.error))

    def rank(self, one: Difference) -> int:
        """Return how much a difference tells: what came in, then what should have stayed."""
        epoch = ((one.step or 1) - 1) // self.in_epoch
        stays = one.kind != "losses" and self.recipe.is_frozen(one.layer.path, epoch)
        return 0 if one.kind == "images" else 1 if stays else 2

    def differences(self, number: int, step: Step, expected: Step) -> list[Difference]:
        """Return where a step differs from another: in what came in, the loss, and what it leaves.

        Weights are in the order in which gradients reach them.
        """
        layers, limits = self.network.layers, TOLERANCES[DTYPE]
        entered = next(one for one in layers if min(one.inputs) < 0)
        last = layers[max(self.network.outputs[0][1], 0)]
        losses = np.array([step.loss]), np.array([expected.loss])
        found = [
            compared(entered, "images", None, *both, limits["images"])
            for both in zip(step.images, expected.images, strict=True)
        ]
        found.append(compared(last, "losses", None, *losses, limits["losses"]))
        for kind, mine, theirs in (
            ("steps", step.weights, expected.weights),
            ("averages", step.averages, expected.averages),
        ):
            if mine is not None and theirs is not None:
                both = self.start, mine, theirs
                found += of_step(layers[::-1], kind, *both, limits[kind], NEGLIGIBLE[DTYPE])
        return [one.replaced(step=number + 1) for one in found]

    def as_kept_by(self, backend: "Backend", step: Step, number: int) -> Step:
        """Return a step with the moving variances that a backend is to have."""
        training = backend.runtime.training
        if training is None or not training.keeps_unbiased_variance:
            return step

        def passes(layer: "LayerView") -> int:
            epochs = (one // self.in_epoch for one in range(number + 1))
            learned = sum(not self.recipe.is_frozen(layer.path, epoch) for epoch in epochs)
            return learned * self.recipe.accumulate

        def kept(weights: Mapping[str, Array]) -> dict[str, Array]:
            return unbiased(self.network.layers, self.batch, self.start, weights, passes)

        return step.replaced(
            weights=kept(step.weights), averages=step.averages and kept(step.averages)
        )

    def noise(self, coarse: Coarse) -> list[dict[Place, Difference]]:
        """Return how far NumPy's numbers move if each weight is wrong at the start by rounding."""
        if coarse not in self.noises:
            random = np.random.default_rng([self.seed, 5])
            unit = ROUNDINGS * float(np.finfo(DTYPE).eps)
            wrong = {
                key: array * (1 + unit * random.choice((-1.0, 1.0), array.shape))
                for key, array in self.start.items()
            }
            steps = zip(
                self.taken(self.backend, wrong, coarse), self.reference(coarse), strict=True
            )
            found = [self.differences(number, *both) for number, both in enumerate(steps)]
            self.noises[coarse] = [{one.place: one for one in each} for each in found]
        return self.noises[coarse]


def provable(recipe: Recipe) -> Recipe:
    """Return a recipe without what is no part of a step, all numbers being in 64 bits."""
    return recipe.replaced(
        hold_out=HELD_OUT if recipe.hold_out else 0.0,
        patience=None,
        precision="float32",
        weights=None,
        missing=(),
    )
