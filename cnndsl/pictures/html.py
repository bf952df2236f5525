"""The interactive picture of a network: one HTML page that needs nothing but itself.

Its parts are the files in `page/`: a template, a style and scripts, which are put into it as they
are. The same network gives the same page, to the byte.
"""

from __future__ import annotations

import html
import json
import re
from importlib import resources

from .colors import DARK, LIGHT
from .page_data import page_data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .drawing import Drawing
    from .view import View

SCRIPTS = ("tree", "boxes", "wires", "view", "details", "table", "search", "keys", "start")
"""In the order in which they need each other."""


def document(drawing: Drawing, view: View) -> str:
    """The text of the page, which begins as the view has it."""
    parts = {
        "title": html.escape(drawing.name),
        "style": f"{asset('style.css')}\n{colors()}",
        "data": as_script_data(page_data(drawing, view)),
        "script": "\n".join(asset(f"{name}.js") for name in SCRIPTS),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], asset("page.html"))


def colors() -> str:
    """The style of layers by their class of colours."""
    return "\n".join(
        f".color-{name} {{ --fill: light-dark({fill}, {DARK[name][0]}); "
        f"--tint: light-dark({outline}, {DARK[name][1]}); }}"
        for name, (fill, outline) in LIGHT.items()
    )


def as_script_data(value: object) -> str:
    """JSON that can stand in a script element: it has no `<`, and is plain ASCII."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def asset(name: str) -> str:
    """The text of one of the page's files."""
    return (resources.files(__package__) / "page" / name).read_text("utf-8").rstrip("\n")
