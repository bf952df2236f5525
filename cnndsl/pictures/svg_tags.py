"""The text of SVG: its tags, numbers and paths."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from math import hypot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .figure import Point

ROUND = 6.0
"""The radius of a line's turns."""


def tag(name: str, text: str = "", *, raw: str = "", **attributes: str | float) -> str:
    """An element with a text, or with what is written already.

    `cls` is the class; hyphens in attributes are written as underscores.
    """
    written = "".join(
        f' {"class" if one == "cls" else one.replace("_", "-")}="{_value(value)}"'
        for one, value in attributes.items()
    )
    content = raw or escape(text, quote=False)
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def _value(value: str | float) -> str:
    return escape(value) if isinstance(value, str) else number(value)


def number(value: float) -> str:
    """A length, to a hundredth of a pixel."""
    shown = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if shown == "-0" else shown


def rounded_path(points: Sequence[Point]) -> str:
    """A line with round turns, as the `d` of a path."""
    first, *rest = points
    kept = [first, *(after for before, after in pairwise(points) if after != before)]
    parts = [f"M{_pair(first)}"]
    for before, turn, after in zip(kept, kept[1:], kept[2:], strict=False):
        radius = min(ROUND, _distance(before, turn) / 2, _distance(turn, after) / 2)
        start, end = _towards(turn, before, radius), _towards(turn, after, radius)
        parts.append(f"L{_pair(start)} Q{_pair(turn)} {_pair(end)}")
    return " ".join([*parts, f"L{_pair(rest[-1])}"])


def _distance(one: Point, other: Point) -> float:
    return hypot(other[0] - one[0], other[1] - one[1])


def _towards(one: Point, other: Point, length: float) -> Point:
    share = length / (_distance(one, other) or 1.0)
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share


def _pair(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"
