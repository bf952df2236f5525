"""Where a name is used, and a new name for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..diagnostics.base import Failure
from ..ops import OPS
from ..project.module import Module
from ..record import Record
from ..syntax import tables
from ..text import Location
from . import occurrences as kinds
from .occurrences import Occurrence, Target, occurrences

NAME = re.compile(r"[A-Za-z_]\w*")
RENAMED = frozenset((*kinds.LOCAL, *kinds.DEFINED, kinds.RECIPE))
PATHS_CHANGE = frozenset((kinds.VALUE, kinds.STAGE, kinds.SHARED))
"""The kinds of names that are parts of weights' paths."""


class Use(Record):
    """One place of a name."""

    location: Location
    is_definition: bool


def uses(target: Target, modules: Iterable[Module]) -> Iterator[Use]:
    """All places of a name in some files."""
    for module in modules:
        for one in occurrences(module):
            if one.target == target:
                yield Use(one.location(module.source), one.is_definition)


def prepared(one: Occurrence | None) -> Occurrence:
    """The name that can be renamed. Raises `Failure`."""
    if one is None or one.target.kind not in RENAMED:
        what = "this" if one is None else f"`{one.target.name}`, which the language has,"
        raise Failure(f"{what} cannot be renamed")
    return one


def renamed(one: Occurrence, name: str, modules: Iterable[Module]) -> list[Use]:
    """The places where the new name is to stand. Raises `Failure` where it is taken or none."""
    if not NAME.fullmatch(name):
        raise Failure(f"`{name}` is no name: a letter or _, then letters, digits and _")
    if name in tables.KEYWORDS or name in OPS:
        raise Failure(f"`{name}` is a word of the language")
    known = list(modules)
    for module in known:
        for other in occurrences(module):
            is_same_scope = other.target.scope == one.target.scope
            if other.target.name == name and (is_same_scope or _meet(one, other)):
                row = module.source.position(other.start)[0]
                raise Failure(f"`{name}` is taken in {module.source.name}, line {row}")
    return list(uses(one.target, known))


def _meet(one: Occurrence, other: Occurrence) -> bool:
    """Whether a definition of a file, and a name in one of its definitions, could be mixed up."""
    scopes = (one.target.scope, other.target.scope)
    files = {scope.partition("#")[0] for scope in scopes}
    return len(files) == 1 and "" not in files
