"""The options of `cnndsl check`."""

from __future__ import annotations

import argparse

from ..project.config import ConfigError, codes_of
from ..report.formats import FORMATS
from .argument_parser import Parser, at_least, one_of
from .checker import Options
from .failure import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

DESCRIPTION = """\
Check specs without any framework: syntax, names, values, every shape and every budget.
All models of a file are checked, with their parameters' defaults or the values of --set.
[tool.cnndsl] of the nearest pyproject.toml can set select, ignore, output-format, exclude
and per-file-ignores.

Exit status: 0 clean or warnings alone, 1 findings, 2 usage mistake or unreadable file."""
EXAMPLES = """\
cnndsl check net.cnn                     one spec
cnndsl check specs/ 'nets/**/*.cnn'      folders (with all below them) and patterns
cnndsl check resnet50 --set classes=6    a zoo network, with another number of classes
cnndsl check --ignore CNN8 --fix .       no warnings, and mend what is certain
cnndsl check --locked specs/             nothing may differ from cnndsl.lock
cnndsl check --output-format json .      for other programs
cat net.cnn | cnndsl check - --stdin-filename net.cnn"""


def parse(arguments: Sequence[str]) -> Options:
    """The options that the arguments give. Raises `CommandError` for what cannot be meant."""
    given = vars(parser().parse(arguments))
    lists = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
    options = Options(**{**given, **lists})
    if options.locked and options.changes_specs:
        raise CommandError("--locked cannot be combined with --fix, --diff and the like")
    if options.locked and options.settings:
        raise CommandError("--locked compares parameters' defaults, without --set")
    if options.stdin_filename == "":
        raise CommandError("the name of --stdin-filename is empty")
    return options


def parser() -> Parser:
    """The parser of all options, each of which is a field of `Options`."""
    parser = Parser("check", DESCRIPTION, EXAMPLES)
    parser.add_argument(
        "paths", metavar="PATH", nargs="+", help="a file, folder, pattern, zoo name, or - for stdin"
    )
    parser.add_model()
    meaning = f"one of {', '.join(FORMATS)} (default: text; github in GitHub Actions)"
    known = one_of(FORMATS, "output format")
    parser.add_value("--output-format", "FORMAT", meaning, type=known)
    parser.add_flag("--quiet", "-q", help="print findings alone, no summing up")
    parser.add_value("--stdin-filename", "NAME", "what messages call standard input")
    for name, meaning in (
        ("--select", "these codes alone, or their beginnings, as in CNN3,CNN501"),
        ("--ignore", "not these codes; the longest beginning of a code decides"),
    ):
        parser.add_value(name, "CODES", meaning, type=codes, action="extend")
    parser.add_list("--exclude", "PATTERN", "no specs in folders and patterns whose path fits this")
    parser.add_flag("--force-exclude", help="exclude files even where they are named themselves")
    parser.add_flag("--exit-zero", help="exit with 0 even where there are findings")
    parser.add_flag("--fix", help="mend what is certain in the files")
    parser.add_flag("--diff", help="show what --fix would do instead")
    parser.add_flag(
        "--update-shapes", help="write the shapes found into assertions that do not hold"
    )
    parser.add_flag("--locked", help="compare with the nearest cnndsl.lock as well")
    meaning = "how many processes (default: one a core where there are many specs)"
    parser.add_value("--jobs -j", "N", meaning, type=at_least(1))
    return parser


def codes(text: str) -> tuple[str, ...]:
    """The codes that an option lists."""
    try:
        return codes_of((text,))
    except ConfigError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
