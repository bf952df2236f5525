"""Training scripts that run in this process."""

from __future__ import annotations

import keras

from cnndsl.backend import execute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnndsl.backend import Artifact


def fit(script: Artifact, arguments: Sequence[str]) -> tuple[list[dict[str, float]], str]:
    """What a script measured in each epoch, and the file of its best weights."""
    names = execute(script, "training")
    options = names["arguments"](arguments)
    policy = keras.config.dtype_policy()
    try:
        training = names["Training"](options)
    finally:
        keras.config.set_dtype_policy(policy)
    if options.resume:
        training.resume()
    training.train()
    return training.rows, str(options.out / "best.weights.h5")
