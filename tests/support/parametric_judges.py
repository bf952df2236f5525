"""Emitted code with other arguments, held against what the checker says, by the real frameworks.

`judged` tells for each other value of each parameter in an emitted signature what became of it:
`exact`, `refused` (a `ValueError` that names the parameter), or else what is wrong. The live model
is given random weights of the checker's network for that value, and its layers' shapes and its
weights are held against that network; where there is little to compute, its outputs are as well.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, NamedTuple

import literal_formulas
import numpy as np
from live_outputs import outputs_for
from model_shapes import is_module, shapes_in

import cnndsl
from cnndsl.backend import Artifact, Backend, execute, live_parts
from cnndsl.diagnostics.base import SpecError
from cnndsl.ir.network import Network
from cnndsl.project.parameters import parse_value
from cnndsl.values import Size

TOLERANCE = 1e-4
MOST_PARAMETERS, MOST_MACS = 50_000, 1_000_000
"""Larger networks are left out."""
LARGEST = float(np.sqrt(np.finfo(np.float32).max))
"""Outputs are compared below this: beyond, what leads to them may exceed the range of float32."""
MOST_COMPUTED = 20_000
"""The MACs of networks whose outputs are compared, by the formulas in plain Python."""

EXACT, REFUSED = "exact", "refused"


class Verdict(NamedTuple):
    parameter: str
    value: str
    outcome: str


def as_python(value: Any) -> Any:
    """A value as a caller of emitted code writes it."""
    if isinstance(value, Size):
        return value.height if value.height == value.width else (value.height, value.width)
    return tuple(map(as_python, value)) if isinstance(value, tuple) else value


def judged(backend: Backend, text: str, values: dict[str, list[str]]) -> Iterator[Verdict]:
    """The verdict on each value that the checker accepts, of each parameter that the code keeps."""
    network = cnndsl.loads(text).network
    if is_large(network):
        return
    code = backend.emit(network)
    entry = entry_of(code)
    for parameter in inspect.signature(entry).parameters:
        for value in values.get(parameter, ()):
            try:
                network = cnndsl.loads(text, **{parameter: value}).network
            except SpecError:
                continue
            if is_large(network):
                continue
            given = as_python(parse_value(value))
            outcome = outcome_of(backend, entry, network, parameter, given)
            yield Verdict(parameter, value, outcome)


def is_large(network: Network) -> bool:
    cost = network.cost
    return cost.params > MOST_PARAMETERS or cost.macs > MOST_MACS or cost.layers > 200


def entry_of(code: Artifact) -> Any:
    """The class or function of the model, which is the last that emitted code defines."""
    names = execute(code, "parametric")
    found = [one for one in names.values() if getattr(one, "__module__", "") == names["__name__"]]
    return found[-1]


def outcome_of(backend: Backend, entry: Any, network: Network, parameter: str, value: Any) -> str:
    try:
        model = entry(**{parameter: value})
    except ValueError as error:
        return REFUSED if parameter in str(error) else f"ValueError: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    try:
        return difference(backend, model, network) or EXACT
    except Exception as error:
        return f"{type(error).__name__} in use: {error}"


def difference(backend: Backend, model: Any, network: Network) -> str | None:
    """How a live model differs from a network."""
    models, access = live_parts(backend, "comparing")
    weights = literal_formulas.random_weights(network)
    access.load_weights(model, network, weights)
    found = access.read_weights(model, network)
    for key, array in found.items():
        if not np.array_equal(array, weights[key]):
            return f"{key} has another shape or place"
    count = sum(array.size for array in found.values())
    if parameters_of(model) != count:
        return f"{parameters_of(model)} parameters instead of {count}"
    shapes = shapes_in(backend.name, model, network)
    for layer in network.needed_layers:
        if layer.path in shapes and shapes[layer.path] != layer.shape.dims:
            return f"{layer.path} of {shapes[layer.path]} instead of {layer.shape}"
        if layer.path not in shapes and is_module(layer):
            return f"{layer.path} is not there"
    if network.cost.macs > MOST_COMPUTED:
        return None
    images = literal_formulas.random_images(network)
    expected = literal_formulas.evaluate(network, weights, images)
    outputs = models.predict(model, images)
    if len(outputs) != len(expected):
        return f"{len(outputs)} outputs instead of {len(expected)}"
    itself: list[Any] | None = None
    for place, (output, value) in enumerate(zip(outputs, expected, strict=True)):
        if output.shape != value.shape:
            return f"an output of {output.shape} instead of {value.shape}"
        scale = max(1.0, float(np.abs(value).max()))
        if scale < LARGEST and not np.allclose(
            output, value, rtol=TOLERANCE, atol=TOLERANCE * scale
        ):
            # Large values leave 32 bits: then so they do in the model of these very values.
            itself = itself or outputs_for(backend, network, weights, images)
            if not np.array_equal(output, itself[place], equal_nan=True):
                return "other outputs"
    return None


def parameters_of(model: Any) -> int:
    if hasattr(model, "state_dict"):
        state = model.state_dict()
        return sum(one.numel() for key, one in state.items() if "num_batches" not in key)
    if hasattr(model, "count_params"):
        return int(model.count_params())
    return sum(array.size for array in model.parameters.values())
