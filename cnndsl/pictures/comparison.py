"""A drawing with marks for what differs in another network, open where something does.

A box in which all layers share one fate has that mark itself, and is closed.
"""

from __future__ import annotations

import re
from collections import Counter

from ..project.loading import DeepRecursion
from ..record import Record
from ..report.difference_text import arrow
from ..report.differences import ADDED, CHANGED, REMOVED, RENAMED
from .drawing import Box, Chain, Fork, Mesh
from .view import sizes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeAlias

    from ..report.differences import LayerChange
    from .drawing import Drawing, Part

    Turns: TypeAlias = tuple[tuple[int, int], ...]
    """How often the boxes around repeat, each with the step of the numbers in its paths."""

KINDS = (ADDED, REMOVED, CHANGED, RENAMED)
LONGEST_REMARK = 46
CALL = re.compile(r"(.*) \((\d+)\)", re.DOTALL)


class Fate(Record):
    """What became of a layer: its kind, and words on it. `names` are the parts of its path."""

    kind: str
    words: str
    names: tuple[str, ...]
    call: int


class Mark(Record):
    """The kind of change that a box has, and what there is to say of it, in lines."""

    kind: str
    words: tuple[str, ...]


class Marked(Record):
    """A drawing with the marks of its boxes."""

    drawing: Drawing
    marks: dict[Box, Mark]


def shown_changes(changes: Iterable[LayerChange]) -> list[LayerChange]:
    """Changes without what a picture shows by its lines: who is fed by what comes or goes."""
    changes = list(changes)
    strangers = {one.after for one in changes if one.kind == ADDED}
    strangers |= {f"{one.before} (gone)" for one in changes if one.kind == REMOVED}
    found = (without_feeding(one, strangers) for one in changes)
    return [one for one in found if one.kind != CHANGED or one.changes]


def without_feeding(change: LayerChange, strangers: set[str | None]) -> LayerChange:
    """A change of a layer, but for what feeds it if that comes, goes or follows what does."""
    kept = []
    for one in change.changes:
        sources = {*(one.before or "").split(", "), *(one.after or "").split(", ")}
        if one.name != "from" or strangers.isdisjoint(sources):
            kept.append(one)
    return change.replaced(changes=tuple(kept))


def marked(drawing: Drawing, changes: Iterable[LayerChange], is_before: bool) -> Marked:
    """A drawing of the network before or after, with what became of its layers."""
    marker = Marker()
    fates = [found for one in changes if (found := fate_of(one, is_before)) is not None]
    with DeepRecursion():
        chain = marker.chain(drawing.chain, Fates(fates), 1)
    return Marked(drawing.replaced(chain=chain), marker.marks)


def fate_of(change: LayerChange, is_before: bool) -> Fate | None:
    """What became of a layer of the network before or after; None if it is not there."""
    label = change.before if is_before else change.after
    if label is None:
        return None
    called = CALL.fullmatch(label)
    path, call = (called[1], int(called[2])) if called else (label, 1)
    return Fate(change.kind, words_on(change, is_before), tuple(path.split(".")), call)


def words_on(change: LayerChange, is_before: bool) -> str:
    """`kernel 5x5 → 3x3`, `was conv2`, or the path of what comes or goes."""
    if change.before is None or change.after is None:
        return change.before or change.after or ""
    parts = [f"{one.name} {arrow(one)}" for one in change.changes]
    if change.kind == RENAMED:
        parts.insert(0, f"now {change.after}" if is_before else f"was {change.before}")
    return ", ".join(parts)


class Fates:
    """What became of the layers within a box, found by their paths below it.

    `start` is how many names of each path lead to the box, `turns` the repeats among the boxes
    around whose numbers are still to come.
    """

    def __init__(self, fates: Sequence[Fate], start: int = 0, turns: Turns = ()) -> None:
        self.fates = fates
        self.start = start
        self.turns = turns
        self.named: dict[int, dict[tuple[str, ...], list[Fate]]] = {}

    def within(self, box: Box, call: int) -> Fates:
        """Those of a box in this, of one call where it is called again."""
        own = tuple(box.name.split(".")) if box.name else ()
        turns = (*self.turns, (box.count, box.numbered)) if box.count > 1 else self.turns
        numbered = next((place for place, one in enumerate(own) if one.isdigit()), None)
        found = self.below(own)
        if numbered is not None and turns:
            head, number, tail = own[:numbered], int(own[numbered]), own[numbered + 1 :]
            moved = ((*head, str(number + step), *tail) for step in sorted(distances(turns)))
            found = [fate for names in moved for fate in self.below(names)]
            turns = ()
        called = [one for one in found if one.call == call] if box.call else found
        return Fates(called, self.start + len(own), turns)

    def below(self, names: tuple[str, ...]) -> Sequence[Fate]:
        """Those whose paths go on with these names."""
        count = len(names)
        if count not in self.named:
            groups = self.named[count] = {}
            for fate in self.fates:
                groups.setdefault(fate.names[self.start : self.start + count], []).append(fate)
        return self.named[count].get(names, ())

    def here(self, call: int) -> list[Fate]:
        """Those of the box itself."""
        return [one for one in self.fates if len(one.names) == self.start and one.call == call]


def distances(turns: Turns) -> set[int]:
    """By how much some turns move a number on."""
    found = {0}
    for count, step in turns:
        found = {one + turn * step for one in found for turn in range(count if step else 1)}
    return found


class Marker:
    """Makes the chains of a drawing anew, where every box is one of its own."""

    def __init__(self) -> None:
        self.marks: dict[Box, Mark] = {}

    def chain(self, chain: Chain, fates: Fates, call: int) -> Chain:
        return Chain(tuple(self.part(one, fates, call) for one in chain.parts), chain.flows)

    def part(self, part: Part, fates: Fates, call: int) -> Part:
        if isinstance(part, Box):
            return self.box(part, fates, call)
        if isinstance(part, Fork):
            return Fork(tuple(self.chain(one, fates, call) for one in part.paths))
        rows = (tuple(self.chain(one, fates, call) for one in row) for row in part.rows)
        return Mesh(tuple(rows), part.wires)

    def box(self, box: Box, around: Fates, call: int) -> Box:
        call = max(box.call, call)
        own = around.within(box, call)
        if box.inside is None:
            here = own.here(call) if box.name else []
            return self.closed(box, here) if here else box.replaced()
        if not own.fates:
            return box.replaced(inside=None, remark=sizes(box))
        kinds = {one.kind for one in own.fates}
        is_of_turns = len(own.fates) % max(1, box.cost.layers // box.times) == 0
        if is_of_turns and len(kinds) == 1 and kinds != {CHANGED}:
            return self.closed(box, own.fates)
        return box.replaced(inside=self.chain(box.inside, own, call))

    def closed(self, box: Box, fates: Sequence[Fate]) -> Box:
        """A box with the mark of the layers that it stands for."""
        kinds = Counter(one.kind for one in fates)
        kind = next(iter(kinds)) if len(kinds) == 1 else CHANGED
        words = tuple(dict.fromkeys(one.words for one in fates))
        remark = sizes(box) if box.inside is not None else words[0] if words[0] != box.name else ""
        if box.times > 1:
            count = len(fates) * box.times // box.cost.layers
            remark = remark if count == box.times else f"{count} of {box.times} {kind}"
        found = box.replaced(inside=None, remark=shortened(remark))
        self.marks[found] = Mark(kind, words)
        return found


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST_REMARK else f"{text[: LONGEST_REMARK - 4]} ..."
