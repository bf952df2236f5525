"""Reports to try output formats on."""

from __future__ import annotations

from cnndsl.diagnostics.base import Finding, Fix, Frame, Note
from cnndsl.project.outcome import CheckedSpec, Report
from cnndsl.record import Record
from cnndsl.text import Location, Source


class Advice(Record):
    """A made-up kind of diagnostic, which is in no catalogue."""

    code: str
    severity: str
    message: str
    help: str | None = None
    details: tuple[str, ...] = ()


def at(source: Source, snippet: str) -> Location:
    start = source.text.index(snippet)
    return Location(source, start, start + len(snippet))


def finding(
    source: Source,
    snippet: str,
    message: str = "wrong",
    code: str = "CNN101",
    severity: str = "error",
    **more: object,
) -> Finding:
    """A finding that marks the first place where the snippet stands."""
    return Finding(Advice(code, severity, message), at(source, snippet), **more)  # type: ignore[arg-type]  # a stand-in


def reported(*found: Finding, name: str = "net.cnn", failures: tuple[str, ...] = ()) -> Report:
    """A report on one spec with these findings."""
    return Report((CheckedSpec(name, (), 0, found),), failures, 0.0123)


__all__ = ["Advice", "Fix", "Frame", "Note", "at", "finding", "reported"]
