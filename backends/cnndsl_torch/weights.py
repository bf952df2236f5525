"""Weights between PyTorch's parameters and the canonical layout."""

from __future__ import annotations

from cnndsl.ops.base import ABSORBS_ORDER
from cnndsl.record import Record
from cnndsl_torch.flattening import flattened_images
from cnndsl_torch.modules import LOWERINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cnndsl.emit.lowering import Stored
    from cnndsl.ir.network import LayerView, Network
    from cnndsl.ops.base import Weight
    from cnndsl.values import Shape


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


def entries(network: Network) -> Iterator[Entry]:
    """Every weight of the network, in the order of its layers."""
    images = flattened_images(network)
    for layer in network.layers:
        for weight in layer.weights:
            place = LOWERINGS[type(layer.op)].weights[weight.name]
            key = f"{layer.path}/{weight.name}"
            state_key = f"{layer.path}.{place.name}"
            follows_input = weight.name == "kernel" or layer.op.order != ABSORBS_ORDER
            image = images.get(layer.index) if follows_input else None
            yield Entry(key, state_key, weight, layer, place, image)
