"""A few steps of training: what shows only once weights have moved, or layers have run twice.

Each is gradient descent with momentum, v = m v + g and W = W - rate v, which all frameworks compute
alike. The loss is sum(output * cotangent) and the L2 terms.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..backend import Observed
from ..record import Record
from .probe_weights import Array
from .structure import l2_of

if TYPE_CHECKING:
    from ..ir.network import Network

STEPS = 3
MOMENTUM = 0.5
SHARE = 0.05
"""The first step is to lower the loss by this share of its size.

So small a step (after Polyak, 1987) changes how steep the loss is by little, so that an error in
the gradients grows by little from step to step.
"""


class Course(Record):
    """How fast the weights are to move, and what they are after each step."""

    rate: float
    weights: tuple[dict[str, Array], ...]


def course(
    network: "Network",
    start: Mapping[str, Array],
    cotangents: Sequence[Array],
    observe: Callable[[Mapping[str, Array]], Observed],
    rounded: Collection[tuple[str, str]] = (),
) -> Course | None:
    """Return the steps of training from some weights, in 64 bits; None where nothing trains.

    observe: gives gradients and moving statistics of a pass in training with some weights
    rounded: attributes, as (op, name), that are to be taken in 32 bits
    """
    factors = {
        f"{view.path}/{weight.name}": float(kept(l2_of(view, weight)))
        for view in network.needed_layers
        for kept in (np.float32 if (view.op.name, "l2") in rounded else np.float64,)
        for weight in view.weights
    }
    weights = {key: start[key].astype(np.float64) for key in factors}
    velocities: dict[str, Array] = {}
    found: list[dict[str, Array]] = []
    rate = 0.0
    for _ in range(STEPS):
        seen = observe(weights)
        gradients = {
            key: gradient + 2 * factors[key] * weights[key]
            for key, gradient in (seen.gradients or {}).items()
        }
        if not found:
            penalty = sum(l2 * float(np.sum(weights[key] ** 2)) for key, l2 in factors.items())
            rate = step_size(penalty + loss_size(seen.outputs, cotangents), gradients)
            if not rate:
                return None
        velocities = {
            key: gradient + MOMENTUM * velocities.get(key, 0.0)
            for key, gradient in gradients.items()
        }
        moved = {key: weights[key] - rate * velocity for key, velocity in velocities.items()}
        weights = {**weights, **moved, **(seen.statistics or {})}
        found.append(weights)
    return Course(rate, tuple(found))


def loss_size(outputs: Sequence[Array], cotangents: Sequence[Array]) -> float:
    """Return the sum of |output * cotangent|."""
    pairs = zip(outputs, cotangents, strict=True)
    return sum(float(np.sum(np.abs(output * cotangent))) for output, cotangent in pairs)


def step_size(loss: float, gradients: Mapping[str, Array]) -> float:
    """Return a power of two, which is the same number in any precision; 0 where nothing moves."""
    steepness = sum(float(np.sum(gradient**2)) for gradient in gradients.values())
    wanted = SHARE * loss / steepness if steepness else 0.0
    return 2.0 ** math.floor(math.log2(wanted)) if 0 < wanted < math.inf else 0.0
