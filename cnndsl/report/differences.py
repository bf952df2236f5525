"""What differs between two networks: facts, budgets, layers, and which weights still load."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from difflib import SequenceMatcher
from itertools import takewhile

from ..project.lock_file import locked
from ..record import Record
from ..syntax.tree import Expect, parts
from ..values import write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TypeAlias

    from ..ir.network import LayerView, Network

    Pair: TypeAlias = tuple[LayerView | None, LayerView | None]
    Key: TypeAlias = Callable[[LayerView], object]
    Chain: TypeAlias = tuple[int, int, "Chain | None"]
    """Places in both, and what comes before."""

MOST_COMPARISONS = 1_000_000
"""For more, only what is once in each is brought together, and what is before and behind."""
ADDED, REMOVED, RENAMED, CHANGED = "added", "removed", "renamed", "changed"


class Change(Record):
    """A fact before and after; None where there is none."""

    name: str
    before: str | None
    after: str | None


class LayerChange(Record):
    """What became of a layer, by its paths. One that is renamed may have changes, too."""

    kind: str
    before: str | None
    after: str | None
    op: str
    changes: tuple[Change, ...] = ()


class WeightChanges(Record):
    """How many weights load as they are, and those that do not, by their keys.

    `renamed` are those of renamed layers, which a renaming loads: (before, after).
    """

    kept: int
    renamed: tuple[tuple[str, str], ...]
    reshaped: tuple[Change, ...]
    lost: tuple[str, ...]
    new: tuple[str, ...]


class Difference(Record):
    """What differs between two networks of one name, or all of one where the other is missing."""

    model: str
    facts: tuple[Change, ...]
    budgets: tuple[Change, ...]
    layers: tuple[LayerChange, ...]
    weights: WeightChanges

    @property
    def is_empty(self) -> bool:
        return not (self.facts or self.budgets or self.layers)


def difference(model: str, before: Network | None, after: Network | None) -> Difference:
    """What differs from one network to the other; either may be missing."""
    facts = _changes(_facts(before), _facts(after))
    old, new = _budgets(before), _budgets(after)
    budgets = [Change("expect", text, None) for one, text in old.items() if one not in new]
    budgets += [Change("expect", None, text) for one, text in new.items() if one not in old]
    pairs = _pairs(before.layers if before else (), after.layers if after else ())
    return Difference(
        model, facts, tuple(budgets), tuple(_layer_changes(pairs, before, after)), _weights(pairs)
    )


def _facts(network: Network | None) -> dict[str, str]:
    if network is None:
        return {}
    facts = {"name": network.name, **dict(locked(network, "").facts)}
    return {**facts, "layers": str(network.cost.layers)}


def _changes(before: dict[str, str], after: dict[str, str]) -> tuple[Change, ...]:
    names = dict.fromkeys((*before, *after))
    found = (Change(name, before.get(name), after.get(name)) for name in names)
    return tuple(one for one in found if one.before != one.after)


def _budgets(network: Network | None) -> dict[str, str]:
    """The conditions of `expect` as they are written, by what they are without spaces."""
    if network is None:
        return {}
    definition, text = network.template.definition, network.template.source.text
    conditions = [one.condition for one in parts(definition.body) if isinstance(one, Expect)]
    return {
        re.sub(r"\s+", "", text[one.start : one.end]): re.sub(
            r"\s+", " ", text[one.start : one.end]
        )
        for one in conditions
    }


# Which layer is which


def _exact(layer: LayerView) -> object:
    return layer.label, repr(layer.op), layer.input_shapes


def _place(layer: LayerView) -> object:
    return layer.label, layer.op.name


def _kind(layer: LayerView) -> object:
    return repr(layer.op)


def _name(layer: LayerView) -> object:
    return layer.op.name


def _pairs(old: Sequence[LayerView], new: Sequence[LayerView]) -> list[Pair]:
    """Each layer with what became of it, so that as little as possible has changed."""
    ways = ((_exact, _place, _kind), (_exact, _kind, _place, _name))
    best: list[Pair] = []
    least = float("inf")
    for keys in ways:
        pairs = _settled(list(_aligned(old, new, keys)))
        weight = sum(map(_weight, pairs))
        if weight < least:
            best, least = pairs, weight
        if not weight:
            break
    return best


def _aligned(
    old: Sequence[LayerView], new: Sequence[LayerView], keys: Sequence[Key]
) -> Iterator[Pair]:
    """Layers side by side that agree in the first key; those between by the others."""
    if not keys or not old or not new:
        yield from ((one, None) for one in old)
        yield from ((None, one) for one in new)
        return
    key, *others = keys
    start = first = 0
    for *places, size in _matches(list(map(key, old)), list(map(key, new))):
        yield from _aligned(old[start : places[0]], new[first : places[1]], others)
        start, first = (place + size for place in places)
        yield from zip(old[places[0] : start], new[places[1] : first], strict=True)


def _matches(old: list[object], new: list[object]) -> Iterable[tuple[int, int, int]]:
    """Where what is in both stands in each, in both orders, and how long; empty ones at the end."""
    if len(old) * len(new) <= MOST_COMPARISONS:
        return SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    start = _alike(zip(old, new, strict=False))
    rest = min(len(old), len(new)) - start
    end = min(_alike(zip(reversed(old), reversed(new), strict=False)), rest)
    if start + end < min(len(old), len(new)):
        middle = _in_order(old[start : len(old) - end], new[start : len(new) - end])
    else:
        middle = []
    matches = [(start + one, start + other, 1) for one, other in middle]
    return [
        (0, 0, start),
        *matches,
        (len(old) - end, len(new) - end, end),
        (len(old), len(new), 0),
    ]


def _alike(pairs: Iterable[tuple[object, object]]) -> int:
    """How many pairs at the beginning are of the same."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _in_order(old: list[object], new: list[object]) -> list[tuple[int, int]]:
    """The places of most of what is once in each, which follow each other in both.

    It takes hardly more time than there is to compare, unlike the longest matches.
    """
    times, others = Counter(old), Counter(new)
    places = {key: place for place, key in enumerate(new)}
    ends: list[int] = []
    """The least place in `new` at which so many can end."""
    chains: list[Chain] = []
    for place, key in enumerate(old):
        if times[key] == others[key] == 1:
            length = bisect_left(ends, places[key])
            chain: Chain = (place, places[key], chains[length - 1] if length else None)
            ends[length : length + 1] = [places[key]]
            chains[length : length + 1] = [chain]
    found: list[tuple[int, int]] = []
    last: Chain | None = chains[-1] if chains else None
    while last is not None:
        found.append(last[:2])
        last = last[2]
    return found[::-1]


def _settled(pairs: list[Pair]) -> list[Pair]:
    """The pairs, those of one path brought together that stand elsewhere now."""
    gone = {one.label: one for one, other in pairs if one and not other}
    come = {other.label for one, other in pairs if other and not one}
    moved = gone.keys() & come
    return [
        (gone[other.label], other) if not one and other and other.label in moved else (one, other)
        for one, other in pairs
        if other or not one or one.label not in moved
    ]


def _weight(pair: Pair) -> int:
    """How much a pair counts: a layer that comes or goes twice as much as one that changes."""
    old, new = pair
    if old is None or new is None:
        return 2
    return int(_exact(old) != _exact(new))


# What became of them


def _layer_changes(
    pairs: Sequence[Pair], before: Network | None, after: Network | None
) -> Iterator[LayerChange]:
    names = {old.index: new.label for old, new in pairs if old and new}
    then = before.layers if before else ()
    now = after.layers if after else ()
    for old, new in pairs:
        if old is None and new is not None:
            yield LayerChange(ADDED, None, new.label, _described(new))
        elif new is None and old is not None:
            yield LayerChange(REMOVED, old.label, None, _described(old))
        elif old and new:
            fed = _changes({"from": _inputs(old, then, names)}, {"from": _inputs(new, now, None)})
            changes = (*_changes(_values(old), _values(new)), *fed)
            if old.label != new.label or changes:
                kind = CHANGED if old.label == new.label else RENAMED
                yield LayerChange(kind, old.label, new.label, new.op.name, changes)


def _described(layer: LayerView) -> str:
    return f"{layer.op.name} {layer.shape}"


def _values(layer: LayerView) -> dict[str, str]:
    """What can change of a layer: its op, attributes, output shape and cost."""
    op, cost = layer.op, layer.cost
    attributes = {name: write(getattr(op, name)) for name in op.__fields__}
    counts = {"parameters": str(cost.params), "MACs": str(cost.macs)}
    return {"op": op.name, **attributes, "output": str(layer.shape), **counts}


def _inputs(layer: LayerView, layers: Sequence[LayerView], names: dict[int, str] | None) -> str:
    """What feeds a layer of these, by the paths of today."""
    fed = [
        f"input {-index}"
        if index < 0
        else layers[index].label
        if names is None
        else names.get(index, f"{layers[index].label} (gone)")
        for index in layer.inputs
    ]
    return ", ".join(fed)


def _weights(pairs: Sequence[Pair]) -> WeightChanges:
    old = {key: shape for one, _ in pairs if one for key, shape in _keys(one).items()}
    new = {key: shape for _, one in pairs if one for key, shape in _keys(one).items()}
    renamed = tuple(
        (key, f"{other.path}.{key.removeprefix(one.path + '.')}")
        for one, other in pairs
        if one and other and one.path != other.path
        for key, shape in _keys(one).items()
        if _keys(other).get(f"{other.path}.{key.removeprefix(one.path + '.')}") == shape
    )
    before, after = {one for one, _ in renamed}, {other for _, other in renamed}
    kept = [key for key in old if old[key] == new.get(key) and key not in before]
    reshaped = [
        Change(key, old[key], new[key])
        for key in old
        if key in new and old[key] != new[key] and key not in before
    ]
    return WeightChanges(
        len(kept),
        renamed,
        tuple(reshaped),
        tuple(key for key in old if key not in new and key not in before),
        tuple(key for key in new if key not in old and key not in after),
    )


def _keys(layer: LayerView) -> dict[str, str]:
    return {f"{layer.path}.{one.name}": "x".join(map(str, one.shape)) for one in layer.weights}
