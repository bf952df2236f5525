"""`cnndsl zoo list`: the zoo's networks by shelf, with their sizes and papers."""

from __future__ import annotations

import itertools

from ..project import zoo
from ..project.loading import Loader, choose_model, elaborate_model
from ..project.locate import read_file
from ..report.formats import scaled
from .argument_parser import Parser
from .failure import CLEAN, CommandError, terminal_width, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..ir.network import Network

FORMATS = ("text", "json")
COLUMNS = ("Network", "Input", "Parameters", "MACs", "Paper")
NUMBERS = ("Parameters", "MACs")
GAP = "  "
CUT = "..."
DESCRIPTION = """\
List the zoo's networks by shelf, each with its input, parameters, MACs (multiply-accumulates for
one image, bias excluded) and paper. TEXT is what a name must contain."""
EXAMPLES = """\
cnndsl zoo list
cnndsl zoo list resnet
cnndsl zoo list --format json"""


def list_networks(arguments: Sequence[str]) -> int:
    """Print each network's name, input, cost and paper."""
    parser = Parser("zoo list", DESCRIPTION, EXAMPLES)
    parser.add_argument("text", metavar="TEXT", nargs="?", default="", help="(default: all)")
    parser.add_format(FORMATS)
    options = parser.parse(arguments)
    entries = zoo.entries()
    if not entries:
        raise CommandError(
            "the zoo is not installed", "reinstall cnndsl, or set it up with its specs"
        )
    loader = Loader()
    found = [
        (entry, network_of(entry, loader))
        for entry in entries
        if options.text.lower() in entry.name.lower()
    ]
    if not found:
        raise CommandError(
            f"no zoo network has `{options.text}` in its name", zoo.zoo_advice(options.text)
        )
    write(as_json(found) if options.format == "json" else as_text(found))
    return CLEAN


def network_of(entry: zoo.Entry, loader: Loader) -> Network:
    """The first model of a zoo file, with its parameters' defaults."""
    module = loader.module(read_file(entry.path))
    return elaborate_model(choose_model(module, entry.models[0][0]), {})


def as_text(found: Sequence[tuple[zoo.Entry, Network]]) -> str:
    """A table with a heading for each shelf; on a terminal, no wider than it."""
    rows = {
        entry.name: (
            entry.name,
            str(network.input_shape),
            f"{network.cost.params:,}",
            scaled(network.cost.macs).strip(),
            zoo.citation(entry.title),
        )
        for entry, network in found
    }
    widths = [max(map(len, cells)) for cells in zip(COLUMNS, *rows.values(), strict=True)]
    limit = terminal_width()
    lines = [_line(COLUMNS, widths, limit)]
    for shelf, entries in itertools.groupby((entry for entry, _ in found), lambda one: one.shelf):
        lines += ["", zoo.shelf_title(shelf)]
        lines += [_line(rows[entry.name], widths, limit) for entry in entries]
    return "".join(f"{line}\n" for line in lines)


def _line(cells: Iterable[str], widths: Iterable[int], limit: int | None) -> str:
    placed = [
        f"{cell:>{width}}" if title in NUMBERS else f"{cell:<{width}}"
        for title, cell, width in zip(COLUMNS, cells, widths, strict=True)
    ]
    line = GAP.join(placed).rstrip()
    return line if limit is None or len(line) <= limit else line[: limit - len(CUT)] + CUT


def as_json(found: Iterable[tuple[zoo.Entry, Network]]) -> str:
    import json  # deferred: only `--format json` needs it

    networks = [
        {
            "name": entry.name,
            "shelf": entry.shelf,
            "input": list(network.input_shape.dims),
            "params": network.cost.params,
            "macs": network.cost.macs,
            "paper": zoo.citation(entry.title),
            "title": entry.title,
        }
        for entry, network in found
    ]
    return json.dumps({"format_version": "1.0", "networks": networks}, indent=2) + "\n"
