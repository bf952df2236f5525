"""Other values of a model's parameters, and the networks that the checker gives for them."""

from __future__ import annotations

import itertools
from random import Random

from ...ir.network import Child, Layer, Run, distinct_scopes
from ...ops import OPS
from ...ops.base import Integer
from ...project.loading import DeepRecursion
from ...record import Record
from ...semantics import bound
from ...semantics.elaborate import Elaborator
from ...semantics.evaluate import Budget, evaluate, shape_of
from ...semantics.models import Elaboration
from ...syntax import tree
from ...syntax.tree import names_of
from ...values import ListValue, Padding, Size, write
from ..formulas import has_layers
from ..varying import carrying
from .bounds import Bounds, expressions_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from ...ir.network import Network, Scope, Step
    from ...semantics.template import Template
    from ...values import Value

    Chosen = Mapping[str, Mapping[bool, "list[Variant]"]]
    """Values of some parameters: apart those that change what is made, and those that do not."""
    Beside = Iterator[tuple[dict[str, Value], "list[Variant]"]]
    """Values of some parameters, and those of another one of which the first that goes is tried."""

FEW = 16
"""How many parameters are tried each on its own, if need be."""
DECIMALS = (0.5, 0.3)
"""Rates and ratios that are tried of each decimal, of none, and of 0 and 1: no dropout's rate is
1 or below 0, and what multiplies by 1 can halve. Of other integers emitted code says `int`.
"""
MOST_BOUNDS = 24
"""How many values at the bounds of comparisons are tried of one parameter."""
MOST_LAYERS = 2_000
"""Larger networks are not tried, unless the network at hand is as large."""
MOST_TRIED = 32_768
"""How many layers all networks that are tried have together, so that no small file takes long.

The network at hand counts twice, since code that refuses values is written once more. What is left
untried is refused.
"""
MOST_SIZES = 64
"""Of how many networks of the size at hand there is room for all layers, up to twice as many."""
ENOUGH = 4
"""How many values of a parameter show how it is read, where there is no room to try more."""
MOST_AT_ONCE = 8
"""How often several parameters are tried at once, at random."""
MOST_COMBINED = 256
"""How many networks of the size at hand are tried for several parameters at once, at most.

Where branches that are not taken have most of the layers, as many as `MOST_TRIED` go into these.
"""
MOST_REFUSED = 4
"""How many values of a parameter are tried beside others: what nothing reads can be anything."""
MOST_ITEMS = 10_000
"""How many items those lists have together that differ from a list in one place."""


class Variant(Record):
    """A parameter's other value, and the network that the checker gives for it.

    `beside` has the other values of other parameters that it has at the same time.
    """

    parameter: str
    value: Value
    network: Network
    beside: tuple[tuple[str, Value], ...] = ()

    @property
    def given(self) -> dict[str, Value]:
        return {**dict(self.beside), self.parameter: self.value}


class Together(Record):
    """Parameters, and networks that the checker gives where all of them have other values."""

    names: tuple[str, ...]
    trials: tuple[tuple[Mapping[str, Value], Network], ...]


class Trials:
    """Elaborates a model with other values: what `check --set` accepts.

    Parameters on which the input's shape depends are left out, as are layers: emitted code has
    their values. So are those that only budgets and pixels mention: it has nothing of them. A
    parameter that does more than count channels is tried with many values, since what holds for
    some says less of others.

    To try each parameter of a model alone takes time in their number times that of the layers. Of
    more than `FEW`, those that do no more than count are tried at once (`together`): each with
    another value than all others have, so that one which stands for another, or a number for it,
    still shows. Where code is wrong for such values, lacks one of the parameters, or the checker
    refuses them, they are tried alone. So what is lost are mistakes that two wrong values cancel.

    Once networks of so many layers are tried, no others are; `untried` are the parameters of which
    too few values were.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.values = dict(network.parameters)
        self.given = {name: self.values[name] for name in network.overrides}
        self.bounds = Bounds(network.template)
        blocks = [one for one in distinct_scopes(network.scope) if one.kind == "block"]
        self.known = Elaborator(Budget(network.template.source.size), instances=blocks)
        self.shapes = () if has_own_inputs(network) else network.input_shapes
        self.most_layers = max(MOST_LAYERS, 2 * network.cost.layers)
        most = max(MOST_TRIED, min(MOST_SIZES * network.cost.layers, 2 * MOST_TRIED))
        self.layers_left = most - 2 * network.cost.layers
        self.untried: set[str] = set()
        """Parameters with values that nobody has tried, and not `ENOUGH` others."""
        baked = set().union(*map(names_of, network.template.body.shapes))
        made_of = mentioned(network.template) - baked
        self.names = [
            name for name, value in self.values.items() if name in made_of and not has_layers(value)
        ]

    def apart(self, names: Iterable[str]) -> list[Variant]:
        """The accepted values of parameters, each on its own.

        Those with the most values to try, lists above all, come last: they may be left untried.
        """
        names = sorted(names, key=self.effort)
        near = self.in_turns({name: self.values_near(name) for name in names})
        unsure = [name for name in names if not self.says_enough(name, near[name])]
        far = self.in_turns({name: self.values_far(name) for name in unsure})
        for name in names:
            enough = ENOUGH if name in far else 2
            if len(near[name]) + len(far.get(name, ())) >= enough:
                self.untried.discard(name)
        return [one for name in names for one in (*near[name], *far.get(name, ()))]

    def effort(self, name: str) -> tuple[bool, bool]:
        """What orders parameters by how much there is to try of them."""
        is_plain = not self.bounds.of(name) and not decides(self.network.template, [name])
        return isinstance(self.values[name], tuple), not is_plain

    def together(self) -> list[Together]:
        """The parameters that can be tried at once."""
        counting = [
            name
            for name in self.names
            if type(self.values[name]) is int and not self.bounds.of(name)
        ]
        if len(counting) <= FEW or decides(self.network.template, counting):
            return []
        return self.accepted_together(counting)

    def accepted_together(self, names: list[str]) -> list[Together]:
        """Parts of some parameters whose values the checker takes together."""
        own = [self.values[name] for name in names]
        above = [max(own) + place for place in range(1, len(own) + 1)]
        least = [max(1, one - 1) for one in own]
        found = []
        for values in (above, above[::-1], least, [2 * one for one in own], [1] * len(own)):
            given = dict(zip(names, values, strict=True))
            network = self.network_of(given)
            if network is not None and is_alike(self.network.scope, network.scope, True):
                found.append((given, network))
            elif values is above:
                break
        if len(found) > 1:
            return [Together((*names,), (*found,))]
        if len(names) <= FEW:
            return []
        middle = len(names) // 2
        return self.accepted_together(names[:middle]) + self.accepted_together(names[middle:])

    def in_turns(self, wanted: Mapping[str, Sequence[Value]]) -> dict[str, list[Variant]]:
        """The accepted ones among values of parameters.

        They are tried in turns: where there is no room for all, each parameter has its share.
        """
        found: dict[str, list[Variant]] = {name: [] for name in wanted}
        for turn in itertools.zip_longest(*wanted.values()):
            for name, value in zip(wanted, turn, strict=True):
                one = None if value is None else self.variant(name, value)
                found[name] += () if one is None else (one,)
        return found

    def values_near(self, name: str) -> list[Value]:
        """The values next to a parameter's own, the usual ones, and those at bounds."""
        value = self.values[name]
        return others(value, [*_near(value), *_bounds(value, self.bounds.of(name))])

    def values_far(self, name: str) -> list[Value]:
        """Many other values."""
        known = self.values_near(name)
        return others(self.values[name], [*known, *_far(self.values[name])])[len(known) :]

    def says_enough(self, name: str, near: Sequence[Variant]) -> bool:
        """Whether what is accepted near a parameter's value speaks for all of its values."""
        value = self.values[name]
        if isinstance(value, tuple) and any(len(one.value) == len(value) for one in near):
            return True
        if not near or self.bounds.of(name) or decides(self.network.template, [name]):
            return False
        return all(map(self.is_plain, near))

    def combined(self, apart: Iterable[Variant], together: Iterable[Together]) -> list[Variant]:
        """Accepted values of several parameters at once, one of which changes what is made.

        What a branch holds that is not taken by default depends on parameters that nothing reads
        as long as they are changed alone. Each parameter has a value or two here, and those that
        are tried at once have the values that they were tried with.
        """
        chosen: dict[str, dict[bool, list[Variant]]] = {}
        for one in apart:
            values = chosen.setdefault(one.parameter, {}).setdefault(self.is_plain(one), [])
            if len(values) < MOST_REFUSED:
                values.append(one)
        most = max(MOST_COMBINED * self.network.cost.layers, MOST_TRIED)
        left, self.layers_left = self.layers_left, most
        counted = beside_counts(chosen, together)
        found: list[Variant] = []
        for beside, values in itertools.chain(self.at_random(chosen), counted, pairs_of(chosen)):
            found += self.first_of(values, beside) if beside else ()
        self.layers_left = left
        return found

    def first_of(self, values: Iterable[Variant], beside: Mapping[str, Value]) -> list[Variant]:
        """The first of a parameter's values that the checker takes beside others, if any."""
        for one in values:
            network = self.network_of({**beside, **one.given})
            if network is not None:
                return [Variant(one.parameter, one.value, network, (*beside.items(),))]
        return []

    def at_random(self, chosen: Chosen) -> Beside:
        """Values of half of some parameters at a time, the last of them apart."""
        random = Random(len(chosen))
        for _ in range(MOST_AT_ONCE if len(chosen) > 2 else 0):
            names = [name for name in chosen if random.random() < 0.5]
            values = [random.choice([*chosen[name].values()]) for name in names]
            if len(values) > 2:
                yield self.accepted_of(values[:-1]), values[-1]

    def accepted_of(self, parameters: Iterable[list[Variant]]) -> dict[str, Value]:
        """As many of some parameters' values as the checker takes together, one after another."""
        given: dict[str, Value] = {}
        for values in parameters:
            for one in self.first_of(values, given):
                given |= {one.parameter: one.value}
        return given

    def variant(self, name: str, value: Value) -> Variant | None:
        """The network for another value, if there is one that is not too large."""
        if self.layers_left <= 0:
            self.untried.add(name)
        network = self.network_of({name: value})
        return None if network is None else Variant(name, value, network)

    def network_of(self, given: Mapping[str, Value]) -> Network | None:
        """The network for other values, if there is one that is not too large.

        It counts whatever it asserts and expects: these say nothing in emitted code.
        """
        if self.layers_left <= 0:
            return None
        values = {**self.given, **given}
        with DeepRecursion():
            found = Elaboration(self.network.template, values, False, self.shapes, known=self.known)
        other = found.network
        self.layers_left -= max(found.steps, 0 if other is None else other.cost.layers)
        if other is None or found.findings.found or other.cost.layers > self.most_layers:
            return None
        return other

    def is_plain(self, variant: Variant) -> bool:
        """Whether a value changes counts of the model's own layers alone."""
        return is_alike(self.network.scope, variant.network.scope, but_for_counts=True)


def beside_counts(chosen: Chosen, together: Iterable[Together]) -> Beside:
    """Each value that changes what is made, beside those of parameters that are tried at once."""
    for group in together:
        for values in chosen.values():
            if False in values:
                yield from ((dict(given), values[False]) for given, _ in group.trials)


def pairs_of(chosen: Chosen) -> Beside:
    """Each value that changes what is made, beside each of another parameter."""
    for name, values in chosen.items():
        if False not in values:
            continue
        for other, found in chosen.items():
            for is_plain, ones in found.items():
                if other != name and (is_plain or other > name):
                    yield values[False][0].given, ones


def mentioned(template: Template) -> set[str]:
    """The names that a definition's steps read, and those of which defaults are made."""
    texts = [step.syntax for step in template.body.steps]
    texts += [one.default for one in template.parameters if one.default is not None]
    return {one.name for text in texts for one in tree.parts(text) if isinstance(one, tree.Name)}


DECIDING = tree.Conditional | tree.Function | tree.Binary


def decides(template: Template, names: Iterable[str]) -> bool:
    """Whether a definition decides or computes with some of its names, or with its channels."""
    nodes = list(bound.nodes(template.body.steps))
    wanted = carrying(nodes, names)
    deciding = [node.condition for node in nodes if isinstance(node, bound.Branch)]
    for expression in expressions_of(nodes):
        deciding += [one for one in tree.parts(expression) if isinstance(one, DECIDING)]
    return any(
        names_of(one) & wanted or any(map(_reads_channels, tree.parts(one))) for one in deciding
    )


def _reads_channels(node: tree.Node) -> bool:
    return isinstance(node, tree.InputDimension | tree.ValueDimension) and node.axis == "channels"


def is_alike(one: Scope, other: Scope, but_for_counts: bool = False) -> bool:
    """Whether two scopes have the same layers, wired in the same way.

    `but_for_counts` allows other numbers, such as of filters, in blocks that decide nothing.
    """
    if one is other:
        return True
    if len(one.steps) != len(other.steps) or one.outputs != other.outputs:
        return False
    if but_for_counts and one.kind == "block" and decides(one.template, dict(one.arguments)):
        return False
    pairs = zip(one.steps, other.steps, strict=True)
    return all(_is_alike_step(*pair, but_for_counts) for pair in pairs)


def _is_alike_step(one: Step, other: Step, but_for_counts: bool) -> bool:
    if one.inputs != other.inputs:
        return False
    if isinstance(one, Run) and isinstance(other, Run):
        sizes = [(turns.count, turns.numbered, len(turns.steps)) for turns in (one, other)]
        pairs = zip(one.steps, other.steps, strict=False)
        return sizes[0] == sizes[1] and all(_is_alike_step(*pair, but_for_counts) for pair in pairs)
    if isinstance(one, Child) and isinstance(other, Child):
        return one.name == other.name and is_alike(one.scope, other.scope, but_for_counts)
    if not isinstance(one, Layer) or not isinstance(other, Layer) or one.name != other.name:
        return False
    if but_for_counts:
        return type(one.op) is type(other.op) and all(
            isinstance(attribute.kind, Integer) or getattr(one.op, name) == getattr(other.op, name)
            for name, attribute in one.op.attributes.items()
        )
    return one.op == other.op and one.input_shapes == other.input_shapes


def has_own_inputs(network: Network) -> bool:
    """Whether the network's inputs are those that its model states."""
    values = dict(network.parameters)
    stated = [shape_of(evaluate(one, values, None)) for one in network.template.body.shapes]
    return (*stated,) == network.input_shapes


def others(value: Value, wanted: Iterable[Value]) -> list[Value]:
    """Other values than one, each once."""
    found: dict[str, Value] = {}
    for other in wanted:
        found.setdefault(write(other), other)
    found.pop(write(value), None)
    return list(found.values())


def _near(value: Value) -> list[Value]:
    """The values next to one, and the usual ones of its kind."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value - 1, value + 1, 1, 2 * value, 0, *(DECIMALS if value in (0, 1) else ())]
    if isinstance(value, float):
        return [value / 2, 2 * value, 0.0, 1.0, value + 1, value - 1, *DECIMALS]
    if isinstance(value, str):
        return [word for words in _vocabularies() if value in words for word in words]
    if isinstance(value, Size):
        return _sizes(value)
    if isinstance(value, Padding):
        return []
    if isinstance(value, tuple):
        return _sequences(value)
    return [0, 1, *DECIMALS, 4, True, False]  # instead of none


def _far(value: Value) -> list[Value]:
    """Many other values."""
    if isinstance(value, bool):
        return []
    if isinstance(value, int):
        return [*range(13), value - 2, value + 2, *(times * value for times in (3, 4, 8, 16))]
    if isinstance(value, Size):
        return [Size(side, side) for side in range(1, 13)] if value.height == value.width else []
    return _coarse(value) if type(value) in (tuple, ListValue) else []


def _bounds(value: Value, bounds: Iterable[Value]) -> list[Value]:
    return [near for one in bounds for near in _at(value, one)][:MOST_BOUNDS]


def _sizes(value: Size) -> list[Value]:
    """Other squares of a square; other sizes of any kind else."""
    sides = (value.height - 1, value.height + 1, 1, 2 * value.height)
    squares: list[Value] = [Size(side, side) for side in sides]
    if value.height == value.width:
        return squares
    return [Size(value.width, value.height), *squares, Size(value.height, value.width + 1)]


def _sequences(value: tuple[Value, ...]) -> list[Value]:
    """Lists that are longer or shorter, or have other values; tuples of as many."""
    found: list[tuple[Value, ...]] = [value[::-1], _times(value, 2)]
    for place, item in enumerate(value[: MOST_ITEMS // len(value) if value else 0]):
        for other in _near(item)[:2]:
            found.append((*value[:place], other, *value[place + 1 :]))
    if not isinstance(value, ListValue):
        return list(found)
    lengths = [value[:-1], (*value, *value[-1:]), (), value[:1], value * 2]
    return [ListValue(one) for one in (*found[:2], *lengths, *found[2:])]


def _coarse(value: Any) -> list[Value]:
    """Multiples of a list or tuple, of its items, and of one more: what groups divide, say."""
    multiples = [_times(value, factor) for factor in (2, 3)]
    for place, item in enumerate(value[: MOST_ITEMS // len(value) if value else 0]):
        multiples.append(type(value)((*value[:place], _times(item, 2), *value[place + 1 :])))
    if isinstance(value, ListValue) and value:
        multiples.append(ListValue((*value, _times(value[-1], 2))))
    return multiples


def _times(value: Any, factor: int) -> Any:
    """A value with the integers in it multiplied."""
    if type(value) in (tuple, ListValue):
        return type(value)(_times(one, factor) for one in value)
    return factor * value if type(value) is int else value


def _vocabularies() -> set[tuple[str, ...]]:
    """The words of every kind of attribute."""
    kinds = (one.kind for op in OPS.values() for one in op.attributes.values())
    return {kind.words for kind in kinds}


def _at(value: Value, bound: Value) -> list[Value]:
    """The values at and beside a bound, if a parameter of this value can have them."""
    if type(value) is not type(bound) or isinstance(value, bool):
        return []
    if isinstance(bound, int | float):
        return [bound, bound + 1, bound - 1]
    return [bound]
