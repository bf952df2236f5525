"""The lengths of pictures, in pixels of a screen, and the sizes of boxes."""

from __future__ import annotations

from ..report.formats import scaled
from .drawing import INPUT, LAYER, MERGE, OUTPUT
from .lettering import width_of
from .view import caption, sign, sizes, times_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .drawing import Box, Chain

TEXT, SMALL = 12.0, 10.0
"""Sizes of letters: those of labels, and of shapes and counts."""
ROW, TWO_ROWS, SIGN = 26.0, 42.0, 22.0
"""Heights: of a box with one row of text, with two, and of a merge."""
NARROWEST, WIDEST, MARGIN = 96.0, 250.0, 12.0
"""The least width of a box, that up to which others are made as wide, and the room beside text."""
GAP, ABOVE, BELOW, BEND = 26.0, 18.0, 12.0, 9.0
"""Lengths of lines: between boxes, before the first, behind the last, and up to a turn."""
BESIDE, INDENT, HEADER = 22.0, 14.0, 26.0
"""Room between paths, within a frame at its sides, and for its title."""
SHEET = 4.0
"""How far a sheet behind a box shows, where it stands for several."""
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
    if box.inside is not None:
        width = max(width, width_of(sizes(box), SMALL))
    return width + 2 * MARGIN if box.kind in PLAIN else max(NARROWEST, width + 2 * MARGIN)


def height_of_box(box: Box) -> float:
    if box.kind == MERGE:
        return SIGN
    return ROW if box.inside is None else TWO_ROWS


def common_width(chain: Chain, depth: int) -> float:
    """The width that the closed boxes of a chain have in common, but for wider ones."""
    widths = (
        width_of_box(part)
        for part in chain.parts
        if getattr(part, "kind", MERGE) not in PLAIN and not (part.inside and depth)  # type: ignore[union-attr]  # it has a kind, and so is a box
    )
    return max((one for one in widths if one <= WIDEST), default=0.0)
