"""The Keras backend: functional models, for whichever framework Keras runs on."""

from __future__ import annotations

import os
import re

from cnndsl.backend import (
    Artifact,
    Backend,
    CheckpointFiles,
    CheckpointFormat,
    Framework,
    Precision,
    Runtime,
)
from cnndsl.emit import python
from cnndsl.emit.functional import Dialect, FunctionalRenderer
from cnndsl.emit.planning import render
from cnndsl.emit.support import definition_in
from cnndsl_keras.layers import EMITTERS, MERGES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cnndsl.ir.network import Network
    from cnndsl.ops.base import Op

FOLDER = os.path.join(os.path.dirname(__file__), "support")
AXES = {"height": 1, "width": 2, "channels": -1}
SUPPORT = {
    "ApproximateGELU": "approximate_gelu",
    "LocalResponseNormalization": "local_response_normalization",
    "PaddedAveragePooling2D": "padded_average_pooling",
    "PaddedMaxPooling2D": "padded_max_pooling",
    "Subsample": "subsample",
    "depthwise_initializer": "depthwise_initializer",
}
"""The module that holds each helper definition."""

AUTOMATIC_NAME = re.compile(r"input_layer(_\d+)?")
"""What Keras calls an input that has no name."""


def _input(shape: python.Expression, network: Network) -> python.Expression:
    """The model's input, named where a layer could have the name that Keras would give it."""
    keywords: list[tuple[str, python.Value]] = [("shape", shape)]
    paths = {layer.path for layer in network.layers}
    if any(map(AUTOMATIC_NAME.fullmatch, paths)):
        name, number = "input", 1
        while name in paths:
            number += 1
            name = f"input{number}"
        keywords.append(("name", python.string(name)))
    return python.Call("keras.Input", [], keywords)


def _dimension(variable: str, axis: str) -> python.Expression:
    return python.Index(python.Attribute(python.name(variable), "shape"), AXES[axis])


DIALECT = Dialect(
    tensor="keras.KerasTensor",
    model="keras.Model",
    input=_input,
    merges=MERGES,
    dimension=_dimension,
    imports=(python.Import("keras"), python.ImportFrom("keras", ["layers"])),
    names=frozenset({"keras", "layers", "Any"}),
    support={name: definition_in(FOLDER, module) for name, module in SUPPORT.items()},
    emitters=EMITTERS,
    note="It needs keras alone.",
)


def emit(network: Network) -> Artifact:
    """A function for each block, and one that builds the model."""
    return Artifact(
        ".py",
        render(network, lambda groups: FunctionalRenderer(network, groups, DIALECT).render()),
    )


def _kinds_in_32_bits(op: Op) -> frozenset[str]:
    """TensorFlow's exact GELU has a root of 2 in 32 bits."""
    is_coarse = op.name == "gelu" and not getattr(op, "approximate", False)
    kinds = ("activations", "outputs", "gradients", "statistics")
    return frozenset(kinds if is_coarse else ())


def _runtime() -> Runtime:
    from cnndsl_keras import live, probes  # deferred: they import Keras

    return Runtime(models=live, weights=live, probes=probes, training=probes)


def _checkpoint_files() -> CheckpointFiles:
    from cnndsl_keras.checkpoints import FILES  # deferred: it imports NumPy

    return FILES


KERAS = Framework("keras", extra="keras")
BACKEND = Backend(
    "keras",
    emit,
    framework=KERAS,
    # TensorFlow's op, and Keras's `Rescaling`, round these whatever the model's precision.
    precision=Precision(
        ("float32", "float64"),
        frozenset({("leaky_relu", "slope"), ("scale", "factor")}),
        _kinds_in_32_bits,
    ),
    checkpoints=CheckpointFormat(
        "a Keras model or its weights", (".keras", ".weights.h5", ".h5"), KERAS, _checkpoint_files
    ),
    load=_runtime,
)
