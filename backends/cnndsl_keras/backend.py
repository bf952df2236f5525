"""The Keras backend: functional models, for whichever framework Keras runs on."""

from __future__ import annotations

import os

from cnndsl import source
from cnndsl.backend import execute
from cnndsl.emission.functional import Dialect, FunctionalRenderer, model_name
from cnndsl.emission.planning import render
from cnndsl.emission.support import definition_in
from cnndsl_keras.layers import EMITTERS, MERGES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cnndsl.network import Network

FOLDER = os.path.join(os.path.dirname(__file__), "support")
AXES = {"height": 1, "width": 2, "channels": -1}


def _dimension(variable: str, axis: str) -> source.Expression:
    return source.Index(source.Attribute(source.name(variable), "shape"), AXES[axis])


DIALECT = Dialect(
    tensor="keras.KerasTensor",
    model="keras.Model",
    input="keras.Input",
    merges=MERGES,
    dimension=_dimension,
    imports=(source.Import("keras"), source.ImportFrom("keras", ["layers"])),
    names=frozenset({"keras", "layers", "Any"}),
    support={
        name: definition_in(FOLDER, module)
        for name, module in {
            "Subsample": "subsample",
            "LocalResponseNormalization": "local_response_normalization",
            "PaddedAveragePooling2D": "padded_average_pooling",
            "PaddedMaxPooling2D": "padded_max_pooling",
            "ApproximateGELU": "approximate_gelu",
            "depthwise_initializer": "depthwise_initializer",
        }.items()
    },
    emitters=EMITTERS,
    note="It needs keras alone.",
)


class KerasBackend:
    """Emits and builds Keras models."""

    name = "keras"
    framework = "keras"
    extra = "keras"

    def emit(self, network: Network) -> str:
        return render(network, lambda groups: FunctionalRenderer(network, groups, DIALECT).render())

    def build(self, network: Network) -> Any:
        return execute(self.emit(network), network.name)[model_name(network, DIALECT)]()

    def shapes(self, model: Any, network: Network) -> Mapping[str, tuple[int, ...]]:
        return {
            layer.path: tuple(model.get_layer(layer.path).output.shape[1:])
            for layer in network.layers
        }

    def weights(self, model: Any, network: Network) -> Mapping[str, Any]:
        arrays: dict[str, Any] = {}
        for layer in network.layers:
            values = {one.name: one for one in model.get_layer(layer.path).weights}
            for weight in layer.weights:
                array = values[weight.name].numpy()
                arrays[f"{layer.path}/{weight.name}"] = array.reshape(weight.shape)
        return arrays

    def load_weights(self, model: Any, network: Network, weights: Mapping[str, Any]) -> None:
        for layer in network.layers:
            values = {one.name: one for one in model.get_layer(layer.path).weights}
            for weight in layer.weights:
                array = weights[f"{layer.path}/{weight.name}"]
                values[weight.name].assign(array.reshape(values[weight.name].shape))

    def predict(self, model: Any, images: Any) -> tuple[Any, ...]:
        import keras

        outputs = model(images, training=False)
        listed = outputs if isinstance(outputs, list | tuple) else [outputs]
        return tuple(keras.ops.convert_to_numpy(output) for output in listed)


BACKEND = KerasBackend()
