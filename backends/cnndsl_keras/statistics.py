"""Normalisation by given numbers as a Keras layer."""

from __future__ import annotations

from cnndsl.emit import python
from cnndsl_keras.kernels import emit_layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cnndsl.emit.functions.site import Site
    from cnndsl.ir.network import Layer
    from cnndsl_keras.kernels import Keywords


def normalize(site: Site) -> None:
    """Write Keras's layer, which takes the squares of deviations."""
    stated = site.measure(statistics)
    if stated is None:
        emit_layer(site, "layers.Normalization", [], [])
        return
    mean, std = stated
    keywords: Keywords = [("mean", written(mean)), ("variance", written(std, squared=True))]
    emit_layer(site, "layers.Normalization", [], keywords)


def statistics(layer: Layer) -> Any:
    """Mean and deviation, both for all channels or both for each; None where they are weights."""
    op: Any = layer.op
    if op.is_learned:
        return None
    mean, std = op.statistics(layer.shape.channels)
    is_for_all = not isinstance(op.mean, tuple) and not isinstance(op.std, tuple)
    return (mean[0], std[0]) if is_for_all else (mean, std)


def written(value: float | tuple[float, ...], squared: bool = False) -> python.Expression:
    """A number or a list of numbers, or their squares."""
    if isinstance(value, tuple):
        return python.List([written(one, squared) for one in value])
    number = python.number(value)
    return python.Power(number, python.number(2)) if squared and value != 1 else number
