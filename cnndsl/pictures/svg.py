"""A drawing as SVG: one file that refers to nothing outside of it, light and dark."""

from __future__ import annotations

from html import escape

from .colors import BLACK, HOT, WHITE, color_of, heats_of
from .drawing import INPUT, MERGE, OUTPUT
from .figure import Label, Line, Shown, items_of
from .layout import layout_of
from .lettering import FAMILY, width_of
from .measures import HEADER, MARGIN, SHEET, SMALL, TEXT, note_of, second_row
from .svg_tags import number, rounded_path, tag
from .view import HEATS, about, caption, sign, times_of, totals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, TypeAlias

    from .colors import Theme
    from .drawing import Box, Drawing
    from .figure import Item
    from .view import View

    Attributes: TypeAlias = dict[str, Any]

EDGE, TITLE, TITLE_SIZE = 16.0, 42.0, 15.0
"""Room around the whole and for the title, and the size of its letters."""
CORNER, FRAME_CORNER = 4.0, 6.0
MIDDLE = 4.2
"""How far the baseline of a text is below its middle."""
HEAD = (
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
    'markerHeight="7" orient="auto"><path class="head" d="M1 1 L7 4 L1 7 Z"/></marker></defs>'
)
STYLE = """\
text { fill: INK }
.page { fill: PAGE }
.line { fill: none; stroke: LINE; stroke-width: 1.2 }
.head { fill: LINE }
.small { fill: PALE; font-size: SMALLpx }
.frame { fill: PAGE; stroke: OUTLINE; stroke-width: 1 }
.band { fill: BAND }"""


def document(drawing: Drawing, view: View) -> str:
    figure = layout_of(drawing, view)
    subtitle = totals(drawing.cost) + (f"; darker: more {HEATS[view.heat]}" if view.heat else "")
    least = max(width_of(drawing.heading, TITLE_SIZE, True), width_of(subtitle, SMALL))
    across, along = figure.width, figure.height
    width, height = (along, across) if view.is_lying else (across, along)
    page, down = max(width, least), EDGE + TITLE
    items = sorted(items_of(figure), key=layer_of)
    shown = [item.box for item in items if isinstance(item, Shown) and item.opened is None]
    writer = Writer(heats_of(shown, view.heat), view.is_lying)
    right = EDGE + (page - width) / 2
    place = (0.0, 0.0) if view.is_lying else (right, down)
    lines = [line for item in items for line in writer.item(item.moved(*place))]
    body = [
        heading(drawing.heading, EDGE, EDGE + 14),
        tag("text", subtitle, cls="small", x=EDGE, y=EDGE + 30),
        *(lying(lines, right, down + across) if view.is_lying else lines),
    ]
    return whole(drawing.heading, style(themed), body, page + 2 * EDGE, height + down + EDGE)


def lying(lines: Sequence[str], x: float, y: float) -> list[str]:
    """A picture turned by a quarter, its texts too, from its lower left corner on.

    Boxes with level texts are six times as wide as they are high, too wide in a row for a page.
    """
    turned = f"translate({number(x)} {number(y)}) rotate(-90)"
    return [f'<g transform="{turned}">', *lines, "</g>"]


def heading(text: str, x: float, y: float) -> str:
    style = f"font-size: {number(TITLE_SIZE)}px"
    return tag("text", text, cls="name", x=x, y=y, style=style)


def whole(title: str, style: str, body: Sequence[str], width: float, height: float) -> str:
    """The text of a file with a body on a page of some size."""
    size: Attributes = {"width": width, "height": height}
    above = [tag("title", title), f"<style>\n{style}\n</style>", HEAD]
    attributes: Attributes = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {number(width)} {number(height)}",
        "role": "img",
        **size,
    }
    raw = "\n".join(["", *above, tag("rect", cls="page", **size), *body, ""])
    return tag("svg", raw=raw, **attributes) + "\n"


def style(themed: Callable[[Theme], str]) -> str:
    """The style sheet: how it is on white, and on black where that is preferred."""
    font = f"text {{ font-family: {FAMILY}; font-size: {number(TEXT)}px }}"
    dark = f"@media (prefers-color-scheme: dark) {{\n{themed(BLACK)}\n}}"
    return "\n".join([font, ".name { font-weight: bold }", themed(WHITE), dark])


def themed(theme: Theme) -> str:
    text = STYLE.replace("SMALL", number(SMALL))
    for name, color in theme.inks.items():
        text = text.replace(name, color)
    boxes = (
        f".{name} {{ fill: {fill}; stroke: {outline}; stroke-width: 1 }}"
        for name, (fill, outline) in theme.boxes.items()
    )
    return "\n".join([text, *boxes])


def layer_of(item: Item) -> int:
    """What is drawn first is below: frames, lines, boxes, shapes."""
    if isinstance(item, Shown):
        return 0 if item.opened is not None else 2
    return 1 if isinstance(item, Line) else 3


class Writer:
    """Writes items. `heats` are what boxes have of what is asked for, from 0 to 1."""

    def __init__(self, heats: Mapping[Box, float], is_lying: bool = False) -> None:
        self.heats = heats
        self.is_lying = is_lying

    def item(self, item: Item) -> Iterator[str]:
        if isinstance(item, Line):
            if len({*item.points}) > 1:
                end: Attributes = {"marker_end": "url(#arrow)"} if item.has_arrow else {}
                yield tag("path", cls="line", d=rounded_path(item.points), **end)
        elif isinstance(item, Label):
            yield tag("text", item.text, cls="small", x=item.x, y=item.y)
        else:
            inside = frame(item) if item.opened is not None else self.closed(item)
            title = tag("title", self.about(item))
            yield tag("g", raw="".join(["\n", title, "\n", *(f"{one}\n" for one in inside)]))

    def about(self, item: Shown) -> str:
        """What is told of a box where one points at it."""
        return about(item.box, item.path)

    def closed(self, item: Shown) -> Iterator[str]:
        box, middle = item.box, item.x + item.width / 2
        is_pill = box.kind in (INPUT, OUTPUT, MERGE)
        if box.times > 1:
            yield self.sheet(item, SHEET, CORNER)
        yield self.sheet(item, 0, item.height / 2 if is_pill else CORNER)
        y = item.y + item.height / 2 + MIDDLE
        if is_pill:
            shown = sign(box) if box.kind == MERGE else caption(box)
            yield tag(
                "text", shown, x=middle, y=y, text_anchor="middle", **self.upright(item, shown)
            )
            return
        if second_row(box):
            y = item.y + 17
            yield tag("text", second_row(box), cls="small", x=item.x + MARGIN, y=y + 16)
        yield from words(item, y)

    def upright(self, item: Shown, text: str) -> dict[str, str]:
        """What keeps a sign as it is where words lie: a minus on its side is none."""
        if not self.is_lying or len(text) > 1:
            return {}
        x, y = item.x + item.width / 2, item.y + item.height / 2
        return {"transform": f"rotate(90 {number(x)} {number(y)})"}

    def sheet(self, item: Shown, shift: float, corner: float) -> str:
        place: Attributes = {"x": item.x + shift, "y": item.y + shift}
        size: Attributes = {"width": item.width, "height": item.height, "rx": corner}
        heat = self.heats.get(item.box)
        if heat is None:
            return tag("rect", cls=color_of(item.box), **place, **size)
        warm = f"fill: {HOT}; fill-opacity: {number(heat)}"
        below = tag("rect", cls="frame", **place, **size)
        return below + tag("rect", cls="part", **place, **size, style=warm)


def words(item: Shown, y: float) -> Iterator[str]:
    """The label in bold with its arguments, and at the right how often or how many parameters."""
    box = item.box
    label = tag("tspan", box.label, cls="name")
    rest = escape(caption(box)[len(box.label) :])
    yield tag("text", raw=label + rest, x=item.x + MARGIN, y=y)
    x = item.x + item.width - MARGIN
    if box.times > 1:
        yield tag("text", times_of(box.times), cls="name", x=x, y=y, text_anchor="end")
    elif note_of(box):
        yield tag("text", note_of(box), cls="small", x=x, y=y, text_anchor="end")


def frame(item: Shown) -> Iterator[str]:
    """An open box, with its title on a band."""
    shown, corner = item.opened, FRAME_CORNER
    title, times = (shown.title, shown.times) if shown is not None else ("", 1)
    size: Attributes = {"width": item.width, "height": item.height, "rx": corner}
    if times > 1:
        yield tag("rect", cls="frame", x=item.x + SHEET, y=item.y + SHEET, **size)
    yield tag("rect", cls="frame", x=item.x, y=item.y, **size)
    left, right = item.x + 0.5, item.x + item.width - 0.5
    top, bottom = item.y + 0.5, item.y + HEADER
    arcs = [
        f"M{number(left)} {number(bottom)} V{number(top + corner)}",
        f"Q{number(left)} {number(top)} {number(left + corner)} {number(top)}",
        f"H{number(right - corner)}",
        f"Q{number(right)} {number(top)} {number(right)} {number(top + corner)}",
        f"V{number(bottom)} Z",
    ]
    yield tag("path", cls="band", d=" ".join(arcs))
    y = item.y + HEADER / 2 + MIDDLE
    yield tag("text", title, cls="name", x=item.x + MARGIN, y=y)
    if times > 1:
        place: Attributes = {"x": item.x + item.width - MARGIN, "y": y, "text_anchor": "end"}
        yield tag("text", times_of(times), cls="name", **place)
