"""Which layer of one network is which of another, so that as little as possible has changed."""

from __future__ import annotations

from itertools import pairwise

from ..ops.index import FAMILY_OF
from .subsequence import longest_common, longest_rising

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence
    from typing import TypeAlias

    from ..ir.network import LayerView
    from .subsequence import Match

    Codes: TypeAlias = tuple[int, ...]
    Places: TypeAlias = tuple[int | None, int | None]
    Pair: TypeAlias = tuple[LayerView | None, LayerView | None]

EXACT, PLACE, KIND, NAME, ROLE = range(5)
"""What layers agree in: all but their sources; path and op; attributes; op; path and family."""
ALIGNED = {
    EXACT: longest_rising,
    PLACE: longest_rising,
    KIND: longest_common,
    NAME: longest_common,
}
WAYS = ((EXACT, PLACE, KIND), (EXACT, KIND, PLACE, NAME), (KIND, NAME))
"""Orders in which layers are aligned by these. The way on which less changes is taken."""


def pairs_of(old: Sequence[LayerView], new: Sequence[LayerView]) -> list[Pair]:
    """Each layer with what became of it, in the order of both."""
    codes: dict[Hashable, int] = {}
    before = [codes_of(one, codes) for one in old]
    after = [codes_of(one, codes) for one in new]
    found = [settled([*aligned(before, after, way)], before, after) for way in WAYS]
    best = min(found, key=lambda pairs: cost(pairs, before, after))
    return [
        (None if one is None else old[one], None if other is None else new[other])
        for one, other in best
    ]


def codes_of(layer: LayerView, codes: dict[Hashable, int]) -> Codes:
    """A number for each of EXACT to ROLE, the same for what is the same."""
    path, name, attributes = layer.label, layer.op.name, repr(layer.op)
    exact = path, attributes, layer.input_shapes
    looks = exact, (path, name), (attributes,), (name,), (path, FAMILY_OF[name], None)
    return tuple([codes.setdefault(one, len(codes)) for one in looks])


def aligned(old: Sequence[Codes], new: Sequence[Codes], way: Sequence[int]) -> Iterator[Places]:
    """Places of both side by side, and of one alone."""
    ends = ((-1, -1), *matched(old, new, way), (len(old), len(new)))
    for (one, other), (end, last) in pairwise(ends):
        yield from ((place, None) for place in range(one + 1, end))
        yield from ((None, place) for place in range(other + 1, last))
        if end < len(old):
            yield end, last


def matched(old: Sequence[Codes], new: Sequence[Codes], way: Sequence[int]) -> Iterator[Match]:
    """Places that agree in the first of a way; those between by the others."""
    if not way or not old or not new:
        return
    look, *others = way
    found = ALIGNED[look]([one[look] for one in old], [one[look] for one in new])
    for (one, other), (end, last) in pairwise(((-1, -1), *found, (len(old), len(new)))):
        inner = matched(old[one + 1 : end], new[other + 1 : last], others)
        yield from ((one + 1 + left, other + 1 + right) for left, right in inner)
        if end < len(old):
            yield end, last


def settled(pairs: Sequence[Places], old: Sequence[Codes], new: Sequence[Codes]) -> list[Places]:
    """The pairs, those of one role brought together that stand elsewhere now."""
    gone = {old[one][ROLE]: one for one, other in pairs if one is not None and other is None}
    come = {new[other][ROLE] for one, other in pairs if other is not None and one is None}
    return [
        (gone.get(new[other][ROLE]), other) if one is None and other is not None else (one, other)
        for one, other in pairs
        if one is None or other is not None or old[one][ROLE] not in come
    ]


def cost(pairs: Iterable[Places], old: Sequence[Codes], new: Sequence[Codes]) -> int:
    """How much changes: a layer that comes or goes counts as two that differ or move."""
    total, farthest = 0, -1
    for one, other in pairs:
        if one is None or other is None:
            total += 2
        else:
            total += one < farthest or old[one][EXACT] != new[other][EXACT]
            farthest = max(farthest, one)
    return total
