"""Proof that backends compute one network: each is held against NumPy in double precision.

Every backend receives the same weights, images and cotangents (see `verification_weights`), all
exact in 32 bits. The reference is the NumPy model in 64 bits; NumPy in 32 bits is held against
it too, which shows how much of an error is rounding.

The error of a value is the largest difference of two arrays over the largest number of the
reference. The error of a gradient is the root mean square of the difference over the largest of
those of the layer's gradients, since some are zero but for rounding: that of a bias before a batch
normalisation that trains, say.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backend import REFERENCE, Observed, find_backend, live_parts, needed
from ..record import Record
from .probe_weights import (
    Array,
    cotangents_for,
    root_mean_square,
    verification_images,
    verification_weights,
)
from .structure import Inspection, inspected

if TYPE_CHECKING:
    from ..backend import Backend
    from ..ir.network import LayerView, Network

KINDS = ("activations", "outputs", "gradients", "statistics")

TOLERANCES: dict[str, dict[str, float]] = {
    "float32": {"activations": 2e-4, "outputs": 2e-4, "gradients": 1e-1, "statistics": 2e-4},
    "float64": {"activations": 1e-10, "outputs": 1e-10, "gradients": 1e-8, "statistics": 1e-10},
}
"""The largest relative error that passes, by precision and kind.

In 32 bits, rounding adds up to 2e-5 in the deepest networks of the zoo, to 6e-5 in training.
Gradients have more room there. Where a value lies next to a kink, or two in a pooling's
window are nearly equal, rounding decides which way the gradient goes, and one such decision changes
it by a whole term. In 64 bits that hardly ever happens.
"""

COARSE = 1e-6
"""The tolerance in 64 bits where a framework computes with a constant of 32 bits."""

NEGLIGIBLE = {"float32": 1e-4, "float64": 1e-6}
"""Gradients of a layer count as no smaller than this, relative to the network's largest.

Before a batch normalisation that trains, those of a bias are zero but for rounding.
"""


class Difference(Record):
    """Two numbers that should be one: where they are, and how far they lie apart."""

    layer: "LayerView"
    kind: str
    weight: str | None
    index: tuple[int, ...]
    found: float
    expected: float
    error: float
    tolerance: float


class Comparison(Record):
    """One backend in one precision and mode against the reference.

    errors: the largest relative error by kind
    first: the first difference beyond tolerance: for values the layer nearest the input, for
        gradients that nearest the output, since backpropagation starts there
    unseen: the layers whose own values could not be seen
    is_compiled: of inference as people ask for it, in a compiled graph
    right: where gradients differ, the nearest layers behind the first whose own are right, and
        outputs that are reached without one; what is wrong lies between
    """

    backend: str
    dtype: str
    training: bool
    errors: dict[str, float]
    first: Difference | None
    unseen: tuple[str, ...]
    is_compiled: bool = False
    right: tuple["LayerView", ...] = ()

    @property
    def mode(self) -> str:
        """The mode in words."""
        return "compiled" if self.is_compiled else mode_name(self.training)


Coarse = frozenset[tuple[str, str]]
"""Attributes, as (op, attribute), that a backend keeps in 32 bits."""

PURPOSE = "verifying"

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
        self.formulas = needed(self.backend, self.backend.runtime.reference, "formulas", PURPOSE)
        model = self.backend.build(network)
        self.inspection = inspected(self.backend, model, network)
        self.expected: dict[tuple[bool, Coarse], Observed] = {}
        if self.inspection.flaws:
            return
        if weights is None:
            weights = verification_weights(network, self.formulas.layers(model), self.images, seed)
        self.weights = weights
        for training in self.modes:
            self.reference(training)

    def reference(self, training: bool, coarse: Coarse = frozenset()) -> Observed:
        """Return what NumPy computes in 64 bits, with some attributes rounded to 32."""
        if (training, coarse) not in self.expected:
            self.say(f"{REFERENCE} float64, {mode_name(training)}")
            self.expected[training, coarse] = self.observe_reference("float64", training, coarse)
        return self.expected[training, coarse]

    def reference_for(self, backend: "Backend", dtype: str, training: bool) -> Observed:
        """Return what a backend is held against.

        Where it keeps some attributes in 32 bits whatever its precision, so does the reference.
        """
        coarse: Coarse = frozenset()
        if dtype == "float64" and backend.lowerings is not None:
            declared = backend.lowerings.attributes_in_32_bits
            coarse = frozenset(
                (view.op.name, name)
                for view in self.layers
                for name in view.op.attributes
                if (view.op.name, name) in declared
                and (value := getattr(view.op, name)) != float(np.float32(value))
            )
        return self.reference(training, coarse)

    def tolerances(self, backend: "Backend", dtype: str) -> Mapping[str, float]:
        """Return by kind how much a backend may differ."""
        own, lowerings = TOLERANCES[dtype], backend.lowerings
        if dtype == "float32" or lowerings is None:
            return own
        coarse = (lowerings[type(layer.op)].coarse(layer.op) for layer in self.layers)
        kinds = frozenset[str]().union(*coarse)
        return {kind: COARSE if kind in kinds else limit for kind, limit in own.items()}

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
        """Yield what the compiled graph computes, where that was asked for with training.

        One precision is enough: the layers' numbers are compared elsewhere.
        """
        compiled = backend.runtime.compiled
        dtype = next((one for one in dtypes if one in backend.precisions), None)
        if compiled is None or dtype is None or True not in self.modes:
            return
        model = self.built(backend, dtype)
        _, access = live_parts(backend, PURPOSE)
        access.load_weights(model, self.network, self.weights)
        self.say(f"{backend.name} {dtype}, compiled")
        observed = Observed({}, compiled.predict(model, self.images.astype(dtype)))
        found = self.judge(backend, dtype, False, observed)
        yield Comparison(backend.name, dtype, False, found.errors, found.first, (), True)

    def inspect(self, backend: "Backend", dtypes: Sequence[str]) -> Inspection | None:
        """Return what a fresh model is made of, compared; None where none is to be had."""
        if backend.runtime.reference is not None:
            return self.inspection
        dtype = next((one for one in dtypes if one in backend.precisions), None)
        if dtype is None:
            return None
        self.say(f"{backend.name} {dtype}, building")
        model = backend.build(self.network, dtype)
        self.fresh = backend, dtype, model
        return inspected(backend, model, self.network)

    def built(self, backend: "Backend", dtype: str) -> Any:
        """Return a live model: that which was inspected last, if it is of this kind."""
        fresh, self.fresh = self.fresh, None
        if fresh is not None and fresh[0] is backend and fresh[1] == dtype:
            return fresh[2]
        self.say(f"{backend.name} {dtype}, building")
        return backend.build(self.network, dtype)

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
        """
        network, weights, runtime = self.network, self.weights, backend.runtime
        images = self.images.astype(dtype)  # a model without weights computes in what it is given
        models, access = live_parts(backend, PURPOSE)
        access.load_weights(model, network, weights)
        probes = runtime.probes
        if probes is None:
            return Observed({}, models.predict(model, images))
        values = probes.activations(model, network, images, training)
        seen = Observed(values, ())
        found = self.differences(backend, dtype, training, seen)
        if not all(one.error <= one.tolerance for one in found):
            return seen
        if training:
            statistics = statistics_in(access.read_weights(model, network))
            paths = [self.layers[index].path for _, index in network.outputs]
            is_seen = all(path in values for path in paths)
            outputs = tuple(values[path] for path in paths) if is_seen else ()
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
        return Observed(values, outputs, gradients, statistics)

    def observe_reference(
        self, dtype: str, training: bool, coarse: Coarse = frozenset()
    ) -> Observed:
        """Return what the reference computes in a mode."""
        _, access = live_parts(self.backend, PURPOSE)
        model = self.backend.build(self.network, dtype)
        access.load_weights(model, self.network, self.weights)
        rounded = frozenset(
            (view.path, name)
            for view in self.layers
            for name in view.op.attributes
            if (view.op.name, name) in coarse
        )
        heading = f"{self.backend.name} {dtype}, "
        return self.formulas.observe(
            model,
            self.images,
            self.cotangents if training or self.grad else None,
            training,
            rounded=rounded,
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
        for difference in self.differences(backend, dtype, training, observed):
            kind = difference.kind
            errors[kind] = max(errors.get(kind, 0.0), difference.error)
            if not difference.error <= difference.tolerance:
                found[kind].append(difference)
            elif kind == "gradients":
                right.add(difference.layer.path)
        values = (*found["activations"], *found["outputs"], *found["statistics"])
        first = next(iter((*values, *reversed(found["gradients"]))), None)
        expected = self.reference_for(backend, dtype, training).activations
        seen = observed.activations
        paths = (layer.path for layer in self.layers)
        unseen = tuple(path for path in paths if path in expected and path not in seen)
        ends: tuple[LayerView, ...] = ()
        if first is not None and first.kind == "gradients":
            right -= {one.layer.path for one in found["gradients"]}
            ends = tuple(self.right_behind(first.layer, right))
        return Comparison(backend.name, dtype, training, errors, first, unseen, right=ends)

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
        tolerances = self.tolerances(backend, dtype)
        learning = backend.runtime.training
        unbiased = training and learning is not None and learning.keeps_unbiased_variance
        limit = tolerances["activations"]
        for layer in self.layers:
            if layer.path in observed.activations and layer.path in expected.activations:
                value, wanted = observed.activations[layer.path], expected.activations[layer.path]
                yield compared(layer, "activations", None, value, wanted, limit)
        if observed.outputs:
            outputs = self.network.outputs
            if not training and len(observed.outputs) < len(outputs):  # a model that knows its mode
                outputs = self.network.in_inference.outputs
            for (_, index), value, wanted in zip(
                outputs, observed.outputs, expected.outputs[: len(outputs)], strict=True
            ):
                layer = self.layers[index]
                yield compared(layer, "outputs", None, value, wanted, tolerances["outputs"])
        for kind, mine, theirs in (
            ("statistics", observed.statistics, expected.statistics),
            ("gradients", observed.gradients, expected.gradients),
        ):
            if mine is not None and theirs is not None:
                limit, noise = tolerances[kind], NEGLIGIBLE[dtype]
                yield from self.of_weights(kind, mine, theirs, unbiased, limit, noise)

    def of_weights(
        self,
        kind: str,
        observed: Mapping[str, Array],
        expected: Mapping[str, Array],
        unbiased: bool,
        tolerance: float,
        negligible: float,
    ) -> Iterator[Difference]:
        """Yield the largest difference of every weight's gradient, or moving statistic."""
        tiny = max((top(array) for array in expected.values()), default=0.0) * negligible
        for layer in self.layers:
            paths = {weight.name: f"{layer.path}/{weight.name}" for weight in layer.weights}
            keys = {name: path for name, path in paths.items() if path in expected}
            scale = max((root_mean_square(expected[key]) for key in keys.values()), default=0.0)
            for name, key in keys.items():
                wanted = expected[key]
                if unbiased and kind == "statistics" and name == "moving_variance":
                    wanted = self.with_unbiased_batch(layer, key, wanted)
                against = max(scale, tiny) if kind == "gradients" else None
                yield compared(layer, kind, name, observed[key], wanted, tolerance, against)

    def with_unbiased_batch(self, layer: "LayerView", key: str, expected: Array) -> Array:
        """Return the moving variance that follows from the batch's variance with n - 1 below.

        moving = momentum * before + (1 - momentum) * batch: the second term grows by n / (n - 1).
        """
        momentum = float(getattr(layer.op, "momentum", 0.0))
        count = len(self.images) * layer.input_shapes[0].elements // layer.shape.channels
        kept = momentum * self.weights[key].astype(np.float64)
        return kept + (expected - kept) * (count / max(count - 1, 1))


def top(array: Array) -> float:
    """Return the largest absolute value that is finite."""
    return float(np.max(np.abs(array), initial=0.0, where=np.isfinite(array)))


def compared(
    layer: "LayerView",
    kind: str,
    weight: str | None,
    found: Any,
    expected: Array,
    tolerance: float,
    scale: float | None = None,
) -> Difference:
    """Return the largest difference of two arrays, and the error of the whole, never not-a-number.

    scale: what the root mean square of the difference is held against; without it the largest
        difference is held against the largest number expected
    """
    mine = np.asarray(found)
    if mine.shape != expected.shape:
        nowhere, infinite = float("nan"), float("inf")
        return Difference(layer, kind, weight, mine.shape, nowhere, nowhere, infinite, tolerance)
    wide = mine.astype(np.float64)
    is_alike = (wide == expected) | (np.isnan(wide) & np.isnan(expected))
    apart = np.subtract(wide, expected, out=np.zeros_like(wide), where=~is_alike)
    gaps = np.where(np.isnan(apart), np.inf, np.abs(apart))
    place = np.unravel_index(int(np.argmax(gaps)), gaps.shape)
    index = tuple(map(int, place))
    gap = float(gaps[place]) if scale is None else root_mean_square(apart)
    whole = top(expected) if scale is None else scale
    error = gap / whole if whole > 0 else (0.0 if gap == 0 else float("inf"))
    error = error if error == error else float("inf")
    numbers = float(mine[place]), float(expected[place])
    return Difference(layer, kind, weight, index, *numbers, error, tolerance)


def statistics_in(weights: Mapping[str, Array]) -> dict[str, Array]:
    """Return the moving statistics among the weights."""
    return {
        key: array
        for key, array in weights.items()
        if key.endswith(("/moving_mean", "/moving_variance"))
    }


def mode_name(training: bool) -> str:
    """Return the mode in words."""
    return "training" if training else "inference"
