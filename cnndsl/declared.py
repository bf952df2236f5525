"""What installed packages declare: the entry points of folders, read without `importlib.metadata`.

To import that takes longer than to write a network. It knows packages in archives and such as well,
and is asked for what no folder has.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from operator import attrgetter

from .record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import EntryPoint
    from typing import Any

FILE = "entry_points.txt"


class Declared(Record):
    """An object by its module and its name there."""

    module: str
    name: str

    def load(self) -> Any:
        from importlib import import_module  # deferred: most of what is declared is not asked for

        return attrgetter(self.name)(import_module(self.module))


def named_in(group: str, name: str) -> Declared | EntryPoint | None:
    """What packages declare in a group by a name, if any does."""
    path = tuple(sys.path)
    return _in_folders(group, path).get(name) or _everywhere(group, path).get(name)


def names_in(group: str) -> tuple[str, ...]:
    """All names that packages declare in a group, in alphabetical order."""
    return tuple(sorted(_everywhere(group, tuple(sys.path))))


@cache
def _in_folders(group: str, _path: tuple[str, ...]) -> dict[str, Declared]:
    return declared(group)


@cache
def _everywhere(group: str, _path: tuple[str, ...]) -> dict[str, EntryPoint]:
    """Likewise of all packages; to look takes as long as to write a network."""
    from importlib.metadata import entry_points  # deferred: most is found without it

    return {point.name: point for point in reversed(tuple(entry_points(group=group)))}


def declared(group: str) -> dict[str, Declared]:
    """What the packages in folders of `sys.path` declare in a group, by its names there."""
    found: dict[str, Declared] = {}
    for text in _texts():
        if f"[{group}]" in text:
            found = dict(_points(text, group)) | found
    return found


def _texts() -> Iterator[str]:
    """The files of entry points, those of the first package alone where several have a name."""
    packages: set[str] = set()
    for folder in sys.path:
        try:
            names = os.listdir(folder or os.curdir)
        except OSError:  # an archive, or nothing
            continue
        for name in names:
            package = name.partition("-")[0]
            if not name.endswith((".dist-info", ".egg-info")) or package in packages:
                continue
            packages.add(package)
            try:
                with open(os.path.join(folder, name, FILE), encoding="utf-8") as file:
                    yield file.read()
            except (OSError, UnicodeDecodeError):
                continue


def _points(text: str, group: str) -> Iterator[tuple[str, Declared]]:
    """The lines `name = module:object` of a section."""
    section = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            section = line.strip("[]")
        name, is_point, value = line.partition("=")
        module, has_name, place = value.partition(":")
        if section == group and is_point and has_name and not name.startswith("#"):
            yield name.strip(), Declared(module.strip(), place.partition("[")[0].strip())
