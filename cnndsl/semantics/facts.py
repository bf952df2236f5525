"""What `expect` can speak of besides the model's own names: facts, each worked out where asked."""

from __future__ import annotations

from ..values import Shape
from .evaluate import PARTS, Budget, Exhausted
from .reporting import Findings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from ..diagnostics.base import Diagnostic
    from ..ir.network import Network
    from ..syntax import tree
    from ..values import Value
    from .bound import Node
    from .models import Elaboration
    from .reporting import Context, Key

    Fact: TypeAlias = Callable[[Network, Elaboration], Value]

SEARCHES = 2
"""The steps for the smallest input, in those for a file."""


class FirstFinding(Findings):
    """Ends an elaboration with the first thing that it finds."""

    def report(self, diagnostic: Diagnostic, node: tree.Node | Node, context: Context) -> Key:
        super().report(diagnostic, node, context)
        ended = Exhausted(node)
        ended.is_reported = True
        raise ended


def smallest_side(network: Network, elaboration: Elaboration) -> int | None:
    """The side of the smallest square image with which the model still checks.

    Its assertions and budgets do not apply. It is no larger than the model's own image, and all its
    images have it; None where these differ in size, or none is an image. Raises `Exhausted` where
    the search takes too many steps.
    """
    images = {one.dims[:2] for one in network.input_shapes if one.is_image}
    if len(images) != 1:
        return None
    ((height, width),) = images
    budget = Budget(network.template.source.size, SEARCHES)
    trial = None
    for side in range(1, max(height, width)):
        shapes = [
            Shape((side, side, one.channels)) if one.is_image else one
            for one in network.input_shapes
        ]
        trial = elaboration.on(shapes, budget, trial)
        if budget.is_spent:
            raise Exhausted(network.template.body)
        if trial.network is not None:
            return side
    return max(height, width)


def plain(shape: Shape) -> Value:
    """A shape as an expression would write it: a vector is its length."""
    return shape if shape.is_image else shape.channels


def measured(name: str) -> Fact:
    """A fact that takes a walk through all layers, each of which is a step of the budget."""

    def measure(network: Network, elaboration: Elaboration) -> Value:
        from ..ir import measures  # deferred: few budgets speak of these

        elaboration.budget.spend(PARTS * network.cost.layers, network.template.body)
        value = getattr(measures, name)(network)
        return min(value) if isinstance(value, tuple) else value

    return measure


FACTS: dict[str, Fact] = {
    "params": lambda network, _: network.cost.params,
    "trainable": lambda network, _: network.cost.trainable,
    "macs": lambda network, _: network.cost.macs,
    "depth": lambda network, _: network.scope.depth,
    "layers": lambda network, _: network.cost.layers,
    "output": lambda network, _: plain(network.scope.output_shape),
    "flops": measured("flops"),
    "inference_memory": measured("inference_memory"),
    "training_memory": measured("training_memory"),
    "receptive_field": measured("receptive_field"),
    "smallest_input": smallest_side,
}
