"""Channels as numbers, for where symbols cannot say them: those that all instances have."""

from __future__ import annotations

from ...ir.network import Layer
from ..items import INSTANCES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ...ir.network import Child
    from ..planning import Group


def channels_before(instance: Layer | Child, place: int = 0) -> int:
    """The channels of an input of a layer or a scope."""
    inside = instance if isinstance(instance, Layer) else instance.scope
    return inside.input_shapes[place].channels


def channels_behind(instance: Layer | Child) -> int:
    """The channels that leave a layer or a scope."""
    if isinstance(instance, Layer):
        return instance.shape.channels
    return instance.scope.output_shape.channels


def measured(group: Group, item: Any, measure: Callable[[Any], int]) -> int:
    """What `measure` gives for every instance of an item. Raises `Split`."""
    channels: int = group.constant(item.element, INSTANCES[type(item)](item), measure)
    return channels
