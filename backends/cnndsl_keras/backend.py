"""The Keras backend: functional models, for whichever framework Keras runs on."""

from __future__ import annotations

import os
import re

from cnndsl.backend import execute
from cnndsl.emit import python
from cnndsl.emit.functions.renderer import Dialect, emit, model_name
from cnndsl.emit.support import Helpers
from cnndsl.ir.network import weight_keys
from cnndsl_keras import probes
from cnndsl_keras.layers import LOWERINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from cnndsl.ir.network import Network
    from cnndsl.ops.base import Op

FOLDER = os.path.join(os.path.dirname(__file__), "support")
AXES = {"height": 1, "width": 2, "channels": -1}
AUTOMATIC_NAME = re.compile(r"input_layer(_\d+)?")
"""What Keras calls an input that has no name."""


def _input(shape: python.Expression, network: Network) -> python.Expression:
    """The model's input, named where a layer could have the name that Keras would give it."""
    keywords: list[tuple[str, python.Value]] = [("shape", shape)]
    paths = {layer.path for layer in network.layers}
    if any(map(AUTOMATIC_NAME.fullmatch, paths)):
        name, number = "input", 1
        while name in paths:
            number += 1
            name = f"input{number}"
        keywords.append(("name", python.string(name)))
    return python.Call("keras.Input", [], keywords)


def _dimension(variable: str, axis: str) -> python.Expression:
    return python.Index(python.Attribute(python.name(variable), "shape"), AXES[axis])


DIALECT = Dialect(
    tensor="keras.KerasTensor",
    model="keras.Model",
    input=_input,
    dimension=_dimension,
    imports=(python.Import("keras"), python.ImportFrom("keras", ["layers"])),
    names=frozenset({"keras", "layers", "Any"}),
    support=Helpers(FOLDER),
    lowerings=LOWERINGS,
    note="It needs keras alone.",
)


class KerasBackend:
    """Emits and builds Keras models."""

    name = "keras"
    framework = "keras"
    extra = "keras"
    attributes_in_32_bits = LOWERINGS.attributes_in_32_bits

    def emit(self, network: Network) -> str:
        LOWERINGS.check(network)
        return emit(network, DIALECT)

    def build(self, network: Network) -> Any:
        names = execute(self.emit(network), network.name)
        return names[model_name(network, DIALECT)]()

    def kinds_in_32_bits(self, op: Op) -> frozenset[str]:
        """What `verify` compares that an op computes with a constant in 32 bits, always."""
        return LOWERINGS[type(op)].coarse(op)

    def build_in(self, network: Network, dtype: str) -> Any:
        """A live model that computes in `float32` or `float64`."""
        with probes.Precision(dtype):
            return self.build(network)

    def activations(
        self, model: Any, network: Network, images: Any, training: bool = False
    ) -> Mapping[str, Any]:
        return probes.activations(model, network, images, training)

    def gradients(
        self,
        model: Any,
        network: Network,
        images: Any,
        cotangents: Sequence[Any],
        training: bool = False,
    ) -> Mapping[str, Any]:
        variables = self.variables(model, network)
        return probes.gradients(model, network, variables, images, cotangents, training)

    def shapes(self, model: Any, network: Network) -> Mapping[str, tuple[int, ...]]:
        layers = {layer.name: layer for layer in model.layers}
        return {
            layer.path: tuple(layers[layer.path].output.shape[1:])
            for layer in network.needed_layers
        }

    def variables(self, model: Any, network: Network) -> Mapping[str, Any]:
        """The model's variables by `path/weight`, in the network's order."""
        return _variables(model, network)

    def weights(self, model: Any, network: Network) -> Mapping[str, Any]:
        import keras

        shapes = _canonical_shapes(network)
        return {
            key: keras.ops.convert_to_numpy(variable).reshape(shapes[key])
            for key, variable in _variables(model, network).items()
        }

    def load_weights(self, model: Any, network: Network, weights: Mapping[str, Any]) -> None:
        """Set all weights from canonical arrays, or none: all misfits are reported at once.

        The model is without the layers on which no output depends; their weights are passed over.
        """
        shapes = _canonical_shapes(network)
        known = set(weight_keys(network.layers))
        misfits = [f"{key}: unexpected" for key in weights if key not in known]
        for key, shape in shapes.items():
            if key not in weights:
                misfits.append(f"{key}: missing, expected shape {shape}")
            elif weights[key].shape != shape:
                misfits.append(f"{key}: shape {weights[key].shape}, expected {shape}")
        if misfits:
            listed = "\n  ".join(misfits)
            raise ValueError(f"the weights do not fit model {network.name}:\n  {listed}")
        for key, variable in _variables(model, network).items():
            variable.assign(weights[key].reshape(variable.shape))

    def predict(self, model: Any, images: Any) -> tuple[Any, ...]:
        import keras

        outputs = model(images, training=False)
        listed = outputs if isinstance(outputs, list | tuple) else [outputs]
        return tuple(keras.ops.convert_to_numpy(output) for output in listed)


def _canonical_shapes(network: Network) -> dict[str, tuple[int, ...]]:
    """The shape of every weight in canonical layout, by `path/weight`."""
    return {
        f"{layer.path}/{weight.name}": weight.shape
        for layer in network.needed_layers
        for weight in layer.weights
    }


def _variables(model: Any, network: Network) -> dict[str, Any]:
    """The model's variables by `path/weight`, in the network's order."""
    layers = {layer.name: layer for layer in model.layers}
    variables: dict[str, Any] = {}
    for view in network.needed_layers:
        own = {variable.name: variable for variable in layers[view.path].weights}
        depthwise = layers.get(f"{view.path}.depthwise")
        if depthwise is not None:  # a separable convolution as two layers
            own["depthwise_kernel"], own["pointwise_kernel"] = depthwise.kernel, own["kernel"]
        places = LOWERINGS[type(view.op)].weights
        for weight in view.weights:
            variables[f"{view.path}/{weight.name}"] = own[places[weight.name].name]
    return variables


BACKEND = KerasBackend()
