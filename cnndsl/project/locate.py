"""From what a person calls a spec (a path, `-`, or a zoo name) to its text."""

from __future__ import annotations

import os
import sys

from ..diagnostics.base import Failure, Rejected, nearest, reason_of
from .regular import LARGEST_FILE, SUFFIX, read_source, source_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..text import Source
    from .zoo import Entry

STANDARD_INPUT = "-"


class UnreadableSpecError(Failure, OSError):
    """A spec that is not there, or is no text."""


def read_spec(spec: str) -> Source:
    """The source of a path, of `-` for standard input, or of a zoo name.

    Raises `UnreadableSpecError`.
    """
    if spec == STANDARD_INPUT:
        return read_standard_input()
    if os.path.exists(spec) and not os.path.isdir(spec):
        return read_file(spec)
    entry = _zoo_entry(spec)
    if entry is not None:
        source = read_file(entry.path, entry.file)
        source.model = entry.model
        return source
    raise _missing(spec)


def read_file(path: str, name: str | None = None) -> Source:
    """The source of a file, called `name` in messages. Raises `UnreadableSpecError`."""
    try:
        return read_source(path, name)
    except Rejected as rejection:
        raise UnreadableSpecError(rejection.diagnostic.message) from None


def read_standard_input(name: str | None = None) -> Source:
    """Standard input as a source. Its imports are relative to `name`, where that is given.

    Raises `UnreadableSpecError`.
    """
    if sys.stdin is None:
        raise UnreadableSpecError("cannot read standard input: it is closed")
    try:
        data = sys.stdin.buffer.read(LARGEST_FILE + 1) or b""  # None where it does not wait
        return source_of(data, name or "<stdin>", name)
    except OSError as error:
        message = f"cannot read standard input: {reason_of(error)}"
        raise UnreadableSpecError(message) from None
    except Rejected as rejection:
        raise UnreadableSpecError(rejection.diagnostic.message) from None


def _zoo_entry(spec: str) -> Entry | None:
    from . import zoo  # deferred: most specs are named by their files

    return None if spec.endswith(SUFFIX) else zoo.find(spec)


def _missing(spec: str) -> UnreadableSpecError:
    """Why a spec cannot be found, with the nearest file or zoo network."""
    from .zoo import zoo_advice  # deferred: only a spec that is missing needs it

    if os.path.isdir(spec):
        return UnreadableSpecError(f"cannot read {spec}: it is a folder, and one spec is needed")
    if not spec:
        return UnreadableSpecError("the name of the spec is empty")
    if not spec.endswith(SUFFIX):
        return UnreadableSpecError(
            f"no file and no zoo network is named `{spec}`", zoo_advice(spec)
        )
    directory, name = os.path.split(spec)
    try:
        found = os.listdir(directory or ".")
        siblings = [one for one in found if one.endswith(SUFFIX) and one != name]  # a dead link
    except (OSError, ValueError):
        siblings = []
    similar = nearest(name, siblings)
    advice = f"did you mean `{os.path.join(directory, similar)}`?" if similar else None
    return UnreadableSpecError(f"cannot read {spec}: no such file or directory", advice)
