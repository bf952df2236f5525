"""Which specs the paths of a command line stand for."""

from __future__ import annotations

import os

from ..project.config import matches
from ..project.loading import SUFFIX
from ..project.locate import (
    STANDARD_INPUT,
    UnreadableSpecError,
    read_file,
    read_spec,
    read_standard_input,
)
from ..record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Protocol, TypeAlias

    from ..project.config import Configs
    from ..text import Source

    class Choice(Protocol):
        """The options that say what to leave out, and what standard input is called."""

        @property
        def stdin_filename(self) -> str | None: ...
        @property
        def exclude(self) -> tuple[str, ...]: ...
        @property
        def force_exclude(self) -> bool: ...


class SpecFile(Record):
    """A file that a path of the command line stands for."""

    path: str


if TYPE_CHECKING:
    Target: TypeAlias = SpecFile | Source | UnreadableSpecError


def read_target(target: Target) -> Source:
    """The source of a target. Raises `UnreadableSpecError`."""
    if isinstance(target, UnreadableSpecError):
        raise target
    return read_file(target.path) if isinstance(target, SpecFile) else target


def gather(paths: Sequence[str], configs: Configs, choice: Choice) -> list[Target]:
    """Each spec that the paths name, once and in order, or why it cannot be found."""
    targets: list[Target] = []
    seen: set[str] = set()
    for path in paths:
        try:
            if path == STANDARD_INPUT:
                if path not in seen:
                    targets.append(read_standard_input(choice.stdin_filename))
                seen.add(path)
                continue
            files = expand(path, configs, choice)
            if files is None:
                targets.append(read_spec(path))
                continue
        except UnreadableSpecError as error:
            targets.append(error)
            continue
        for file in files:
            if isinstance(file, UnreadableSpecError):
                targets.append(file)
                continue
            real = os.path.realpath(file)
            if real not in seen:
                seen.add(real)
                targets.append(SpecFile(file))
    return targets


def expand(
    path: str, configs: Configs, choice: Choice
) -> Sequence[str | UnreadableSpecError] | None:
    """The files that a path stands for, or None where it is no path.

    Raises `UnreadableSpecError` where there are none.
    """
    if os.path.isdir(path):
        found = list(specs_below(path, configs, choice))
        if not found:
            raise UnreadableSpecError(f"no specs ({SUFFIX} files) are in {path}")
        return found
    if os.path.exists(path):
        return () if choice.force_exclude and is_excluded(path, configs, choice) else (path,)
    if any(mark in path for mark in "*?["):
        from glob import glob

        files = sorted(filter(os.path.isfile, glob(path, recursive=True)))
        if not files:
            raise UnreadableSpecError(f"no file matches `{path}`")
        return [file for file in files if not is_excluded(file, configs, choice)]
    return None


def is_excluded(path: str, configs: Configs, choice: Choice) -> bool:
    """Whether `--exclude` or the configuration leaves a file or folder out."""
    if any(matches(path, None, one) for one in choice.exclude):
        return True
    try:
        config = configs.of_file(path)
    except ValueError as error:  # a ConfigError
        raise UnreadableSpecError(str(error), getattr(error, "advice", None)) from None
    return config.excludes(path)


def specs_below(
    folder: str, configs: Configs, choice: Choice
) -> Iterator[str | UnreadableSpecError]:
    """The specs of a folder and of those below it, but not of hidden ones, in order.

    A folder that cannot be read is in its place the reason why.
    """
    refused: list[OSError] = []
    for path, folders, files in os.walk(folder, onerror=refused.append):
        folders[:] = [
            one
            for one in sorted(folders)
            if not one.startswith(".") and not is_excluded(os.path.join(path, one), configs, choice)
        ]
        for name in sorted(files):
            file = os.path.normpath(os.path.join(path, name))
            if name.endswith(SUFFIX) and not is_excluded(file, configs, choice):
                yield file
    for error in refused:
        reason = (error.strerror or str(error)).lower()
        yield UnreadableSpecError(f"cannot read {error.filename}: {reason}")
