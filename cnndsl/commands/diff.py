"""`cnndsl diff`: what differs between two networks."""

from __future__ import annotations

import os
from contextlib import ExitStack
from tempfile import TemporaryDirectory

from ..diagnostics.base import SpecError
from ..project.locate import read_spec
from ..project.revisions import read_revision
from ..report import difference_text
from ..text import Source, escaped
from .argument_parser import Parser, one_of
from .compared import compared, networks
from .failure import CLEAN, FAILED, FINDINGS, CommandError, complain, write, write_data
from .files import write_atomically
from .outputs import STANDARD_OUTPUT, format_named, refuse_inputs
from .spec import report_findings, settings_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .compared import Pair

DESCRIPTION = """\
Show what differs between two specs: their models' shapes, layers, parameters, MACs and budgets, and
which weights of the first still load into the second. A layer with another path alone is renamed.

Exit status: 0 the same, 1 different, 2 usage mistake, or a spec that cannot be read or does not
hold."""
EXAMPLES = """\
cnndsl diff old.cnn new.cnn
cnndsl diff HEAD~1:net.cnn net.cnn                     a revision of git, and what is there now
cnndsl diff resnet18 resnet34
cnndsl diff main:net.cnn net.cnn --format markdown     for a pull request
cnndsl diff main:net.cnn net.cnn -o net-diff.svg       both as pictures, side by side"""
TEXTS = {
    "text": difference_text.as_text,
    "markdown": difference_text.as_markdown,
    "json": difference_text.as_json,
}
SUFFIXES = {
    "text": ".txt",
    "markdown": ".md",
    "json": ".json",
    "svg": ".svg",
    "html": ".html",
}
"""Each value of `--format`, with the suffix of its files."""


def main(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["--driver"]:
        return driven(arguments[1:])
    options = parser().parse(arguments)
    if options.driver:
        parser().error("--driver stands first, and git writes what follows it")
    name = format_named(options, SUFFIXES) or "text"
    values = settings_of(options.settings)
    with ExitStack() as stack:
        try:
            before, after = (
                networks(source_of(spec, options.name, stack), options.model, values)
                for spec in (options.before, options.after)
            )
        except SpecError as error:
            complain(report_findings(error.findings).rstrip())
            return FAILED
    found = compared(before, after)
    if options.output not in (None, STANDARD_OUTPUT):
        refuse_inputs(options.output, filter(None, (options.before, options.after, options.name)))
        write_atomically(options.output, text_of(name, found))
        if not options.quiet:
            write(f"wrote {escaped(options.output)}: {'different' if found else 'the same'}\n")
    elif found or name not in ("text", "markdown"):
        put = write if name in TEXTS else write_data
        put(text_of(name, found))
    elif not options.quiet:
        write(difference_text.SAME)
    return FINDINGS if found else CLEAN


def driven(words: Sequence[str]) -> int:
    """What git asks for."""
    from .diff_driver import drive  # deferred: people do not call it

    return drive(words)


def text_of(name: str, found: Sequence[Pair]) -> str:
    """Differences in a format."""
    if name in TEXTS:
        return TEXTS[name]([one for one, _, _ in found]) or difference_text.SAME
    return drawn(name, found)


def drawn(name: str, found: Sequence[Pair]) -> str:
    """Differences as a picture. Raises `CommandError` for one that would show nothing."""
    from ..pictures import comparison_page, comparison_svg  # deferred: texts need no picture

    compared = [comparison_svg.Compared(*one) for one in found]
    try:
        if name == "svg":
            return comparison_svg.document(compared)
        return comparison_page.document(compared)
    except comparison_svg.TooManyBoxes as failure:
        reason = f"a picture of {failure.count:,} boxes shows nothing"
        raise CommandError(reason, "--format text and markdown list what differs") from None


def parser() -> Parser:
    parser = Parser("diff", DESCRIPTION, EXAMPLES)
    for name in ("before", "after"):
        shown = "a file, a zoo name, or REVISION:FILE of git"
        parser.add_argument(name, metavar=name.upper(), help=shown)
    parser.add_model()
    meaning = "the file to write (default: standard output)"
    parser.add_value("--output -o", "FILE", meaning)
    shown = f"one of {', '.join(SUFFIXES)} (default: by the file's suffix, or text)"
    parser.add_value("--format", "FORMAT", shown, type=one_of(tuple(SUFFIXES), "format"))
    meaning = "read both as if they lay here, as git's own copies of a file do"
    parser.add_value("--as", "PATH", meaning, dest="name")
    parser.add_flag("--quiet", "-q", help="print differences alone")
    parser.add_flag("--driver", help="alone: the command of a diff driver, for git to call")
    return parser


def source_of(spec: str, path: str | None, stack: ExitStack) -> Source:
    """The source of a spec. One of git lies in a folder that goes with the stack.

    With `path` its imports are relative to that. Raises `Failure`.
    """
    if path is not None:
        is_missing = spec == os.devnull
        return Source(path, "" if is_missing else read_spec(spec).text, path)
    if ":" not in spec or os.path.exists(spec):
        return read_spec(spec)
    folder = stack.enter_context(TemporaryDirectory(prefix="cnndsl-"))
    return read_revision(spec, folder)
