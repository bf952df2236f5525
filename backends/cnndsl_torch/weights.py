"""Weights between PyTorch's parameters and the canonical layout."""

from __future__ import annotations

from cnndsl.record import Record
from cnndsl_torch.flattening import flattened_images

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from cnndsl.ir.network import LayerView, Network
    from cnndsl.ops.base import Weight
    from cnndsl.values import Shape


class Layout(Record):
    """Where a weight is found in a module, and how it is turned to canonical layout and back."""

    parameter: str
    to_canonical: Callable[[Any], Any]
    from_canonical: Callable[[Any], Any]


def _keep(array: Any) -> Any:
    return array


def _conv_in(array: Any) -> Any:
    """(out, in / groups, h, w) to (h, w, in / groups, out)."""
    return array.transpose(2, 3, 1, 0)


def _conv_out(array: Any) -> Any:
    return array.transpose(3, 2, 0, 1)


def _transposed(array: Any) -> Any:
    return array.transpose(1, 0)


CONV = {"kernel": Layout("weight", _conv_in, _conv_out), "bias": Layout("bias", _keep, _keep)}
LAYOUTS: dict[str, dict[str, Layout]] = {
    "conv": CONV,
    "depthwise_conv": CONV,
    "separable_conv": {
        "depthwise_kernel": Layout("depthwise.weight", _conv_in, _conv_out),
        "pointwise_kernel": Layout("pointwise.weight", _conv_in, _conv_out),
        "bias": Layout("pointwise.bias", _keep, _keep),
    },
    "dense": {
        "kernel": Layout("weight", _transposed, _transposed),
        "bias": Layout("bias", _keep, _keep),
    },
    "batch_norm": {
        "gamma": Layout("weight", _keep, _keep),
        "beta": Layout("bias", _keep, _keep),
        "moving_mean": Layout("running_mean", _keep, _keep),
        "moving_variance": Layout("running_var", _keep, _keep),
    },
    "subsample": {"gain": Layout("weight", _keep, _keep), "bias": Layout("bias", _keep, _keep)},
}


class Entry(Record):
    """One weight of the network and its place in the state dict.

    `image` is what its first axis was before a flatten, where PyTorch's order of that is kept.
    """

    key: str
    state_key: str
    weight: Weight
    layer: LayerView
    layout: Layout
    image: Shape | None

    def to_canonical(self, array: Any) -> Any:
        array = self.layout.to_canonical(array)
        return array if self.image is None else reordered(array, self.image, to_rows=True)

    def from_canonical(self, array: Any) -> Any:
        if self.image is not None:
            array = reordered(array, self.image, to_rows=False)
        return self.layout.from_canonical(array)


def reordered(array: Any, image: Shape, to_rows: bool) -> Any:
    """An array whose first axis is a flattened image, from channels first to rows first or back."""
    height, width, channels = image.dims
    rest = array.shape[1:]
    if to_rows:
        turned = array.reshape(channels, height, width, *rest)
        axes = (1, 2, 0, *range(3, 3 + len(rest)))
    else:
        turned = array.reshape(height, width, channels, *rest)
        axes = (2, 0, 1, *range(3, 3 + len(rest)))
    return turned.transpose(axes).reshape(array.shape)


def entries(network: Network) -> Iterator[Entry]:
    """Every weight of the network, in the order of its layers."""
    images = flattened_images(network)
    for layer in network.layers:
        for weight in layer.weights:
            layout = LAYOUTS[layer.op.name][weight.name]
            key = f"{layer.path}/{weight.name}"
            state_key = f"{layer.path}.{layout.parameter}"
            follows_input = weight.name == "kernel" or layer.op.name != "dense"
            image = images.get(layer.index) if follows_input else None
            yield Entry(key, state_key, weight, layer, layout, image)
