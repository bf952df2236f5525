"""`cnndsl lock`: the shapes, parameters, MACs and weights of models, as a file to commit."""

from __future__ import annotations

import os

from ..diagnostics.base import Rejected
from ..project.config import Configs
from ..project.locate import UnreadableSpecError
from ..project.lock_file import FILE, LockedModel, locked, written
from ..project.outcome import CheckedSpec, Report, Style
from ..record import Record
from ..report.formats import FORMATS, counted
from .argument_parser import Parser
from .check import Checker, Options
from .differences import unified
from .failure import CLEAN, FAILED, FINDINGS, CommandError, complain, wants_color, write
from .files import write_atomically
from .gather import gather, read_target
from .lock_check import lock_path, name_in_lock, read_lock
from .parallel import spread
from .spec import as_failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .gather import Target

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
    """The models of one spec as a lock holds them."""

    file: str
    models: tuple[LockedModel, ...]


class Locker:
    """Finds what a lock is to say of one spec after another."""

    def __init__(self, checker: Checker, lock_file: str) -> None:
        self.checker = checker
        self.lock_file = lock_file

    def outcome(self, target: Target) -> LockedSpec | CheckedSpec | str:
        """A spec's models, or its findings where there are errors, or why it cannot be read."""
        try:
            source = read_target(target)
            file = name_in_lock(source, self.lock_file)
            findings, networks, blocks = self.checker.findings(source)
        except (UnreadableSpecError, Rejected) as error:
            return str(as_failure(error))
        except CommandError as error:
            return str(error)
        errors = tuple(one for one in findings if one.diagnostic.severity == "error")
        if errors:
            return CheckedSpec(source.name, (), blocks, errors)
        return LockedSpec(file, tuple(locked(network, file) for network in networks))


def main(arguments: Sequence[str]) -> int:
    parser = Parser("lock", DESCRIPTION, EXAMPLES)
    parser.add_argument(
        "paths", metavar="PATH", nargs="*", help="a file, folder or pattern (default: this folder)"
    )
    parser.add_argument("--diff", action="store_true", help="show what would change instead")
    parser.add_argument("--quiet", "-q", action="store_true", help="do not say what was written")
    given = parser.parse(arguments)
    paths = tuple(given.paths) or (os.curdir,)
    path = lock_path() or os.path.join(os.getcwd(), FILE)
    locker = Locker(Checker(Options(paths), Configs()), path)
    targets = gather(paths, locker.checker.configs, locker.checker.options)
    outcomes = spread(locker.outcome, targets)
    failures = [one for one in outcomes if isinstance(one, str)]
    broken = tuple(one for one in outcomes if isinstance(one, CheckedSpec))
    if failures or broken:
        write(FORMATS["text"](Report(broken), Style(wants_color(), quiet=True)))
        for failure in failures:
            complain(failure)
        complain("error: nothing was locked")
        return FAILED if failures else FINDINGS
    specs = [one for one in outcomes if isinstance(one, LockedSpec)]
    before, kept = kept_models(path, paths, {one.file for one in specs})
    models = [*kept, *(model for spec in specs for model in spec.models)]
    after = written(models)
    shown = os.path.relpath(path)
    if given.diff:
        write(unified(before, after, shown))
        return FINDINGS if before != after else CLEAN
    if before != after:
        write_atomically(path, after)
    if not given.quiet:
        contents = counted(len(models), "model")
        is_new = f"wrote {shown}" if before != after else f"{shown} is up to date"
        write(f"{is_new} ({contents})\n")
    return CLEAN


def kept_models(path: str, paths: Sequence[str], files: set[str]) -> tuple[str, list[LockedModel]]:
    """The lock's text as it is, and its models that the paths leave alone.

    A lock that the paths replace as a whole may have any text, such as that of a merge conflict.
    Raises `CommandError`.
    """
    if not os.path.exists(path):
        return "", []
    folder = os.path.dirname(os.path.realpath(path))
    covered = [os.path.join(os.path.realpath(one), "") for one in paths if os.path.isdir(one)]
    if os.path.join(folder, "") in covered:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(), []
    lock = read_lock(path)
    kept = []
    for model in lock.models.values():
        place = os.path.join(folder, *model.file.split("/"))
        if model.file not in files and not any(place.startswith(one) for one in covered):
            kept.append(model)
    return lock.text, kept
