"""Weights between PyTorch's parameters and the canonical layout.

The language flattens rows first, channels last; PyTorch, channels first. Where every way from a
flatten leads to dense layers, through layers that treat all elements alike, the order is a matter
of how the dense kernels' rows are stored, and the native order (in which published checkpoints are)
is used. Elsewhere the image is turned before it is flattened.
"""

from __future__ import annotations

from cnndsl.emit.lowering import Stored
from cnndsl.ir.network import path_of
from cnndsl.ops.base import ABSORBS_ORDER, SEES_ORDER
from cnndsl.ops.dense import Flatten
from cnndsl.record import Record
from cnndsl_torch.modules import LOWERINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from cnndsl.ir.network import LayerView, Network
    from cnndsl.ops.base import Weight
    from cnndsl.semantics.bound import Node
    from cnndsl.values import Shape


def native_flattens(networks: Iterable[Network]) -> frozenset[Node]:
    """The nodes whose flattens can all keep PyTorch's order.

    The first network that has a node decides on it.
    """
    native: dict[Node, bool] = {}
    for network in networks:
        own: dict[Node, bool] = {}
        for layer in network.layers:
            if type(layer.op) is Flatten:
                followed = carried_orders(network, layer) is not None
                own[layer.site] = own.get(layer.site, True) and followed
        native = {**own, **native}
    return frozenset(node for node, is_native in native.items() if is_native)


def carried_orders(network: Network, flatten: LayerView) -> dict[int, Shape] | None:
    """The layers whose weights a flatten's order reaches, with the flattened shape, by index.

    None where its order would reach an output, or a layer to which the order matters.
    """
    image = flatten.input_shapes[0]
    if not image.is_image or image.height * image.width == 1 or image.channels == 1:
        return {}
    consumers: dict[int, list[LayerView]] = {}
    for layer in network.layers:
        for value in layer.inputs:
            consumers.setdefault(value, []).append(layer)
    outputs = {value for _, value in network.outputs}
    shared = {layer.path for layer in network.layers if layer.is_again}
    reached: dict[int, Shape] = {}
    pending = [flatten]
    while pending:
        layer = pending.pop()
        if layer.index in outputs:
            return None
        for consumer in consumers.get(layer.index, ()):
            reached[consumer.index] = image
            is_apart = consumer.path in shared and flatten.path not in shared
            if consumer.op.order == SEES_ORDER or is_apart:
                return None
            if consumer.op.order != ABSORBS_ORDER:
                pending.append(consumer)
    return reached


def native_orders(network: Network) -> Iterator[tuple[LayerView, dict[int, Shape]]]:
    """Each flatten that keeps PyTorch's order, with what `carried_orders` gives for it."""
    native = native_flattens([network])
    for layer in network.layers:
        if type(layer.op) is Flatten and layer.site in native:
            yield layer, carried_orders(network, layer) or {}


def flattened_images(network: Network) -> dict[int, Shape]:
    """For each layer whose weights are stored in PyTorch's order, the image that was flattened."""
    images: dict[int, Shape] = {}
    for _, reached in native_orders(network):
        images |= reached
    return images


class Entry(Record):
    """One weight of the network and its place in the state dict.

    `image` is what its first axis was before a flatten, where PyTorch's order of that is kept.
    """

    key: str
    state_key: str
    weight: Weight
    layer: LayerView
    place: Stored
    image: Shape | None

    def to_canonical(self, array: Any) -> Any:
        array = self.place.to_canonical(array)
        return array if self.image is None else reordered(array, self.image, to_rows=True)

    def from_canonical(self, array: Any) -> Any:
        if self.image is not None:
            array = reordered(array, self.image, to_rows=False)
        return self.place.from_canonical(array)


def reordered(array: Any, image: Shape, to_rows: bool) -> Any:
    """An array whose first axis is a flattened image, from channels first to rows first or back."""
    height, width, channels = image.dims
    if to_rows:
        turned = array.reshape(channels, height, width, -1).transpose(1, 2, 0, 3)
    else:
        turned = array.reshape(height, width, channels, -1).transpose(2, 0, 1, 3)
    return turned.reshape(array.shape)


def place_of(layer: LayerView, weight: Weight) -> Stored:
    """Where a weight is kept below its layer's path: at the path itself if it is a parameter."""
    lowering = LOWERINGS[type(layer.op)]
    if lowering.factor is None or layer.in_sequence:
        return lowering.weights[weight.name]
    return Stored("", (0, None, None) if layer.shape.is_image else None)


def entries(network: Network) -> Iterator[Entry]:
    """Every weight of the network, in the order of its layers."""
    images = flattened_images(network)
    for layer in network.layers:
        for weight in layer.weights:
            place = place_of(layer, weight)
            key = f"{layer.path}/{weight.name}"
            state_key = path_of(layer.path, place.name)
            follows_input = weight.name == "kernel" or layer.op.order != ABSORBS_ORDER
            image = images.get(layer.index) if follows_input else None
            yield Entry(key, state_key, weight, layer, place, image)
