"""`cnndsl summary`: the layers of a network as a table."""

from __future__ import annotations

from ..project.loading import SpecError
from ..report import layer_table
from .argument_parser import Parser
from .failure import CLEAN, FINDINGS, terminal_width, wants_color, write
from .spec import load, report_findings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

DESCRIPTION = """\
Show the layers of a network with their output shapes, parameters and MACs (multiply-accumulates
for one image, bias excluded). Of a spec that does not hold, the layers up to its first error.

Exit status: 0 shown, 1 findings, 2 usage mistake or unreadable file."""
EXAMPLES = """\
cnndsl summary net.cnn
cnndsl summary resnet50 --set classes=6
cnndsl summary resnet50 --format json"""
FORMATS = ("text", "json")


def main(arguments: Sequence[str]) -> int:
    parser = Parser("summary", DESCRIPTION, EXAMPLES)
    parser.add_spec()
    parser.add_format(FORMATS)
    options = parser.parse(arguments)
    try:
        network, _ = load(options)
    except SpecError as error:
        if error.partial is not None and options.format == "text":
            write(layer_table.unfinished(error.partial, terminal_width()) + "\n")
        write(report_findings(error.findings))
        return FINDINGS
    if options.format == "json":
        write(layer_table.as_json(network))
    elif not (wants_color() and layer_table.show(network)):
        write(layer_table.plain(network, terminal_width()))
    return CLEAN
