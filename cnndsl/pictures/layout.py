"""Where everything stands in a picture: sizes from the inside out, then places from the top.

A chain runs down. What follows a layer and keeps its shape, such as an activation, is set close
below it. Paths of a fork stand side by side and, where they are merged, lead into the sides of
the merge. Shapes stand beside the lines on which they are new.
"""

from __future__ import annotations

from ..ir.network import path_of
from .columns import Column
from .drawing import INPUT, MERGE, Box, Fork
from .figure import Figure, Shown
from .fork_layout import Path, fork_figure
from .lettering import width_of
from .measures import (
    ABOVE,
    BELOW,
    GAP,
    HEADER,
    INDENT,
    PLAIN,
    SHEET,
    TEXT,
    common_width,
    height_of_box,
    width_of_box,
)
from .mesh_layout import mesh_figure
from .view import depth_of, opened, shapes, times_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .drawing import Chain, Drawing, Mesh, Part
    from .view import View

FOLLOWERS = frozenset({"activation", "normalization"})
"""Families of ops that are set close to what they follow."""
DROPOUTS = frozenset({"dropout", "spatial_dropout", "drop_path"})


def layout_of(drawing: Drawing, view: View) -> Figure:
    """The figure of a network."""
    return Layout().chain(drawing.chain, Place("", depth_of(drawing, view), True))[0]


class Place:
    """Where a chain stands: its path, the levels open below it, whether a box begins with it.

    `known` is the shape that was written last on the way there.
    """

    def __init__(self, path: str, depth: int, is_first: bool, known: str = "") -> None:
        self.path = path
        self.depth = depth
        self.is_first = is_first
        self.known = known

    def inner(self, known: str) -> Place:
        return Place(self.path, self.depth, False, known)


class Layout:
    """Lays chains out, and what they hold."""

    def chain(self, chain: Chain, place: Place) -> tuple[Figure, str]:
        """A chain, and the shape that is written last in it."""
        column, known = Column(), place.known
        width = common_width(chain, place.depth)
        before: Part | None = None
        for number, (part, flow) in enumerate(zip(chain.parts, chain.flows, strict=False)):
            after = chain.parts[number + 1] if number + 1 < len(chain.parts) else None
            text = shapes(flow)
            if isinstance(part, Box):
                if is_merged(before, part):
                    before = part
                    continue
                if not is_follower(part, before, place.depth):
                    length = (ABOVE if before is None else GAP) if flow else 0
                    column.line(length, text if text != known else "", True)
                    known = text or known
                figure, known = self.box(part, place, width, known)
            else:
                starts = before is None and place.is_first
                entering = {shapes(path.flows[0]) for path in paths_of(part)}
                is_new = text != known and entering <= {text, ""} and not starts
                if before is not None:
                    column.line(GAP / 2, text if is_new else "", False)
                known = text if entering <= {text, ""} else ""
                inner = place.inner(known)
                if isinstance(part, Fork):
                    merge = after if isinstance(after, Box) and is_merged(part, after) else None
                    figure, known = self.fork(part, merge, inner, starts, after is None)
                else:
                    figure, known = self.mesh(part, inner, starts, after is None)
            column.put(figure)
            before = part
        if chain.flows[-1] and (before is None or isinstance(before, Box)):
            text = shapes(chain.flows[-1])
            column.line(BELOW, text if text != known else "", False)
            known = text
        return column.figure(), known

    def box(self, box: Box, place: Place, width: float, known: str) -> tuple[Figure, str]:
        path = path_of(place.path, box.name)
        if box.inside is not None and place.depth:
            return self.frame(box, path, place.depth, known)
        wide = width_of_box(box) if box.kind in PLAIN else max(width, width_of_box(box))
        return box_figure(box, path, wide), known

    def frame(self, box: Box, path: str, depth: int, known: str) -> tuple[Figure, str]:
        """An open box."""
        shown = opened(box, path)
        inner, known = self.chain(shown.chain, Place(shown.path, depth - 1, True, known))
        title = width_of(f"{shown.title}  {times_of(shown.times)}", TEXT, True)
        width = max(inner.width, title) + 2 * INDENT
        sheet = SHEET if shown.times > 1 else 0
        left = (width - inner.width) / 2
        ends = bool(shown.chain.flows[-1])
        height = HEADER + inner.height + (0 if ends else INDENT)
        item = Shown(0, 0, width, height, box, path, shown)
        spine = left + inner.spine
        figure = Figure(width + sheet, height + sheet, spine, (item,), ((left, HEADER, inner),))
        return figure, known

    def fork(
        self, fork: Fork, merge: Box | None, place: Place, starts: bool, ends: bool
    ) -> tuple[Figure, str]:
        paths, known = [], set()
        for chain in fork.paths:
            figure, last = self.chain(chain, place.inner(place.known))
            paths.append(Path(figure, bool(chain.parts), bool(chain.flows[-1])))
            known.add(last if chain.flows[-1] else "")
        joint = None
        if merge is not None:
            joint = box_figure(merge, path_of(place.path, merge.name), width_of_box(merge))
        last = known.pop() if len(known) == 1 else ""
        return fork_figure(paths, joint, starts, ends), last

    def mesh(self, mesh: Mesh, place: Place, starts: bool, ends: bool) -> tuple[Figure, str]:
        rows = [
            [self.chain(chain, place.inner(place.known))[0] for chain in row] for row in mesh.rows
        ]
        return mesh_figure(rows, mesh.wires, starts, ends), ""


def box_figure(box: Box, path: str, width: float) -> Figure:
    """A closed box."""
    height = height_of_box(box)
    sheet = SHEET if box.times > 1 else 0
    item = Shown(0, 0, width, height, box, path)
    return Figure(width + sheet, height + sheet, width / 2, (item,))


def is_merged(before: Part | None, box: Box) -> bool:
    """Whether a box is the merge behind a fork, and drawn with that."""
    return isinstance(before, Fork) and box.kind == MERGE


def is_follower(box: Box, before: Part | None, depth: int) -> bool:
    """Whether a box stands close to the one before it."""
    if not isinstance(before, Box) or before.kind in (MERGE, INPUT) or before.times > 1:
        return False
    is_open = bool(before.inside and depth)
    follows = box.family in FOLLOWERS or box.label in DROPOUTS
    return follows and box.keeps_shape and not is_open and box.times == 1


def paths_of(part: Part) -> tuple[Chain, ...]:
    """The chains that a fork or mesh begins with."""
    if isinstance(part, Fork):
        return part.paths
    return () if isinstance(part, Box) else part.rows[0]
