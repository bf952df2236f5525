"""What a live model is made of, held against the network: before it computes anything.

The weights by path and shape, and which of them train; what fresh weights are drawn from; what the
L2 terms add to the loss; what dropout drops, and by what it scales the rest.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backend import Held, needed
from ..ops.dense import Dropping
from ..record import Record
from ..values import product
from ..weights.random import FANS
from .probe_weights import Array, root_mean_square

if TYPE_CHECKING:
    from ..backend import Backend
    from ..ir.network import LayerView, Network
    from ..ops.base import Weight
    from ..values import Shape

ABSENT = "absent"
SIGMAS = 6.5
"""By how many standard errors a measured mean, deviation or share may be off by chance.

Of ten thousand million such measurements, one is further off.
"""
KURTOSIS = {"normal": 3.0, "uniform": 1.8}
DROPPED_VALUES = 20_000
ENOUGH_VALUES = 1000
"""Of so many values, a uniform and a normal distribution are told apart almost surely."""
DRAWS = 16
DRAWING = 2_000_000
"""How much further models may cost: a value of theirs counts as one, a layer as a thousand."""


class Flaw(Record):
    """What a model has in another way than the network: of which layer, if it is of one."""

    layer: "LayerView | None"
    what: str
    found: str
    expected: str


class Inspection(Record):
    """What was held against the network, in words, and what is otherwise."""

    backend: str
    compared: tuple[str, ...]
    flaws: tuple[Flaw, ...]


def inspected(
    backend: "Backend", model: Any, network: "Network", build: Callable[[], Any]
) -> Inspection:
    """Return what a fresh model is made of, compared. Its weights are as they were drawn.

    Where the weights are others than the network's, nothing else is looked at.

    build: gives another fresh model, whose weights are drawn anew: a few values tell little
    """
    runtime = backend.runtime
    inventory = runtime.inventory
    if inventory is None:
        return Inspection(backend.name, (), ())
    held = inventory.weights(model, network)
    compared = [f"{len(held)} weights by path and shape"]
    flaws = list(of_weights(network, held))
    if not flaws:
        access = needed(backend, runtime.weights, "access to weights", "verifying")
        fresh = access.read_weights(model, network)
        penalty = inventory.penalty(model, network)
        draws = [fresh]
        draws += [access.read_weights(build(), network) for _ in range(further_draws(network))]
        flaws += [*of_fresh_weights(network, draws), *of_penalty(network, fresh, penalty)]
        drops = [(view, view.op) for view in network.needed_layers if isinstance(view.op, Dropping)]
        for view, op in drops:
            values = ones_for(op, view.shape)
            flaws += of_dropout(view, op, np.asarray(inventory.dropped(model, view.path, values)))
        compared += ["initial values", "L2 terms"]
        compared += [f"{len(drops)} dropout layers"] if drops else []
    return Inspection(backend.name, tuple(compared), tuple(flaws))


# The set of weights


def of_weights(network: "Network", held: Mapping[str, Held]) -> Iterator[Flaw]:
    """Yield each weight that one side lacks, or that has another shape or does not train.

    A model may be without the layers on which no output depends.
    """
    needed_paths = {view.path for view in network.needed_layers}
    known: set[str] = set()
    for view in network.layers:
        for weight in view.weights:
            key = f"{view.path}/{weight.name}"
            known.add(key)
            if key not in held and view.path not in needed_paths:
                continue
            expected = str(Held(weight.shape, weight.trainable))
            found = str(held.get(key, ABSENT))
            if found != expected:
                yield Flaw(view, f"`{weight.name}`", found, expected)
    for key in held.keys() - known:
        path, _, name = key.rpartition("/")
        yield Flaw(owner(network, path), f"`{name}`", str(held[key]), ABSENT)


def owner(network: "Network", path: str) -> "LayerView | None":
    """Return the layer of that path, or the one that the path lies within."""
    views = [view for view in network.layers if f"{path}.".startswith(f"{view.path}.")]
    return max(views, key=lambda view: len(view.path), default=None)


# Fresh weights


def further_draws(network: "Network") -> int:
    """Return how many more models to build, for the smallest weight to show its distribution."""
    weights = [weight for view in network.needed_layers for weight in view.weights]
    drawn = [product(weight.shape) for weight in weights if isinstance(weight.initial, str)]
    wanted = min(math.ceil(ENOUGH_VALUES / min(drawn)), DRAWS) - 1 if drawn else 0
    cost = sum(product(weight.shape) for weight in weights) + 1000 * len(network.layers)
    return min(wanted, DRAWING // cost)


def of_fresh_weights(network: "Network", draws: Sequence[Mapping[str, Array]]) -> Iterator[Flaw]:
    for view in network.layers:
        for weight in view.weights:
            key = f"{view.path}/{weight.name}"
            arrays = [fresh[key].astype(np.float64) for fresh in draws if key in fresh]
            if arrays:
                first, *others = arrays
                # Of a layer with a seed of its own, all draws are one.
                anew = [one for one in others if not np.array_equal(one, first)]
                yield from of_initial(view, weight, np.stack([first, *anew]))


def of_initial(view: "LayerView", weight: "Weight", array: Array) -> Iterator[Flaw]:
    """Yield what is wrong with a weight's initial values: of a constant, any other value."""
    if not isinstance(weight.initial, str):
        if not np.allclose(array, weight.initial, rtol=1e-6, atol=0):
            worst = array.flat[int(np.abs(array - weight.initial).argmax())]
            yield Flaw(view, f"the initial `{weight.name}`", f"{worst:g}", f"{weight.initial:g}")
        return
    scheme, _, distribution = weight.initial.partition("_")
    deviation = math.sqrt(1 / FANS[scheme](weight))
    for what, found, expected, allowed in measurements(array, deviation, distribution):
        if abs(found - expected) > allowed:
            measured = f"the {what} of the initial `{weight.name}`"
            yield Flaw(view, measured, f"{found:.3g}", f"{expected:.3g} ({weight.initial})")
            return


def measurements(
    array: Array, deviation: float, distribution: str
) -> Iterator[tuple[str, float, float, float]]:
    """Yield what is measured, found, expected, and how far these may lie apart by chance."""
    count = array.size
    kurtosis = KURTOSIS[distribution]
    yield "mean", float(array.mean()), 0.0, SIGMAS * deviation / math.sqrt(count)
    mean_square = root_mean_square(array) ** 2 / deviation**2
    allowed = SIGMAS * math.sqrt((kurtosis - 1) / count)
    root = math.sqrt(max(1 - allowed, 0.0)), math.sqrt(1 + allowed)
    room = max(1 - root[0], root[1] - 1) * deviation
    yield "deviation", deviation * math.sqrt(mean_square), deviation, room
    limit = math.sqrt(3) * deviation
    if distribution == "uniform":
        beyond = max(float(np.abs(array).max()), limit)
        yield "largest value", beyond, limit, 1e-5 * limit
        return
    # A share 0.0833 of a normal distribution lies further out than a uniform one reaches.
    share = float(np.mean(np.abs(array) > limit))
    normal = math.erfc(math.sqrt(1.5))
    room = SIGMAS * math.sqrt(normal * (1 - normal) / count)
    yield "share of large values", share, normal, room


# L2 and dropout


def of_penalty(
    network: "Network", weights: Mapping[str, Array], penalty: tuple[float, Mapping[str, Any]]
) -> Iterator[Flaw]:
    """Yield each kernel whose L2 term is another, by its gradient 2 l2 W; else a wrong sum."""
    total, gradients = penalty
    wanted, is_right = 0.0, True
    for view in network.layers:
        for weight in view.weights:
            key = f"{view.path}/{weight.name}"
            if key not in weights:
                continue
            square = float(np.sum(np.square(weights[key], dtype=np.float64)))
            l2 = l2_of(view, weight)
            wanted += l2 * square
            gradient = np.asarray(gradients.get(key, np.zeros_like(weights[key])), np.float64)
            along = float(np.sum(gradient * weights[key])) / (2 * square) if square else 0.0
            beside = root_mean_square(gradient - 2 * along * weights[key])
            if abs(along - l2) > 1e-5 * l2 or beside > 1e-5 * root_mean_square(gradient):
                is_right = False
                yield Flaw(view, f"the L2 factor of `{weight.name}`", f"{along:.6g}", f"{l2:g}")
    if is_right and abs(total - wanted) > 1e-4 * wanted:
        yield Flaw(None, "the sum of the L2 terms", f"{total:.6g}", f"{wanted:.6g}")


def l2_of(view: "LayerView", weight: "Weight") -> float:
    """Return the factor of a weight's L2 term: kernels alone, which are drawn, have one."""
    l2: float = getattr(view.op, "l2", 0.0) if isinstance(weight.initial, str) else 0.0
    return l2


def ones_for(op: Dropping, shape: "Shape") -> Array:
    """Return a batch of ones, large enough to measure a share; two along what goes together."""
    drawn = op.drawn((2, *shape.dims))[1:]
    sides = (min(side, max(count, 2)) for side, count in zip(shape.dims, drawn, strict=True))
    return np.ones((max(DROPPED_VALUES // product(drawn), 2), *sides), np.float32)


def of_dropout(view: "LayerView", op: Dropping, values: Array) -> Iterator[Flaw]:
    """Yield a wrong share of zeros, a wrong scale of the rest, or zeros that are not independent.

    Of independent values, a neighbour is alike with probability rate^2 + (1 - rate)^2.
    """
    rate, each = op.rate, f"each {op.dropped}"
    everything, values = values, values[tuple(map(slice, op.drawn(values.shape)))]
    if (everything != values).any():
        yield Flaw(view, "what is dropped", "in parts", f"{each} as a whole")
        return
    is_zero = values == 0
    share = float(is_zero.mean())
    room = SIGMAS * math.sqrt(rate * (1 - rate) / values.size)
    if abs(share - rate) > room:
        yield Flaw(view, "the share that is dropped", f"{share:.3g}", f"{rate:g}")
        return
    kept, scale = values[~is_zero], 1 / (1 - rate)
    if not np.allclose(kept, scale, rtol=1e-5):
        yield Flaw(view, "the scale of what is kept", f"{kept.max(initial=0):.5g}", f"{scale:.5g}")
        return
    alike = rate**2 + (1 - rate) ** 2
    for axis in range(values.ndim):
        pairs = np.diff(is_zero.astype(np.int8), axis=axis) == 0
        if pairs.size and abs(float(pairs.mean()) - alike) > 2 * SIGMAS * math.sqrt(
            alike * (1 - alike) / pairs.size
        ):
            yield Flaw(view, "what is dropped", "in groups", f"{each} by itself")
            return
