"""What the interactive page shows of a network, as values for JSON.

Chains, which boxes share, are listed once and known by their number. The page gives them paths.
"""

from __future__ import annotations

from ..ir.network import distinct_scopes
from ..ops import OPS
from ..ops.manual import summary
from ..values import write
from .colors import color_of
from .drawing import Box, Fork

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeAlias

    from ..ir.network import LayerView, Network
    from ..ops.base import Op, Weight
    from .drawing import Chain, Drawing, Flow, Mesh, Part
    from .view import View

    Json: TypeAlias = Mapping[str, "Any"]


MOST_ROWS = 4_000


def page_data(drawing: Drawing, view: View) -> Json:
    """All that the page of a network shows."""
    network = drawing.network
    layers = network.first_layers(MOST_ROWS)
    return {
        "name": drawing.name,
        "heading": drawing.heading,
        "documentation": network.template.definition.documentation,
        "inputs": [[name, str(shape)] for name, shape in network.inputs],
        "params": network.cost.params,
        "macs": network.cost.macs,
        "layers": network.cost.layers,
        "depth": view.depth,
        "heat": view.heat,
        "chains": Writer().chains_from(drawing.chain),
        "rows": [row_of(layer) for layer in layers],
        "ops": {name: summary(OPS[name]) for name in sorted({one.op.name for one in layers})},
        "sources": sources_of(network),
    }


def row_of(layer: LayerView) -> list[Any]:
    """A row of the table: path, which call of it, op, output shape, parameters, MACs."""
    cost = layer.cost
    return [layer.path, layer.call, layer.op.name, str(layer.shape), cost.params, cost.macs]


def sources_of(network: Network) -> dict[str, str]:
    """The texts of the files that the network's parts stand in, by the names that places have."""
    templates = [network.template, *(one.template for one in distinct_scopes(network.scope))]
    texts = {one.source.name: one.source.text for one in templates}
    return dict(sorted(texts.items()))


class Writer:
    """Lists the chains of a drawing, each once."""

    def __init__(self) -> None:
        self.numbers: dict[Chain, int] = {}
        """The places of the chains in the list."""
        self.pending: list[Chain] = []

    def chains_from(self, first: Chain) -> list[Json]:
        """A chain, and all that are in it at whatever depth."""
        self.chain(first)
        chains: list[Json] = []
        for chain in self.pending:  # which grows meanwhile
            parts = [self.part(one) for one in chain.parts]
            chains.append({"parts": parts, "flows": [flow_of(one) for one in chain.flows]})
        return chains

    def chain(self, chain: Chain) -> int:
        """The number of a chain."""
        if chain not in self.numbers:
            self.numbers[chain] = len(self.pending)
            self.pending.append(chain)
        return self.numbers[chain]

    def part(self, part: Part) -> Json:
        if isinstance(part, Box):
            return self.box(part)
        if isinstance(part, Fork):
            return {"paths": [self.chain(one) for one in part.paths]}
        return self.mesh(part)

    def mesh(self, mesh: Mesh) -> Json:
        return {
            "rows": [[self.chain(one) for one in row] for row in mesh.rows],
            "wires": [[one.row, one.source, one.target, flow_of(one.flow)] for one in mesh.wires],
        }

    def box(self, box: Box) -> Json:
        """A box; what is as it is in most of them is left out."""
        facts = {
            "kind": box.kind,
            "label": box.label,
            "detail": box.detail,
            "name": box.name,
            "family": box.family,
            "color": color_of(box),
            "params": box.cost.params,
            "frozen": box.cost.frozen,
            "macs": box.cost.macs,
            "layers": box.cost.layers if box.inside is not None else 0,
            "inputs": flow_of(box.inputs),
            "outputs": flow_of(box.outputs),
            "place": box.place,
            "inside": None if box.inside is None else self.chain(box.inside),
            "count": box.count if box.count > 1 else 0,
            "times": box.times if box.times > 1 else 0,
            "numbered": box.numbered,
            "call": box.call,
            "keeps": box.keeps_shape,
        }
        if box.op is not None:
            facts["values"] = attributes_of(box.op)
            facts["weights"] = list(map(weight_of, box.op.weights([v.shape for v in box.inputs])))
        return {name: value for name, value in facts.items() if value}


def flow_of(flow: Flow) -> list[list[str]]:
    """Shape and name of each value."""
    return [[str(one.shape), one.name] if one.name else [str(one.shape)] for one in flow]


def attributes_of(op: Op) -> list[list[Any]]:
    """Name and value of each attribute, and whether it is not what it is by default."""
    values = [(name, getattr(op, name), one) for name, one in op.attributes.items()]
    return [
        [name, write(value), one.is_required or value != one.default] for name, value, one in values
    ]


def weight_of(weight: Weight) -> list[Any]:
    """Name, shape, and whether training leaves it alone."""
    return [weight.name, "x".join(map(str, weight.shape)), not weight.trainable]
