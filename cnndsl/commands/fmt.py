"""`cnndsl fmt`: specs in the one style."""

from __future__ import annotations

import argparse

from ..diagnostics.base import Failure
from ..format.document import applied, edits
from ..project.config import Configs
from ..record import Record
from ..report.formats import counted
from ..syntax.lexer import SyntaxFailure
from ..text import Source
from .argument_parser import Parser
from .failure import CLEAN, FAILED, FINDINGS, CommandError, complain, shown, write, write_data
from .files import rewrite, unified
from .gather import Gatherer, read_target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .gather import Target

DESCRIPTION = """\
Write specs in the one style, which docs/language.md describes: indents, blanks, line breaks,
aligned shape assertions and comments, and the spelling of numbers. What a spec means stays as it
is, and so do its comments. A file that does not parse is left as it is.

Exit status: 0 done, 1 with --check or --diff where a spec is not in that style, 2 usage mistake, or
a file that cannot be read, parsed or written."""
EXAMPLES = """\
cnndsl fmt net.cnn specs/           files, and folders with all below them
cnndsl fmt --check .                which ones are not in the style
cnndsl fmt --diff net.cnn           what would change
cnndsl fmt --range 10:24 net.cnn    some lines alone
cnndsl fmt - < net.cnn              to standard output"""


class Styled(Record):
    """A spec before and after; `target` tells files from standard input."""

    source: Source
    text: str
    target: Target

    @property
    def is_changed(self) -> bool:
        return self.text != self.source.text


def main(arguments: Sequence[str]) -> int:
    options = parser().parse(arguments)
    gatherer = Gatherer(
        Configs(), tuple(options.exclude), options.force_exclude, options.stdin_filename
    )
    targets = gatherer.gather(options.paths)
    if options.range and len(targets) != 1:
        raise CommandError("--range is about one spec", "name it alone")
    action = show if options.diff else name if options.check else put
    changed, failed = 0, 0
    for target in targets:
        try:
            one = styled(target, options.range or (1, None))
            action(one)
            changed += one.is_changed
        except Failure as failure:
            complain(shown(failure))
            failed += 1
    is_dry = options.check or options.diff
    has_text_out = any(map(is_piped, targets)) and not options.check
    if not (options.quiet or options.diff or has_text_out):
        verb = "would be formatted" if is_dry else "formatted"
        unchanged = len(targets) - changed - failed
        write(f"{counted(changed, 'spec')} {verb}, {unchanged:,} unchanged\n")
    return FAILED if failed else FINDINGS if is_dry and changed else CLEAN


def parser() -> Parser:
    parser = Parser("fmt", DESCRIPTION, EXAMPLES)
    parser.add_argument("paths", metavar="PATH", nargs="+", help="a file, folder, pattern, or -")
    parser.add_flag("--check", help="write nothing, and name the specs not in the style")
    parser.add_flag("--diff", help="write nothing, and show what would change")
    parser.add_value("--range", "FIRST:LAST", "the statements of these lines alone", type=rows)
    parser.add_flag("--quiet", "-q", help="no summing up")
    parser.add_value("--stdin-filename", "NAME", "what messages call standard input")
    parser.add_list("--exclude", "PATTERN", "no specs in folders and patterns whose path fits this")
    parser.add_flag("--force-exclude", help="exclude files even where they are named themselves")
    return parser


def rows(text: str) -> tuple[int, int]:
    """The first and last line of `10:24`, or of `10` alone."""
    first, _, last = text.partition(":")
    is_range = first.isdecimal() and (last or first).isdecimal()
    if not is_range or not 0 < int(first) <= int(last or first):
        raise argparse.ArgumentTypeError(f"`{text}` is no range of lines such as 10:24")
    return int(first), int(last or first)


def is_piped(target: Target) -> bool:
    """Whether a spec is standard input, and neither a file nor the zoo's."""
    return isinstance(target, Source) and target.path in (None, target.name)


def styled(target: Target, wanted: tuple[int, int | None]) -> Styled:
    """A spec with the wanted lines in the style. Raises `Failure`."""
    source = read_target(target)
    lines = len(source.text.splitlines()) or 1
    if wanted[0] > lines:
        found = f"--range begins at line {wanted[0]:,}, and {source.name} ends at line {lines:,}"
        raise CommandError(found)
    try:
        return Styled(source, applied(source.text, edits(source, *wanted)), target)
    except SyntaxFailure as error:
        finding = error.findings[0]
        place = f"{source.name}:{finding.location.row}:{finding.location.column}"
        reason = f"{finding.diagnostic.code} {finding.diagnostic.message}"
        advice = f"`cnndsl check {source.name}` says more"
        raise CommandError(f"cannot format {place}: {reason}", advice) from None


def put(one: Styled) -> None:
    """Write a spec where it came from. Raises `CommandError`."""
    if is_piped(one.target):
        write_data(one.text)
    elif not one.is_changed:
        return
    elif isinstance(one.target, str):
        rewrite(one.target, one.source.text, one.text)
    else:
        raise CommandError(f"{one.source.name} comes with cnndsl, and stays as it is")


def name(one: Styled) -> None:
    if one.is_changed:
        write(f"would format {one.source.name}\n")


def show(one: Styled) -> None:
    write_data(unified(one.source.text, one.text, one.source.name))
