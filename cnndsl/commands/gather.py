"""Which specs the paths of a command line stand for."""

from __future__ import annotations

import os

from ..diagnostics.base import Failure, reason_of
from ..project.config import Configs, matches
from ..project.locate import (
    STANDARD_INPUT,
    UnreadableSpecError,
    read_file,
    read_spec,
    read_standard_input,
)
from ..project.regular import SUFFIX
from ..project.replacement import PARTIAL
from ..record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TypeAlias

    from ..text import Source

    Target: TypeAlias = str | Source | Failure
    """What a path stands for: the path of a file, a spec that is read, or why there is none."""


def read_target(target: Target) -> Source:
    """The source of a target. Raises `Failure`."""
    if isinstance(target, Failure):
        raise target
    return read_file(target) if isinstance(target, str) else target


def key_of(target: Target) -> object:
    """What tells a target from others: a file's path, with links followed."""
    return os.path.realpath(target) if isinstance(target, str) else target


class Gatherer(Record):
    """Finds specs, and leaves out those that `exclude` or the configuration excludes.

    `force_exclude` leaves out files that are named themselves, too. `stdin_filename` is what
    standard input is called.
    """

    configs: Configs
    exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    stdin_filename: str | None = None

    def gather(self, paths: Iterable[str]) -> list[Target]:
        """Each spec that the paths name, once and in order, or why it cannot be found."""
        targets: dict[object, Target] = {}
        for path in paths:
            try:
                if path != STANDARD_INPUT:
                    for target in self.targets(path):
                        targets.setdefault(key_of(target), target)
                elif path not in targets:
                    targets[path] = read_standard_input(self.stdin_filename)
            except Failure as failure:
                targets[failure] = failure
        return list(targets.values())

    def targets(self, path: str) -> Sequence[Target]:
        """What a path stands for. Raises `UnreadableSpecError` where that is nothing."""
        if os.path.isdir(path):
            found = list(self.specs_below(path))
            if not found:
                raise UnreadableSpecError(f"no specs ({SUFFIX} files) are in {path}")
            return found
        if os.path.exists(path):
            return () if self.force_exclude and self.is_excluded(path) else (path,)
        if any(mark in path for mark in "*?["):
            return self.matching(path)
        return (read_spec(path),)

    def matching(self, pattern: str) -> list[Target]:
        """The files that a pattern fits. Raises `UnreadableSpecError` where there are none."""
        from glob import glob  # deferred: the shell has most often expanded patterns

        files = sorted(filter(os.path.isfile, glob(pattern, recursive=True)))
        if not files:
            raise UnreadableSpecError(f"no file matches `{pattern}`")
        return [file for file in files if not self.is_excluded(file)]

    def is_excluded(self, path: str) -> bool:
        """Whether `exclude` or the configuration leaves a file or folder out."""
        is_named = any(matches(path, None, one) for one in self.exclude)
        return is_named or self.configs.of_file(path).excludes(path)

    def specs_below(self, folder: str) -> Iterator[Target]:
        """The specs of a folder and of those below it, but not of hidden ones, in order.

        What is no regular file is passed over, but for links to nothing, which cannot be read, and
        so is what another command writes just now. A folder that cannot be read is in its place the
        reason why.
        """
        refused: list[OSError] = []
        for path, folders, files in os.walk(folder, onerror=refused.append):
            folders[:] = [
                one
                for one in sorted(folders)
                if not one.startswith(".") and not self.is_excluded(os.path.join(path, one))
            ]
            for name in sorted(files):
                file = os.path.normpath(os.path.join(path, name))
                if is_spec(file) and not self.is_excluded(file):
                    yield file
        for error in refused:
            yield UnreadableSpecError(f"cannot read {error.filename}: {reason_of(error)}")


def is_spec(path: str) -> bool:
    """Whether a file is read when its folder is checked, or there should be one."""
    name = os.path.basename(path)
    if not name.endswith(SUFFIX) or name.startswith(PARTIAL):
        return False
    return os.path.isfile(path) or not os.path.exists(path)
