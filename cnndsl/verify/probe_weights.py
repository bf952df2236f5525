"""Weights and images under which a wrong network shows.

Freshly initialised weights prove little: biases are zero, statistics trivial, and in a deep network
signals die out or grow until a softmax sees one class alone. Here every weight is drawn from a seed
and scaled, layer by layer, by what the layer sees (after Mishkin and Matas, "All you need is a good
init", 2016), so that each layer works in the range where its attributes matter: an image before a
batch normalisation has channels from small to large, so that epsilon counts, and one before a local
response normalisation is large enough for alpha to count.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..backend import per_input, together
from ..ir.network import LayerView, Network, input_index
from ..ops.attention import ChannelConv
from ..ops.base import Op
from ..ops.convolution import ConvTranspose
from ..weights.random import random_weights

Array: TypeAlias = npt.NDArray[Any]
Images: TypeAlias = Array | tuple[Array, ...]
"""A batch, or one for each of several inputs."""
Apply: TypeAlias = Callable[[tuple[Array, ...], Mapping[str, Array]], Array]
"""Gives a layer's output for its inputs and weights."""

SPREAD = 2.0
"""Channels that enter a normalisation by channels differ by so many powers of ten."""

BRANCH = 0.1
"""The size of what is added, relative to what it is added to.

In a deep residual network whose branches are as large as their shortcuts, differences grow from
block to block, until rounding in 32 bits is all that one sees.
"""
SHIFT = 1.0
"""The mean of beta, relative to that of gamma.

Where a batch normalisation centres what enters a relu, differences grow by a fifth from layer to
layer (Yang et al., "A mean field theory of batch normalization", 2019); shifted by one standard
deviation, by a twentieth. One value in six still lies below zero.
"""
LAST_KERNEL = {"kernel": "bias", "pointwise_kernel": "bias", "out_kernel": "out_bias"}
"""What weights are called that make what leaves a layer, and those that are added to it."""


def verification_images(network: Network, batch: int, seed: int) -> Images:
    """Return a batch of images, of the standard normal distribution, in 32 bits."""
    generator = np.random.default_rng([seed, 1])
    shapes = [(batch, *one.dims) for one in network.input_shapes]
    images: Images = together([generator.standard_normal(one, np.float32) for one in shapes])
    return images


def in_precision(images: Images, dtype: str) -> Images:
    """Return images in a precision."""
    found: Images = together([one.astype(dtype) for one in per_input(images)])
    return found


def cotangents_for(network: Network, batch: int, seed: int) -> tuple[Array, ...]:
    """Return for each output what the scalar whose gradient is taken multiplies it by."""
    generator = np.random.default_rng([seed, 2])
    shapes = [(batch, *one.dims) for one in network.scope.output_shapes]
    return tuple(generator.standard_normal(one, np.float32) for one in shapes)


def verification_weights(
    network: Network, layers: Mapping[str, Apply], images: Images, seed: int
) -> dict[str, Array]:
    """Return every weight by `path/weight`, in canonical layout and 32 bits.

    layers: by path, the reference's layers, each of which is run once or twice, in 32 bits
    """
    generator = np.random.default_rng([seed, 3])
    found: dict[str, Array] = random_weights(network, seed)
    scales = scales_by_path(network)
    beside = added_to(network)
    views = network.needed_layers
    last_use = {value: view.index for view in views for value in view.inputs}
    last_use |= dict.fromkeys((index for _, index in network.outputs), len(network.layers))
    values = {input_index(place): one for place, one in enumerate(per_input(images))}
    sizes: dict[int, Array] = {}
    by_path = {view.path: view.index for view in views}
    for view in views:
        apply = layers[view.path]
        arguments = tuple(values[each] for each in view.inputs)
        weights = view.op.weights(view.input_shapes)  # those of an earlier call too
        own = {weight.name: found[f"{view.path}/{weight.name}"] for weight in weights}
        if view.is_again:
            values[view.index] = apply(arguments, own)
            continue
        scale, spread = scales[view.path]
        path, factor = beside.get(view.path, ("", 1.0))
        other = by_path.get(path)
        if other in values:
            scale = BRANCH * root_mean_square(values[other]) / factor
        draw_plain(own, generator, scale)
        moments = next((pair for pair in MOMENTS if pair[0] in own), None)
        if moments is not None:
            size = sizes.get(view.inputs[0], 0.0)
            drawn = draw_statistics(arguments[0], size, generator)
            own.update(zip(moments, drawn, strict=True))
        kernel = next((name for name in LAST_KERNEL if name in own), None)
        if kernel is not None:
            bias = LAST_KERNEL[kernel]
            zero = {bias: np.zeros_like(own[bias])} if bias in own else {}
            value = apply(arguments, {**own, **zero})
            channels = 1 if isinstance(view.op, ChannelConv) else value.shape[-1]
            factors = scale * 10 ** -generator.uniform(0, spread, channels)
            sizes[view.index] = np.asarray(factors)
            changes = np.asarray(factors / (root_mean_square(value) or 1.0))
            own[kernel] = in_32_bits(own[kernel] * of_kernel(changes, view.op, own[kernel]))
            if bias in own:
                own[bias] = in_32_bits(generator.normal(0, 0.3, channels) * factors)
        values[view.index] = apply(arguments, own)
        found |= {f"{view.path}/{name}": array for name, array in own.items()}
        values = {index: one for index, one in values.items() if last_use[index] > view.index}
    return found


def of_kernel(factors: Array, op: Op, kernel: Array) -> Array:
    """Return factors of output channels as those of a kernel's last two axes."""
    if not isinstance(op, ConvTranspose):
        return factors
    by_filter = factors.reshape(op.groups, -1).T
    return np.repeat(by_filter, kernel.shape[-1] // op.groups, axis=1)


def added_to(network: Network) -> dict[str, tuple[str, float]]:
    """Return, by the path of each layer that gives something added its size, what that is added to.

    The number is what lies between the layer and the addition multiplies by.
    """
    layers = network.layers
    found: dict[str, tuple[str, float]] = {}
    for layer in layers:
        if layer.op.name != "add" or min(layer.inputs) < 0:
            continue
        others = [*layer.inputs[1:], layer.inputs[0]]
        for value, other in zip(layer.inputs, others, strict=True):
            source, factor = layers[value], 1.0
            while source.op.passes_on and source.inputs[0] >= 0:
                factor *= abs(float(getattr(source.op, "factor", 1.0))) or 1.0
                source = layers[source.inputs[0]]
            found[source.path] = (layers[other].path, factor)
    return found


def root_mean_square(array: Array) -> float:
    """Return the root of the mean square of all numbers."""
    return float(np.sqrt(np.mean(np.square(array, dtype=np.float64)))) if array.size else 0.0


def in_32_bits(array: Any) -> Array:
    """Return the array rounded to what 32 bits can hold."""
    return np.asarray(array, np.float32)


def draw_plain(own: dict[str, Array], generator: np.random.Generator, scale: float) -> None:
    """Draw the weights of a layer that are no kernels and no statistics, in place."""
    for name, array in own.items():
        if name == "gamma":
            own[name] = in_32_bits(scale * generator.uniform(0.5, 1.5, array.shape))
        elif name == "beta":
            own[name] = in_32_bits(scale * generator.normal(SHIFT, 0.3, array.shape))
        elif name == "gain":
            own[name] = in_32_bits(array * generator.uniform(0.5, 1.5, array.shape))
        elif name.endswith(("bias", "embedding")):
            own[name] = in_32_bits(generator.normal(0, 0.3, array.shape))


MOMENTS = (("moving_mean", "moving_variance"), ("mean", "variance"))
"""What weights are called that hold a mean and a variance."""


def draw_statistics(
    entering: Array, size: Array | float, generator: np.random.Generator
) -> tuple[Array, Array]:
    """Return a mean and a variance near those of what enters, so that signals keep their size.

    The variance is near the mean square, and that no less than a quarter of what the kernel gives
    a channel on average (`size` is its root): where an image varies little around a large mean, or
    all of a channel is small by chance, a division by less would make rounding grow.
    """
    axes = tuple(range(entering.ndim - 1))
    mean = entering.mean(axes, dtype=np.float64)
    square = np.square(entering, dtype=np.float64).mean(axes)
    square = np.maximum(square, np.square(size) / 4) + 1e-12
    mean *= generator.uniform(0.5, 1.5, mean.shape)
    square *= generator.uniform(0.5, 2, mean.shape)
    return in_32_bits(mean), in_32_bits(square)


def scales_by_path(network: Network) -> dict[str, tuple[float, float]]:
    """Return for every layer the scale of its output, and its spread over channels."""
    layers = network.layers
    consumers: dict[int, list[LayerView]] = {}
    for layer in layers:
        for value in layer.inputs:
            consumers.setdefault(value, []).append(layer)
    found: dict[str, tuple[float, float]] = {}
    wanted: dict[int, float] = {}
    for layer in reversed(layers):
        behind = consumers.get(layer.index, [])
        wanted[layer.index] = max((scale_before(each, wanted) for each in behind), default=1.0)
        spread = SPREAD if any(each.op.compares_channels for each in behind) else 0.0
        found[layer.path] = (wanted[layer.index], spread)
    return found


def scale_before(layer: LayerView, wanted: Mapping[int, float]) -> float:
    """Return the scale at which a layer should be entered."""
    best = layer.op.best_deviation()
    return wanted[layer.index] if best is None else best
