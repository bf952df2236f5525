"""One step of gradient descent on a fixed batch, in Keras and in PyTorch.

The step is as long as would lower the loss by a share of itself if the gradient told the truth all
the way, so that networks of every size take one of their own measure. Dropout drops nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
import torch
from numpy.typing import NDArray

from cnndsl.api import CheckedNetwork

SHARE = 0.002


class Batch(NamedTuple):
    """Images (NHWC), and the class of each."""

    images: NDArray[Any]
    classes: NDArray[Any]


def batch_for(network: CheckedNetwork, count: int = 4) -> Batch:
    images = np.random.default_rng(0).random((count, *network.input_shape), dtype=np.float32)
    return Batch(images, np.arange(count))


def train_torch(network: CheckedNetwork, batch: Batch) -> tuple[float, float]:
    """The loss before and after a step, summed over the outputs."""
    torch.manual_seed(0)
    module = network.build("torch")
    for layer in module.modules():
        if isinstance(layer, torch.nn.modules.dropout._DropoutNd):
            layer.p = 0.0
    images = torch.from_numpy(batch.images.transpose(0, 3, 1, 2).copy())
    weights = list(module.parameters())

    def loss() -> torch.Tensor:
        outputs = module(images)
        listed = outputs if isinstance(outputs, tuple) else (outputs,)
        return torch.stack([_error(one, batch.classes) for one in listed]).sum()

    before = loss()
    before.backward()
    with torch.no_grad():
        steepness = sum(float(weight.grad.square().sum()) for weight in weights)
        for weight in weights:
            weight -= SHARE * before / steepness * weight.grad
        return float(before), float(loss())


def _error(output: torch.Tensor, classes: NDArray[Any]) -> torch.Tensor:
    """Cross-entropy from probabilities; of one unit, its distance from the classes' parity."""
    if output.shape[1:] == (1,):
        parity = torch.from_numpy(classes % 2).float()
        return torch.nn.functional.binary_cross_entropy(output[:, 0], parity)
    return torch.nn.functional.nll_loss(output.log(), torch.from_numpy(classes))


def train_keras(network: CheckedNetwork, batch: Batch) -> tuple[float, float]:
    """Likewise."""
    keras.utils.set_random_seed(0)
    model = network.build("keras")
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    weights = [weight.value for weight in model.trainable_weights]

    def loss() -> Any:
        outputs = model(batch.images, training=True)
        listed = outputs if isinstance(outputs, list) else [outputs]
        return tf.add_n([_keras_error(one, batch.classes) for one in listed])

    with tf.GradientTape() as tape:
        before = loss()
    gradients = tape.gradient(before, weights)
    steepness = sum(float(tf.reduce_sum(tf.square(gradient))) for gradient in gradients)
    for weight, gradient in zip(weights, gradients, strict=True):
        weight.assign_sub(SHARE * before / steepness * gradient)
    return float(before), float(loss())


def _keras_error(output: Any, classes: NDArray[Any]) -> Any:
    if output.shape[1:] == (1,):
        parity = (classes % 2)[:, None]
        return tf.reduce_mean(keras.losses.binary_crossentropy(parity, output))
    return tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(classes, output))
