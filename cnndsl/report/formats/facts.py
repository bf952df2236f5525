"""What the formats for programs say of a finding, in the units that each of them counts in."""

from __future__ import annotations

import os

from ...record import Record
from ...text import Location

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ...diagnostics.base import Diagnostic, Finding
    from ...text import Source
    from ...values import Value

CHECKOUTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""The variables by which CI services name the folder that holds the repository."""


class Region(Record):
    """A range of a text: rows and columns count code points from 1, and the end is exclusive."""

    row: int
    column: int
    end_row: int
    end_column: int


def region_of(location: Location) -> Region:
    source = location.source
    start = min(location.start, len(source.text))
    end = max(start, min(location.end, len(source.text)))
    return Region(*source.position(start), *source.position(end))


def region_in_bytes(location: Location) -> Region:
    """The same range with columns that count UTF-8 bytes from 1."""

    def in_bytes(row: int, column: int) -> int:
        return len(location.source.line(row)[: column - 1].encode()) + 1

    region = region_of(location)
    start, end = in_bytes(region.row, region.column), in_bytes(region.end_row, region.end_column)
    return Region(region.row, start, region.end_row, end)


def related(finding: Finding) -> Iterator[tuple[str, Location]]:
    """The other places that a finding speaks of: what is to be seen there, and the block calls."""
    for note in finding.notes:
        yield note.text, note.location
    for frame in finding.stack:
        yield f"in {frame.call}", frame.location


def edits_of(finding: Finding) -> list[tuple[Location, str]]:
    """What a finding's fix replaces, and by which text; empty where it has none."""
    source = finding.location.source
    edits = finding.fix.edits if finding.fix is not None else ()
    return [(Location(source, start, end), text) for start, end, text in edits]


def values_of(diagnostic: Diagnostic) -> list[tuple[str, str]]:
    """What a diagnostic knows of the values that it speaks of, such as a budget's."""
    facts = getattr(diagnostic, "values", None)
    if isinstance(facts, tuple):
        return list(facts)
    found = getattr(diagnostic, "found", ())
    pairs: tuple[tuple[str, Value], ...] = found if isinstance(found, tuple) else ()
    return [(name, f"is {_grouped(value)}") for name, value in pairs]


def _grouped(value: Value) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def full_message(finding: Finding) -> str:
    """The message, the help and what is left out, for formats that have one text for all."""
    advice = finding.diagnostic.help
    details = "".join(f"\n{line}" for line in finding.diagnostic.details)
    message = f"{finding.diagnostic.message}{details}" + (f"\nhelp: {advice}" if advice else "")
    return f"{message}\n{finding.rest}" if finding.more else message


# Paths


def checkout() -> str:
    """The folder of the repository: as the CI service says, or the nearest that holds `.git`."""
    for variable in CHECKOUTS:
        if os.environ.get(variable):
            return os.path.realpath(os.environ[variable])
    here = folder = os.path.realpath(os.getcwd())
    while not os.path.exists(os.path.join(folder, ".git")):
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            return here
    return folder


class Paths:
    """The paths of sources as a repository's services know them."""

    def __init__(self) -> None:
        self.root = checkout()
        self._known: dict[str, str | None] = {}

    def within(self, source: Source) -> str | None:
        """The path from the repository's root with `/` between, or None outside of it."""
        if source.path is None:
            return None
        if source.path not in self._known:
            self._known[source.path] = self._from_root(source.path)
        return self._known[source.path]

    def shown(self, source: Source) -> str:
        """The path from the repository's root; elsewhere, the name that messages use."""
        return self.within(source) or source.name

    def _from_root(self, path: str) -> str | None:
        real = os.path.realpath(path)
        prefix = os.path.join(self.root, "")
        return real[len(prefix) :].replace(os.sep, "/") if real.startswith(prefix) else None


# Identity


def fingerprints(findings: Iterable[Finding], paths: Paths) -> list[str]:
    """A name for each finding that stays while lines move.

    It is made of the file, the code, and the marked text without its white space; findings that
    agree in all of that are numbered.
    """
    from hashlib import sha256  # deferred: few of the formats need it

    seen: dict[tuple[str, ...], int] = {}
    names = []
    for finding in findings:
        location = finding.location
        marked = " ".join(location.text.split())
        key = (paths.shown(location.source), finding.diagnostic.code, marked)
        seen[key] = seen.get(key, 0) + 1
        identity = "\0".join((*key, str(seen[key])))
        names.append(sha256(identity.encode(errors="surrogatepass")).hexdigest())
    return names
