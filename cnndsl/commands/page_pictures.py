"""The pictures in the documentation, drawn from the specs that they show."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ..api import network_of
from ..pictures.comparison_svg import Compared
from ..pictures.comparison_svg import document as comparison
from ..pictures.reading import drawing_of
from ..pictures.svg import document
from ..pictures.view import View
from ..project.loading import Loader, choose_model, elaborate_model
from ..project.locate import read_spec
from ..report.differences import difference
from ..text import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..ir.network import Network

FENCE = re.compile(r"^```cnn (?!fails)file=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FOLDER = os.path.realpath("tutorial")
"""Where a reader would have the files of a page. They are not looked for there."""


def network_above(page: Path, picture: str, name: str) -> Network:
    """The network in a file as a page has it where a picture stands. Raises `ValueError`."""
    text = page.read_text(encoding="utf-8")
    place = text.find(f"({picture})")
    files = {
        os.path.join(FOLDER, match[1]): match[2] for match in FENCE.finditer(text, 0, max(place, 0))
    }
    path = os.path.join(FOLDER, name)
    if path not in files:
        raise ValueError(f"{page.name} has no {name} above {picture}")
    module = Loader(files).module(Source(name, files[path], path))
    return elaborate_model(choose_model(module, None), {})


def picture_in(page: Path, picture: str, name: str, depth: int | None = None) -> str:
    """The drawing of a network above it in a page."""
    return document(drawing_of(network_above(page, picture, name)), View(depth))


def picture_of(name: str) -> str:
    """The drawing of a network of the zoo."""
    return document(drawing_of(network_of(read_spec(name), None, {})[0]), View())


def picture_of_difference(before: str, after: str) -> str:
    """The drawing of two networks of the zoo side by side."""
    old, new = (network_of(read_spec(one), None, {})[0] for one in (before, after))
    return comparison([Compared(difference(old.name, old, new), old, new)])
