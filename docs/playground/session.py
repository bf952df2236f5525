"""What the playground's page asks of cnndsl, inside Pyodide. Requests and answers are JSON."""

from __future__ import annotations

import json
import posixpath
import re
import time
from functools import lru_cache
from typing import Any

from cnndsl import __version__
from cnndsl.backend import backend_names, find_backend
from cnndsl.diagnostics.base import SpecError
from cnndsl.editing.analysis import Analysis
from cnndsl.editing.hints import SHAPE, hints
from cnndsl.ir.network import Network
from cnndsl.ops import OPS
from cnndsl.pictures.formats import written
from cnndsl.pictures.reading import drawing_of
from cnndsl.pictures.view import View, boxes_shown
from cnndsl.project import zoo
from cnndsl.project.loading import ZOO
from cnndsl.project.outcome import CheckedSpec, Report, Style, checked_model, listed
from cnndsl.report import layer_table
from cnndsl.report.formats import describe, text
from cnndsl.syntax.tables import KEYWORDS
from cnndsl.text import Source

NAME = "net.cnn"
RELATIVE = re.compile(r'^(import [^"\n]* from ")(?!zoo:)([^"\n]+)\.cnn(?=")', re.MULTILINE)
MOST_BOXES = 2_000
BROKEN = "model warm { input 8x8x3 conv(4, 3x3) }"


def answer(request: str) -> str:
    """The answer to one request, which names its kind."""
    asked = json.loads(request)
    return json.dumps(KINDS[asked.pop("kind")](**asked))


def about() -> dict[str, Any]:
    """What the page shows before anything is typed: words to colour, backends, and the zoo."""
    shelves: dict[str, list[str]] = {}
    for entry in zoo.entries():
        shelves.setdefault(zoo.shelf_title(entry.shelf or zoo.CLASSICS), []).append(entry.name)
    return {
        "version": __version__,
        "keywords": list(KEYWORDS),
        "ops": list(OPS),
        "backends": backend_names(),
        "zoo": shelves,
    }


def open_network(name: str) -> dict[str, Any]:
    """The text of a zoo network, whose imports lead into the zoo from anywhere, and its model."""
    entry = zoo.find(name)
    if entry is None:
        return {"text": f"# The zoo has no network `{name}`.\n", "model": None}
    with open(entry.path, encoding="utf-8-sig") as file:
        written = file.read()

    def in_zoo(match: re.Match[str]) -> str:
        return f"{match[1]}{ZOO}{posixpath.normpath(posixpath.join(entry.shelf, match[2]))}"

    return {"text": RELATIVE.sub(in_zoo, written), "model": entry.model}


def check(text: str) -> dict[str, Any]:
    """The findings of a text, and the shapes behind its statements."""
    began = time.perf_counter()
    analysis = analysed(text)
    report = report_of(analysis, time.perf_counter() - began)
    units = Units(text)
    own = [one for one in analysis.findings if one.location.source is analysis.source]
    shapes = (one for one in hints(analysis, 0, len(text)) if one.kind == SHAPE)
    return {
        "report": report,
        "errors": sum(one.is_error for one in analysis.findings),
        "warnings": sum(not one.is_error for one in analysis.findings),
        "marks": [
            {
                "start": units.of(one.location.start),
                "end": units.of(one.location.end),
                "severity": one.diagnostic.severity,
                "message": f"{one.diagnostic.code} {one.diagnostic.message}",
            }
            for one in own
        ],
        "hints": [{"offset": units.of(one.offset), "text": one.text} for one in shapes],
        "models": [one.name for one in analysis.partial],
    }


def layers(text: str, model: str | None, depth: int | None) -> dict[str, Any]:
    """The table of a model's layers, up to its first error if there is one."""
    network = network_of(text, model)
    if network is None:
        return {"title": "There is no model yet.", "columns": [], "rows": [], "is_whole": False}
    view = layer_table.View(depth)
    is_whole = network in analysed(text).networks.values()
    title = (
        describe(checked_model(network)) if is_whole else f"{network.name}, up to its first error"
    )
    rows = layer_table.rows_of(network, view)
    return {"title": title, "columns": layer_table.COLUMNS, "rows": rows, "is_whole": is_whole}


def picture(text: str, model: str | None, depth: int | None) -> dict[str, Any]:
    """A model's drawing, up to its first error if there is one, or why there is none."""
    network = network_of(text, model)
    if network is None:
        return {"title": "There is no model yet.", "svg": ""}
    drawing, view = drawing_of(network), View(depth)
    boxes = boxes_shown(drawing, view)
    if boxes > MOST_BOXES:
        return {"title": f"A picture of {boxes:,} boxes shows nothing: choose less.", "svg": ""}
    is_whole = network in analysed(text).networks.values()
    title = "" if is_whole else f"{network.name}, up to its first error"
    return {"title": title, "svg": written(drawing, "svg", view)}


def code(text: str, model: str | None, backend: str) -> dict[str, Any]:
    """What a backend emits for a model, or why it does not."""
    network = network_of(text, model)
    if network is None or network not in analysed(text).networks.values():
        return {"code": "", "refusal": "No code before the spec holds: see the report."}
    try:
        return {"code": find_backend(backend).emit(network).text, "refusal": ""}
    except SpecError as error:
        return {"code": "", "refusal": findings_text(error.findings)}


def warm_up() -> dict[str, Any]:
    """Import what the first mistake, picture and code need, while nobody waits."""
    Analysis(Source(NAME, BROKEN))
    sound = BROKEN.replace("3 conv", "3\nconv")
    picture(sound, None, None)
    for name in backend_names():
        code(sound, None, name)
    return {}


KINDS = {
    "about": about,
    "open": open_network,
    "check": check,
    "layers": layers,
    "picture": picture,
    "code": code,
    "warm_up": warm_up,
}


class Units:
    """Offsets of Python in the units of JavaScript, which counts a rare character twice."""

    def __init__(self, text: str) -> None:
        self.wide = [place for place, one in enumerate(text) if ord(one) > 0xFFFF]

    def of(self, offset: int) -> int:
        return offset + sum(place < offset for place in self.wide)


@lru_cache(maxsize=4)
def analysed(text: str) -> Analysis:
    return Analysis(Source(NAME, text))


def network_of(text: str, model: str | None) -> Network | None:
    """A model of the text, the last one where none is named: it stands behind its parts."""
    found = {one.name: one for one in analysed(text).partial}
    return found.get(model or "") or next(reversed(found.values()), None)


def report_of(analysis: Analysis, seconds: float) -> str:
    """What `cnndsl check` prints, with colours."""
    module = analysis.module
    is_whole = not any(one.is_error for one in analysis.findings)
    models = tuple(map(checked_model, analysis.networks.values())) if is_whole else ()
    counts = {"blocks": len(module.blocks), "recipes": len(module.recipes)}
    spec = CheckedSpec(NAME, models, findings=listed(analysis.findings), **counts)
    return text(Report((spec,), (), seconds), Style(color=True))


def findings_text(findings: tuple[Any, ...]) -> str:
    spec = CheckedSpec(NAME, (), 0, listed(findings))
    return text(Report((spec,)), Style(color=True, quiet=True))
