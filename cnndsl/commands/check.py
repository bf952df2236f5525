"""`cnndsl check`: every finding of every model in files, folders and standard input."""

from __future__ import annotations

import os
import time

from cnndsl.diagnostics.base import Finding, Rejected
from cnndsl.diagnostics.formats import FORMATS
from cnndsl.diagnostics.report import CheckedSpec, Report, Style, checked_model
from cnndsl.diagnostics.types import NoModel
from cnndsl.load import SUFFIX, Loader, check_models, choose_model
from cnndsl.locate import (
    STANDARD_INPUT,
    UnreadableSpecError,
    read_file,
    read_spec,
    read_standard_input,
)
from cnndsl.record import Record
from cnndsl.sources import Location

from .failure import CLEAN, FAILED, FINDINGS, complain, wants_color, write
from .network import as_failure, is_usage_mistake

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cnndsl.sources import Source
    from cnndsl.values import Value

DESCRIPTION = """\
Check specs without any framework: syntax, names, values, every shape and every budget.
All models of a file are checked, with their parameters' defaults or the values of --set.

Exit status: 0 clean, 1 findings, 2 usage mistake or unreadable file."""
EXAMPLES = """\
cnndsl check net.cnn                     one spec
cnndsl check specs/ 'nets/**/*.cnn'      folders (with all below them) and patterns
cnndsl check resnet50 --set classes=6    a zoo network, with another number of classes
cnndsl check --output-format json .      for other programs
cat net.cnn | cnndsl check - --stdin-filename net.cnn"""


class Options(Record):
    """What the command line asks for."""

    paths: tuple[str, ...]
    settings: tuple[str, ...] = ()
    model: str | None = None
    output_format: str = "text"
    quiet: bool = False
    stdin_filename: str | None = None


def main(arguments: Sequence[str]) -> int:
    started = time.perf_counter()
    options = read_options(arguments)
    values: Mapping[str, Value] = {}
    if options.settings:
        from .network import settings_of

        values = settings_of(options.settings)
    specs: list[CheckedSpec] = []
    failures: list[str] = []
    for one in sources(options):
        try:
            if isinstance(one, UnreadableSpecError):
                raise one
            specs.append(check(one, options.model, values))
        except (UnreadableSpecError, Rejected) as error:
            failures.append(str(as_failure(error)))
    report = Report(tuple(specs), tuple(failures), time.perf_counter() - started)
    style = Style(wants_color(), options.quiet)
    write(FORMATS[options.output_format](report, style))
    for failure in failures:
        complain(failure)
    if failures:
        return FAILED
    return FINDINGS if report.findings else CLEAN


def read_options(arguments: Sequence[str]) -> Options:
    """The options. Plain paths, as in most runs, need no argument parser, which is slow to load."""
    if arguments and not any(one.startswith("-") and one != STANDARD_INPUT for one in arguments):
        return Options(tuple(arguments))
    from .parser import Parser, one_of

    parser = Parser("check", DESCRIPTION, EXAMPLES)
    parser.add_argument(
        "paths", metavar="PATH", nargs="+", help="a file, folder, pattern, zoo name, or - for stdin"
    )
    parser.add_model()
    parser.add_argument(
        "--output-format",
        metavar="FORMAT",
        default="text",
        type=one_of(FORMATS, "output format"),
        help=f"one of {', '.join(FORMATS)} (default: text)",
    )
    parser.add_argument(
        "--quiet", "-q", action="store_true", help="print findings alone, no summing up"
    )
    parser.add_argument(
        "--stdin-filename", metavar="NAME", help="what messages call standard input"
    )
    given = parser.parse(arguments)
    return Options(
        tuple(given.paths),
        tuple(given.settings),
        given.model,
        given.output_format,
        given.quiet,
        given.stdin_filename,
    )


def check(source: Source, model: str | None, values: Mapping[str, Value]) -> CheckedSpec:
    """Check one source. Raises `Rejected` for a model or parameter that it does not have."""
    module = Loader().module(source)
    models = module.models
    if model is not None and (models or not module.findings):
        models = [choose_model(module, model)]
    findings, networks = check_models(module, models, values)
    for finding in findings:
        if is_usage_mistake(finding.diagnostic):
            raise Rejected(finding.diagnostic)
    if not findings and not module.templates:
        findings = (Finding(NoModel(0), Location(source, 0, 0)),)
    checked = tuple(map(checked_model, networks)) if not findings else ()
    return CheckedSpec(source.name, checked, len(module.blocks), findings)


# Which sources


def sources(options: Options) -> Iterator[Source | UnreadableSpecError]:
    """Each source that the paths name, once, or why it cannot be read."""
    seen: set[str] = set()
    for path in options.paths:
        try:
            if path == STANDARD_INPUT:
                if path not in seen:
                    yield read_standard_input(options.stdin_filename)
                seen.add(path)
                continue
            files = expand(path)
            if files is None:
                yield read_spec(path)
                continue
        except UnreadableSpecError as error:
            yield error
            continue
        for file in files:
            if isinstance(file, UnreadableSpecError):
                yield file
                continue
            real = os.path.realpath(file)
            if real in seen:
                continue
            seen.add(real)
            try:
                yield read_file(file)
            except UnreadableSpecError as error:
                yield error


def expand(path: str) -> Sequence[str | UnreadableSpecError] | None:
    """The files that a path stands for, or None where it is no path.

    Raises `UnreadableSpecError` where there are none.
    """
    if os.path.isdir(path):
        found = list(specs_below(path))
        if not found:
            raise UnreadableSpecError(f"no specs ({SUFFIX} files) are in {path}")
        return found
    if os.path.exists(path):
        return [path]
    if any(mark in path for mark in "*?["):
        from glob import glob

        files = sorted(filter(os.path.isfile, glob(path, recursive=True)))
        if not files:
            raise UnreadableSpecError(f"no file matches `{path}`")
        return files
    return None


def specs_below(folder: str) -> Iterator[str | UnreadableSpecError]:
    """The specs of a folder and of those below it, but not of hidden ones, in order.

    A folder that cannot be read is in its place the reason why.
    """
    refused: list[OSError] = []
    for path, folders, files in os.walk(folder, onerror=refused.append):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for name in sorted(files):
            if name.endswith(SUFFIX):
                yield os.path.normpath(os.path.join(path, name))
    for error in refused:
        reason = (error.strerror or str(error)).lower()
        yield UnreadableSpecError(f"cannot read {error.filename}: {reason}")
