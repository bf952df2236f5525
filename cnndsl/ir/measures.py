"""What a network takes and sees: operations, memory for activations, receptive field."""

from __future__ import annotations

import math

from .network import input_index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .network import Network

BYTES = 4
"""Of one value, in 32 bits."""


def flops(network: Network) -> int:
    """Floating-point operations of all layers for one sample, as their ops count them."""
    return sum(layer.op.flops(layer.input_shapes) for layer in network.layers)


def training_memory(network: Network) -> int:
    """The bytes of activations that training keeps for one sample.

    These are the inputs and what every layer gives, as the way back needs them.
    """
    values = sum(layer.shape.elements for layer in network.layers)
    return BYTES * (sum(one.elements for one in network.input_shapes) + values)


def inference_memory(network: Network) -> int:
    """The most bytes of activations that inference has at a time for one sample.

    Layers run in the order of the spec, none in place, and a value is let go of behind its last
    reader; the network's outputs stay.
    """
    inference = network.in_inference
    layers = inference.needed_layers
    last = {value: layer.index for layer in layers for value in layer.inputs}
    last |= {value: layers[-1].index + 1 for _, value in inference.outputs}
    sizes = {input_index(place): shape.elements for place, shape in enumerate(network.input_shapes)}
    most = 0
    for layer in layers:
        sizes[layer.index] = layer.shape.elements
        most = max(most, sum(sizes.values()))
        for value in {*layer.inputs, layer.index}:
            if last.get(value, -1) <= layer.index:
                sizes.pop(value)
    return BYTES * most


def receptive_field(network: Network) -> tuple[int, int] | None:
    """Height and width of the part of the image that a value sees through windows, at most.

    That is the hull of all paths to it (Araujo, Norris and Sim 2019, section 3). What sees a whole
    image at once, such as global pooling, does not count. Of several images it is the largest.
    None where no input is an image.
    """
    shapes = enumerate(network.input_shapes)
    fields = [_field_in(place, network) for place, shape in shapes if shape.is_image]
    if not fields:
        return None
    height, width = map(max, zip(*fields, strict=True))
    return height, width


def _field_in(place: int, network: Network) -> tuple[int, int]:
    """The receptive field in one of the network's inputs, an image."""
    seen = {input_index(place): ((0.0, 0.0, 1.0),) * 2}
    for layer in network.in_inference.needed_layers:
        entering = [seen[value] for value in layer.inputs if value in seen]
        if not entering:
            continue
        sides = []
        for axis, (before, after, step) in enumerate(layer.op.reach(layer.input_shapes)):
            low, high, jump = zip(*(one[axis] for one in entering), strict=True)
            pixel = min(jump)
            sides.append((min(low) - before * pixel, max(high) + after * pixel, step * pixel))
        seen[layer.index] = sides[0], sides[1]
    height, width = (
        max(math.ceil(high - low) + 1 for low, high, _ in axis)
        for axis in zip(*seen.values(), strict=True)
    )
    return height, width
