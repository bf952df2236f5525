"""What an editor shows between and above the lines: shapes, parameter names, counts and sums."""

from __future__ import annotations

from collections.abc import Iterator

from ..ops import OPS
from ..record import Record
from ..report.formats import counted
from ..syntax import tree
from . import occurrences as kinds
from . import texts
from .analysis import Analysis

SHAPE, NAME = "shape", "name"


class Hint(Record):
    """A text at a place. `kind` is that of a shape behind it, or of a name before it."""

    offset: int
    text: str
    kind: str


class Lens(Record):
    """A line above a definition."""

    start: int
    end: int
    text: str


def hints(analysis: Analysis, start: int, end: int) -> Iterator[Hint]:
    """Those within a range of the text, in no order."""
    for chain in analysis.chains:
        if start <= chain.end and chain.start <= end:
            yield from _of_chain(analysis, chain)
    for link in analysis.links:
        if start <= link.start <= end and isinstance(link.primary, tree.Call):
            yield from _of_arguments(analysis, link.primary)


def _of_chain(analysis: Analysis, chain: tree.Chain) -> Iterator[Hint]:
    """The shape behind a statement that asserts none."""
    last = chain.elements[-1]
    if last.assertion is not None:
        return
    shape = texts.shapes(one.outputs for one in analysis.works_at(last.start))
    if shape:
        yield Hint(last.end, f": {shape}", SHAPE)


def _of_arguments(analysis: Analysis, call: tree.Call) -> Iterator[Hint]:
    """The names of the arguments that have none."""
    names = argument_names(analysis, call)
    for name, argument in zip(names, call.arguments or (), strict=False):
        value = argument.value
        is_said = isinstance(value, tree.Name) and value.name == name
        if argument.name is None and len(names) > 1 and not is_said:
            yield Hint(argument.start, f"{name}=", NAME)


def argument_names(analysis: Analysis, call: tree.Call) -> list[str]:
    """What the arguments of a call are for, in their order."""
    template = analysis.visible.get(call.name)
    if template is not None:
        return [parameter.name for parameter in template.parameters]
    one = analysis.occurrence_at(call.start)
    is_op = one is not None and one.target.kind == kinds.OP
    return list(OPS[call.name].attributes) if is_op else []


def lenses(analysis: Analysis) -> Iterator[Lens]:
    """Parameters and MACs of each model, and the instances of each block."""
    for template in analysis.module.definitions:
        found = analysis.instances(template)
        name = template.heading
        if template.kind == "model" and template.name in analysis.networks:
            network = analysis.networks[template.name]
            text = f"{texts.cost(network.cost)}, {counted(network.cost.layers, 'layer')}"
            yield Lens(name.start, name.end, text)
        elif template.kind == "block" and analysis.networks:
            used = counted(len(found), "different instance")
            shape = texts.shapes(one.output_shapes for one in found)
            yield Lens(name.start, name.end, f"{used}: {shape}" if found else "not used here")
