"""Where Keras keeps a network's weights."""

from __future__ import annotations

from cnndsl_keras.layers import LOWERINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cnndsl.ir.network import Network


def places(network: Network, is_layer: Callable[[str], bool]) -> dict[str, tuple[str, str]]:
    """The Keras layer and variable that hold each weight, by `path/weight`.

    is_layer: whether the model has a layer of a name
    """
    found = {}
    for view in network.needed_layers:
        stored = LOWERINGS[type(view.op)].weights
        depthwise = f"{view.path}.depthwise"
        is_split = is_layer(depthwise)  # a separable convolution as two layers
        for weight in view.weights:
            layer, name = view.path, stored[weight.name].name
            if is_split and name != "bias":
                layer, name = depthwise if name == "depthwise_kernel" else layer, "kernel"
            found[f"{view.path}/{weight.name}"] = (layer, name)
    return found
