"""`--output-format json`: one JSON object."""

from __future__ import annotations

from . import kebab
from .facts import edits_of, region_of, related, values_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...diagnostics.base import Finding
    from ...project.outcome import Report, Style
    from ...text import Location

FORMAT_VERSION = "1.0"
"""Later minor versions only add fields."""


def document(report: Report, _style: Style) -> dict[str, Any]:
    return {
        "format_version": FORMAT_VERSION,
        "valid": not report.error_count and not report.failures,
        "error_count": report.error_count,
        "warning_count": report.warning_count,
        "diagnostics": [_diagnostic(finding) for finding in report.findings],
    }


def _diagnostic(finding: Finding) -> dict[str, Any]:
    diagnostic = finding.diagnostic
    return {
        "code": diagnostic.code,
        "name": kebab(type(diagnostic).__name__),
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        **place_of(finding.location),
        "related": [{"message": text, **place_of(location)} for text, location in related(finding)],
        "values": [{"expr": name, "statement": said} for name, said in values_of(diagnostic)],
        "help": diagnostic.help,
        "count": finding.count,
        "more": finding.more,
        "fix": _fix(finding),
        "url": None,
    }


def _fix(finding: Finding) -> dict[str, Any] | None:
    if finding.fix is None:
        return None
    return {
        "applicability": "safe" if finding.fix.is_safe else "unsafe",
        "edits": [{"content": text, **_range(place)} for place, text in edits_of(finding)],
    }


def place_of(location: Location) -> dict[str, Any]:
    """A range of a file."""
    return {"filename": location.source.name, **_range(location)}


def _range(location: Location) -> dict[str, Any]:
    region = region_of(location)
    return {
        "location": {"row": region.row, "column": region.column},
        "end_location": {"row": region.end_row, "column": region.end_column},
    }
