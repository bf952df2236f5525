"""Live NumPy models: their weights, and the language's formulas that others are held against."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from cnndsl.backend import Observed, execute, per_input
from cnndsl.emit.functions.renderer import model_name
from cnndsl.emit.validation.functional import mode_arguments
from cnndsl.verify.differences import statistics_in
from cnndsl.verify.probe_weights import Images
from cnndsl.weights.fitting import fitted
from cnndsl_numpy.computation import Precision
from cnndsl_numpy.dialect import DIALECT
from cnndsl_numpy.execution import Tape, label, run_backward, run_forward
from cnndsl_numpy.functional.geometry import Array
from cnndsl_numpy.graph import Layer, Mode, plan
from cnndsl_numpy.training import Model

if TYPE_CHECKING:
    from cnndsl.backend import Artifact
    from cnndsl.ir.network import Network

EVERY = 10
"""After how many layers `progress` is told."""


def build(artifact: "Artifact", network: "Network", dtype: str | None) -> Model:
    """Return the model that the emitted function builds."""
    make = execute(artifact, network.name)[model_name(network, DIALECT)]
    model: Model = make(**mode_arguments(make, training=bool(network.training_outputs)))
    if dtype is None or dtype == model.dtype:
        return model
    outputs = model.outputs if len(model.outputs) > 1 else model.outputs[0]
    return Model(model.inputs, outputs, name=model.name, dtype=cast("Precision", dtype))


def predict(model: Model, images: Images) -> tuple[Array, ...]:
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


# What other backends are held against


def layers(model: Model) -> Mapping[str, Callable[[tuple[Array, ...], Mapping[str, Array]], Array]]:
    """Return by path what gives a layer's output in inference for its inputs and weights."""
    return {layer.name: partial(_apply, layer) for layer in model.layers}


def _apply(layer: Layer, inputs: tuple[Array, ...], weights: Mapping[str, Array]) -> Array:
    return layer.forward(inputs, weights, Mode(False, np.random.default_rng(0)))[0]


def observe(
    model: Model,
    images: Images,
    cotangents: Sequence[Array] | None,
    training: bool,
    *,
    rounded: Collection[tuple[str, str]] = (),
    disturbed: Mapping[str, float] = MappingProxyType({}),
    progress: Callable[[str], None] = lambda _words: None,
) -> Observed:
    """Return all that one pass computes, and with cotangents one back; dropout is off.

    rounded: attributes and constants that the model's layers are to have in 32 bits
    disturbed: by path, what each number of a layer's output is to be wrong by, up or down
    progress: is told how far the pass is
    """
    order = plan(model.inputs, model.outputs)
    weights = model.weights_by_layer()
    tape: Tape | None = None if cotangents is None else {}
    found: dict[str, Array] = {}

    generator = np.random.default_rng(0)

    def note(layer: Layer, value: Array) -> None:
        name = label(layer, found)
        if name in disturbed:
            value += disturbed[name] * generator.choice((-1.0, 1.0), value.shape)
        found[name] = value
        if len(found) % EVERY == 0:
            progress(f"layer {len(found)}/{len(order.steps)}")

    round_attributes(model, rounded)
    outputs = run_forward(
        order,
        model.inputs,
        [each.astype(model.dtype) for each in per_input(images)],
        weights,
        Mode(training, np.random.default_rng(0), drops=False),
        tape=tape,
        observe=note,
    )
    gradients = None
    if cotangents is not None and tape is not None:
        progress("gradients")
        turned = tuple(each.astype(model.dtype) for each in cotangents)
        _, gradients = run_backward(
            order, model.inputs, turned, weights, tape, input_gradient=False
        )
    moving = statistics_in(model.parameters)
    statistics = {path: np.array(array) for path, array in moving.items()}
    return Observed(found, outputs, gradients, statistics if training else None)


def round_attributes(model: Model, rounded: Collection[tuple[str, str]]) -> None:
    """Give layers some attributes and constants, as (path, name), in 32 bits."""
    for layer in model.layers:
        for path, name in rounded:
            if path == layer.name and getattr(layer, name) is not None:
                single = np.asarray(getattr(layer, name), np.float32).tolist()
                object.__setattr__(layer, name, single)  # layers are frozen
