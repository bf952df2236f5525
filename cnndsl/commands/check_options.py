"""The options of `cnndsl check`."""

from __future__ import annotations

import argparse

from ..project.config import ConfigError, codes_of
from ..report.formats import FORMATS
from .argument_parser import Parser, at_least, one_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def parse(description: str, examples: str, arguments: Sequence[str]) -> argparse.Namespace:
    """The values of all options. Raises `CommandError`."""
    parser = Parser("check", description, examples)
    parser.add_argument(
        "paths", metavar="PATH", nargs="+", help="a file, folder, pattern, zoo name, or - for stdin"
    )
    parser.add_model()
    parser.add_argument(
        "--output-format",
        metavar="FORMAT",
        type=one_of(FORMATS, "output format"),
        help=f"one of {', '.join(FORMATS)} (default: text; github in GitHub Actions)",
    )
    parser.add_argument(
        "--quiet", "-q", action="store_true", help="print findings alone, no summing up"
    )
    parser.add_argument(
        "--stdin-filename", metavar="NAME", help="what messages call standard input"
    )
    add_selection(parser)
    parser.add_argument(
        "--exit-zero", action="store_true", help="exit with 0 even where there are findings"
    )
    add_changes(parser)
    parser.add_argument(
        "--locked", action="store_true", help="compare with the nearest cnndsl.lock as well"
    )
    parser.add_argument(
        "--jobs",
        "-j",
        metavar="N",
        type=at_least(1),
        help="how many processes (default: one a core where there are many specs)",
    )
    return parser.parse(arguments)


def add_selection(parser: Parser) -> None:
    parser.add_argument(
        "--select",
        metavar="CODES",
        type=codes,
        action="extend",
        help="these codes alone, or their beginnings, as in CNN3,CNN501",
    )
    parser.add_argument(
        "--ignore",
        metavar="CODES",
        type=codes,
        action="extend",
        help="not these codes; the longest beginning of a code decides",
    )
    parser.add_argument(
        "--exclude",
        metavar="PATTERN",
        action="append",
        default=[],
        help="no specs in folders and patterns whose path fits this (may be repeated)",
    )
    parser.add_argument(
        "--force-exclude",
        action="store_true",
        help="exclude files even where they are named themselves",
    )


def add_changes(parser: Parser) -> None:
    parser.add_argument("--fix", action="store_true", help="mend what is certain in the files")
    parser.add_argument("--diff", action="store_true", help="show what --fix would do instead")
    parser.add_argument(
        "--update-shapes",
        action="store_true",
        help="write the shapes found into assertions that do not hold",
    )


def codes(text: str) -> tuple[str, ...]:
    """The codes that an option lists."""
    try:
        return codes_of((text,))
    except ConfigError as error:
        raise argparse.ArgumentTypeError(f"{error.message}; {error.advice}") from None
