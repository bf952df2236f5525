"""Which steps of a stage, repeat or loop belong together, as they are written."""

from __future__ import annotations

from itertools import pairwise

from ..ir.network import Run
from ..record import Record
from ..semantics import bound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import TypeAlias

    from ..semantics.bound import Node
    from .wiring import Wired

    Trail: TypeAlias = tuple["Node | Side", ...]
    Trails: TypeAlias = Mapping[Node, Trail]
    """By the site of a step, the repeats, loops and branches around it, from outside."""


class Side(Record):
    """One of the two sides of a branch."""

    branch: bound.Branch
    is_first: bool


class Group(Record):
    """Steps that follow each other in one repeat or loop; a step that is in none has no `node`.

    `depth` is how much of their trails leads up to them.
    """

    node: bound.Repeat | bound.Loop | None
    steps: tuple[Wired, ...]
    depth: int = 0
    turns: int = 1


def trails_of(sequence: bound.Sequence) -> dict[Node, Trail]:
    """The trails of what stands in a stage, loop or repeat."""
    return dict(_trails(sequence.body, ()))


def _trails(steps: bound.Steps, around: Trail) -> Iterator[tuple[Node, Trail]]:
    for node in steps:
        if isinstance(node, bound.Repeat | bound.Loop):
            yield node, (*around, node)
            yield from _trails(node.body, (*around, node))
        elif isinstance(node, bound.Branch):
            yield from _trails(node.then, (*around, Side(node, True)))
            yield from _trails(node.otherwise, (*around, Side(node, False)))
        elif isinstance(node, bound.Application):
            yield from ((call, around) for call in node.calls.values())
        else:
            yield node, around


def groups_of(steps: Sequence[Wired], trails: Trails, depth: int) -> Iterator[Group]:
    """Steps in groups by the repeats and loops around them, from `depth` down their trails."""
    pending: list[Wired] = []
    place, node = depth, None
    for wired in steps:
        around = _next(_trail(wired, trails), depth)
        if pending and (node is None or around[1] is not node or _is_end(pending[-1], node)):
            yield _group(node, pending, place, trails)
            pending = []
        pending.append(wired)
        place, node = around
    if pending:
        yield _group(node, pending, place, trails)


def _trail(wired: Wired, trails: Trails) -> Trail:
    return trails.get(wired.step.site, ())


def _next(trail: Trail, depth: int) -> tuple[int, bound.Repeat | bound.Loop | None]:
    """The first repeat or loop of a trail from a place on, and the place behind it."""
    for place, node in enumerate(trail[depth:], depth + 1):
        if isinstance(node, bound.Repeat | bound.Loop):
            return place, node
    return depth, None


def _is_end(wired: Wired, node: object) -> bool:
    """Whether a step is the last that a repeat makes: its equal turns."""
    return isinstance(wired.step, Run) and wired.step.site is node


def _group(
    node: bound.Repeat | bound.Loop | None, steps: Sequence[Wired], depth: int, trails: Trails
) -> Group:
    last = steps[-1].step
    equal = last.count if isinstance(last, Run) and last.site is node else 0
    single = steps[:-1] if equal else steps
    turns = bool(single) + sum(
        _is_new_turn(before, one, depth, trails) for before, one in pairwise(single)
    )
    return Group(node, tuple(steps), depth, turns + equal)


def _is_new_turn(before: Wired, wired: Wired, depth: int, trails: Trails) -> bool:
    """Whether a step cannot be in the same turn of a repeat or loop as the one before it."""
    first, second = ((*_trail(one, trails)[depth:], one.step.site) for one in (before, wired))
    for old, new in zip(first, second, strict=False):
        if old == new:
            if isinstance(old, bound.Repeat | bound.Loop):
                return _is_end(before, old)
        elif isinstance(old, Side) and isinstance(new, Side) and old.branch is new.branch:
            return True
        else:
            return _start(new) <= _start(old)
    return True


def _start(node: Node | Side) -> int:
    return node.branch.start if isinstance(node, Side) else node.start
