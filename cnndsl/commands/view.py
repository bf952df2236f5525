"""`cnndsl view`: a network as a picture."""

from __future__ import annotations

from ..pictures.formats import SUFFIXES, written
from ..pictures.reading import drawing_of
from ..pictures.view import DIRECTIONS, HEATS, MOST_BOXES, View, boxes_shown
from ..project.outcome import checked_model
from ..report.formats import describe
from ..text import escaped
from .argument_parser import Parser, at_least, one_of
from .browsing import need_screen, show_page
from .failure import CLEAN, CommandError, write, write_data
from .files import write_atomically
from .outputs import STANDARD_OUTPUT, format_named, refuse_inputs
from .spec import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..pictures.drawing import Drawing

DESCRIPTION = """\
Draw a network as it is written: blocks and stages as boxes, what repeats as one box with a count,
branches side by side, shapes on the lines. Boxes are opened as far as the picture stays legible,
or by --depth. The suffix of the file says which format it has. Without a file, an interactive
page opens in the browser: its boxes open on a click, and it has search and a table of layers.

Exit status: 0 drawn, 1 findings, 2 usage mistake or unreadable file."""
EXAMPLES = """\
cnndsl view resnet50                              in the browser
cnndsl view resnet50 -o resnet50.html             the same page, to send to somebody
cnndsl view resnet50 -o resnet50.svg              for a paper
cnndsl view resnet50 --depth 2 -o resnet50.svg    two levels open
cnndsl view unet --direction right -o unet.svg    from left to right
cnndsl view net.cnn --format mermaid              for a README, to standard output
cnndsl view net.cnn --heat params -o net.svg      coloured by parameters
cnndsl view net.cnn -o net.dot                    for Graphviz"""
PAGE = "html"


def main(arguments: Sequence[str]) -> int:
    options = parser().parse(arguments)
    name = format_named(options, SUFFIXES) or (PAGE if options.output is None else "svg")
    if options.format is not None:
        options.output = options.output or STANDARD_OUTPUT
    if name == PAGE and options.direction != DIRECTIONS[0]:
        raise CommandError("the page leads down alone", "add `-o network.svg`")
    network, loader = load(options)
    if options.output is None:
        need_screen(f"cnndsl view {options.spec} -o network.html")
    drawing = drawing_of(network)
    view = View(options.depth, options.heat or "", options.direction)
    if name != PAGE:
        need_fewer_boxes(drawing, view)
    text = written(drawing, name, view)
    if options.output == STANDARD_OUTPUT:
        write_data(text)
        return CLEAN
    size = describe(checked_model(network))
    if options.output is None:
        write(f"opened {escaped(show_page(text, network.name))}: {size}\n")
        return CLEAN
    inputs = (network.template.source.path, *loader.modules)
    refuse_inputs(options.output, filter(None, inputs))
    write_atomically(options.output, text)
    if not options.quiet:
        write(f"wrote {escaped(options.output)}: {size}\n")
    return CLEAN


def parser() -> Parser:
    parser = Parser("view", DESCRIPTION, EXAMPLES)
    parser.add_spec()
    meaning = "the file to write (default: a page in the browser, or standard output of a --format)"
    parser.add_value("--output -o", "FILE", meaning)
    names = tuple(SUFFIXES)
    shown = f"one of {', '.join(names)} (default: by the file's suffix)"
    parser.add_value("--format", "FORMAT", shown, type=one_of(names, "format"))
    parser.add_value("--depth", "N", "open boxes down to so many levels", type=at_least(0))
    shown = f"colour boxes by one of {', '.join(HEATS)}"
    parser.add_value("--heat", "FACT", shown, type=one_of(HEATS, "fact"))
    known, first = one_of(DIRECTIONS, "direction"), DIRECTIONS[0]
    shown = f"where the network leads to, one of {', '.join(DIRECTIONS)} (default: {first})"
    parser.add_value("--direction", "WAY", shown, default=first, type=known)
    parser.add_flag("--quiet", "-q", help="do not say which file was written")
    return parser


def need_fewer_boxes(drawing: Drawing, view: View) -> None:
    """Raise `CommandError` for more boxes than a picture can show."""
    boxes = boxes_shown(drawing, view)
    if boxes > MOST_BOXES:
        advice = "give a smaller --depth" if view.depth else "put parts of it into blocks or stages"
        found = f"a picture of {boxes:,} boxes, more than {MOST_BOXES:,}, shows nothing"
        raise CommandError(found, advice)
