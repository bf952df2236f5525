"""Where two sets of numbers that should be one lie apart, and how far they may.

The error of a value is the largest difference of two arrays over the largest number of the
reference. The error of a gradient is the root mean square of the difference over the largest of
those of the layer's gradients, since some are zero but for rounding: that of a bias before a batch
normalisation that trains, say.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..record import Record
from .probe_weights import Array, root_mean_square

if TYPE_CHECKING:
    from ..ir.network import LayerView

KINDS = (
    "activations",
    "outputs",
    "gradients",
    "statistics",
    "steps",
    "images",
    "losses",
    "averages",
)

TOLERANCES: dict[str, dict[str, float]] = {
    "float32": {"activations": 2e-4, "outputs": 2e-4, "gradients": 1e-1, "statistics": 2e-4},
    "float64": {
        "activations": 1e-10,
        "outputs": 1e-10,
        "gradients": 1e-8,
        "statistics": 1e-10,
        "steps": 1e-8,
        "images": 1e-10,
        "losses": 1e-10,
        "averages": 1e-8,
    },
}
"""The largest relative error that passes, by precision and kind.

In 32 bits, rounding adds up to 2e-5 in the deepest networks of the zoo, to 6e-5 in training.
Gradients have more room there. Where a value lies next to a kink, or two in a pooling's
window are nearly equal, rounding decides which way the gradient goes, and one such decision changes
it by a whole term. In 64 bits that hardly ever happens.
"""

NEGLIGIBLE = {"float32": 1e-4, "float64": 1e-6}
"""Gradients of a layer count as no smaller than this, relative to the network's largest.

Before a batch normalisation that trains, those of a bias are zero but for rounding.
"""


Place = tuple[str, str, str | None]
"""A layer's path, the kind of its numbers, and their weight."""


class Difference(Record):
    """Two numbers that should be one: where they are, and how far they lie apart.

    step: of training by a recipe, counted from 1
    """

    layer: "LayerView"
    kind: str
    weight: str | None
    index: tuple[int, ...]
    found: float
    expected: float
    error: float
    tolerance: float
    step: int | None = None

    @property
    def place(self) -> Place:
        """What is compared; a weight moves in steps as its gradient says."""
        kind = "gradients" if self.kind == "steps" else self.kind
        return self.layer.label, kind, self.weight

    @property
    def passes(self) -> bool:
        return self.error <= self.tolerance

    @property
    def gap(self) -> float:
        return abs(self.found - self.expected)

    def excused(self, noise: "Difference") -> "Difference":
        """Give it the room that right numbers have, as the one of the same place shows.

        Beside zeros alone no relative error says how much that is.
        """
        if noise.error < float("inf"):
            return self.replaced(tolerance=self.tolerance + noise.error)
        return self.replaced(tolerance=noise.error) if self.gap <= noise.gap else self


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


def of_gradients(
    layers: Sequence["LayerView"],
    kind: str,
    observed: Mapping[str, Array],
    expected: Mapping[str, Array],
    tolerance: float,
    negligible: float,
    floors: Mapping[str, float] | None = None,
) -> Iterator[Difference]:
    """Yield the difference of every weight's gradient, or of what else has its scale by layer.

    floors: by weight, what its numbers count as no smaller than
    """
    tiny = max((top(array) for array in expected.values()), default=0.0) * negligible
    for layer in layers:
        paths = {weight.name: f"{layer.path}/{weight.name}" for weight in layer.weights}
        keys = {name: path for name, path in paths.items() if path in expected}
        scale = max((root_mean_square(expected[key]) for key in keys.values()), default=0.0)
        for name, key in keys.items():
            against = max(scale, tiny, (floors or {}).get(key, 0.0))
            yield compared(layer, kind, name, observed[key], expected[key], tolerance, against)


def of_statistics(
    layers: Sequence["LayerView"],
    observed: Mapping[str, Array],
    expected: Mapping[str, Array],
    tolerance: float,
) -> Iterator[Difference]:
    """Yield the difference of every moving statistic."""
    for layer in layers:
        for weight in layer.weights:
            key = f"{layer.path}/{weight.name}"
            if key in expected:
                name = weight.name
                yield compared(layer, "statistics", name, observed[key], expected[key], tolerance)


def of_steps(
    layers: Sequence["LayerView"],
    start: Mapping[str, Array],
    observed: Sequence[Mapping[str, Array]],
    expected: Sequence[Mapping[str, Array]],
    tolerance: float,
    negligible: float,
) -> Iterator[Difference]:
    """Yield the difference of how far every weight has come, up to the first step that differs.

    There the weight that is to blame differs and few others; in those that follow all do.
    """
    for mine, theirs in zip(observed, expected, strict=True):
        found = [*of_step(layers, "steps", start, mine, theirs, tolerance, negligible)]
        yield from found
        if not all(one.passes for one in found):
            return


def of_step(
    layers: Sequence["LayerView"],
    kind: str,
    start: Mapping[str, Array],
    observed: Mapping[str, Array],
    expected: Mapping[str, Array],
    tolerance: float,
    negligible: float,
) -> Iterator[Difference]:
    """Yield the difference of how far every weight has come, then those of moving statistics.

    A weight that has hardly moved is no more exact than itself.
    """
    floors = {key: negligible * root_mean_square(array) for key, array in start.items()}
    ways = {key: array - start[key] for key, array in expected.items()}
    taken = {key: observed[key].astype(np.float64) - start[key] for key in ways}
    moving = statistics_in(ways)
    trained = {key: way for key, way in ways.items() if key not in moving}
    for part in (trained, moving):
        yield from of_gradients(layers, kind, taken, part, tolerance, negligible, floors)


def unbiased(
    layers: Sequence["LayerView"],
    batch: int,
    start: Mapping[str, Array],
    weights: Mapping[str, Array],
    passes: Callable[["LayerView"], int],
) -> dict[str, Array]:
    """Return weights with moving variances whose batches have n - 1 below.

    moving = momentum * before + (1 - momentum) * batch. All but what is left of the first grows by
    n / (n - 1).

    passes: how often a layer has moved its statistics
    """
    found = dict(weights)
    counts: dict[str, list[int]] = {}
    for layer in layers:
        count = batch * layer.input_shapes[0].elements // layer.shape.channels
        counts.setdefault(layer.path, []).append(count)
    for layer in layers:
        key, (count, *others) = f"{layer.path}/moving_variance", counts[layer.path]
        if key not in found or layer.is_again:
            continue
        if {*others} - {count}:
            del found[key]  # each call's variance has another factor: nobody knows their sum
            continue
        momentum = float(getattr(layer.op, "momentum", 0.0)) ** (1 + len(others))
        left = momentum ** passes(layer) * start[key].astype(np.float64)
        found[key] = left + (found[key] - left) * (count / max(count - 1, 1))
    return found
