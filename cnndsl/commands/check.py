"""`cnndsl check`: every finding of every model in files, folders and standard input."""

from __future__ import annotations

import os
import time

from ..diagnostics.base import Finding, Rejected
from ..diagnostics.types import NoModel
from ..project.config import Config, Configs, is_selected
from ..project.loading import Loader, check_models, choose_model, in_order
from ..project.locate import STANDARD_INPUT, UnreadableSpecError
from ..project.outcome import CheckedSpec, Report, Style, checked_model
from ..record import Record
from ..report.formats import FORMATS
from ..text import Location, Source
from .failure import CLEAN, FAILED, FINDINGS, CommandError, complain, wants_color, write
from .gather import gather, read_target
from .spec import as_failure, is_usage_mistake

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from ..ir.network import Network
    from ..project.lock_file import Lock
    from ..values import Value
    from .gather import Target

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


class Options(Record):
    """What the command line asks for."""

    paths: tuple[str, ...]
    settings: tuple[str, ...] = ()
    model: str | None = None
    output_format: str | None = None
    quiet: bool = False
    stdin_filename: str | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    exit_zero: bool = False
    fix: bool = False
    diff: bool = False
    update_shapes: bool = False
    locked: bool = False
    jobs: int | None = None


def main(arguments: Sequence[str]) -> int:
    started = time.perf_counter()
    options = read_options(arguments)
    configs = Configs()
    chosen = options.output_format or default_format(configs)
    checker = Checker(options, configs)
    targets = gather(options.paths, configs, options)
    if options.fix or options.diff or options.update_shapes:
        from .fixing import mend

        mended = mend(targets, checker)
        if options.diff:
            return mended.show()
        targets = mended.targets
    else:
        mended = None
    outcomes = checker.run(targets)
    specs = [one for one in outcomes if isinstance(one, CheckedSpec)]
    failures = [one for one in outcomes if isinstance(one, str)]
    failures += mended.unwritten if mended is not None else ()
    if checker.lock is not None:
        from .lock_check import gone_files

        gone = gone_files(checker.lock, options.paths)
        specs += [checker.selected(one, one.findings[0].location.source) for one in gone]
    report = Report(tuple(specs), tuple(failures), time.perf_counter() - started)
    is_piped = mended is not None and mended.standard_input is not None
    style = Style(wants_color() and not is_piped, options.quiet)
    shown = FORMATS[chosen](report, style)
    if mended is None:
        write(shown)
    else:
        mended.write(shown, options.quiet)
    if chosen == "github":
        add_to_summary(report)
    for failure in failures:
        complain(failure)
    if failures:
        return FAILED
    return FINDINGS if report.error_count and not options.exit_zero else CLEAN


# Options


def read_options(arguments: Sequence[str]) -> Options:
    """The options. Plain paths, as in most runs, need no argument parser, which is slow to load."""
    if arguments and not any(one.startswith("-") and one != STANDARD_INPUT for one in arguments):
        return Options(tuple(arguments))
    from .check_options import parse

    return options_of(parse(DESCRIPTION, EXAMPLES, arguments))


def options_of(given: argparse.Namespace) -> Options:
    """The options that an argument parser found. Raises `CommandError` for what cannot be meant."""
    changes = given.fix or given.diff or given.update_shapes
    clashes = (
        (changes and given.locked, "--locked cannot be combined with --fix, --diff and the like"),
        (given.locked and given.settings, "--locked compares parameters' defaults, without --set"),
        (given.stdin_filename == "", "the name of --stdin-filename is empty"),
    )
    for is_clash, why in clashes:
        if is_clash:
            raise CommandError(why)
    return Options(
        tuple(given.paths),
        tuple(given.settings),
        given.model,
        given.output_format,
        given.quiet,
        given.stdin_filename,
        given.select,
        given.ignore,
        tuple(given.exclude),
        given.force_exclude,
        given.exit_zero,
        given.fix,
        given.diff,
        given.update_shapes,
        given.locked,
        given.jobs,
    )


def default_format(configs: Configs) -> str:
    """What pyproject.toml asks for; else what suits the place that the command runs in."""
    configured = config_in(configs, None).output_format
    if configured is None:
        return "github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text"
    if configured not in FORMATS:
        raise CommandError(
            f"[tool.cnndsl] asks for an unknown output-format `{configured}`",
            f"choose from {', '.join(FORMATS)}",
        )
    return configured


def config_in(configs: Configs, path: str | None) -> Config:
    """The configuration for a spec. Raises `CommandError`."""
    try:
        return configs.of_file(path)
    except ValueError as error:  # a ConfigError
        raise CommandError(str(error), getattr(error, "advice", None)) from None


# Checking


class Checker:
    """Checks one spec after another, each imported file being read once."""

    def __init__(self, options: Options, configs: Configs) -> None:
        self.options = options
        self.configs = configs
        self.values: Mapping[str, Value] = {}
        if options.settings:
            from .spec import settings_of

            self.values = settings_of(options.settings)
        self.lock: Lock | None = None
        if options.locked:
            from .lock_check import nearest_lock

            self.lock = nearest_lock()
        self.loader = Loader()

    def run(self, targets: Sequence[Target]) -> list[CheckedSpec | str]:
        """What was found in each target, in order, or why it could not be checked."""
        if len(targets) == 1:
            return [self.outcome(targets[0])]
        from .parallel import spread

        return spread(self.outcome, targets, self.options.jobs)

    def outcome(self, target: Target) -> CheckedSpec | str:
        try:
            return self.check(read_target(target))
        except (UnreadableSpecError, Rejected) as error:
            return str(as_failure(error))
        except CommandError as error:
            return str(error)

    def check(self, source: Source) -> CheckedSpec:
        """Check a source. Raises `Rejected` for a model or parameter that it does not have."""
        findings, networks, blocks = self.findings(source)
        holds = not any(one.diagnostic.severity == "error" for one in findings)
        models = tuple(map(checked_model, networks)) if holds else ()
        if self.lock is not None:
            from .lock_check import differences

            is_whole = self.options.model is None
            found = differences(self.lock, source, networks if holds else None, is_whole)
            findings = in_order((*findings, *found))
        return self.selected(CheckedSpec(source.name, models, blocks, findings), source)

    def selected(self, spec: CheckedSpec, source: Source) -> CheckedSpec:
        """A spec with the findings that the options and the configuration want to know of."""
        wanted = tuple(one for one in spec.findings if self.selects(one, source))
        ignored = len(spec.findings) - len(wanted)
        return CheckedSpec(spec.name, spec.models, spec.blocks, wanted, ignored)

    def findings(self, source: Source) -> tuple[tuple[Finding, ...], tuple[Network, ...], int]:
        """All findings of a source, the networks that hold, and how many blocks it defines."""
        self.loader.loading.clear()
        module = self.loader.module(source)
        models = module.models
        if self.options.model is not None and (models or not module.findings):
            models = [choose_model(module, self.options.model)]
        findings, networks = check_models(module, models, self.values)
        for finding in findings:
            if is_usage_mistake(finding.diagnostic):
                raise Rejected(finding.diagnostic)
        if not findings and not module.templates:
            findings = (Finding(NoModel(0), Location(source, 0, 0)),)
        if not findings:
            from ..project.lints import warnings_of

            findings = warnings_of(module, networks)
        return findings, networks, len(module.blocks)

    def selects(self, finding: Finding, spec: Source) -> bool:
        config = config_in(self.configs, spec.path)
        options, code = self.options, finding.diagnostic.code
        select = config.select if options.select is None else options.select
        ignore = config.ignore if options.ignore is None else options.ignore
        if select is None and not ignore and not config.per_file_ignores:
            return True
        ignore += config.ignored_in(finding.location.source.path)
        return is_selected(code, select, ignore)


def add_to_summary(report: Report) -> None:
    """Append the report to the page of a GitHub Actions run, where there is one."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    from ..report.formats.github import summary

    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(summary(report))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        complain(f"warning: cannot write the step summary {path}: {reason}")
