"""A network as a notebook shows it: a fragment of HTML without scripts.

The picture stands in an image of its own, so that neither its style nor the notebook's reaches the
other. The layers below are folded as the spec has them.
"""

from __future__ import annotations

import base64
from html import escape

from ..ir.network import path_of
from . import svg
from .drawing import INPUT, OUTPUT, boxes_in
from .reading import drawing_of
from .view import View, boxes_at, caption, depth_of, shapes, times_of, totals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..ir.network import Network
    from .drawing import Box, Chain, Drawing

MOST_ROWS = 300
"""Of one box no more than so many are shown, and behind so many others none is opened."""
MOST_PICTURED = 2_000
STYLE = """\
.cnndsl-network { font: 13px/1.5 system-ui, sans-serif; }
.cnndsl-network summary { cursor: pointer; }
.cnndsl-network .cnndsl-scroll { max-height: 70vh; overflow: auto; margin: 4px 0; }
.cnndsl-network .cnndsl-scroll img { max-width: none; }
.cnndsl-network .cnndsl-in { margin-left: 1.3em; border-left: 1px solid #8886; padding-left: 6px; }
.cnndsl-network .cnndsl-row { display: inline-flex; gap: 1em; width: calc(100% - 1.5em); }
.cnndsl-network .cnndsl-row span:first-child { flex: 1; }
.cnndsl-network .cnndsl-row span { white-space: nowrap; font-variant-numeric: tabular-nums; }
.cnndsl-network .cnndsl-row .cnndsl-number { flex: 0 0 9em; text-align: right; opacity: 0.75; }
.cnndsl-network .cnndsl-leaf { padding-left: 1.1em; }"""


def fragment(network: Network) -> str:
    """The fragment; as `_repr_html_` gives it."""
    drawing = drawing_of(network)
    heading = f"<div><b>{escape(drawing.heading)}</b> {escape(totals(drawing.cost))}</div>"
    parts = [
        f"<style>\n{STYLE}\n</style>",
        picture(drawing) or heading,
        f"<details><summary>Layers</summary>{Rows().within(drawing.chain, '')}</details>",
    ]
    body = "\n".join(parts)
    return f'<div class="cnndsl-network">\n{body}\n</div>\n'


def picture(drawing: Drawing) -> str:
    """The drawing as an image; nothing where it has more boxes than a picture can show."""
    view = View()
    if boxes_at(drawing.chain, depth_of(drawing, view)) > MOST_PICTURED:
        return ""
    data = base64.b64encode(svg.document(drawing, view).encode()).decode()
    image = f'<img alt="{escape(drawing.heading)}" src="data:image/svg+xml;base64,{data}">'
    summary = "<summary>Picture</summary>"
    return f'<details open>{summary}<div class="cnndsl-scroll">{image}</div></details>'


class Rows:
    """Writes boxes as rows, of which those that hold others can be opened."""

    def __init__(self) -> None:
        self.count = 0

    def within(self, chain: Chain, path: str) -> str:
        """The rows of a chain, below a path."""
        boxes = [one for one in boxes_in(chain) if one.kind not in (INPUT, OUTPUT)]
        shown, others = boxes[:MOST_ROWS], len(boxes) - MOST_ROWS
        self.count += len(shown)
        rows = [self.row(one, path) for one in shown]
        if others > 0:
            rows.append(f'<div class="cnndsl-leaf">and {others:,} more</div>')
        return f'<div class="cnndsl-in">{"".join(rows)}</div>'

    def row(self, box: Box, around: str) -> str:
        path = path_of(around, box.name)
        title = escape(f"{path}, {box.place}" if path else box.place)
        words = f"{caption(box)} {times_of(box.times)}"
        macs = f"{box.cost.macs:,} MACs" if box.cost.macs else ""
        numbers = (shapes(box.outputs), f"{box.cost.params:,}" if box.cost.params else "", macs)
        cells = "".join(f'<span class="cnndsl-number">{escape(one)}</span>' for one in numbers)
        row = f'<span class="cnndsl-row" title="{title}"><span>{escape(words)}</span>{cells}</span>'
        if box.inside is None or self.count > MOST_ROWS:
            return f'<div class="cnndsl-leaf">{row}</div>'
        return f"<details><summary>{row}</summary>{self.within(box.inside, path)}</details>"
