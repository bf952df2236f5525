"""One pixel that is infinite or no number, through every op: each backend keeps to the formula.

The formulas are written out in `literal_formulas`; what they give for such a pixel is what follows
from arithmetic (0 * inf, inf - inf and inf / inf are no numbers).
"""

from __future__ import annotations

import functools
from random import Random
from typing import Any

import literal_formulas
import numpy as np
import pytest
from samples import LAYERS, VECTOR, accepted_calls
from shares import mostly_slow
from spec_text import in_model, network_of

from cnndsl.backend import find_backend
from cnndsl.ir.network import LayerView, Network
from cnndsl.values import Shape

PIXELS = (np.inf, -np.inf, np.nan)
SHAPES = (Shape((6, 5, 4)), VECTOR)
MERGES = ("add", "multiply", "concat")
CALLS = 2
"""How many calls of an op are tried on every run; all of them in the slow tests."""


@functools.cache
def network_for(shape: Shape, calls: int) -> Network:
    """Every op beside every other, each with some of its calls, on the input itself."""
    given = [
        call
        for op in LAYERS
        for accepted in (accepted_calls(op, shape),)
        for call in Random(op.name).sample(accepted, min(calls, len(accepted)))
    ]
    given += [f"{merge}(main, other)" for merge in MERGES]
    lines = [f"let value{at} = {call}" for at, call in enumerate(given)]
    outputs = ", ".join(f"value{at}" for at in range(len(given)))
    return network_of(
        in_model("\n".join(["let other = relu", *lines, f"output {outputs}"]), str(shape))
    )


def images_for(network: Network) -> Any:
    """For each pixel an image with it in the corner, and one with it in the middle."""
    images = literal_formulas.random_images(network, 2 * len(PIXELS)).astype(np.float64)
    for at, pixel in enumerate(PIXELS):
        images[(2 * at, *[0] * (images.ndim - 1))] = pixel
        images[(2 * at + 1, *[2] * (images.ndim - 1))] = pixel
    return images


def computed(name: str, network: Network, weights: Any, images: Any) -> tuple[Any, ...]:
    """A backend's outputs; `XLA` is Keras as XLA compiles it."""
    backend = find_backend("keras" if name == "XLA" else name)
    runtime, model = backend.runtime, backend.build(network, "float64")
    runtime.weights.load_weights(model, network, weights)
    models: Any = runtime.compiled if name == "XLA" else runtime.models
    found: tuple[Any, ...] = models.predict(model, images)
    return found


def is_of_the_framework(name: str, layer: LayerView) -> bool:
    """Whether a layer differs in its framework, as the manual of the backends says."""
    if layer.op.name == "upsample":
        return name == "torch"
    if name not in ("keras", "XLA"):
        return False
    if layer.op.name in ("depthwise_conv", "separable_conv"):
        stride: Any = layer.op.stride  # type: ignore[attr-defined]  # convolutions have it
        return name == "XLA" or stride.height != stride.width
    if layer.op.name == "conv_transpose":
        dilation: Any = layer.op.dilation  # type: ignore[attr-defined]  # likewise
        return (dilation.height, dilation.width) != (1, 1)
    of_xla = ("global_max_pool", "channel_max")
    return layer.op.name == "max_pool" or (name == "XLA" and layer.op.name in of_xla)


@pytest.mark.parametrize("shape", mostly_slow(SHAPES, SHAPES[:1]), ids=str)
@pytest.mark.parametrize(
    ("name", "calls"),
    [
        *((name, CALLS) for name in ("keras", "torch", "numpy")),
        *(pytest.param(name, 99, marks=pytest.mark.slow) for name in ("keras", "torch", "numpy")),
        pytest.param("XLA", CALLS, marks=pytest.mark.slow),
    ],
)
def test_every_op(name: str, calls: int, shape: Shape) -> None:
    network = network_for(shape, calls)
    weights = literal_formulas.random_weights(network)
    images = images_for(network)
    with np.errstate(all="ignore"):
        expected = literal_formulas.evaluate(network, weights, images)
        found = computed(name, network, weights, images)
    for (_, index), mine, right in zip(network.outputs, found, expected, strict=True):
        layer = network.layers[index]
        if name == "torch" and layer.op.name == "attention":
            right = np.where((mine == 0) & np.isnan(right), 0, right)  # softmax of -inf alone
        if not is_of_the_framework(name, layer):
            np.testing.assert_allclose(mine, right, 1e-6, 1e-9, err_msg=str(layer.op))
