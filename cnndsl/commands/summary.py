"""`cnndsl summary`: the layers of a network as a table."""

from __future__ import annotations

import sys

from ..diagnostics.base import SpecError
from ..report import layer_table
from .argument_parser import Parser, at_least, one_of
from .failure import CLEAN, CommandError, terminal_width, wants_color, write, write_data
from .spec import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..ir.network import Network
    from ..project.facts import Facts

DESCRIPTION = """\
Show the layers of a network with their output shapes, parameters and MACs (multiply-accumulates
for one image, bias excluded). Of a spec that does not hold, the layers up to its first error.
With --facts or --batch, also its floating-point operations, the memory that activations take in
inference and in training, its receptive field, and the smallest input at which it still checks.

Exit status: 0 shown, 1 findings, 2 usage mistake or unreadable file."""
EXAMPLES = """\
cnndsl summary net.cnn
cnndsl summary resnet50 --set classes=6
cnndsl summary resnet50 --format json
cnndsl summary resnet50 --depth 1 --bars     a row for each part of the network
cnndsl summary vgg16 --sort parameters       the largest layers first
cnndsl summary resnet50 --batch 32"""
FORMATS = ("text", "json", "csv", "markdown")
BARS = "\u2588\u2591", "#."
"""What bars are made of, where standard output can show it and where not."""


def main(arguments: Sequence[str]) -> int:
    parser = Parser("summary", DESCRIPTION, EXAMPLES)
    parser.add_spec()
    parser.add_flag("--facts", help="operations, memory, receptive field, smallest input")
    parser.add_value("--batch", "N", "the facts for so many images", type=at_least(1))
    parser.add_value("--depth", "N", "fold layers below so many parts of paths", type=at_least(1))
    known = one_of(layer_table.SORTS, "order")
    parser.add_value("--sort", "FACT", "the largest first, by one of parameters, macs", type=known)
    parser.add_flag("--bars", help="show parameters and MACs as bars, too")
    parser.add_format(FORMATS)
    options = parser.parse(arguments)
    if options.format == "json" and (options.depth or options.sort or options.bars):
        raise CommandError("--depth, --sort and --bars are about tables", "JSON has each layer")
    if options.format == "csv" and options.bars:
        raise CommandError("--bars draws what CSV has as numbers", "write `--format markdown`")
    try:
        network, _ = load(options)
    except SpecError as error:
        if error.partial is not None and options.format == "text":
            write(layer_table.unfinished(error.partial, terminal_width()) + "\n")
        raise
    is_asked = options.facts or options.batch is not None
    facts = facts_of(network, options.batch or 1) if is_asked else None
    view = layer_table.View(options.depth, options.sort, bar_mark() if options.bars else "")
    if options.format == "json":
        write(layer_table.as_json(network, facts))
    elif options.format == "csv":
        write_data(layer_table.as_csv(network, view))
    elif options.format == "markdown":
        write(layer_table.as_markdown(network, facts, view))
    elif not (wants_color() and layer_table.show(network, facts, view)):
        write(layer_table.plain(network, terminal_width(), facts, view))
    return CLEAN


def bar_mark() -> str:
    """What bars are made of on standard output."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    return BARS[0] if encoding.lower().startswith("utf") else BARS[1]


def facts_of(network: Network, batch: int) -> Facts:
    from ..project.facts import facts_of  # deferred: a table without them takes less

    return facts_of(network, batch)
