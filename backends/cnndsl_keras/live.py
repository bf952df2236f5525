"""Live Keras models and their weights."""

from __future__ import annotations

from contextlib import nullcontext

import keras

from cnndsl.backend import execute
from cnndsl.diagnostics.base import Failure
from cnndsl.emit.functions.renderer import model_name
from cnndsl.weights.fitting import canonical_shapes, fitted
from cnndsl_keras.dialect import DIALECT
from cnndsl_keras.probes import precision, variables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cnndsl.backend import Artifact
    from cnndsl.ir.network import Network


def build(artifact: Artifact, network: Network, dtype: str | None) -> Any:
    """The model that the emitted function builds. Raises `Failure`."""
    make = execute(artifact, network.name)[model_name(network, DIALECT)]
    with nullcontext() if dtype is None else precision(dtype):
        try:
            return make()
        except RuntimeError as error:  # as Keras is set up, or for the network's depth
            raise Failure(f"Keras cannot build {network.name}: {error}") from error


def predict(model: Any, images: Any) -> tuple[Any, ...]:
    """The outputs for a batch of images, computed as people have them: in a compiled graph."""
    outputs = model.predict_on_batch(images)
    return tuple(outputs) if isinstance(outputs, list) else (outputs,)


def read_weights(model: Any, network: Network) -> Mapping[str, Any]:
    """All weights by `path/weight`, as copies."""
    shapes = canonical_shapes(network.needed_layers)
    return {
        key: keras.ops.convert_to_numpy(variable).reshape(shapes[key])
        for key, variable in variables(model, network).items()
    }


def load_weights(model: Any, network: Network, weights: Mapping[str, Any]) -> None:
    """Set all weights, or none where some misfit.

    The model is without the layers on which no output depends; their weights are passed over.
    """
    arrays = fitted(network, network.needed_layers, weights)
    for key, variable in variables(model, network).items():
        variable.assign(arrays[key].reshape(variable.shape))
