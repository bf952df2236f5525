"""`cnndsl lock`: the shapes, parameters, MACs and weights of models, as a file to commit."""

from __future__ import annotations

import os

from ..diagnostics.base import errors_of, reason_of
from ..project.config import Configs
from ..project.lock_file import FILE, LockedModel, locked, written
from ..project.regular import text_of
from ..record import Record
from ..report.formats import counted
from ..text import escaped
from .argument_parser import Parser
from .checker import Checker, Options, work_on
from .failure import CLEAN, FAILED, FINDINGS, CommandError, complain, write, write_data
from .files import taking_turns, unified, write_atomically
from .gather import Gatherer
from .lock_check import covered_by, lock_path, name_in_lock, read_lock
from .spec import report_findings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..diagnostics.base import Finding
    from ..text import Source

DESCRIPTION = f"""\
Write the shapes, parameters, MACs and weight paths of all models, with their parameters'
defaults, to {FILE}: the nearest one, or else a new one here. Commit it; then
`cnndsl check --locked` fails where a change alters any of them. What {FILE} says of other
specs stays.

Exit status: 0 written or up to date; 1 findings, or differences with --diff; 2 usage mistake or
unreadable file."""
EXAMPLES = """\
cnndsl lock                     all specs below this folder
cnndsl lock specs/net.cnn       one spec, whose change is meant
cnndsl lock --diff specs/       what would change, without writing it"""


class LockedSpec(Record):
    """The models of one spec as a lock holds them; or its errors, where it has any."""

    file: str
    models: tuple[LockedModel, ...]
    errors: tuple[Finding, ...]


def main(arguments: Sequence[str]) -> int:
    parser = Parser("lock", DESCRIPTION, EXAMPLES)
    parser.add_argument(
        "paths", metavar="PATH", nargs="*", help="a file, folder or pattern (default: this folder)"
    )
    parser.add_flag("--diff", help="show what would change instead")
    parser.add_flag("--quiet", "-q", help="do not say what was written")
    given = parser.parse(arguments)
    paths = tuple(given.paths) or (os.curdir,)
    path = lock_path() or os.path.join(os.getcwd(), FILE)
    checker = Checker(Options(paths), Configs())

    def lock(source: Source) -> LockedSpec:
        return locked_spec(source, checker, path)

    specs, failures = work_on(Gatherer(checker.configs).gather(paths), lock)
    errors = tuple(error for one in specs for error in one.errors)
    if failures or errors:
        write(report_findings(errors))
        for failure in failures:
            complain(failure)
        complain("error: nothing was locked")
        return FAILED if failures else FINDINGS
    shown = os.path.relpath(path)
    if given.diff:
        before, after, _ = versions(path, paths, specs)
        write_data(unified(before, after, shown))
        return FINDINGS if before != after else CLEAN
    with taking_turns(path):
        before, after, count = versions(path, paths, specs)
        if before != after:
            write_atomically(path, after)
    if not given.quiet:
        name = escaped(shown)
        is_new = f"wrote {name}" if before != after else f"{name} is up to date"
        write(f"{is_new} ({counted(count, 'model')})\n")
    return CLEAN


def locked_spec(source: Source, checker: Checker, lock_file: str) -> LockedSpec:
    """What a lock is to say of a spec. Raises `CommandError`."""
    file = name_in_lock(source, lock_file)
    findings, networks, _ = checker.findings(source)
    errors = errors_of(findings)
    models = () if errors else tuple(locked(network, file) for network in networks)
    return LockedSpec(file, models, errors)


def versions(path: str, paths: Sequence[str], specs: Sequence[LockedSpec]) -> tuple[str, str, int]:
    """The lock's text as it is, as it is to be, and of how many models. Raises `CommandError`."""
    before, kept = kept_models(path, paths, {one.file for one in specs})
    models = [*kept, *(model for spec in specs for model in spec.models)]
    return before, written(models), len(models)


def kept_models(path: str, paths: Sequence[str], files: set[str]) -> tuple[str, list[LockedModel]]:
    """The lock's text as it is, and its models that the paths leave alone.

    A lock that the paths replace as a whole may have any text, such as that of a merge conflict.
    Raises `CommandError`.
    """
    if not os.path.exists(path):
        return "", []
    covered = covered_by(paths)
    if os.path.join(os.path.dirname(os.path.realpath(path)), "") in covered:
        try:
            return text_of(path, "replace"), []
        except OSError as error:
            raise CommandError(f"cannot read {path}: {reason_of(error)}") from None
    lock = read_lock(path)
    others = [one for one in lock.models.values() if one.file not in files]
    return lock.text, [one for one in others if not lock.place_of(one).startswith(covered)]
