"""Where everything stands in a picture: sizes from the inside out, then places from the top.

A chain runs down. What follows a layer and keeps its shape, such as an activation, is set close
below it. Paths of a fork stand side by side and, where they are merged, lead into the sides of
the merge. Shapes stand beside the lines on which they are new.
"""

from __future__ import annotations

from ..ir.network import path_of
from ..record import Record
from .columns import Column
from .drawing import INPUT, MERGE, Box, Fork
from .figure import Figure, Shown
from .fork_layout import ForkLayout, Path
from .lettering import width_of
from .measures import (
    ABOVE,
    BELOW,
    GAP,
    HEADER,
    INDENT,
    PLAIN,
    SHEET,
    STEM,
    TEXT,
    common_width,
    height_of_box,
    main_path,
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


class Place(Record):
    """Where a chain stands: its path, the levels open below it, whether a box begins with it.

    `known` is the shape that was written last on the way there, `width` that of boxes around.
    """

    path: str
    depth: int
    is_first: bool
    known: str = ""
    width: float = 0.0

    def within(self, known: str, width: float) -> Place:
        return self.replaced(is_first=False, known=known, width=width)

    def knowing(self, known: str) -> Place:
        return self.replaced(known=known)

    def with_width(self, width: float) -> Place:
        return self.replaced(width=width)


class Layout:
    """Lays chains out, and what they hold."""

    def chain(self, chain: Chain, place: Place) -> tuple[Figure, str]:
        """A chain, and the shape that is written last in it."""
        writer = ChainWriter(self, chain, place)
        for number in range(len(chain.parts)):
            writer.part(number)
        writer.end()
        return writer.column.figure(), writer.known

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
        main = main_path(fork, place.depth)
        paths, known = [], set[str]()
        for number, chain in enumerate(fork.paths):
            inner = place if number == main else place.with_width(0.0)
            figure, last = self.chain(chain, inner)
            paths.append(Path(figure, bool(chain.flows[-1])))
            known.add(last if chain.flows[-1] else "")
        joint = None
        if merge is not None:
            joint = box_figure(merge, path_of(place.path, merge.name), width_of_box(merge))
        last = known.pop() if len(known) == 1 else ""
        return ForkLayout(paths, main, joint, starts, ends).figure(), last

    def mesh(self, mesh: Mesh, place: Place, starts: bool, ends: bool) -> Figure:
        """Shapes are written where a chain makes them, and not again where others take them."""
        place = place.with_width(0.0)
        rows = []
        for number, row in enumerate(mesh.rows):
            known = [place.known if number == 0 else shapes(one.flows[0]) for one in row]
            pairs = zip(row, known, strict=True)
            rows.append([self.chain(one, place.knowing(text))[0] for one, text in pairs])
        return mesh_figure(mesh, rows, starts, ends)


class ChainWriter:
    """A chain's column in the making."""

    def __init__(self, layout: Layout, chain: Chain, place: Place) -> None:
        self.layout = layout
        self.chain = chain
        self.place = place
        self.column = Column()
        self.known = place.known
        self.width = place.width or common_width(chain, place.depth)
        self.last_width = 0.0

    def part(self, number: int) -> None:
        parts, text = self.chain.parts, shapes(self.chain.flows[number])
        before = parts[number - 1] if number else None
        after = parts[number + 1] if number + 1 < len(parts) else None
        part = parts[number]
        if isinstance(part, Box):
            if not is_merged(before, part):
                self.box(part, before, text)
            return
        starts = before is None and self.place.is_first
        entering = {shapes(path.flows[0]) for path in paths_of(part)}
        is_same = entering <= {text, ""}
        if before is not None:
            self.column.line(STEM, text if is_same and text != self.known else "", False)
        place = self.place.within(text if is_same else "", self.width)
        if isinstance(part, Fork):
            merge = after if isinstance(after, Box) and is_merged(part, after) else None
            figure, self.known = self.layout.fork(part, merge, place, starts, after is None)
        else:
            figure = self.layout.mesh(part, place, starts, after is None)
        if isinstance(after, Box) and not is_merged(part, after):
            self.known = shapes(self.chain.flows[number + 1])
        self.column.put(figure)

    def box(self, box: Box, before: Part | None, text: str) -> None:
        """A box, and the line to it."""
        depth, path = self.place.depth, path_of(self.place.path, box.name)
        follows = is_follower(box, before, depth)
        if text and not follows:
            length = ABOVE if before is None else GAP
            self.column.line(length, text if text != self.known else "", True)
            self.known = text
        is_open = bool(box.inside and depth)
        if is_open:
            figure, self.known = self.layout.frame(box, path, depth, self.known)
        else:
            common = 0.0 if box.kind in PLAIN else self.last_width if follows else self.width
            self.last_width = max(common, width_of_box(box))
            figure = box_figure(box, path, self.last_width)
        self.column.put(figure, is_open)

    def end(self) -> None:
        """The line that leaves the chain. That of a box is written on behind it."""
        flow, parts = self.chain.flows[-1], self.chain.parts
        if flow and (not parts or isinstance(parts[-1], Box)):
            text = shapes(flow)
            is_new = text != self.known and not self.place.is_first
            self.column.line(STEM if is_new else BELOW, text if is_new else "", False)
            self.known = self.known if self.place.is_first else text


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
