"""What a run of `check` is: specs are read and checked one by one, and the wanted findings kept."""

from __future__ import annotations

from ..diagnostics.base import Failure, Finding, Rejected, errors_of
from ..project.config import Configs
from ..project.loading import Loader, check_models, choose_model, in_order
from ..project.outcome import CheckedSpec, checked_model, listed
from ..record import Record
from ..text import Source
from .failure import shown
from .gather import read_target
from .spec import as_failure, is_misuse, settings_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeVar

    from ..ir.network import Network
    from ..project.module import Module
    from ..values import Value
    from .gather import Target
    from .lock_check import LockComparison

    Result = TypeVar("Result")


class Options(Record):
    """What the command line of `check` asks for."""

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

    @property
    def changes_specs(self) -> bool:
        """Whether specs are to be changed, or to be shown as they would be."""
        return self.fix or self.diff or self.update_shapes


class Checker:
    """Checks one spec after another, each imported file being read once."""

    def __init__(
        self, options: Options, configs: Configs, comparison: LockComparison | None = None
    ) -> None:
        self.options = options
        self.configs = configs
        self.comparison = comparison
        self.values: Mapping[str, Value] = settings_of(options.settings) if options.settings else {}
        self.loader = Loader()

    def run(self, targets: Sequence[Target]) -> tuple[list[CheckedSpec], list[str]]:
        """What was found in each target, and why others could not be checked, in order.

        With a lock, what it has of files that are gone comes last.
        """
        specs, failures = work_on(targets, self.report, self.options.jobs)
        if self.comparison is not None:
            gone = self.comparison.gone_files(self.options.paths)
            specs += [self.selected(one, one.findings[0].location.source) for one in gone]
        return specs, failures

    def report(self, source: Source) -> CheckedSpec:
        """As `check`, with the findings that are to be listed. Raises `Rejected`."""
        spec = self.check(source)
        return spec.replaced(findings=listed(spec.findings))

    def check(self, source: Source) -> CheckedSpec:
        """Check a source. Raises `Rejected` for a model or parameter that it does not have."""
        findings, networks, module = self.findings(source)
        holds = not errors_of(findings)
        models = tuple(map(checked_model, networks)) if holds else ()
        if self.comparison is not None:
            drift = self.comparison.differences(source, networks if holds else None)
            findings = in_order((*findings, *drift))
        counts = {"blocks": len(module.blocks), "recipes": len(module.recipes)}
        spec = CheckedSpec(source.name, models, findings=findings, **counts)
        return self.selected(spec, source)

    def findings(self, source: Source) -> tuple[tuple[Finding, ...], tuple[Network, ...], Module]:
        """All findings of a source, the networks that hold, and its module."""
        self.loader.loading.clear()
        module = self.loader.module(source)
        models = module.models
        wanted = self.options.model or source.model
        if wanted is not None and (models or not module.findings):
            models = [choose_model(module, wanted)]
        findings, networks = check_models(module, models, self.values)
        for finding in findings:
            if is_misuse(finding.diagnostic):
                raise Rejected(finding.diagnostic)
        return findings or without_errors(module, networks), networks, module

    def selected(self, spec: CheckedSpec, source: Source) -> CheckedSpec:
        """A spec with the findings that the options and the configuration want to know of."""
        config = self.configs.of_file(source.path)
        select, ignore = self.options.select, self.options.ignore
        wanted = tuple(one for one in spec.findings if config.wants(one, select, ignore))
        ignored = len(spec.findings) - len(wanted)
        return spec.replaced(findings=wanted, ignored=ignored)


def without_errors(module: Module, networks: Sequence[Network]) -> tuple[Finding, ...]:
    from ..project import lints  # deferred: only a spec without errors has warnings

    return lints.without_errors(module, networks)


def work_on(
    targets: Sequence[Target], work: Callable[[Source], Result], processes: int | None = None
) -> tuple[list[Result], list[str]]:
    """What some work gives for the source of each target, and why it fails for others, in order."""

    def attempt(target: Target) -> tuple[Result | None, str]:
        try:
            return work(read_target(target)), ""
        except (Failure, Rejected) as error:
            return None, shown(as_failure(error))

    is_one = len(targets) == 1
    outcomes = [attempt(targets[0])] if is_one else in_parallel(attempt, targets, processes)
    results = [result for result, _ in outcomes if result is not None]
    return results, [failure for _, failure in outcomes if failure]


def in_parallel(
    work: Callable[[Target], Result], targets: Sequence[Target], processes: int | None
) -> list[Result]:
    from .parallel import spread  # deferred: one spec alone is checked in this process

    return spread(work, targets, processes)
