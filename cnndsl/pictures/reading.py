"""From a network to its drawing."""

from __future__ import annotations

from collections import Counter

from ..ir.network import Child, Cost, Layer, Run, cost_of, path_of
from ..ops.index import FAMILY_OF
from ..project.loading import DeepRecursion
from ..project.outcome import output_shapes
from ..semantics import bound
from ..values import Size, write
from .drawing import (
    BLOCK,
    INPUT,
    LAYER,
    LOOP,
    MERGE,
    OUTPUT,
    REPEAT,
    STAGE,
    TURN,
    Box,
    Chain,
    Drawing,
    Value,
    boxes_in,
)
from .grouping import Group, groups_of, trails_of
from .structure import Unit, chain_of
from .wiring import places_given, places_read, shapes_into, wiring_of, wiring_of_turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, TypeAlias

    from ..ir.network import Network, Scope
    from ..semantics.template import Template
    from .drawing import Flow
    from .grouping import Trails
    from .wiring import Wired, Wiring

    Places: TypeAlias = tuple[int, ...]

MOST_LABELS = 3
"""So many labels of what is repeated make the label of the repeat."""
MOST_TEXT = 40
"""The characters of a loop's list that are shown."""


def drawing_of(network: Network) -> Drawing:
    """The drawing of a network."""
    values = ", ".join(f"{name}={write(value)}" for name, value in network.parameters)
    heading = f"{network.name}({values})" if values else network.name
    with DeepRecursion():
        chain = Reader().model(network)
    return Drawing(network.name, heading, chain, network.cost, network)


class Reader:
    """Reads scopes, each once, however often it is used."""

    def __init__(self) -> None:
        self.chains: dict[tuple[Scope, Places], Chain] = {}

    def model(self, network: Network) -> Chain:
        """The network between boxes for its inputs and outputs."""
        scope, template = network.scope, network.template
        level = Level(self, template, wiring_of(scope), {})
        inputs = (
            Unit(border(INPUT, name, (), (Value(shape),), template), (), (place,))
            for place, (name, shape) in enumerate(network.inputs)
        )
        outputs = []
        for place, (name, shape) in enumerate(output_shapes(network)):
            name = name if len(scope.outputs) > 1 else OUTPUT
            box = border(OUTPUT, name, (Value(shape),), (), template)
            if place >= len(scope.outputs) - network.training_outputs:
                box = box.replaced(detail="for training")
            outputs.append(Unit(box, level.wiring.outputs[place : place + 1], ()))
        return chain_of([*inputs, *level.units(), *outputs], level.wiring.values, ())

    def chain(self, scope: Scope, trails: Trails, read: Places) -> Chain:
        """What a scope holds, up to those of its outputs that are read."""
        if (scope, read) not in self.chains:
            wiring = wiring_of(scope)
            wiring.outputs = tuple([wiring.outputs[place] for place in read])
            self.chains[scope, read] = Level(self, scope.template, wiring, trails).chain()
        return self.chains[scope, read]


class Level:
    """Makes the units of one scope. `trails` are the repeats and loops around its steps."""

    def __init__(self, reader: Reader, template: Template, wiring: Wiring, trails: Trails) -> None:
        self.reader = reader
        self.template = template
        self.wiring = wiring
        self.trails = trails
        reads = (value for step in wiring.steps for value in step.taken)
        self.reads = Counter((*reads, *wiring.outputs))
        """How often each value is read."""

    def chain(self, depth: int = 0) -> Chain:
        return chain_of(self.units(depth), self.wiring.values, self.wiring.outputs)

    def units(self, depth: int = 0) -> list[Unit]:
        return self.units_of(self.wiring.steps, depth)

    def units_of(self, steps: Sequence[Wired], depth: int) -> list[Unit]:
        """Steps as units, those of a repeat or loop as one."""
        units: list[Unit] = []
        for one in groups_of(steps, self.trails, depth):
            units += self.unit(one.steps[0]) if one.node is None else [self.group(one)]
        return units

    def group(self, group: Group) -> Unit:
        """A repeat or loop."""
        steps, values = group.steps, self.wiring.values
        made = dict.fromkeys(value for step in steps for value in step.made)
        reads = Counter(value for step in steps for value in step.taken)
        inputs = tuple(value for value in reads if value not in made)
        outputs = tuple(value for value in made if self.reads[value] > reads[value])
        chain = chain_of(self.units_of(steps, group.depth), values, outputs)
        flows = tuple(values[one] for one in inputs), tuple(values[one] for one in outputs)
        return Unit(self.group_box(group, chain, flows), inputs, outputs)

    def group_box(self, group: Group, chain: Chain, flows: tuple[Flow, Flow]) -> Box:
        boxes = [*boxes_in(chain)]
        if isinstance(group.node, bound.Loop):
            kind, (label, detail) = LOOP, loop_text(group.node, self.template)
        elif len(boxes) == 1 and boxes[0].count == group.turns:
            return boxes[0]
        else:
            is_last_equal = group.steps[-1].step.site is group.node
            kind, (label, detail) = REPEAT, label_of(boxes[:-1] if is_last_equal else boxes)
        cost = sum((box.cost for box in boxes), Cost())
        place = place_of(self.template, group.steps[0].step.site.start)
        return Box(kind, label, detail, "", "", cost, *flows, place, chain, turns=group.turns)

    def unit(self, wired: Wired) -> list[Unit]:
        step = wired.step
        if isinstance(step, Child) and step.scope.kind == "merge":
            return self.merge(step, wired)
        if isinstance(step, Child):
            read = self.places_used(step.scope, wired.made)
            made = tuple([wired.made[place] for place in read])
            return [Unit(self.child(step, read), wired.taken, made)]
        box = self.layer(step) if isinstance(step, Layer) else self.run(step)
        return [Unit(box, wired.taken, wired.made)]

    def places_used(self, scope: Scope, made: tuple[int, ...]) -> Places:
        """Which outputs are drawn: all of a block, of others those that are read, or the first."""
        read = [place for place, value in enumerate(made) if self.reads[value]]
        return tuple(range(len(made)) if scope.kind == "block" else read or [0])

    def merge(self, child: Child, wired: Wired) -> list[Unit]:
        """The units of a merge in a sequence, which stand in its chain."""
        inner = wiring_of(child.scope)
        units = Level(self.reader, self.template, inner, {}).units()
        numbers = dict(enumerate(wired.taken)) | dict(zip(inner.outputs, wired.made, strict=True))
        for value in inner.values:
            if value not in numbers:
                (numbers[value],) = self.wiring.new((inner.values[value],))
        return [
            Unit(
                unit.box.replaced(name=path_of(child.name, unit.box.name)),
                tuple(numbers[one] for one in unit.inputs),
                tuple(numbers[one] for one in unit.outputs),
            )
            for unit in units
        ]

    def layer(self, layer: Layer) -> Box:
        op, site = layer.op, layer.site
        detail = arguments_of(site, {name: getattr(op, name) for name in op.attributes})
        kind = MERGE if op.merges else LAYER
        family, cost = FAMILY_OF[op.name], cost_of(layer)
        flows = tuple(map(Value, layer.input_shapes)), (Value(layer.shape),)
        place = place_of(self.template, site.start)
        name, call = layer.name, layer.call
        return Box(kind, op.name, detail, name, family, cost, *flows, place, call=call, op=op)

    def run(self, run: Run) -> Box:
        """Equal turns as one box with their count."""
        level = Level(self.reader, self.template, wiring_of_turn(run), self.trails)
        chain, cost = level.chain(len(self.trails[run.site])), cost_of(run)
        boxes = [*boxes_in(chain)]
        if len(boxes) == 1 and boxes[0].count == boxes[0].turns == 1:
            return boxes[0].replaced(count=run.count, cost=cost, numbered=run.numbered)
        label, detail = label_of(boxes)
        place = place_of(self.template, run.site.start)
        flow = tuple(map(Value, shapes_into(run)))
        box = Box(REPEAT, label, detail, "", "", cost, flow, flow, place, chain, run.count)
        return box.replaced(numbered=run.numbered)

    def child(self, child: Child, read: Places) -> Box:
        """The box of a nested scope, with those of its outputs that are read."""
        scope, site = child.scope, child.site
        trails = trails_of(site) if isinstance(site, bound.Sequence) else {}
        chain = self.reader.chain(scope, trails, read)
        kind, label, detail = named(child)
        only = chain.parts[0]
        if kind == REPEAT and len(chain.parts) == 1 and isinstance(only, Box):
            return only.replaced(name=path_of(child.name, only.name))
        taken, given = places_read(scope), places_given(scope)
        flows = (
            tuple(Value(scope.input_shapes[place]) for place in taken),
            tuple(Value(scope.output_shapes[given[place]]) for place in read),
        )
        cost, place = cost_of(child), place_of(self.template, site.start)
        name, call = child.name, child.call
        return Box(kind, label, detail, name, "", cost, *flows, place, chain, call=call)


def named(child: Child) -> tuple[str, str, str]:
    """Kind, label and detail of a nested scope's box."""
    scope, site = child.scope, child.site
    if scope.kind == "block":
        detail = arguments_of(site, dict(scope.arguments))
        return BLOCK, scope.template.name, detail
    if scope.kind == "turn":
        return TURN, "turn", child.name
    is_stage = site.is_stage
    return (STAGE, child.name or "stage", "") if is_stage else (REPEAT, child.name, "")


def loop_text(loop: bound.Loop, template: Template) -> tuple[str, str]:
    """`for filters` and `in [64, 128]`."""
    syntax: Any = loop.iterable
    text = " ".join(template.source.text[syntax.start : syntax.end].split())
    shown = text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 4]} ..."
    return f"for {', '.join(loop.targets)}", f"in {shown}"


def border(kind: str, name: str, taken: Flow, made: Flow, template: Template) -> Box:
    """The box of an input or output."""
    place = place_of(template, template.heading.start)
    return Box(kind, name, "", "", "", Cost(), taken, made, place)


def place_of(template: Template, start: int) -> str:
    """`net.cnn:12`."""
    return f"{template.source.name}:{template.source.position(start)[0]}"


def arguments_of(site: Any, values: Mapping[str, Any]) -> str:
    """The arguments that a call gives, with their values, in the form in which it gives them."""
    given = sorted(getattr(site, "arguments", ()), key=lambda one: one.start)
    shown = (
        f"{one.name}={_short(values[one.name])}" if one.syntax.name else _plain(one.name, values)
        for one in given
    )
    return ", ".join(shown)


def _plain(name: str, values: Mapping[str, Any]) -> str:
    """A value without its name: `3x3` for a kernel, `2` for a stride."""
    return _short(values[name]) if name == "stride" else write(values[name])


def _short(value: Any) -> str:
    """A value, of a size with two equal sides one of them."""
    is_square = isinstance(value, Size) and value.height == value.width
    return str(value.height) if is_square else write(value)


def label_of(boxes: Iterable[Box]) -> tuple[str, str]:
    """Label and detail of a repeat of some boxes."""
    boxes = [*boxes]
    labels = list(dict.fromkeys(box.label for box in boxes))
    if len(labels) == 1:
        details = {box.detail for box in boxes}
        return labels[0], boxes[0].detail if len(details) == 1 else ""
    shown = labels if len(labels) <= MOST_LABELS else [labels[0], "...", labels[-1]]
    return " -> ".join(shown), ""
