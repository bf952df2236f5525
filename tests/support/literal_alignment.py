"""Alignments of sequences, worked out plainly, and of layers as Python's `difflib` would."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

from cnndsl.ir.network import LayerView

Pair: TypeAlias = tuple[LayerView | None, LayerView | None]
Key: TypeAlias = Callable[[LayerView], object]


def length_in_common(old: Sequence[int], new: Sequence[int]) -> int:
    """How long the longest common subsequence is, by the table that textbooks have."""
    above = [0] * (len(new) + 1)
    for one in old:
        row = [0]
        for place, other in enumerate(new):
            row.append(above[place] + 1 if one == other else max(above[place + 1], row[place]))
        above = row
    return above[-1]


def cost(pairs: Sequence[Pair]) -> int:
    """How much changes, as `pairs_of` counts it."""
    total, farthest = 0, -1
    for old, new in pairs:
        if old is None or new is None:
            total += 2
        else:
            total += exact(old) != exact(new) or old.index < farthest
            farthest = max(farthest, old.index)
    return total


def exact(layer: LayerView) -> object:
    return layer.label, repr(layer.op), layer.input_shapes


def place(layer: LayerView) -> object:
    return layer.label, layer.op.name


def kind(layer: LayerView) -> object:
    return repr(layer.op)


def name(layer: LayerView) -> object:
    return layer.op.name


def pairs_by_difflib(old: Sequence[LayerView], new: Sequence[LayerView]) -> list[Pair]:
    """Each layer with what became of it, by the longest blocks that both have."""
    ways = ((exact, place, kind), (exact, kind, place, name))
    return min((list(aligned(old, new, keys)) for keys in ways), key=cost)


def aligned(
    old: Sequence[LayerView], new: Sequence[LayerView], keys: Sequence[Key]
) -> Iterator[Pair]:
    if not keys or not old or not new:
        yield from ((one, None) for one in old)
        yield from ((None, one) for one in new)
        return
    key, *others = keys
    matcher = SequenceMatcher(None, list(map(key, old)), list(map(key, new)), autojunk=False)
    for tag, start, end, first, last in matcher.get_opcodes():
        if tag == "equal":
            yield from zip(old[start:end], new[first:last], strict=True)
        else:
            yield from aligned(old[start:end], new[first:last], others)
