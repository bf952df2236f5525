"""Running a graph: forward along a plan, and back along the tape that this left."""

import itertools
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from cnndsl_numpy.functional.geometry import Array
from cnndsl_numpy.graph import Layer, Mode, Plan, Saved, Tensor

Weights: TypeAlias = Mapping[str, Mapping[str, Array]]
"""The arrays of each layer: by the layer's path, then by the weight's name."""

Tape: TypeAlias = dict[Tensor, Saved]
"""What each layer keeps for its backward pass, by the tensor that it makes."""

Passing: TypeAlias = Callable[[Layer, Array], Array]
"""Gives what a layer takes in the place of a value, or of a gradient that comes back to it."""


def layer_of(tensor: Tensor) -> Layer:
    """Return the layer that makes the tensor; an input has none."""
    if tensor.layer is None:
        raise ValueError("an input is not made by a layer")
    return tensor.layer


def label(layer: Layer, known: Container[str]) -> str:
    """Return what to call an output of a layer: its name, with a number for later calls."""
    numbered = (f"{layer.name} ({call})" for call in itertools.count(2))
    return next(one for one in itertools.chain([layer.name], numbered) if one not in known)


def run_forward(
    plan: Plan,
    inputs: Sequence[Tensor],
    batches: Sequence[Array],
    weights: Weights,
    mode: Mode,
    *,
    tape: Tape | None = None,
    observe: Callable[[Layer, Array], None] | None = None,
    passing: Passing | None = None,
    frozen: Container[str] = (),
) -> tuple[Array, ...]:
    """Return the plan's outputs for a batch of each input.

    An intermediate result is let go after its last use.

    tape: filled with what `run_backward` needs, if given
    observe: called with each layer and its output
    passing: by default each layer takes what the one before gives
    frozen: the names of layers that run as in inference
    """
    still = replace(mode, training=False)
    values = dict(zip(inputs, batches, strict=True))
    for step, released in zip(plan.steps, plan.releases, strict=True):
        layer = layer_of(step)
        arguments = tuple(values[each] for each in step.inputs)
        if passing is not None:
            arguments = tuple(passing(layer, each) for each in arguments)
        own = still if layer.name in frozen else mode
        value, saved = layer.forward(arguments, weights.get(layer.name, {}), own)
        values[step] = value
        if tape is not None:
            tape[step] = saved
        if observe is not None:
            observe(layer, value)
        # What is let go here must not live on in these names while the next layer runs.
        del arguments, saved, value
        for tensor in released:
            del values[tensor]
    return tuple(values[output] for output in plan.outputs)


def run_backward(
    plan: Plan,
    inputs: Sequence[Tensor],
    output_gradients: Sequence[Array],
    weights: Weights,
    tape: Tape,
    *,
    input_gradient: bool = True,
    passing: Passing | None = None,
) -> tuple[tuple[Array, ...], dict[str, Array]]:
    """Return the gradient of each input, and those of the weights by path.

    The tape is used up: what a layer kept is let go as soon as its gradient is known.

    input_gradient: False leaves out those of the inputs, which training does not need
    passing: by default each layer takes what comes back to it
    """
    wanted = {*inputs} if input_gradient else set[Tensor]()
    for step in plan.steps:
        if layer_of(step).name in weights or not wanted.isdisjoint(step.inputs):
            wanted.add(step)
    gradients: dict[Tensor, Array] = {}
    _collect(gradients, plan.outputs, output_gradients, wanted)
    by_path: dict[str, Array] = {}
    for step in reversed(plan.steps):
        saved = tape.pop(step)
        if step not in wanted:
            continue
        layer = layer_of(step)
        gradient = gradients.pop(step)
        into_inputs, into_weights = layer.backward(
            gradient if passing is None else passing(layer, gradient),
            saved,
            weights.get(layer.name, {}),
            not wanted.isdisjoint(step.inputs),
        )
        del saved, gradient
        _collect(gradients, step.inputs, into_inputs, wanted)
        own = weights.get(layer.name, {})
        for name in own.keys() & into_weights.keys():
            path = f"{layer.name}/{name}"
            known = by_path.get(path)
            by_path[path] = into_weights[name] if known is None else known + into_weights[name]
    return tuple(gradients[one] for one in inputs if input_gradient), by_path


def _collect(
    gradients: dict[Tensor, Array],
    tensors: Sequence[Tensor],
    found: Sequence[Array | None],
    wanted: set[Tensor],
) -> None:
    """Add the gradients found to those of the wanted tensors."""
    for tensor, gradient in zip(tensors, found, strict=True):
        if gradient is not None and tensor in wanted:
            known = gradients.get(tensor)
            # Not in place: a layer may have handed the same array to several tensors.
            gradients[tensor] = gradient if known is None else known + gradient
