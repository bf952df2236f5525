"""Live Keras models: their weights, and what they compute inside."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext

import keras

from cnndsl.backend import execute
from cnndsl.diagnostics.base import Failure
from cnndsl.emit.functions.renderer import model_name
from cnndsl.emit.validation.functional import mode_arguments
from cnndsl.weights.fitting import canonical_shapes, fitted
from cnndsl_keras.dialect import DIALECT
from cnndsl_keras.places import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from cnndsl.backend import Artifact
    from cnndsl.ir.network import Network


def build(artifact: Artifact, network: Network, dtype: str | None) -> Any:
    """The model that the emitted function builds. Raises `Failure`."""
    make = execute(artifact, network.name)[model_name(network, DIALECT)]
    with nullcontext() if dtype is None else precision(dtype):
        try:
            return make(**mode_arguments(make, training=bool(network.training_outputs)))
        except RuntimeError as error:  # as Keras is set up, or for the network's depth
            raise Failure(f"Keras cannot build {network.name}: {error}") from error


def predict(model: Any, images: Any) -> tuple[Any, ...]:
    """The outputs for a batch of images, computed as people have them: in a compiled graph."""
    outputs = model.predict_on_batch(as_listed(images))
    return tuple(outputs) if isinstance(outputs, list) else (outputs,)


def as_listed(images: Any) -> Any:
    """A batch of images, or a list of as many as the model has inputs."""
    return list(images) if isinstance(images, tuple) else images


def read_weights(model: Any, network: Network) -> Mapping[str, Any]:
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
    settle(model)


def settle(model: Any) -> None:
    """Have layers that keep their weights as constants of graphs take them up."""
    found = [layer for layer in model.layers if isinstance(layer, keras.layers.Normalization)]
    for layer in found:
        layer.finalize_state()
    if found:
        model.make_predict_function(force=True)


# What they compute inside


@contextmanager
def precision(dtype: str) -> Iterator[None]:
    """Keras in another precision for the time of a `with`: models built there compute in it."""
    floatx, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_floatx(floatx)
        keras.config.set_dtype_policy(policy)


@contextmanager
def without_dropout(model: Any) -> Iterator[None]:
    """A model whose dropout layers keep everything for the time of a `with`."""
    rates = {one: one.rate for one in model.layers if isinstance(one, keras.layers.Dropout)}
    for one in rates:
        one.rate = 0.0
    try:
        yield
    finally:
        for one, rate in rates.items():
            one.rate = rate


def variables(model: Any, network: Network) -> dict[str, Any]:
    """The model's variables by `path/weight`, in the network's order."""
    held = {(one.name, variable.name): variable for one in model.layers for variable in one.weights}
    names = {layer for layer, _ in held}
    return {key: held[place] for key, place in places(network, names.__contains__).items()}


keeps_unbiased_variance = False


def activations(
    model: Any, network: Network, images: Any, training: bool = False
) -> dict[str, Any]:
    """Each layer's output for a batch of images (NHWC), by path.

    Training normalises by the batch and moves the statistics; dropout is off.
    """
    layers = {one.name: one for one in model.layers}
    views = [view for view in network.needed_layers if view.path in layers]
    nodes = [layers[view.path]._inbound_nodes[view.call - 1] for view in views]  # a node a call
    inside = keras.Model(model.input, [node.output_tensors[0] for node in nodes])
    with without_dropout(model):
        values = outputs_of(inside, images, training)
    return {
        view.label: keras.ops.convert_to_numpy(value)
        for view, value in zip(views, values, strict=True)
    }


def outputs_of(model: Any, images: Any, training: bool) -> Sequence[Any]:
    """A model's outputs as tensors, also where there is one."""
    outputs: Any = model(as_listed(images), training=training)
    return outputs if isinstance(outputs, list | tuple) else [outputs]


def gradients(
    model: Any,
    network: Network,
    images: Any,
    cotangents: Sequence[Any],
    training: bool = False,
) -> dict[str, Any]:
    """The gradient of sum(output * cotangent) for every trainable weight, by `path/weight`.

    Cotangents are arrays in the language's layout,
    one for each output. Raises `ValueError` where Keras runs on a framework whose gradients
    cannot be had here.
    """
    engine = keras.backend.backend()
    if engine not in ENGINES:
        raise ValueError(f"gradients are not to be had from Keras on {engine}")
    shapes = {
        f"{layer.path}/{weight.name}": weight.shape
        for layer in network.needed_layers
        for weight in layer.weights
        if weight.trainable
    }
    own = variables(model, network)
    with without_dropout(model):
        computed = ENGINES[engine](
            lambda: weighted_sum(outputs_of(model, images, training), cotangents),
            [own[key].value for key in shapes],
        )
    return {
        key: keras.ops.convert_to_numpy(gradient).reshape(shape)
        for (key, shape), gradient in zip(shapes.items(), computed, strict=True)
    }


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
    """All weights after each step of gradient descent, taken as `fit` does: in a compiled graph."""
    found: list[Mapping[str, Any]] = []
    is_tensorflow = keras.backend.backend() == "tensorflow"
    in_order = updates_in_order() if is_tensorflow else nullcontext()
    with precision(model.dtype_policy.variable_dtype), without_dropout(model), in_order:
        loss = [lambda cotangent, output: weighted_sum([output], [cotangent])] * len(cotangents)
        model.compile(keras.optimizers.SGD(rate, momentum), loss)
        for _ in range(steps):
            model.train_on_batch(as_listed(images), list(cotangents))
            found.append(read_weights(model, network))
    return found


@contextmanager
def updates_in_order() -> Iterator[None]:
    """TensorFlow without a pass over graphs that lets a weight's update overtake its last read.

    It does so where gradients do not depend on the outputs, as those of a weighted sum do not.
    """
    import tensorflow as tf  # deferred: Keras may run on another framework

    name = "dependency_optimization"
    before = tf.config.optimizer.get_experimental_options().get(name, True)
    tf.config.optimizer.set_experimental_options({name: False})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({name: before})


def weighted_sum(outputs: Sequence[Any], cotangents: Sequence[Any]) -> Any:
    """sum(output * cotangent), over all outputs."""
    terms = [
        keras.ops.sum(output * keras.ops.convert_to_tensor(cotangent, dtype=output.dtype))
        for output, cotangent in zip(outputs, cotangents, strict=True)
    ]
    return sum(terms[1:], terms[0])


def by_tensorflow(loss: Callable[[], Any], variables: Sequence[Any]) -> Sequence[Any]:
    import tensorflow as tf  # deferred: Keras may run on another framework

    with tf.GradientTape() as tape:
        value = loss()
    found: Sequence[Any] = tape.gradient(
        value, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO
    )
    return found


def by_torch(loss: Callable[[], Any], variables: Sequence[Any]) -> Sequence[Any]:
    import torch  # deferred: Keras may run on another framework

    found = torch.autograd.grad(loss(), list(variables), allow_unused=True)
    return [
        torch.zeros_like(variable) if gradient is None else gradient
        for variable, gradient in zip(variables, found, strict=True)
    ]


ENGINES: Mapping[str, Callable[[Callable[[], Any], Sequence[Any]], Sequence[Any]]] = {
    "tensorflow": by_tensorflow,
    "torch": by_torch,
}
"""How each framework below Keras takes a gradient."""
