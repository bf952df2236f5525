"""A layer that several calls share."""

from typing import Any

from keras import layers


def once(
    made: dict[str, Any],
    layer: type[layers.Layer],
    *arguments: Any,
    name: str,
    **keywords: Any,
) -> layers.Layer:
    """The layer of that name, made in the first call, so that calls share weights."""
    if name not in made:
        made[name] = layer(*arguments, name=name, **keywords)
    kept: layers.Layer = made[name]
    return kept
