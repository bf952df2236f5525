"""The colours of boxes: by family of op, or by their share of what a network costs."""

from __future__ import annotations

from math import sqrt

from ..record import Record
from .drawing import INPUT, MERGE, OUTPUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .drawing import Box

LIGHT: Mapping[str, tuple[str, str]] = {
    "part": ("#f6f7f9", "#8b95a3"),
    "border": ("#ffffff", "#57606a"),
    "merging": ("#ffffff", "#57606a"),
    "convolution": ("#dbe8f6", "#4a78ab"),
    "dense": ("#e5def1", "#7a63a8"),
    "pooling": ("#f7ded6", "#b8664a"),
    "resizing": ("#d6ecea", "#3f8680"),
    "normalization": ("#efece3", "#8d8468"),
    "activation": ("#e2efdc", "#5c8a4b"),
    "attention": ("#f8ebcb", "#a87f24"),
    "channels": ("#ececf0", "#6d7080"),
}
"""Fill and outline of each class of boxes, on white."""
DARK: Mapping[str, tuple[str, str]] = {
    "part": ("#22262d", "#6b7684"),
    "border": ("#16181d", "#9aa4b2"),
    "merging": ("#16181d", "#9aa4b2"),
    "convolution": ("#1f3550", "#6d9bd0"),
    "dense": ("#352c4d", "#a08bd0"),
    "pooling": ("#4a2d23", "#d98d72"),
    "resizing": ("#1c3d3b", "#66b3ac"),
    "normalization": ("#36332a", "#aea387"),
    "activation": ("#263d20", "#86b674"),
    "attention": ("#453717", "#d0a548"),
    "channels": ("#2e3038", "#9a9dae"),
}
"""The same on black."""
OF_KIND = {INPUT: "border", OUTPUT: "border", MERGE: "merging"}


def color_of(box: Box) -> str:
    """The class of a box's colours."""
    known = OF_KIND.get(box.kind) or box.family
    return known if known in LIGHT else "part"


class Theme(Record):
    """Colours of text and lines, by the words of a style sheet, and of classes of boxes."""

    inks: Mapping[str, str]
    boxes: Mapping[str, tuple[str, str]]


WHITE = Theme(
    {
        "INK": "#1b1f24",
        "PAGE": "#ffffff",
        "OUTLINE": "#9aa4b2",
        "LINE": "#57606a",
        "PALE": "#57606a",
        "BAND": "#eef0f3",
    },
    LIGHT,
)
BLACK = Theme(
    {
        "INK": "#e6e9ee",
        "PAGE": "#16181d",
        "OUTLINE": "#5b6573",
        "LINE": "#9aa4b2",
        "PALE": "#a9b2be",
        "BAND": "#22262d",
    },
    DARK,
)
HOT = "#d9480f"
"""The colour of what costs most."""
HOTTEST = 0.6
"""How much of it shows there."""


def heats_of(boxes: Iterable[Box], heat: str) -> dict[Box, float]:
    """How much of `HOT` shows on each box: by its share of the one that costs most.

    It grows with the root of that, so that small ones are told apart too.
    """
    if not heat:
        return {}
    costs = {box: getattr(box.cost, heat) for box in boxes if box.cost.layers}
    most = max(costs.values(), default=0) or 1
    return {box: HOTTEST * sqrt(cost / most) for box, cost in costs.items()}


def mixed(heat: float) -> str:
    """`HOT` on white, where so much of it shows."""
    parts = (int(HOT[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(255 + (one - 255) * heat):02x}" for one in parts)
