"""Live NumPy models: their weights, and the language's formulas that others are held against."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from cnndsl.backend import Observed, Wrong, execute, per_input
from cnndsl.emit.functions.renderer import model_name
from cnndsl.emit.validation.functional import mode_arguments
from cnndsl.verify.differences import statistics_in
from cnndsl.verify.probe_weights import Images
from cnndsl.weights.fitting import fitted
from cnndsl_numpy.computation import Precision
from cnndsl_numpy.dialect import DIALECT
from cnndsl_numpy.execution import Passing, Tape, label, run_backward, run_forward
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
    wrong: Wrong | None = None,
    progress: Callable[[str], None] = lambda _words: None,
) -> Observed:
    """Return all that one pass computes, and with cotangents one back; dropout is off.

    rounded: attributes and constants that the model's layers are to have in 32 bits
    wrong: what the numbers are to be wrong by, if anything
    progress: is told how far the pass is
    """
    order = plan(model.inputs, model.outputs)
    weights = model.weights_by_layer()
    tape: Tape | None = None if cotangents is None else {}
    found: dict[str, Array] = {}
    errors = Errors(wrong)

    def note(layer: Layer, value: Array) -> None:
        name = label(layer, found)
        errors.disturb(name, value)
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
        passing=errors.passing,
    )
    gradients = None
    if cotangents is not None and tape is not None:
        progress("gradients")
        turned = tuple(each.astype(model.dtype) for each in cotangents)
        _, gradients = run_backward(
            order,
            model.inputs,
            turned,
            weights,
            tape,
            input_gradient=False,
            passing=errors.passing,
        )
    moving = statistics_in(model.parameters)
    statistics = {path: np.array(array) for path, array in moving.items()}
    return Observed(found, outputs, gradients, statistics if training else None)


class Errors:
    """What numbers are wrong by, drawn as they come."""

    def __init__(self, wrong: Wrong | None) -> None:
        self.wrong = wrong or Wrong({}, {}, 0)
        self.generator = np.random.default_rng(self.wrong.draw)

    def disturb(self, name: str, value: Array) -> None:
        """Make an output wrong, in place, where it is to be."""
        if name in self.wrong.disturbed:
            value += self.wrong.disturbed[name] * self.signs(value)

    @property
    def passing(self) -> Passing | None:
        """What layers take in the place of numbers, where these are to be wrong."""
        return self.rounded if self.wrong.rounding else None

    def rounded(self, layer: Layer, value: Array) -> Array:
        unit = self.wrong.rounding.get(layer.name)
        return value if unit is None else value * (1 + unit * self.signs(value))

    def signs(self, value: Array) -> Array:
        found: Array = self.generator.choice((-1.0, 1.0), value.shape)
        return found


def round_attributes(model: Model, rounded: Collection[tuple[str, str]]) -> None:
    """Give layers some attributes and constants, as (path, name), in 32 bits."""
    for layer in model.layers:
        for path, name in rounded:
            if path == layer.name and getattr(layer, name) is not None:
                single = np.asarray(getattr(layer, name), np.float32).tolist()
                object.__setattr__(layer, name, single)  # layers are frozen
