"""`cnndsl zoo`: the networks that come with cnndsl."""

from __future__ import annotations

import os

from ..diagnostics.base import reason_of
from ..project import zoo
from ..project.loading import ZOO, Loader, choose_model, elaborate_model
from ..project.locate import read_file
from ..project.outcome import output_shapes, shown
from ..project.regular import SUFFIX
from ..report.formats import aligned, counted, scaled
from ..text import escaped
from .argument_parser import Parser, one_of, run_action
from .bounds import bounds
from .failure import CLEAN, CommandError, terminal_width, write, write_data
from .files import write_atomically

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..ir.network import Network
    from .argument_parser import Action

DESCRIPTION = """\
List, show and copy the networks that come with cnndsl. Their names stand for a SPEC in every
command. `copy` takes along the files that a spec imports."""
EXAMPLES = """\
cnndsl zoo list                    all networks, with their sizes and papers
cnndsl zoo show resnet50           the text of a spec
cnndsl zoo copy resnet50           into this folder, to change it
cnndsl zoo copy resnet50 nets      into another folder"""
LIST_DESCRIPTION = """\
List the zoo's networks by shelf, each with its input, parameters, MACs (multiply-accumulates for
one image, bias excluded) and paper. PATTERN is a part of a name, however that is spelled, or has
`*`, `?` or `[abc]` and fits a name, with its shelf or without. As JSON, the networks have their
files, layers, outputs and pixels as well."""
LIST_EXAMPLES = """\
cnndsl zoo list
cnndsl zoo list ResNet-50
cnndsl zoo list 'efficientnet_b[0-3]' --shelf torchvision
cnndsl zoo list --params '<5M' --macs 100M..1G
cnndsl zoo list --format json"""
FORMATS = ("text", "json")
COLUMNS = ("Network", "Input", "Parameters", "MACs", "Paper")
NUMBERS = ("Parameters", "MACs")
COUNTS = {"params": "parameters", "macs": "MACs"}
"""What can be bounded: the options, and what they count."""
CUT = "..."


def main(arguments: Sequence[str]) -> int:
    return run_action("zoo", ACTIONS, DESCRIPTION, EXAMPLES, arguments)


# Listing


def list_networks(arguments: Sequence[str]) -> int:
    """Print each network's name, input, cost and paper."""
    parser = Parser("zoo list", LIST_DESCRIPTION, LIST_EXAMPLES)
    parser.add_argument("pattern", metavar="PATTERN", nargs="?", default="", help="(default: all)")
    entries = zoo.entries()
    shelves = dict.fromkeys(one.shelf or zoo.CLASSICS for one in entries)
    known = one_of(shelves, "shelf")
    parser.add_value("--shelf", "NAME", f"one of {', '.join(shelves)}", type=known)
    for name, noun in COUNTS.items():
        parser.add_value(f"--{name}", "BOUNDS", f"{noun}, such as '<5M' or 1M..5M", type=bounds)
    parser.add_format(FORMATS)
    options = parser.parse(arguments)
    if not entries:
        raise CommandError(
            "the zoo is not installed", "reinstall cnndsl, or set it up with its specs"
        )
    named = [
        one
        for one in entries
        if options.shelf in (None, one.shelf or zoo.CLASSICS) and one.fits(options.pattern)
    ]
    if not named:
        where = f" on the shelf {options.shelf}" if options.shelf else ""
        raise CommandError(
            f"no zoo network{where} has `{options.pattern}` in its name",
            zoo.zoo_advice(options.pattern),
        )
    loader = Loader()
    tests = {name: vars(options)[name] for name in COUNTS if vars(options)[name]}
    networks = ((one, network_of(one, loader)) for one in named)
    found = [
        (one, network)
        for one, network in networks
        if all(test(getattr(network.cost, name)) for name, test in tests.items())
    ]
    if not found:
        raise CommandError(
            f"none of {counted(len(named), 'network')} is within the bounds of "
            f"{' and '.join(f'--{name}' for name in tests)}"
        )
    write(as_json(found) if options.format == "json" else as_text(found))
    return CLEAN


def network_of(entry: zoo.Entry, loader: Loader) -> Network:
    """A zoo network, with its parameters' defaults."""
    module = loader.module(read_file(entry.path))
    return elaborate_model(choose_model(module, entry.model), {})


def as_text(found: Sequence[tuple[zoo.Entry, Network]]) -> str:
    """A table with a heading for each shelf; on a terminal, no wider than it."""
    rows = [
        (
            entry.name,
            shown(network.inputs),
            f"{network.cost.params:,}",
            scaled(network.cost.macs).strip(),
            zoo.citation(entry.title),
        )
        for entry, network in found
    ]
    heading, *table = aligned([COLUMNS, *rows], NUMBERS).splitlines()
    limit = terminal_width()
    lines, shelf = [_cut(heading, limit)], None
    for (entry, _), line in zip(found, table, strict=True):
        if entry.shelf != shelf:
            shelf = entry.shelf
            lines += ["", zoo.shelf_title(shelf)]
        lines.append(_cut(line, limit))
    return "".join(f"{line}\n" for line in lines)


def _cut(line: str, limit: int | None) -> str:
    return line if limit is None or len(line) <= limit else line[: limit - len(CUT)] + CUT


def as_json(found: Iterable[tuple[zoo.Entry, Network]]) -> str:
    import json  # deferred: only `--format json` needs it

    networks = [
        {
            "name": entry.name,
            "shelf": entry.shelf,
            "path": entry.path,
            "input": network.input_shape.dims,
            "inputs": {name: shape.dims for name, shape in network.inputs},
            "outputs": {name: shape.dims for name, shape in output_shapes(network)},
            "pixels": network.pixels and network.pixels.facts,
            "params": network.cost.params,
            "macs": network.cost.macs,
            "layers": network.cost.layers,
            "paper": zoo.citation(entry.title),
            "title": entry.title,
        }
        for entry, network in found
    ]
    return json.dumps({"format_version": "1.0", "networks": networks}, indent=2) + "\n"


# Showing and copying


def show(arguments: Sequence[str]) -> int:
    """Print a network's spec."""
    parser = Parser("zoo show", "Print a spec of the zoo.", "cnndsl zoo show resnet50")
    parser.add_argument("name", metavar="NAME")
    path = path_of(parser.parse(arguments).name)
    write_data(read_file(path).text)
    return CLEAN


def copy(arguments: Sequence[str]) -> int:
    """Write a spec and the files that it imports into a folder."""
    parser = Parser(
        "zoo copy",
        "Copy a spec and the files that it imports into a folder.",
        "cnndsl zoo copy resnet50\ncnndsl zoo copy resnet50 nets --force",
    )
    parser.add_argument("name", metavar="NAME")
    parser.add_argument(
        "folder", metavar="FOLDER", nargs="?", default=".", help="(default: the current one)"
    )
    parser.add_argument("--force", action="store_true", help="overwrite files that differ")
    options = parser.parse(arguments)
    path = path_of(options.name)
    files = {one: read_file(one).text for one in with_imports(path)}
    common = os.path.commonpath(list(files))
    if os.path.isfile(common):
        common = os.path.dirname(common)
    targets = {
        os.path.normpath(os.path.join(options.folder, os.path.relpath(one, common))): text
        for one, text in files.items()
    }
    if not options.force:
        refuse_changes(targets)
    for target, text in targets.items():
        try:
            os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
        except OSError as error:
            raise CommandError(f"cannot write {target}: {reason_of(error)}") from None
        write_atomically(target, text)
        write(f"wrote {escaped(target)}\n")
    return CLEAN


def path_of(name: str) -> str:
    """The file of a zoo network, links resolved. Raises `CommandError`."""
    entry = zoo.find(name.removesuffix(SUFFIX))
    if entry is None:
        raise CommandError(f"no zoo network is named `{name}`", zoo.zoo_advice(name))
    return os.path.realpath(entry.path)


def with_imports(path: str) -> list[str]:
    """The file, and those that it imports directly or through others, unless from `zoo:`."""
    loader = Loader()
    loader.module(read_file(path))
    others = (one for one in loader.modules.items() if not one[1].source.name.startswith(ZOO))
    return [path, *(other for other, _ in others if other != path)]


def refuse_changes(targets: dict[str, str]) -> None:
    """Raise `CommandError` if a target exists with another text."""
    for target, text in targets.items():
        is_same = os.path.isfile(target) and read_file(target).text == text
        if os.path.lexists(target) and not is_same:
            raise CommandError(
                f"{target} exists already", "choose another folder, or add `--force`"
            )


ACTIONS: dict[str, Action] = {
    "list": list_networks,
    "show": show,
    "copy": copy,
}
