"""`check --fix`, `--diff` and `--update-shapes`: the fixes of findings, made or shown."""

from __future__ import annotations

import sys

from ..diagnostics.base import Failure, Rejected, errors_of
from ..diagnostics.shapes import ShapeDiffers
from ..explain.fixes import apply, compatible
from ..project.loading import Loader
from ..record import Record
from ..report.formats import counted
from ..text import Source
from .failure import CLEAN, FAILED, FINDINGS, complain, shown, write, write_data
from .files import rewrite, unified
from .gather import read_target
from .spec import as_failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..diagnostics.base import Finding
    from .checker import Checker
    from .gather import Target

MOST_ROUNDS = 20
"""How often a spec is mended and checked again, since a fix can bring other mistakes to light."""


class MendedSpec(Record):
    """A spec before and after its fixes, how many those were, and the errors that remain.

    `is_piped` tells standard input from files.
    """

    before: Source
    after: Source
    fixes: int
    errors: int
    is_piped: bool


class Mended(Record):
    """All specs after their fixes: what to check now, and what has changed."""

    targets: list[Target]
    specs: tuple[MendedSpec, ...]
    failures: tuple[str, ...]
    """Why specs could not be read, which checking them tells again."""
    unwritten: tuple[str, ...]
    """Why mended specs could not be written."""

    @property
    def changed(self) -> list[MendedSpec]:
        return [one for one in self.specs if one.fixes]

    @property
    def standard_input(self) -> MendedSpec | None:
        return next((one for one in self.specs if one.is_piped), None)

    def summary(self, verb: str) -> str:
        fixes = sum(one.fixes for one in self.changed)
        return f"{verb} {counted(fixes, 'finding')} in {counted(len(self.changed), 'spec')}"

    def show(self) -> int:
        """Print the differences and give the exit status; nothing has been written."""
        for one in self.changed:
            write_data(unified(one.before.text, one.after.text, one.before.name))
        for failure in self.failures:
            complain(failure)
        errors = sum(one.errors for one in self.specs)
        left = f"; {counted(errors, 'error')} would remain" if errors else ""
        complain(self.summary("would fix") + left if self.changed else f"nothing to fix{left}")
        if self.failures:
            return FAILED
        return FINDINGS if self.changed or errors else CLEAN

    def write(self, quiet: bool) -> None:
        """Print how much was mended, and to standard output the text of standard input."""
        piped = self.standard_input
        if self.changed and not quiet:
            write(f"{self.summary('fixed')}\n", sys.stderr if piped else None)
        if piped:
            write_data(piped.after.text)


def mend(targets: Sequence[Target], checker: Checker) -> Mended:
    """Make the wanted fixes in each spec; with `--diff`, in memory alone."""
    after: list[Target] = []
    specs: list[MendedSpec] = []
    failures: list[str] = []
    unwritten: list[str] = []
    for target in targets:
        is_file = isinstance(target, str)
        try:
            mended = mend_source(read_target(target), checker, is_file)
        except (Failure, Rejected) as error:
            failures.append(shown(as_failure(error)))
            after.append(target)
            continue
        after.append(target if is_file else mended.after)
        try:
            if mended.fixes and is_file and not checker.options.diff:
                write_source(mended)
                checker.loader = Loader()  # which may have read the file for one that imports it
        except Failure as failure:
            unwritten.append(shown(failure))
        else:
            specs.append(mended)
    return Mended(after, tuple(specs), tuple(failures), tuple(unwritten))


def mend_source(source: Source, checker: Checker, is_file: bool) -> MendedSpec:
    """A spec with its fixes made, over and over until none is left.

    A zoo network is not ours to change, and stays as it is. Raises `Rejected`.
    """
    is_zoo = source.path is not None and source.name != source.path
    now, fixes = source, 0
    for _ in range(MOST_ROUNDS):
        findings = checker.check(now).findings
        wanted = [one for one in findings if is_wanted(one, now, checker)]
        if not wanted or is_zoo:
            break
        made = compatible(one.fix for one in wanted if one.fix is not None)
        fixes += len(made)
        now = Source(source.name, apply(now.text, made), source.path)
    errors = len(errors_of(findings))
    return MendedSpec(source, now, fixes, errors, not is_file and not is_zoo)


def is_wanted(finding: Finding, source: Source, checker: Checker) -> bool:
    """Whether the options ask for the fix of a finding, which is in this very source."""
    if finding.fix is None or finding.location.source is not source:
        return False
    options = checker.options
    if isinstance(finding.diagnostic, ShapeDiffers):
        return options.update_shapes
    return finding.fix.is_safe and (options.fix or not options.update_shapes)


def write_source(mended: MendedSpec) -> None:
    """Write a spec's text back to its file. Raises `CommandError`."""
    if mended.after.path is not None:
        rewrite(mended.after.path, mended.before.text, mended.after.text)
