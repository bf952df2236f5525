"""The lengths of pictures, in pixels of a screen, and the sizes of boxes."""

from __future__ import annotations

from ..report.formats import scaled
from .drawing import INPUT, LAYER, MERGE, OUTPUT, Box, Fork
from .lettering import width_of
from .view import boxes_at, caption, sign, sizes, times_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .drawing import Chain

TEXT, SMALL = 12.0, 10.0
"""Sizes of letters: those of labels, and of shapes and counts."""
ROW, TWO_ROWS, SIGN = 26.0, 42.0, 22.0
"""Heights: of a box with one row of text, with two, and of a merge."""
NARROWEST, WIDEST, MARGIN = 96.0, 275.0, 12.0
"""The least width of a box, that up to which others are made as wide, and the room beside text."""
GAP, ABOVE, BELOW, STEM, BEND = 26.0, 18.0, 12.0, 18.0, 9.0
"""Lengths of lines: between boxes, before the first, behind the last, up to where paths part, and
up to a turn."""
BESIDE, INDENT, HEADER = 22.0, 14.0, 23.0
"""Room between paths, within a frame at its sides, and for its title."""
SHEET = 4.0
"""How far a sheet behind a box shows, where it stands for several."""
PREVAILING = 1.6
"""How many times as many boxes a path has that the others branch off from."""
PLAIN = frozenset({INPUT, OUTPUT, MERGE})
"""The kinds of boxes that are as wide as their text."""


def note_of(box: Box) -> str:
    """What stands at the right of a layer: how many parameters it has."""
    if box.kind != LAYER or box.inside is not None:
        return ""
    if box.is_again:
        return "shared"
    return scaled(box.cost.params).strip() if box.cost.params else ""


def width_of_box(box: Box) -> float:
    """The width that a closed box needs."""
    if box.kind == MERGE:
        return max(SIGN, width_of(sign(box), TEXT) + 2 * MARGIN) if len(sign(box)) > 1 else SIGN
    width = width_of(caption(box), TEXT) + width_of(box.label, TEXT) * 0.08
    for text in (note_of(box), times_of(box.times)):
        width += width_of(text, TEXT, True) + MARGIN if text else 0
    width = max(width, width_of(second_row(box), SMALL))
    return width + 2 * MARGIN if box.kind in PLAIN else max(NARROWEST, width + 2 * MARGIN)


def height_of_box(box: Box) -> float:
    if box.kind == MERGE:
        return SIGN
    return TWO_ROWS if second_row(box) else ROW


def second_row(box: Box) -> str:
    """What stands below the label of a closed box."""
    if box.kind in PLAIN:
        return ""
    return box.remark or (sizes(box) if box.inside is not None else "")


def common_width(chain: Chain, depth: int) -> float:
    """The width that the closed boxes of a chain have in common, but for wider ones."""
    widths = (width_of_box(one) for one in main_boxes(chain, depth))
    return max((one for one in widths if one <= WIDEST), default=0.0)


def main_boxes(chain: Chain, depth: int) -> Iterator[Box]:
    """The closed boxes that stand on the spine of a chain."""
    for part in chain.parts:
        if isinstance(part, Box):
            if part.kind not in PLAIN and not (part.inside and depth):
                yield part
        elif isinstance(part, Fork) and (main := main_path(part, depth)) is not None:
            yield from main_boxes(part.paths[main], depth)


def main_path(fork: Fork, depth: int) -> int | None:
    """The path that the others branch off from, if one has many more boxes than any other."""
    counts = [boxes_at(path, depth) for path in fork.paths]
    *_, second, first = sorted(range(len(counts)), key=counts.__getitem__)
    return first if counts[first] > PREVAILING * counts[second] else None
