"""The intermediate representation: a checked network, with its hierarchy.

A network is a tree of scopes: the model, its block instances, stages and loops. Equal instances
are one object, and a repeat whose turns are alike is one `Run`, so that a check takes time in the
distinct parts of a network, not in its layers. `layers` walks the tree out into the flat graph.
"""

from __future__ import annotations

from functools import lru_cache
from operator import add

from ..record import Distinct, Record
from ..values import Shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any, TypeAlias

    from ..diagnostics.base import Frame
    from ..ops.base import Op, Weight
    from ..semantics.bound import LayerSite, Repeat
    from ..semantics.template import Template
    from ..values import Value
    from .pixels import Pixels

    Step: TypeAlias = "Layer | Child | Run"


class Cost(Record):
    """What a part of a network adds up to."""

    layers: int = 0
    trainable: int = 0
    frozen: int = 0
    macs: int = 0

    @property
    def params(self) -> int:
        return self.trainable + self.frozen

    @property
    def again(self) -> Cost:
        """What it costs to compute the same once more, with the same weights."""
        return Cost(self.layers, 0, 0, self.macs)

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.layers + other.layers,
            self.trainable + other.trainable,
            self.frozen + other.frozen,
            self.macs + other.macs,
        )

    def __sub__(self, other: Cost) -> Cost:
        return self + other * -1

    def __mul__(self, times: int) -> Cost:
        return Cost(*(one * times for one in self._values()))


NOTHING = Cost()
UNREACHED = -(2**62)
"""The depth of what an input does not lead to."""


class Layer(Distinct):
    """One op at work. `inputs` number the values of its scope, whose own inputs come first.

    `call` is which one of several calls with the same weights it is, from 1 on, or 0.
    """

    name: str
    site: LayerSite
    op: Op
    inputs: tuple[int, ...]
    input_shapes: tuple[Shape, ...]
    shape: Shape
    cost: Cost
    call: int = 0


class Child(Distinct):
    """A nested scope at work: a block instance, a stage, a loop, or a merge within one of these.

    `site` is the block call, sequence, turn or nested merge of the bound tree, `call` as of a
    layer.
    """

    name: str
    site: Any
    scope: Scope
    inputs: tuple[int, ...]
    call: int = 0


class Run(Distinct):
    """`count` turns of the same steps, each fed by the one before and giving as many values.

    `numbered` of the steps carry numbers for names; each turn moves those on by that many.
    """

    site: Repeat
    steps: tuple[Step, ...]
    count: int
    numbered: int
    inputs: tuple[int, ...]


class Scope(Distinct):
    """A part of the network with a namespace of its own.

    `kind` is `model`, `block`, `merge` (a merge inside a sequence), `turn` (of a loop that knows
    lists of values) or `sequence` (a stage, loop or repeat, whose children are numbered). Values
    are numbered from 0: first the inputs, then what each step makes, one value or several
    (`width`). `outputs` lists (name, value).
    """

    kind: str
    template: Template
    arguments: tuple[tuple[str, Value], ...]
    input_shapes: tuple[Shape, ...]
    steps: tuple[Step, ...]
    outputs: tuple[tuple[str, int], ...]
    output_shapes: tuple[Shape, ...]
    cost: Cost
    depth: int
    idle: int = 0
    """How many calls in it have no layers, those in repeats as often as they run."""

    @property
    def input_shape(self) -> Shape:
        """That of the first input."""
        return self.input_shapes[0]

    @property
    def output_shape(self) -> Shape:
        """That of the first output."""
        return self.output_shapes[0]


def idle_of(step: Step) -> int:
    """How many calls without layers a step comes to, itself among them."""
    if type(step) is Child:
        return step.scope.idle + (not step.scope.cost.layers)
    return step.count * sum(map(idle_of, step.steps)) if type(step) is Run else 0


def width(step: Step) -> int:
    """How many values a step makes."""
    if type(step) is Child:
        return len(step.scope.outputs)
    return len(step.inputs) if type(step) is Run else 1


def depths_behind(scope: Scope, entering: Sequence[int]) -> list[int]:
    """The depths of a scope's outputs, where its inputs have these."""
    if len(entering) * len(scope.outputs) < scope.cost.layers:
        return [max(map(add, entering, paths)) for paths in _longest_paths(scope)]
    return _walked(scope, entering)


@lru_cache(maxsize=256)
def _longest_paths(scope: Scope) -> tuple[tuple[int, ...], ...]:
    """For each output the depth behind each input, looked at once, however often it is called."""
    places = range(len(scope.input_shapes))
    rows = [
        _walked(scope, [0 if one == place else UNREACHED for one in places]) for place in places
    ]
    return tuple(zip(*rows, strict=True))


def _walked(scope: Scope, entering: Sequence[int]) -> list[int]:
    depths = [*entering]
    for step in scope.steps:
        depths += _depths(step, [depths[value] for value in step.inputs])
    return [depths[value] for _, value in scope.outputs]


def _depths(step: Step, entering: Sequence[int]) -> Sequence[int]:
    if isinstance(step, Layer):
        return [step.op.depth + max(entering)]
    if isinstance(step, Child):
        return depths_behind(step.scope, entering)
    for one in step.steps * step.count:
        entering = _depths(one, entering)
    return entering


def path_of(prefix: str, name: str) -> str:
    """The path of what has a name below another path; either can be empty."""
    return f"{prefix}.{name}" if prefix and name else prefix or name


def input_index(place: int) -> int:
    """An input's number in the flat graph by its place; and the other way round."""
    return -1 - place


class LayerView(Record):
    """One layer of the flat graph.

    `index` is its value's number; `inputs` are those of the layers that feed it, or of the
    network's inputs, which are below 0 (`input_index`). `call` counts the layers that share a path,
    and so its weights, from 1 on; those that an output needs come first.
    """

    index: int
    path: str
    op: Op
    site: LayerSite
    template: Template
    inputs: tuple[int, ...]
    input_shapes: tuple[Shape, ...]
    shape: Shape
    cost: Cost
    calls: tuple[Frame, ...]
    in_sequence: bool
    """Whether it is one of the numbered layers of a stage, loop or repeat."""
    call: int = 1

    @property
    def is_again(self) -> bool:
        """Whether another layer has its path, and its weights."""
        return self.call > 1

    @property
    def label(self) -> str:
        """What tells it from all others: its path, with the number of a later call."""
        return f"{self.path} ({self.call})" if self.is_again else self.path

    @property
    def weights(self) -> tuple[Weight, ...]:
        """Its own weights: none, where it shares an earlier layer's."""
        return () if self.is_again else self.op.weights(self.input_shapes)

    @property
    def row(self) -> int:
        """The spec's line that the layer stands on."""
        return self.template.source.position(self.site.start)[0]


class Network(Record):
    """A checked model: every shape is known and every budget holds."""

    name: str
    template: Template
    scope: Scope
    parameters: tuple[tuple[str, Value], ...]
    overrides: tuple[str, ...]
    pixels: Pixels | None = None
    """What a picture becomes as input, where the model states it."""
    training_outputs: int = 0
    """How many of the outputs, at their end, are for training alone."""

    @property
    def input_shape(self) -> Shape:
        """That of the first input."""
        return self.scope.input_shape

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        return self.scope.input_shapes

    @property
    def inputs(self) -> tuple[tuple[str, Shape], ...]:
        """Name and shape of each input; one that the model gives no name is `input`."""
        return tuple(zip(self.template.body.inputs or ("input",), self.input_shapes, strict=True))

    @property
    def cost(self) -> Cost:
        return self.scope.cost

    @property
    def in_inference(self) -> Network:
        """The same without the outputs that are for training alone."""
        kept = len(self.scope.outputs) - self.training_outputs
        whole = self.scope
        scope = whole.replaced(
            outputs=whole.outputs[:kept], output_shapes=whole.output_shapes[:kept]
        )
        return self.replaced(scope=scope, training_outputs=0) if self.training_outputs else self

    @property
    def inference_cost(self) -> Cost:
        """What inference takes: the layers on which its outputs depend."""
        return sum((one.cost for one in self.in_inference.needed_layers), Cost())

    @property
    def layers(self) -> tuple[LayerView, ...]:
        """Every layer in the order of the spec, which is an order of computation."""
        return tuple(Walk(self).views)

    def first_layers(self, most: int) -> tuple[LayerView, ...]:
        """No more than the first so many layers, without a walk through the others."""
        return tuple(Walk(self, most).views)

    @property
    def needed_layers(self) -> tuple[LayerView, ...]:
        """The layers on which an output depends. Graphs of layers are made of no others."""
        walk = Walk(self)
        needed = walk.needed()
        return tuple(view for view in walk.views if view.index in needed)

    @property
    def outputs(self) -> tuple[tuple[str, int], ...]:
        """Name and layer index of each output."""
        return tuple(Walk(self).outputs)


class EnoughLayers(Exception):
    """The walk has come as far as it should."""


class Walk:
    """Walks the tree out into the flat graph, or into the first `most` of its layers alone."""

    def __init__(self, network: Network, most: int | None = None) -> None:
        self.views: list[LayerView] = []
        self.most = most
        self.outputs: list[tuple[str, int]] = []
        self.again = 0
        """How many of the scopes around this place are called again."""
        self.calls: dict[str, int] = {}
        """How often layers have been called, of those that are called again."""
        try:
            feeds = tuple(map(input_index, range(len(network.input_shapes))))
            values = self._scope(network.scope, "", feeds, ())
        except EnoughLayers:
            return
        self.outputs = [(name, values[value]) for name, value in network.scope.outputs]
        if self.calls:
            self._number_calls()

    def needed(self) -> set[int]:
        """The values on which an output depends."""
        needed = {index for _, index in self.outputs}
        for view in reversed(self.views):
            if view.index in needed:
                needed.update(view.inputs)
        return needed

    def _number_calls(self) -> None:
        """Count the calls that an output needs before others, which models may be without."""
        needed = self.needed()
        by_path: dict[str, list[LayerView]] = {path: [] for path in self.calls}
        for view in self.views:
            if view.path in by_path:
                by_path[view.path].append(view)
        for views in by_path.values():
            own = views[0].cost - views[0].cost.again
            ordered = sorted(views, key=lambda view: view.index not in needed)
            for call, view in enumerate(ordered, start=1):
                cost = view.cost.again if call > 1 else view.cost.again + own
                self.views[view.index] = view.replaced(call=call, cost=cost)

    def _scope(
        self, scope: Scope, prefix: str, feeds: Sequence[int], calls: tuple[Frame, ...]
    ) -> list[int]:
        values = [*feeds]
        for step in scope.steps:
            feeds = tuple([values[number] for number in step.inputs])
            values += self._step(step, scope, prefix, feeds, 0, calls)
        return values

    def _step(
        self,
        step: Step,
        scope: Scope,
        prefix: str,
        feeds: tuple[int, ...],
        shift: int,
        calls: tuple[Frame, ...],
    ) -> tuple[int, ...]:
        """Walk one step fed by `feeds`; numbers in its names move up by `shift`."""
        if isinstance(step, Run):
            for turn in range(step.count):
                for inner in step.steps:
                    moved = shift + turn * step.numbered
                    feeds = self._step(inner, scope, prefix, feeds, moved, calls)
            return feeds
        name = str(int(step.name) + shift) if step.name.isdigit() else step.name
        path = path_of(prefix, name)
        if isinstance(step, Child):
            if step.scope.kind == "block":
                calls = (scope.template.frame(step), *calls)
            self.again += step.call > 1
            values = self._scope(step.scope, path, feeds, calls)
            self.again -= step.call > 1
            return tuple([values[value] for _, value in step.scope.outputs])
        index = len(self.views)
        if index == self.most:
            raise EnoughLayers
        self.views.append(
            LayerView(
                index,
                path,
                step.op,
                step.site,
                scope.template,
                feeds,
                step.input_shapes,
                step.shape,
                step.cost.again if self.again else step.cost,
                calls,
                scope.kind == "sequence",
                self._call(path) if step.call > 1 or self.again else 1,
            )
        )
        return (index,)

    def _call(self, path: str) -> int:
        self.calls[path] = self.calls.get(path, 1) + 1
        return self.calls[path]


def steps_of(scope: Scope) -> Iterator[Step]:
    """A scope's steps with those of its runs."""
    pending = list(reversed(scope.steps))
    while pending:
        step = pending.pop()
        yield step
        if type(step) is Run:
            pending += reversed(step.steps)


def distinct_scopes(*scopes: Scope) -> Iterator[Scope]:
    """Some scopes and all those inside them, each once, however often it is used."""
    seen: set[Scope] = set()
    pending = list(scopes)
    while pending:
        scope = pending.pop()
        if scope not in seen:
            seen.add(scope)
            yield scope
            pending += [step.scope for step in steps_of(scope) if type(step) is Child]


def distinct_layers(*scopes: Scope) -> Iterator[Layer]:
    """The layers of some scopes, those of a block that they have several times given once."""
    for scope in distinct_scopes(*scopes):
        yield from (step for step in steps_of(scope) if type(step) is Layer)


def cost_of(step: Step) -> Cost:
    """What a step adds to its scope."""
    if isinstance(step, Run):
        return sum(map(cost_of, step.steps), Cost()) * step.count
    cost = step.scope.cost if isinstance(step, Child) else step.cost
    return cost.again if step.call > 1 else cost


def unread(scopes: Iterable[Scope]) -> Iterator[tuple[Step, Template]]:
    """The last step of each chain in some scopes that leads to no output, with its definition.

    What only feeds such a chain is left out.
    """
    for scope in scopes:
        read = {value for _, value in scope.outputs}
        read = read.union(*[step.inputs for step in scope.steps])
        value = len(scope.input_shapes)
        for step in scope.steps:
            first, value = value, value + width(step)
            if read.isdisjoint(range(first, value)) and cost_of(step).layers:
                yield step, scope.template
