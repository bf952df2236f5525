"""Where PyTorch's own order of a flattened image can stand.

The language flattens rows first, channels last; PyTorch, channels first. Where every way from a
flatten leads to dense layers, through layers that treat all elements alike, the order is a matter
of how the dense kernels' rows are stored, and the native order (in which published checkpoints are)
is used. Elsewhere the image is turned before it is flattened.
"""

from __future__ import annotations

from cnndsl.ops.base import ABSORBS_ORDER, SEES_ORDER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cnndsl.ir.network import LayerView, Network
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
            if layer.op.folds_space:
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
    reached: dict[int, Shape] = {}
    pending = [flatten]
    while pending:
        layer = pending.pop()
        if layer.index in outputs:
            return None
        for consumer in consumers.get(layer.index, ()):
            reached[consumer.index] = image
            if consumer.op.order == SEES_ORDER:
                return None
            if consumer.op.order != ABSORBS_ORDER:
                pending.append(consumer)
    return reached


def native_orders(network: Network) -> Iterator[tuple[LayerView, dict[int, Shape]]]:
    """Each flatten that keeps PyTorch's order, with what `carried_orders` gives for it."""
    native = native_flattens([network])
    for layer in network.layers:
        if layer.op.folds_space and layer.site in native:
            yield layer, carried_orders(network, layer) or {}


def flattened_images(network: Network) -> dict[int, Shape]:
    """For each layer whose weights are stored in PyTorch's order, the image that was flattened."""
    images: dict[int, Shape] = {}
    for _, reached in native_orders(network):
        images |= reached
    return images
