"""`cnndsl check`: every finding of every model in files, folders and standard input."""

from __future__ import annotations

import os
import sys
import time

from ..diagnostics.base import reason_of
from ..project.config import Configs
from ..project.locate import STANDARD_INPUT
from ..project.outcome import Report, Style
from ..project.regular import at_once
from ..report.formats import FOR_PEOPLE, FORMATS
from .checker import Checker, Options
from .failure import (
    CLEAN,
    FAILED,
    FINDINGS,
    CommandError,
    complain,
    wants_color,
    write,
    write_data,
)
from .gather import Gatherer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .fixing import Mended
    from .gather import Target
    from .lock_check import LockComparison


MOST_FAILURES = 100
"""How many specs that cannot be checked are named."""


def main(arguments: Sequence[str]) -> int:
    started = time.perf_counter()
    options = read_options(arguments)
    configs = Configs()
    output_format = options.output_format or default_format(configs)
    comparison = lock_comparison(options.model is None) if options.locked else None
    checker = Checker(options, configs, comparison)
    gatherer = Gatherer(configs, options.exclude, options.force_exclude, options.stdin_filename)
    targets = gatherer.gather(options.paths)
    mended = mend(targets, checker) if options.changes_specs else None
    if mended is not None and options.diff:
        return mended.show()
    specs, failures = checker.run(targets if mended is None else mended.targets)
    failures += () if mended is None else mended.unwritten
    report = Report(tuple(specs), tuple(failures), time.perf_counter() - started)
    show(report, output_format, options.quiet, mended)
    if failures:
        return FAILED
    return FINDINGS if report.error_count and not options.exit_zero else CLEAN


def show(report: Report, output_format: str, quiet: bool, mended: Mended | None) -> None:
    """Print a report. Where standard input was mended, its text has standard output to itself."""
    is_piped = mended is not None and mended.standard_input is not None
    shown = FORMATS[output_format](report, Style(wants_color() and not is_piped, quiet))
    if output_format not in FOR_PEOPLE:
        write_data(shown, sys.stderr if is_piped else None)
    else:
        write(shown, sys.stderr if is_piped else None)
    if mended is not None:
        mended.write(quiet)
    if output_format == "github":
        add_to_summary(report)
    for failure in report.failures[:MOST_FAILURES]:
        complain(failure)
    if len(report.failures) > MOST_FAILURES:
        complain(f"error: and {len(report.failures) - MOST_FAILURES:,} more cannot be checked")


def read_options(arguments: Sequence[str]) -> Options:
    """The options. Plain paths, as in most runs, need no argument parser, which is slow to load."""
    if arguments and not any(one.startswith("-") and one != STANDARD_INPUT for one in arguments):
        return Options(tuple(arguments))
    return parsed(arguments)


def parsed(arguments: Sequence[str]) -> Options:
    from .check_options import parse  # deferred: plain paths need no argument parser

    return parse(arguments)


def default_format(configs: Configs) -> str:
    """What pyproject.toml asks for; else what suits the place that the command runs in."""
    configured = configs.of_file(None).output_format
    if configured is None:
        return "github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text"
    if configured not in FORMATS:
        raise CommandError(
            f"[tool.cnndsl] asks for an unknown output-format `{configured}`",
            f"choose from {', '.join(FORMATS)}",
        )
    return configured


def mend(targets: Sequence[Target], checker: Checker) -> Mended:
    from . import fixing  # deferred: only --fix and the like need it

    return fixing.mend(targets, checker)


def lock_comparison(is_whole: bool) -> LockComparison:
    from .lock_check import LockComparison, nearest_lock  # deferred: only --locked needs it

    return LockComparison(nearest_lock(), is_whole)


def add_to_summary(report: Report) -> None:
    """Append the report to the page of a GitHub Actions run, where there is one."""
    from ..report.formats.github import step_summary  # deferred: only GitHub Actions needs it

    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with open(path, "a", encoding="utf-8", opener=at_once) as file:
            file.write(step_summary(report))
    except OSError as error:
        complain(f"warning: cannot write the step summary {path}: {reason_of(error)}")
