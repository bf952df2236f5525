"""The Keras backend: functional models, for whichever framework Keras runs on."""

from __future__ import annotations

import os

from cnndsl.backend import (
    CANONICAL,
    Artifact,
    Backend,
    CheckpointFiles,
    CheckpointFormat,
    Framework,
    Runtime,
)
from cnndsl_keras.dialect import emit
from cnndsl_keras.layers import LOWERINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cnndsl.ir.network import Network
    from cnndsl.recipes.recipe import Recipe


def train(network: Network, recipe: Recipe) -> Artifact:
    """A script: the model, its data and its `fit`."""
    from cnndsl_keras.trainer import trainer  # deferred: for training alone

    return trainer(network, recipe)


def _runtime() -> Runtime:
    """Live models, of which TensorFlow says errors alone unless it is told otherwise.

    It warns of every graph in 64 bits, for which one of its libraries has nothing.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    return _loaded()


def _loaded() -> Runtime:
    import keras  # deferred: only live models need it

    from cnndsl_keras import compiled, inventory, lessons, live  # deferred: they import Keras

    graphs = compiled if keras.backend.backend() == "tensorflow" else None
    return Runtime(live, live, live, live, inventory, graphs, scripts=lessons)


def _checkpoint_files() -> CheckpointFiles:
    from cnndsl_keras.checkpoints import FILES  # deferred: it imports NumPy

    return FILES


CHATTER = (
    r"WARNING: All log messages before absl::InitializeLog\(\)",
    r"I\d{4} \d\d:\d\d:\S+ +\d+ \S+:\d+\] ",
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\S+: I ",
    "To enable the following instructions: ",
)
"""What TensorFlow says of itself when it starts; its warnings and errors are others."""
KERAS = Framework("keras", extra="keras", chatter=CHATTER)
BACKEND = Backend(
    "keras",
    emit,
    framework=KERAS,
    lowerings=LOWERINGS,
    several_inputs=True,
    precisions=("float32", "float64"),
    checkpoints=CheckpointFormat(
        "a Keras model or its weights", (".keras", ".weights.h5", ".h5"), KERAS, _checkpoint_files
    ),
    load=_runtime,
    trainer=train,
    starts_from=(CANONICAL, ".weights.h5"),
)
