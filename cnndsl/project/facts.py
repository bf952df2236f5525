"""The facts about a network that take more than a check to work out."""

from __future__ import annotations

from ..ir import measures
from ..record import Record
from ..semantics.evaluate import Exhausted
from ..semantics.facts import smallest_side
from ..semantics.models import Elaboration
from .loading import DeepRecursion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..ir.network import Network


class Facts(Record):
    """Operations, activations and sides, as `docs/language.md` defines them under Budgets.

    Memory is in bytes, for a batch. An input that is a vector has no `receptive_field` and no
    `smallest_input`, and neither has what takes too many steps to find the latter.
    """

    flops: int
    batch: int
    inference_memory: int
    training_memory: int
    receptive_field: tuple[int, int] | None
    smallest_input: tuple[int, ...] | None


def facts_of(network: Network, batch: int = 1) -> Facts:
    """The facts about a checked network."""
    with DeepRecursion():
        try:
            side = smallest_side(
                network, Elaboration(network.template, dict(network.parameters), False)
            )
        except Exhausted:
            side = None
    channels = next((one.channels for one in network.input_shapes if one.is_image), 0)
    return Facts(
        measures.flops(network),
        batch,
        batch * measures.inference_memory(network),
        batch * measures.training_memory(network),
        measures.receptive_field(network),
        None if side is None else (side, side, channels),
    )
