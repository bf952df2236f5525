"""How far right numbers can lie apart: what rounding makes of a network.

A model in some precision computes, to a small factor, what exact arithmetic makes of numbers that
are each wrong by their own rounding (backward stability: Higham, "Accuracy and Stability of
Numerical Algorithms", 2002, section 1.5). So the reference, in 64 bits, is run with what every
layer takes, on the way there and back, wrong by that, up or down at random (after Parker, "Monte
Carlo Arithmetic", 1997). Where sums cancel, and where later layers make much of what is left, it
moves as far as right numbers can.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..backend import Observed, Wrong, per_input
from ..ir.network import input_index
from .differences import Difference, Place, top
from .probe_weights import Array, Images

if TYPE_CHECKING:
    from ..ir.network import LayerView, Network

ROUNDINGS = 4
"""How many roundings of a number that a layer computes with can be in what it gives."""
DRAWS = 2
"""How often the reference is run: by chance one draw can leave a number nearly right."""


def rounded_at_random(
    network: "Network", images: Images, expected: Observed, dtype: str, draw: int
) -> Wrong:
    """Return what the reference's numbers are to be wrong by.

    Ops that only move or choose numbers round none, so that what is equal stays equal for them.
    A formula that takes near numbers apart, `elu` near zero say, is no backward stable one: what it
    gives is wrong by the rounding of these.
    """
    unit = ROUNDINGS * float(np.finfo(dtype).eps)
    layers = network.layers
    apart = {
        layer.label: layer.op.cancelled(max(map(top, entering(layers, layer, images, expected))))
        for layer in layers
        if layer.label in expected.activations
    }
    return Wrong(
        {path: unit * size for path, size in apart.items() if size},
        {layer.path: unit for layer in layers if layer.op.rounds},
        draw,
    )


def entering(
    layers: Sequence["LayerView"], layer: "LayerView", images: Images, expected: Observed
) -> Iterator[Array]:
    """Yield what enters one of a network's layers, as far as the reference has kept it."""
    batches = per_input(images)
    for index in layer.inputs:
        if index < 0:
            yield batches[input_index(index)]
        else:
            yield expected.activations.get(layers[index].label, batches[0])


def largest(differences: Iterable[Difference]) -> dict[Place, Difference]:
    """Return the largest difference of each place."""
    most: dict[Place, Difference] = {}
    for one in differences:
        known = most.get(one.place)
        if known is None or (known.error, known.gap) < (one.error, one.gap):
            most[one.place] = one
    return most
