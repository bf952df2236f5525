"""Warnings of what another framework writes the other way round: channels first, momentum."""

from __future__ import annotations

from .. import diagnostics
from ..ops.windows import window_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..diagnostics.base import Diagnostic
    from ..text import Location
    from ..values import Shape
    from .lints import Graph, Placed

BATCH_NORM, MOMENTUM = "batch_norm", "momentum"
SMALLEST_IMAGE = 16
"""What is at least so wide and deep, and three pixels high, is an image with its channels first."""
LEAST_KEPT = 0.5
"""Nobody keeps less of old statistics than this; the share of the new ones is mostly less."""


def channels_first(graph: Graph) -> Iterator[tuple[Diagnostic, Location]]:
    """Inputs as PyTorch has them."""
    template = graph.network.template
    shapes = graph.network.input_shapes
    for stated, shape in zip(template.body.shapes, shapes, strict=False):
        if _is_turned(shape, graph):
            yield diagnostics.ChannelsFirst(shape), template.location(stated)


def _is_turned(shape: Shape, graph: Graph) -> bool:
    """Whether an input is an image with its channels first, and nothing else.

    What is one pixel high may be a sequence, unless a layer's window is higher than that.
    """
    if not shape.is_image or shape.height not in (1, 3) or shape.width != shape.channels:
        return False
    is_large = shape.width >= SMALLEST_IMAGE
    return is_large and (shape.height == 3 or any(_is_higher(one, shape) for one in graph.layers))


def _is_higher(placed: Placed, shape: Shape) -> bool:
    """Whether a layer's window on an image of this shape is higher than the image."""
    image = placed.layer.input_shapes[0]
    window = window_of(placed.op, image) if image == shape else None
    return window is not None and window.axes[0].size > shape.height


def momentum_of_others(graph: Graph) -> Iterator[tuple[Diagnostic, Location]]:
    """A momentum that is the share of the new statistics, as PyTorch has it."""
    for one in graph.layers:
        momentum = getattr(one.op, MOMENTUM, 1.0) if one.op.name == BATCH_NORM else 1.0
        if 0 < momentum < LEAST_KEPT:
            given = getattr(one.layer.site, "arguments", ())
            said = next((argument for argument in given if argument.name == MOMENTUM), None)
            place = one.location if said is None else one.template.location(said)
            yield diagnostics.MomentumOfOthers(momentum), place
