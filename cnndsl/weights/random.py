"""Random weights for a network, the same for every backend."""

from __future__ import annotations

import math
import zlib

import numpy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..ir.network import Network
    from ..ops.base import Weight

FANS = {
    "glorot": lambda weight: (weight.fan_in + weight.fan_out) / 2,
    "he": lambda weight: weight.fan_in / 2,
    "lecun": lambda weight: weight.fan_in,
}
"""One over the variance of each scheme: Glorot and Bengio 2010, He et al. 2015, LeCun et al. 1998.
"""


def random_weights(network: Network, seed: int) -> dict[str, Any]:
    """Every weight of the network as an array in canonical layout, by `path/name`.

    Its numbers depend on the seed, the layer's path and the weight's name (or on the layer's own
    `seed`, where it has one), so that they stay when other layers come and go.
    """

    weights = {}
    for layer in network.layers:
        for weight in layer.weights:
            key = f"{layer.path}/{weight.name}"
            own = getattr(layer.op, "seed", None)
            entropy = [seed, zlib.crc32(key.encode())] if own is None else [own]
            weights[key] = initial(weight, numpy.random.default_rng(entropy), numpy.float32)
    return weights


def initial(weight: Weight, generator: Any, precision: Any) -> Any:
    """A weight's initial value: a constant, or random with the scheme's variance.

    `normal` draws from a plain Gaussian, `uniform` between limits of sqrt(3) deviations.
    """
    if not isinstance(weight.initial, str):
        return numpy.full(weight.shape, weight.initial, precision)
    scheme, _, distribution = weight.initial.partition("_")
    deviation = math.sqrt(1 / FANS[scheme](weight))
    if distribution == "normal":
        values = generator.standard_normal(weight.shape, precision)
        values *= precision(deviation)
        return values
    limit = deviation * math.sqrt(3)
    values = generator.random(weight.shape, precision)
    values *= precision(2 * limit)
    values -= precision(limit)
    return values
