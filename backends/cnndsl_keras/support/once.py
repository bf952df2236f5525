"""A layer that several calls share."""

from typing import Any

from keras import layers


def once(made: dict[str, Any], layer: layers.Layer) -> layers.Layer:
    """The layer of that name which was made first, so that calls share its weights."""
    kept: layers.Layer = made.setdefault(layer.name, layer)
    return kept
