"""Where the cost of a network lies, for budgets that do not hold."""

from __future__ import annotations

from ...diagnostics.base import Note
from ...ir.network import Child, Layer, steps_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ...ir.network import Cost, Network, Scope
    from ...semantics.template import Template

COUNTED = {"params": "parameters", "trainable": "trainable parameters", "macs": "MACs"}


def largest(network: Network, used: Collection[str]) -> Note | None:
    """The layer that costs most, by the first fact in use that adds up over layers."""
    fact = next((name for name in COUNTED if name in used), None)
    layers = list(_layers(network.scope, set())) if fact is not None else []
    if fact is None or not layers:
        return None
    layer, template = max(layers, key=lambda one: _count(one[0].cost, fact))
    what = f"the most {COUNTED[fact]}: {_count(layer.cost, fact):,}"
    return Note(template.layer_location(layer), f"this layer has {what}")


def _count(cost: Cost, fact: str) -> int:
    return int(getattr(cost, fact))


def _layers(scope: Scope, seen: set[Scope]) -> Iterator[tuple[Layer, Template]]:
    """Each distinct layer with the definition that it stands in."""
    seen.add(scope)
    for step in steps_of(scope):
        if isinstance(step, Layer):
            yield step, scope.template
        elif isinstance(step, Child) and step.scope not in seen:
            yield from _layers(step.scope, seen)
