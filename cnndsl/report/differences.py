"""What differs between two networks: facts, budgets, layers, and which weights still load."""

from __future__ import annotations

import re

from ..project.lock_file import locked
from ..record import Record
from ..syntax.tree import Expect, parts
from ..values import write
from .alignment import pairs_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..ir.network import LayerView, Network
    from .alignment import Pair

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
    layers = before.layers if before else (), after.layers if after else ()
    pairs = pairs_of(*layers)
    return Difference(
        model, facts, tuple(budgets), tuple(_layer_changes(pairs, *layers)), _weights(pairs)
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


# What became of them


def _layer_changes(
    pairs: Sequence[Pair], before: Sequence[LayerView], after: Sequence[LayerView]
) -> Iterator[LayerChange]:
    names = {old.index: new.label for old, new in pairs if old and new}
    for old, new in pairs:
        if old is None and new is not None:
            yield LayerChange(ADDED, None, new.label, _described(new))
        elif new is None and old is not None:
            yield LayerChange(REMOVED, old.label, None, _described(old))
        elif old and new:
            fed = _changes(
                {"from": _inputs(old, before, names)}, {"from": _inputs(new, after, None)}
            )
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
    """What feeds a layer, by the paths of today."""
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
