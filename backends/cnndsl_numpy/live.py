"""Live NumPy models and their weights."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from cnndsl.backend import execute
from cnndsl.emit.functions.renderer import model_name
from cnndsl.emit.validation.functional import mode_arguments
from cnndsl.weights.fitting import fitted
from cnndsl_numpy.computation import Precision
from cnndsl_numpy.dialect import DIALECT
from cnndsl_numpy.functional.geometry import Array
from cnndsl_numpy.training import Model

if TYPE_CHECKING:
    from cnndsl.backend import Artifact
    from cnndsl.ir.network import Network


def build(artifact: "Artifact", network: "Network", dtype: str | None) -> Model:
    """Return the model that the emitted function builds."""
    make = execute(artifact, network.name)[model_name(network, DIALECT)]
    model: Model = make(**mode_arguments(make, training=bool(network.training_outputs)))
    if dtype is None or dtype == model.dtype:
        return model
    outputs = model.outputs if len(model.outputs) > 1 else model.outputs[0]
    return Model(model.inputs, outputs, name=model.name, dtype=cast("Precision", dtype))


def predict(model: Model, images: Array) -> tuple[Array, ...]:
    """Return the outputs for a batch of images."""
    outputs = model.forward(images)
    return outputs if isinstance(outputs, tuple) else (outputs,)


def read_weights(model: Model, network: "Network") -> Mapping[str, Array]:
    """Return the model's own arrays by `path/weight`."""
    return dict(model.parameters)


def load_weights(model: Model, network: "Network", weights: Mapping[str, Any]) -> None:
    """Copy in a value for every weight of the model.

    It is without the layers on which no output depends; their weights are passed over.
    """
    model.set_parameters(fitted(network, network.needed_layers, weights))
