"""Proof that backends compute one network: each is held against NumPy in double precision.

Every backend receives the same weights, images and cotangents (see `verification_weights`), all
exact in 32 bits. The reference is the NumPy model in 64 bits; NumPy in 32 bits is held against
it too, which shows how much of an error is rounding.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backend import REFERENCE, Observed, Wrong, find_backend, live_parts, needed, per_input
from ..ir.network import input_index
from ..record import Record
from .differences import (
    KINDS,
    NEGLIGIBLE,
    TOLERANCES,
    Difference,
    Place,
    compared,
    of_gradients,
    of_statistics,
    of_steps,
    statistics_in,
    unbiased,
)
from .probe_weights import (
    Array,
    Images,
    cotangents_for,
    in_precision,
    verification_images,
    verification_weights,
)
from .rounding import DRAWS, largest, rounded_at_random
from .steps import MOMENTUM, STEPS, Course, course
from .structure import Inspection, inspected

if TYPE_CHECKING:
    from ..backend import Artifact, Backend
    from ..ir.network import LayerView, Network


class Comparison(Record):
    """One backend in one precision and mode against the reference.

    errors: the largest relative error by kind
    first: the first difference beyond tolerance: for values the layer nearest the input, for
        gradients that nearest the output, since backpropagation starts there
    unseen: the layers whose own values could not be seen
    compiler: of inference in another way than a model does by itself
    right: where gradients differ, the nearest layers behind the first whose own are right, and
        outputs that are reached without one; what is wrong lies between
    recipe: that by which a script was run
    rounding: the largest difference that passes because rounding alone explains it
    """

    backend: str
    dtype: str
    training: bool
    errors: dict[str, float]
    first: Difference | None
    unseen: tuple[str, ...]
    compiler: str = ""
    right: tuple["LayerView", ...] = ()
    recipe: str = ""
    rounding: Difference | None = None

    @property
    def mode(self) -> str:
        """The mode in words."""
        if self.recipe:
            return f"recipe {self.recipe}"
        return self.compiler or mode_name(self.training)


Coarse = frozenset[tuple[str, str]]
"""Attributes and constants, as (op, name), that a backend keeps in 32 bits."""

PURPOSE = "verifying"

LOST = 0.1
"""From what relative error on nothing is left of a number."""

Progress = Callable[[str], None]
"""Is told, in a few words, what is being done."""


class Trial:
    """The same weights, images and cotangents for every backend, and the reference's answers.

    grad: also compare gradients in inference mode
    train: also compare in training mode, with gradients and moving statistics
    weights: those to compute with, by `path/weight` in 32 bits; without them, random ones

    Raises MemoryError where the network is too large.
    """

    def __init__(
        self,
        network: "Network",
        *,
        grad: bool = False,
        train: bool = False,
        batch: int = 2,
        seed: int = 0,
        weights: Mapping[str, Array] | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.network = network
        self.layers = network.layers
        self.modes = (False, True) if train else (False,)
        self.grad = grad
        self.say = progress or (lambda _words: None)
        self.images = verification_images(network, batch, seed)
        self.cotangents = cotangents_for(network, batch, seed)
        self.say("drawing weights")
        self.backend = find_backend(REFERENCE)
        self.fresh: tuple[Backend, str, Any] | None = None
        self.emitted: tuple[Backend, Artifact] | None = None
        self.formulas = needed(self.backend, self.backend.runtime.reference, "formulas", PURPOSE)
        model = self.build(self.backend, None)
        self.inspection = self.inspected(self.backend, model, None)
        self.expected: dict[tuple[bool, Coarse], Observed] = {}
        self.noises: dict[tuple[str, str, bool], dict[Place, Difference]] = {}
        self.courses: dict[Coarse, Course | None] = {}
        if self.inspection.flaws:
            return
        if weights is None:
            weights = verification_weights(network, self.formulas.layers(model), self.images, seed)
        self.weights = weights
        for training in self.modes:
            self.reference(training)

    def reference(self, training: bool, coarse: Coarse = frozenset()) -> Observed:
        """Return what NumPy computes in 64 bits, with some numbers rounded to 32."""
        if (training, coarse) not in self.expected:
            self.say(f"{REFERENCE} float64, {mode_name(training)}")
            self.expected[training, coarse] = self.observe_reference("float64", training, coarse)
        return self.expected[training, coarse]

    def reference_for(self, backend: "Backend", dtype: str, training: bool) -> Observed:
        """Return what a backend is held against.

        Where it keeps some numbers in 32 bits whatever its precision, so does the reference.
        """
        return self.reference(training, self.coarse(backend) if dtype == "float64" else frozenset())

    def coarse(self, backend: "Backend") -> Coarse:
        """Return what a backend in 64 bits has in 32, where that changes it."""
        lowerings = backend.lowerings
        return frozenset(
            (view.op.name, name)
            for view in self.layers
            for name in (lowerings[type(view.op)].rounded if lowerings is not None else ())
            if (value := getattr(view.op, name, None)) is None or is_rounded(value)
        )

    def course_for(self, backend: "Backend") -> Course | None:
        """Return the steps of training that a backend's weights are to take, in 64 bits."""
        coarse = self.coarse(backend)
        if coarse not in self.courses:
            self.say(f"{REFERENCE} float64, steps of training")
            self.courses[coarse] = course(
                self.network,
                self.weights,
                self.cotangents,
                lambda weights: self.observe_reference("float64", True, coarse, weights),
                coarse,
            )
        return self.courses[coarse]

    def examined(
        self, backend: "Backend", dtypes: Sequence[str]
    ) -> tuple[Inspection | None, tuple[Comparison, ...]]:
        """Return what a backend builds, and what that computes.

        Nothing is computed where it, or what the reference builds, is flawed.
        """
        inspection = self.inspect(backend, dtypes)
        if inspection is None or inspection.flaws or self.inspection.flaws:
            return inspection, ()
        return inspection, (*self.compare(backend, dtypes), *self.compiled(backend, dtypes))

    def compiled(self, backend: "Backend", dtypes: Sequence[str]) -> Iterator[Comparison]:
        """Yield what another compiler makes of a model, where training was asked for.

        One precision is enough: the layers' numbers are compared elsewhere.
        """
        compiled = backend.runtime.compiled
        dtype = next((one for one in dtypes if one in backend.precisions), None)
        if compiled is None or dtype is None or True not in self.modes:
            return
        model = self.built(backend, dtype)
        _, access = live_parts(backend, PURPOSE)
        access.load_weights(model, self.network, self.weights)
        self.say(f"{backend.name} {dtype}, {compiled.compiler}")
        observed = Observed({}, compiled.predict(model, in_precision(self.images, dtype)))
        found = self.judge(backend, dtype, False, observed)
        yield found.replaced(unseen=(), compiler=compiled.compiler)

    def inspect(self, backend: "Backend", dtypes: Sequence[str]) -> Inspection | None:
        """Return what a fresh model is made of, compared; None where none is to be had."""
        if backend.runtime.reference is not None:
            return self.inspection
        dtype = next((one for one in dtypes if one in backend.precisions), None)
        if dtype is None:
            return None
        self.say(f"{backend.name} {dtype}, building")
        model = self.build(backend, dtype)
        self.fresh = backend, dtype, model
        return self.inspected(backend, model, dtype)

    def inspected(self, backend: "Backend", model: Any, dtype: str | None) -> Inspection:
        return inspected(backend, model, self.network, lambda: self.build(backend, dtype))

    def built(self, backend: "Backend", dtype: str) -> Any:
        """Return a live model: that which was inspected last, if it is of this kind."""
        fresh, self.fresh = self.fresh, None
        if fresh is not None and fresh[0] is backend and fresh[1] == dtype:
            return fresh[2]
        self.say(f"{backend.name} {dtype}, building")
        return self.build(backend, dtype)

    def build(self, backend: "Backend", dtype: str | None) -> Any:
        """Return a live model of what a backend emits, which it does once for all its models."""
        if self.emitted is None or self.emitted[0] is not backend:
            self.emitted = backend, backend.emit(self.network)
        models, _ = live_parts(backend, PURPOSE)
        return models.build(self.emitted[1], self.network, dtype)

    def compare(self, backend: "Backend", dtypes: Sequence[str]) -> Iterator[Comparison]:
        """Yield one comparison for each precision and mode.

        A backend without probes is held to its outputs alone, one without training to inference.
        Raises Rejected for one without live models or access to their weights.
        """
        runtime = backend.runtime
        learns = runtime.probes is not None and runtime.training is not None
        for dtype in dtypes:
            if dtype not in backend.precisions:
                continue
            if runtime.reference is not None:
                if dtype == "float32":
                    for training in self.modes:
                        self.say(f"{backend.name} float32, {mode_name(training)}")
                        observed = self.observe_reference("float32", training)
                        yield self.judge(backend, dtype, training, observed)
                continue
            model = self.built(backend, dtype)
            for training in self.modes if learns else (False,):
                self.say(f"{backend.name} {dtype}, {mode_name(training)}")
                observed = self.observe(backend, model, dtype, training)
                yield self.judge(backend, dtype, training, observed)

    # What models compute.

    def observe(self, backend: "Backend", model: Any, dtype: str, training: bool) -> Observed:
        """Return what a live model computes in a mode.

        Where a layer's output is wrong already, nothing else is asked for: it may not even run.
        Nor is it where rounding has left nothing of an output: then it has left nothing of others.
        """
        network, weights, runtime = self.network, self.weights, backend.runtime
        images = in_precision(self.images, dtype)  # without weights a model computes in theirs
        models, access = live_parts(backend, PURPOSE)
        access.load_weights(model, network, weights)
        probes = runtime.probes
        if probes is None:
            return Observed({}, models.predict(model, images))
        values = probes.activations(model, network, images, training)
        seen = Observed(values, ())
        found = self.differences(backend, dtype, training, seen)
        excused = [self.excused(backend, dtype, training, one) for one in found]
        if not all(one.passes and one.error < LOST for one in excused):
            return seen
        if training:
            statistics = statistics_in(access.read_weights(model, network))
            ends = [*self.ends(images, values)]
            outputs = tuple(ends) if all(one is not None for one in ends) else ()
        else:
            statistics = None
            outputs = models.predict(model, images)
        gradients = None
        if runtime.training is not None and (training or self.grad):
            access.load_weights(model, network, weights)
            self.say(f"{backend.name}, gradients, {mode_name(training)}")
            gradients = runtime.training.gradients(
                model, network, images, self.cotangents, training
            )
        steps = self.steps(backend, model, images) if training and dtype == "float64" else ()
        return Observed(values, outputs, gradients, statistics, steps)

    def ends(self, images: Images, values: Mapping[str, Any]) -> Iterator[Any]:
        """Yield each output of a pass; None where it was not seen."""
        entering = per_input(images)
        for _, index in self.network.outputs:
            if index < 0:
                yield entering[input_index(index)]
            else:
                yield values.get(self.layers[index].label)

    def steps(self, backend: "Backend", model: Any, images: Images) -> Sequence[Mapping[str, Any]]:
        """Return a model's weights after each step of training, where it trains."""
        training, way = backend.runtime.training, self.course_for(backend)
        if training is None or way is None:
            return ()
        _, access = live_parts(backend, PURPOSE)
        access.load_weights(model, self.network, self.weights)
        self.say(f"{backend.name}, steps of training")
        subject = model, self.network, images, self.cotangents
        return training.trained(*subject, rate=way.rate, momentum=MOMENTUM, steps=STEPS)

    def observe_reference(
        self,
        dtype: str,
        training: bool,
        coarse: Coarse = frozenset(),
        weights: Mapping[str, Array] | None = None,
        wrong: Wrong | None = None,
    ) -> Observed:
        """Return what the reference computes in a mode, with other weights if they are given."""
        _, access = live_parts(self.backend, PURPOSE)
        model = self.build(self.backend, dtype)
        access.load_weights(model, self.network, weights or self.weights)
        heading = f"{self.backend.name} {dtype}, "
        return self.formulas.observe(
            model,
            self.images,
            self.cotangents if training or self.grad else None,
            training,
            rounded=rounded_in(self.network, coarse),
            wrong=wrong,
            progress=lambda words: self.say(f"{heading}{mode_name(training)}, {words}"),
        )

    # Where they differ.

    def judge(
        self, backend: "Backend", dtype: str, training: bool, observed: Observed
    ) -> Comparison:
        """Hold what a model has computed against the reference."""
        errors: dict[str, float] = {}
        found: dict[str, list[Difference]] = {kind: [] for kind in KINDS}
        right: set[str] = set()
        excused: list[Difference] = []
        for seen in self.differences(backend, dtype, training, observed):
            kind = seen.kind
            errors[kind] = max(errors.get(kind, 0.0), seen.error)
            difference = self.excused(backend, dtype, training, seen)
            if difference.passes and not seen.passes:
                excused.append(difference)
            if not difference.passes:
                found[kind].append(difference)
            elif kind == "gradients":
                right.add(difference.layer.path)
        values = (*found["activations"], *found["outputs"], *found["statistics"])
        backwards = *reversed(found["gradients"]), *reversed(found["steps"])
        first = next(iter((*values, *backwards)), None)
        expected = self.reference_for(backend, dtype, training).activations
        paths = (layer.label for layer in self.layers)
        unseen = tuple(
            path for path in paths if path in expected and path not in observed.activations
        )
        ends: tuple[LayerView, ...] = ()
        if first is not None and first.kind == "gradients":
            right -= {one.layer.path for one in found["gradients"]}
            ends = tuple(self.right_behind(first.layer, right))
        worst = max(excused, key=lambda one: one.error, default=None)
        facts = backend.name, dtype, training, errors, first, unseen
        return Comparison(*facts, right=ends, rounding=worst)

    def excused(
        self, backend: "Backend", dtype: str, training: bool, one: Difference
    ) -> Difference:
        """Return a difference with the room that right numbers have, where it passes with that."""
        noise = None if one.passes else self.noise(backend, dtype, training).get(one.place)
        with_room = one if noise is None else one.excused(noise)
        return with_room if with_room.passes else one

    def noise(self, backend: "Backend", dtype: str, training: bool) -> dict[Place, Difference]:
        """Return how far right numbers can lie apart: how far the reference moves as it rounds."""
        key = backend.name, dtype, training
        if key not in self.noises:
            draws = (self.moved(backend, dtype, training, draw) for draw in range(DRAWS))
            self.noises[key] = largest(chain.from_iterable(draws))
        return self.noises[key]

    def moved(
        self, backend: "Backend", dtype: str, training: bool, draw: int
    ) -> Iterator[Difference]:
        """Yield how far the reference moves if each layer rounds as in a precision."""
        self.say(f"{self.backend.name}, how far rounding goes, {mode_name(training)}")
        expected = self.reference_for(backend, dtype, training)
        coarse = self.coarse(backend) if dtype == "float64" else frozenset()
        wrong = rounded_at_random(self.network, self.images, expected, dtype, draw)
        seen = self.observe_reference("float64", training, coarse, wrong=wrong)
        if seen.statistics is not None:
            seen = seen.replaced(statistics=self.as_kept_by(backend, seen.statistics, 1))
        return self.differences(backend, dtype, training, seen)

    def right_behind(self, layer: "LayerView", right: Collection[str]) -> Iterator["LayerView"]:
        """Yield the layers behind one where each way first meets a right gradient or an output."""
        outputs = {index for _, index in self.network.outputs}
        reached = {layer.index}
        for view in self.network.needed_layers:
            if not reached.isdisjoint(view.inputs):
                if view.path in right:
                    yield view
                else:
                    reached.add(view.index)
        yield from (self.layers[index] for index in sorted(reached & outputs))

    def differences(
        self, backend: "Backend", dtype: str, training: bool, observed: Observed
    ) -> Iterator[Difference]:
        """Yield the largest difference of every array, in the order of the layers."""
        expected = self.reference_for(backend, dtype, training)
        tolerances = TOLERANCES[dtype]
        limit = tolerances["activations"]
        for layer in self.layers:
            label = layer.label
            if label in observed.activations and label in expected.activations:
                value, wanted = observed.activations[label], expected.activations[label]
                yield compared(layer, "activations", None, value, wanted, limit)
        if observed.outputs:
            outputs = self.network.outputs
            if not training and len(observed.outputs) < len(outputs):  # a model that knows its mode
                outputs = self.network.in_inference.outputs
            for (_, index), value, wanted in zip(
                outputs, observed.outputs, expected.outputs[: len(outputs)], strict=True
            ):
                if index >= 0:  # else it is an input as it came
                    layer, limit = self.layers[index], tolerances["outputs"]
                    yield compared(layer, "outputs", None, value, wanted, limit)
        noise = NEGLIGIBLE[dtype]
        if observed.statistics is not None and expected.statistics is not None:
            mine, theirs = observed.statistics, self.as_kept_by(backend, expected.statistics, 1)
            yield from of_statistics(self.layers, mine, theirs, tolerances["statistics"])
        if observed.gradients is not None and expected.gradients is not None:
            both, limit = (observed.gradients, expected.gradients), tolerances["gradients"]
            yield from of_gradients(self.layers, "gradients", *both, limit, noise)
        way = self.course_for(backend) if observed.steps else None
        if way is not None:
            steps = [self.as_kept_by(backend, one, at) for at, one in enumerate(way.weights, 1)]
            paths = self.weights, observed.steps, steps
            yield from of_steps(self.layers, *paths, tolerances["steps"], noise)

    def as_kept_by(
        self, backend: "Backend", weights: Mapping[str, Array], steps: int
    ) -> Mapping[str, Array]:
        """Return weights after some steps, with the moving variances that a backend is to have."""
        training = backend.runtime.training
        if training is None or not training.keeps_unbiased_variance:
            return weights
        batch = len(per_input(self.images)[0])
        return unbiased(self.layers, batch, self.weights, weights, lambda _layer: steps)


def rounded_in(network: "Network", coarse: Coarse) -> frozenset[tuple[str, str]]:
    """Return the attributes and constants of layers that are rounded, as (path, name)."""
    return frozenset(
        (view.path, name) for view in network.layers for op, name in coarse if op == view.op.name
    )


def is_rounded(value: Any) -> bool:
    """Return whether one of some numbers is another in 32 bits."""
    return bool(np.any(np.asarray(value, np.float64) != np.asarray(value, np.float32)))


def mode_name(training: bool) -> str:
    """Return the mode in words."""
    return "training" if training else "inference"
