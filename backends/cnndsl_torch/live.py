"""Live PyTorch modules: their weights, and what they compute inside."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import torch
from torch.nn.modules.dropout import _DropoutNd

from cnndsl.backend import execute, per_input
from cnndsl.emit.classes.renderer import class_name
from cnndsl.ops.base import ABSORBS_ORDER
from cnndsl.weights.fitting import fitted
from cnndsl_torch.dialect import DIALECT
from cnndsl_torch.weights import entries, native_orders, reordered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from cnndsl.backend import Artifact
    from cnndsl.ir.network import LayerView, Network
    from cnndsl.values import Shape


def build(artifact: Artifact, network: Network, dtype: str | None) -> Any:
    """An instance of the emitted class."""
    model = execute(artifact, network.name)[class_name(network, DIALECT)]()
    return model if dtype is None else model.to(getattr(torch, dtype))


def predict(model: Any, images: Any) -> tuple[Any, ...]:
    """The outputs for a batch of images, with the channels last."""
    with Mode(model, training=False, gives_all=False), torch.no_grad():
        arrays = [output.cpu().numpy() for output in outputs_of(model, images)]
    return tuple(array.transpose(0, 2, 3, 1) if array.ndim == 4 else array for array in arrays)


def read_weights(model: Any, network: Network) -> Mapping[str, Any]:
    state = model.state_dict()
    return {
        entry.key: np.array(
            entry.to_canonical(state[entry.state_key].detach().cpu().numpy()), order="C"
        )
        for entry in entries(network)
    }


def load_weights(model: Any, network: Network, weights: Mapping[str, Any]) -> None:
    """Set all weights, or none where some misfit."""
    arrays = fitted(network, network.layers, weights)
    state = model.state_dict()
    for entry in entries(network):
        turned = np.asarray(entry.from_canonical(arrays[entry.key]), order="C")
        state[entry.state_key] = torch.tensor(turned)
    model.load_state_dict(state)


# What they compute inside


keeps_unbiased_variance = True


def activations(
    model: Any, network: Network, images: Any, training: bool = False
) -> dict[str, Any]:
    """Each layer's output for a batch of images (NHWC), by path, in the language's layout.

    A merge is no module: its value is seen where it enters a layer that has no other input, or
    where it is an output; any other is left out. So is all behind a layer that fails. Training
    normalises by the batch and moves the statistics; dropout is off.
    """
    found: dict[str, Any] = {}
    images_behind = natively_flattened(network)

    def note(path: str, index: int, value: Any) -> None:
        found[path] = to_canonical(value, images_behind.get(index))

    handles = list(attached(model, network, note))
    try:
        with Mode(model, training), torch.no_grad():
            outputs = outputs_of(model, images)
        for (_, index), value in zip(network.outputs, outputs, strict=True):
            if index >= 0:
                path = network.layers[index].label
                found.setdefault(path, to_canonical(value, images_behind.get(index)))
    except RuntimeError:
        if not found:
            raise
    finally:
        for handle in handles:
            handle.remove()
    return found


def gradients(
    model: Any, network: Network, images: Any, cotangents: Sequence[Any], training: bool = False
) -> dict[str, Any]:
    """The gradient of sum(output * cotangent) for every trainable weight, by `path/weight`.

    Cotangents are arrays in the language's layout, one for each output.
    """
    parameters = dict(model.named_parameters())
    with Mode(model, training), torch.enable_grad():
        loss = weighted_sum(outputs_of(model, images), cotangents)
        wanted = list(parameters.values()) if loss.requires_grad else []
        computed = torch.autograd.grad(loss, wanted, allow_unused=True) if wanted else ()
    by_name = dict(zip(parameters, computed, strict=False))
    found: dict[str, Any] = {}
    for entry in entries(network):
        if entry.state_key in parameters:
            gradient = by_name.get(entry.state_key)
            if gradient is None:
                gradient = torch.zeros_like(parameters[entry.state_key])
            array = entry.to_canonical(gradient.detach().cpu().numpy())
            found[entry.key] = np.asarray(array, order="C")
    return found


def weighted_sum(outputs: Sequence[Any], cotangents: Sequence[Any]) -> Any:
    """sum(output * cotangent), over all outputs."""
    loss = torch.zeros((), dtype=outputs[0].dtype, device=outputs[0].device)
    for output, cotangent in zip(outputs, cotangents, strict=True):
        array = channels_first(np.asarray(cotangent))
        loss = loss + (output * torch.from_numpy(array).to(output)).sum()
    return loss


def trained(
    model: Any,
    network: Network,
    images: Any,
    cotangents: Sequence[Any],
    *,
    rate: float,
    momentum: float,
    steps: int,
) -> Sequence[Mapping[str, Any]]:
    """All weights after each step of gradient descent."""
    optimizer = torch.optim.SGD(model.parameters(), rate, momentum)
    found: list[Mapping[str, Any]] = []
    with Mode(model, training=True), torch.enable_grad():
        for _ in range(steps):
            optimizer.zero_grad()
            loss = weighted_sum(outputs_of(model, images), cotangents)
            loss = loss + model.l2_penalty() if hasattr(model, "l2_penalty") else loss
            loss.backward()
            optimizer.step()
            found.append(read_weights(model, network))
    return found


class Mode:
    """A model in training or inference mode for the time of a `with`, dropout always off.

    `gives_all` has the model itself in training mode, so that the outputs for training alone are
    to be had of layers that are in another.
    """

    def __init__(self, model: Any, training: bool, gives_all: bool = True) -> None:
        self.model = model
        self.training = training
        self.gives_all = gives_all

    def __enter__(self) -> None:
        self.before = [(module, module.training) for module in self.model.modules()]
        self.model.train(self.training)
        self.model.training = self.training or self.gives_all
        for module in self.model.modules():
            if isinstance(module, _DropoutNd):
                module.eval()

    def __exit__(self, *_error: object) -> None:
        for module, training in self.before:
            module.training = training


def attached(model: Any, network: Network, note: Callable[[str, int, Any], None]) -> Iterator[Any]:
    """Attach to every layer that can be seen what notes its path, its index and its value."""
    modules = dict(model.named_modules())
    consumers: dict[int, LayerView] = {}
    for layer in network.layers:
        if len(layer.inputs) == 1 and layer.path in modules:
            consumers.setdefault(layer.inputs[0], layer)
    for layer in network.layers:
        probe = functools.partial(note, layer.label, layer.index)
        if layer.path in modules:
            calls = itertools.count(1)

            def behind(
                _module: Any,
                _inputs: Any,
                value: Any,
                probe: Any = probe,
                calls: Any = calls,
                call: int = layer.call,
            ) -> None:
                if next(calls) == call:
                    probe(value)

            yield modules[layer.path].register_forward_hook(behind)
        elif layer.index in consumers:
            consumer, calls = consumers[layer.index], itertools.count(1)

            def before(
                _module: Any,
                inputs: Any,
                probe: Any = probe,
                calls: Any = calls,
                call: int = consumer.call,
            ) -> None:
                if next(calls) == call:
                    probe(inputs[0])

            yield modules[consumer.path].register_forward_pre_hook(before)


def natively_flattened(network: Network) -> dict[int, Shape]:
    """The layers whose vectors are in PyTorch's order, with the image that was flattened."""
    found: dict[int, Shape] = {}
    layers = network.layers
    for flatten, reached in native_orders(network):
        for index, image in reached.items():
            if layers[index].op.order != ABSORBS_ORDER:
                found[index] = image
        if reached:
            found[flatten.index] = flatten.input_shapes[0]
    return found


def to_canonical(value: Any, flattened: Shape | None) -> Any:
    """A batch's tensor as an array in the language's layout, a copy.

    A vector of another length than the flattened image, which a wrong layer gives, stays as it is.
    """
    array = value.detach().cpu().numpy()
    if array.ndim == 4:
        array = array.transpose(0, 2, 3, 1)
    elif flattened is not None and array.shape[1:] == (flattened.elements,):
        array = reordered(array.T, flattened, to_rows=True).T
    return np.array(array, order="C")


def channels_first(array: Any) -> Any:
    """A batch of images, or of vectors, in PyTorch's layout, a copy.

    Its strides are those of a fresh array. NumPy calls a transposed image of one channel contiguous
    as it is, and oneDNN's convolutions err on such strides.
    """
    return np.array(array.transpose(0, 3, 1, 2) if array.ndim == 4 else array, order="C")


def outputs_of(model: Any, images: Any) -> tuple[Any, ...]:
    """A model's outputs for a batch of images (NHWC) as tensors, also where there is one."""
    outputs = model(*[as_batch(model, one) for one in per_input(images)])
    return outputs if isinstance(outputs, tuple) else (outputs,)


def as_batch(model: Any, images: Any) -> Any:
    """A batch of images as a tensor of the model's type, where the model is."""
    batch = torch.from_numpy(channels_first(np.asarray(images)))
    parameter = next(iter(model.parameters()), None)
    return batch if parameter is None else batch.to(parameter.device, parameter.dtype)
