"""A live Keras model as people run it: `predict`, which compiles a graph."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def predict(model: Any, images: Any) -> tuple[Any, ...]:
    """The outputs for a batch of images."""
    outputs = model.predict(images, verbose=0)
    return tuple(outputs) if isinstance(outputs, list | tuple) else (outputs,)
