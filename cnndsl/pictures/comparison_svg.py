"""What differs between networks as SVG: each before and after, side by side.

What became of a layer shows by colour, by the kind of its outline and by a sign, so that it is told
apart without colours, too.
"""

from __future__ import annotations

from ..project.loading import DeepRecursion
from ..record import Record
from ..report.difference_text import SAME, fact_lines
from .colors import WHITE
from .comparison import KINDS, marked, shown_changes
from .figure import Shown, items_of
from .layout import Layout, Place
from .lettering import width_of
from .measures import SMALL, TEXT
from .reading import drawing_of
from .svg import EDGE, TITLE_SIZE, Writer, heading, layer_of, style, themed, whole
from .svg_tags import number, tag
from .view import MOST_BOXES, View, boxes_shown, totals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from ..ir.network import Network
    from ..report.differences import Difference, LayerChange
    from .colors import Theme
    from .comparison import Marked
    from .figure import Figure

EVERYTHING = 1_000
"""More levels than there are: what a comparison leaves closed holds nothing."""
BETWEEN, ROW, ABOVE_COLUMN, BEHIND = 48.0, 17.0, 50.0, 40.0
"""Room between the two networks, for a line of text, for their titles, and between models."""
BADGE = 7.0
"""The radius of a sign."""
SIGNS = {"added": "+", "removed": "−", "changed": "≠", "renamed": "→"}
DASHES = {"added": "none", "removed": "6 3", "changed": "none", "renamed": "1.5 2.5"}
WIDTHS = {"added": 2.2, "removed": 1.8, "changed": 1.2, "renamed": 1.8}
LIGHT = {
    "added": ("#d5e8f7", "#0b5f9e"),
    "removed": ("#fbe1d3", "#b5410b"),
    "changed": ("#fff0bd", "#7d6100"),
    "renamed": ("#f0e4f6", "#7a3e9d"),
    "same": ("#ffffff", "#b3bac4"),
}
"""Fill and outline of each kind, on white: hues that all kinds of colour vision tell apart."""
DARK = {
    "added": ("#12344f", "#6db6ee"),
    "removed": ("#4c2412", "#f0935f"),
    "changed": ("#40360f", "#e3c14d"),
    "renamed": ("#38244a", "#c79be6"),
    "same": ("#16181d", "#4d5663"),
}
"""The same on black."""


class TooManyBoxes(Exception):
    """The picture would have more boxes than it can show."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


class Compared(Record):
    """What differs between the networks of one name, of which one may be missing."""

    difference: Difference
    before: Network | None
    after: Network | None


class Panel(Record):
    """A part of the picture, and how large it is."""

    lines: tuple[str, ...]
    width: float
    height: float


def document(compared: Sequence[Compared]) -> str:
    """The picture of all that differs. Raises `TooManyBoxes`."""
    with DeepRecursion():
        return _document(compared)


def _document(compared: Sequence[Compared]) -> str:
    down, width = EDGE, 0.0
    lines: list[str] = []
    for one in compared:
        panel = panel_of(one, down)
        lines += panel.lines
        width, down = max(width, panel.width), down + panel.height + BEHIND
    if not compared:
        lines, width, down = [heading(SAME.rstrip(), EDGE, EDGE + 14)], 120.0, EDGE + 30 + BEHIND
    return whole(title_of(compared), style(theme_of), lines, width + 2 * EDGE, down - BEHIND + EDGE)


def title_of(compared: Sequence[Compared]) -> str:
    return f"what differs: {', '.join(one.difference.model for one in compared) or 'nothing'}"


def panel_of(one: Compared, down: float) -> Panel:
    """The picture of one model, from a height on."""
    found = one.difference
    y = down + 14
    lines = [heading(found.model, EDGE, y)]
    width = width_of(found.model, TITLE_SIZE, True)
    for text in fact_lines(found):
        y += ROW
        lines.append(tag("text", text, cls="small", x=EDGE, y=y))
        width = max(width, width_of(text, SMALL))
    y += ROW + 6
    changes = shown_changes(found.layers)
    signs, right = legend(found, changes, y)
    lines += signs
    width, tallest, x = max(width, right - EDGE), 0.0, EDGE
    for title, network in (("before", one.before), ("after", one.after)):
        if network is None:
            continue
        drawn = marked(drawing_of(network), changes, title == "before")
        column = column_of(title, drawn, x, y + 16)
        lines += column.lines
        tallest, x = max(tallest, column.height), x + column.width + BETWEEN
    return Panel(tuple(lines), max(width, x - BETWEEN - EDGE), y + 16 - down + tallest)


def column_of(title: str, drawn: Marked, x: float, y: float) -> Panel:
    """One of two networks."""
    drawing = drawn.drawing
    boxes = boxes_shown(drawing, View(EVERYTHING))
    if boxes > MOST_BOXES:
        raise TooManyBoxes(boxes)
    figure: Figure = Layout().chain(drawing.chain, Place("", EVERYTHING, True))[0]
    subtitle = totals(drawing.cost)
    wide = max(width_of(f"{title}: {drawing.heading}", TEXT, True), width_of(subtitle, SMALL))
    width = max(figure.width, wide)
    writer = ComparisonWriter(drawn)
    right = x + (width - figure.width) / 2
    items = sorted(items_of(figure), key=layer_of)
    lines = [
        tag("text", raw=f"{tag('tspan', title, cls='name')}", x=x, y=y + 14),
        tag("text", drawing.heading, x=x + width_of(f"{title}  ", TEXT, True), y=y + 14),
        tag("text", subtitle, cls="small", x=x, y=y + 30),
    ]
    for item in items:
        lines += writer.item(item.moved(right, y + ABOVE_COLUMN))
    return Panel(tuple(lines), width, figure.height + ABOVE_COLUMN)


def legend(found: Difference, changes: Sequence[LayerChange], y: float) -> tuple[list[str], float]:
    """The signs with how many layers have each, and where they end."""
    counts = {kind: sum(one.kind == kind for one in changes) for kind in KINDS}
    lines: list[str] = []
    x = EDGE + BADGE
    for kind, count in counts.items():
        if count:
            text = f"{count:,} {kind}"
            lines += badge(kind, x, y - 4)
            lines.append(tag("text", text, x=x + BADGE + 6, y=y))
            x += 2 * BADGE + 18 + width_of(text, TEXT)
    more = len(found.layers) - len(changes)
    if more:
        text = f"{more:,} fed by what comes or goes"
        lines.append(tag("text", text, cls="small", x=x, y=y))
        x += width_of(text, SMALL)
    return lines, x


def badge(kind: str, x: float, y: float) -> list[str]:
    """A sign around a point."""
    sign: Mapping[str, Any] = {"x": x, "y": y + 4, "text_anchor": "middle"}
    return [
        tag("circle", cls=f"badge-{kind}", cx=x, cy=y, r=BADGE),
        tag("text", SIGNS[kind], cls="sign", **sign),
    ]


class ComparisonWriter(Writer):
    """Writes boxes with their marks."""

    def __init__(self, drawn: Marked) -> None:
        super().__init__({})
        self.marks = drawn.marks

    def about(self, item: Shown) -> str:
        text, mark = super().about(item), self.marks.get(item.box)
        return "\n".join((text, *mark.words)) if mark is not None else text

    def closed(self, item: Shown) -> Iterator[str]:
        yield from super().closed(item)
        mark = self.marks.get(item.box)
        if mark is not None:
            yield from badge(mark.kind, item.x, item.y)

    def sheet(self, item: Shown, shift: float, corner: float) -> str:
        mark = self.marks.get(item.box)
        return tag(
            "rect",
            cls=mark.kind if mark is not None else "same",
            x=item.x + shift,
            y=item.y + shift,
            width=item.width,
            height=item.height,
            rx=corner,
        )


def theme_of(theme: Theme) -> str:
    """The styles of boxes by what became of them."""
    colors = LIGHT if theme is WHITE else DARK
    lines = [themed(theme.replaced(boxes={}))]
    for name, (fill, outline) in colors.items():
        width, dashes = WIDTHS.get(name, 1.0), DASHES.get(name, "none")
        stroke = f"stroke: {outline}; stroke-width: {number(width)}; stroke-dasharray: {dashes}"
        lines.append(f".{name} {{ fill: {fill}; {stroke} }}")
        lines.append(f".badge-{name} {{ fill: {outline} }}")
    lines.append(f".sign {{ fill: {theme.inks['PAGE']}; font-size: 12px; font-weight: bold }}")
    return "\n".join(lines)
