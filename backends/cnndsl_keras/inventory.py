"""What a live Keras model is made of, as it was built."""

from __future__ import annotations

import keras
import numpy as np

from cnndsl.backend import Held
from cnndsl.weights.fitting import canonical_shapes
from cnndsl_keras.places import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from cnndsl.ir.network import Network


def named(model: Any, network: Network) -> Iterator[tuple[str, Any]]:
    """All variables with their `path/weight`, or Keras's names where the network has none."""
    names = {layer.name for layer in model.layers}
    keys = {place: key for key, place in places(network, names.__contains__).items()}
    for layer in model.layers:
        for variable in layer.weights:
            key = keys.get((layer.name, variable.name))
            yield key or f"{layer.name}/{variable.name}", variable


def weights(model: Any, network: Network) -> Mapping[str, Held]:
    """All weights by `path/weight`."""
    shapes = canonical_shapes(network.needed_layers)
    found: dict[str, Held] = {}
    for key, variable in named(model, network):
        shape = tuple(variable.shape)
        wanted = shapes.get(key, shape)
        same = np.prod(wanted) == np.prod(shape)
        found[key] = Held(wanted if same else shape, bool(variable.trainable))
    return found


def penalty(model: Any, network: Network) -> tuple[float, Mapping[str, Any]]:
    """The sum of the model's own losses, and its gradient where a kernel has a penalty.

    Of a function of each kernel alone, a difference at two points tells the gradient of a square.
    """
    total = float(sum(float(keras.ops.convert_to_numpy(one)) for one in model.losses))
    return total, dict(penalties(model, network))


def penalties(model: Any, network: Network) -> Iterator[tuple[str, Any]]:
    shapes = canonical_shapes(network.needed_layers)
    for key, variable in named(model, network):
        if variable.regularizer is not None and key in shapes:
            value = keras.ops.convert_to_numpy(variable.value)
            term = float(keras.ops.convert_to_numpy(variable.regularizer(variable.value)))
            square = float(np.sum(np.square(value, dtype=np.float64)))
            yield key, 2 * (term / square) * value.reshape(shapes[key]).astype(np.float64)


def dropped(model: Any, path: str, values: Any) -> Any:
    """What a dropout layer makes of a batch in training."""
    return keras.ops.convert_to_numpy(model.get_layer(path)(values, training=True))
