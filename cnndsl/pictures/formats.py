"""The formats of pictures: a table of modules that write one each."""

from __future__ import annotations

from importlib import import_module

from ..project.loading import DeepRecursion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .drawing import Drawing
    from .view import View

SUFFIXES: Mapping[str, str] = {
    "html": ".html",
    "svg": ".svg",
    "mermaid": ".mmd",
    "dot": ".dot",
}
"""Each value of `--format` with the suffix of its files. The module of that name writes it."""
OTHER_SUFFIXES = {".htm": "html", ".mermaid": "mermaid", ".gv": "dot"}


def format_of(path: str, suffixes: Mapping[str, str] = SUFFIXES) -> str | None:
    """The format, of some with their suffixes, that a file's suffix stands for."""
    known = {suffix: name for name, suffix in suffixes.items()}
    known |= {suffix: name for suffix, name in OTHER_SUFFIXES.items() if name in suffixes}
    return next((name for suffix, name in known.items() if path.lower().endswith(suffix)), None)


def written(drawing: Drawing, name: str, view: View) -> str:
    """A drawing as the text of a file in a format."""
    module = import_module(f".{name}", __package__)
    with DeepRecursion():
        text: str = module.document(drawing, view)
    return text
