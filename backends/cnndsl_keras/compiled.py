"""A live Keras model as XLA compiles it; what it predicts by itself is a graph without XLA."""

from __future__ import annotations

import keras

from cnndsl.backend import per_input

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

compiler = "XLA"


def predict(model: Any, images: Any) -> tuple[Any, ...]:
    """The outputs for a batch of images."""
    import tensorflow as tf  # deferred: Keras may run on another framework

    compiled = tf.function(lambda batch: model(batch, training=False), jit_compile=True)
    batches = [*map(tf.constant, per_input(images))]
    outputs = compiled(batches if len(batches) > 1 else batches[0])
    found = outputs if isinstance(outputs, list | tuple) else (outputs,)
    return tuple(keras.ops.convert_to_numpy(one) for one in found)
