"""A drawing as SVG: one file that refers to nothing outside of it, light and dark."""

from __future__ import annotations

from html import escape
from math import hypot

from .colors import DARK, LIGHT, color_of, heat_of
from .drawing import INPUT, MERGE, OUTPUT
from .figure import Label, Line, Shown, items_of
from .layout import layout_of
from .lettering import FAMILY, shortened, width_of
from .measures import HEADER, INDENT, MARGIN, SHEET, SMALL, TEXT, note_of
from .view import about, caption, sign, sizes, times_of, totals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .drawing import Box, Drawing
    from .figure import Item, Point
    from .view import View

EDGE = 16.0
"""Room around the whole."""
TITLE = 42.0
ROUND = 6.0
"""The radius of a line's turns."""
TEMPLATE = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">
<title>{title}</title>
<style>
{style}
</style>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="head" d="M1 1 L7 4 L1 7 Z"/></marker></defs>
<rect class="page" width="{width}" height="{height}"/>
{body}
</svg>
"""
STYLE = """\
text {{ font-family: {family}; font-size: {text}px; fill: {ink} }}
.page {{ fill: {page} }}
.line {{ fill: none; stroke: {line}; stroke-width: 1.2 }}
.head {{ fill: {line} }}
.small {{ font-size: {small}px; fill: {pale} }}
.name {{ font-weight: bold }}
.frame {{ fill: {page}; stroke: {outline}; stroke-width: 1 }}
.band {{ fill: {band} }}"""


def document(drawing: Drawing, view: View) -> str:
    figure = layout_of(drawing, view)
    heading, subtitle = drawing.heading, totals(drawing.cost)
    least = max(width_of(heading, 15, True), width_of(subtitle, SMALL + 1))
    width = max(figure.width, least) + 2 * EDGE
    left = EDGE + (width - 2 * EDGE - figure.width) / 2
    down = EDGE + TITLE
    order = sorted(items_of(figure), key=rank)
    items = [item.moved(left, down) for item in order]
    body = [
        f'<text class="name" x="{number(EDGE)}" y="{number(EDGE + 14)}" style="font-size:15px">{escape(heading)}</text>',
        f'<text class="small" x="{number(EDGE)}" y="{number(EDGE + 30)}">{escape(subtitle)}</text>',
        *(line for item in items for line in written(item, drawing, view)),
    ]
    return TEMPLATE.format(
        width=number(width),
        height=number(figure.height + down + EDGE),
        title=escape(drawing.heading),
        style=style(),
        body="\n".join(body),
    )


def style() -> str:
    light = STYLE.format(
        family=FAMILY,
        text=number(TEXT),
        small=number(SMALL),
        ink="#1b1f24",
        page="#ffffff",
        line="#57606a",
        pale="#57606a",
        outline="#9aa4b2",
        band="#eef0f3",
    )
    dark = STYLE.format(
        family=FAMILY,
        text=number(TEXT),
        small=number(SMALL),
        ink="#e6e9ee",
        page="#16181d",
        line="#9aa4b2",
        pale="#a9b2be",
        outline="#5b6573",
        band="#22262d",
    )
    return "\n".join(
        [light, *classes(LIGHT), "@media (prefers-color-scheme: dark) {", dark, *classes(DARK), "}"]
    )


def classes(colors: object) -> Iterator[str]:
    for name, (fill, stroke) in colors.items():  # type: ignore[attr-defined]
        yield f".{name} {{ fill: {fill}; stroke: {stroke}; stroke-width: 1 }}"


def rank(item: Item) -> int:
    """What is drawn first is below: frames, lines, boxes, shapes."""
    if isinstance(item, Shown):
        return 0 if item.opened is not None else 2
    return 1 if isinstance(item, Line) else 3


def written(item: Item, drawing: Drawing, view: View) -> Iterator[str]:
    if isinstance(item, Line):
        end = ' marker-end="url(#arrow)"' if item.has_arrow else ""
        if len({*item.points}) > 1:
            yield f'<path class="line" d="{path_of(item.points)}"{end}/>'
    elif isinstance(item, Label):
        yield f'<text class="small" x="{number(item.x)}" y="{number(item.y)}">{escape(item.text)}</text>'
    else:
        yield f"<g><title>{escape(about(item.box, item.path))}</title>"
        yield from frame(item) if item.opened is not None else closed(item, drawing, view)
        yield "</g>"


def rect(item: Shown, cls: str, shift: float = 0.0, radius: float = 4.0, extra: str = "") -> str:
    return f'<rect class="{cls}" x="{number(item.x + shift)}" y="{number(item.y + shift)}" width="{number(item.width)}" height="{number(item.height)}" rx="{number(radius)}"{extra}/>'


def frame(item: Shown) -> Iterator[str]:
    """An open box, with its title."""
    shown = item.opened
    if shown is None:
        return
    if shown.times > 1:
        yield rect(item, "frame", SHEET, 6)
    yield rect(item, "frame", 0, 6)
    yield f'<path class="band" d="M{number(item.x + 0.5)} {number(item.y + HEADER - 4)} v{number(10 - HEADER)} a5.5 5.5 0 0 1 5.5 -5.5 h{number(item.width - 12)} a5.5 5.5 0 0 1 5.5 5.5 v{number(HEADER - 10)} z"/>'
    y = item.y + 15.5
    yield text(item.x + 9, y, shown.title, "name")
    if shown.times > 1:
        yield text(item.x + item.width - 9, y, times_of(shown.times), "name", "end")


def closed(item: Shown, drawing: Drawing, view: View) -> Iterator[str]:
    box = item.box
    cls = color_of(box)
    extra = heat_of(box, drawing.cost, view.heat)
    round_ = item.height / 2 if box.kind in (INPUT, OUTPUT, MERGE) else 4
    if box.times > 1:
        yield rect(item, cls, SHEET, 4, extra)
    yield rect(item, cls, 0, round_, extra)
    middle = item.x + item.width / 2
    y = item.y + item.height / 2 + 4.2
    if box.kind == MERGE:
        yield text(middle, y, sign(box), "", "middle")
        return
    if box.kind in (INPUT, OUTPUT):
        yield text(middle, y, caption(box), "", "middle")
        return
    if box.inside is not None:
        y = item.y + 17
        yield text(item.x + MARGIN, y + 16, sizes(box), "small")
    yield title(item, y)
    note = times_of(box.times) or note_of(box)
    if note:
        yield text(
            item.x + item.width - MARGIN, y, note, "name" if box.times > 1 else "small", "end"
        )


def title(item: Shown, y: float) -> str:
    """The label in bold, the rest plain."""
    box = item.box
    rest = caption(box)[len(box.label) :]
    return f'<text x="{number(item.x + MARGIN)}" y="{number(y)}"><tspan class="name">{escape(box.label)}</tspan>{escape(rest)}</text>'


def text(x: float, y: float, content: str, cls: str, anchor: str = "start") -> str:
    return f'<text class="{cls}" x="{number(x)}" y="{number(y)}" text-anchor="{anchor}">{escape(content)}</text>'


def path_of(points: tuple[Point, ...]) -> str:
    """A line with round turns."""
    points = tuple(one for place, one in enumerate(points) if not place or one != points[place - 1])
    parts = [f"M{pair(points[0])}"]
    for before, turn, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(ROUND, distance(before, turn) / 2, distance(turn, after) / 2)
        parts.append(
            f"L{pair(toward(turn, before, radius))} Q{pair(turn)} {pair(toward(turn, after, radius))}"
        )
    parts.append(f"L{pair(points[-1])}")
    return " ".join(parts)


def distance(one: Point, other: Point) -> float:
    return hypot(other[0] - one[0], other[1] - one[1])


def toward(one: Point, other: Point, length: float) -> Point:
    share = length / (distance(one, other) or 1)
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share


def pair(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"


def number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
