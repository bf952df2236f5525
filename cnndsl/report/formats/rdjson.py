"""`--output-format rdjson`: Reviewdog Diagnostic Format, whose columns count UTF-8 bytes.

https://github.com/reviewdog/reviewdog/tree/master/proto/rdf
"""

from __future__ import annotations

from .facts import Paths, edits_of, full_message, region_in_bytes, related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...diagnostics.base import Finding
    from ...project.outcome import Report, Style
    from ...text import Location


def document(report: Report, _style: Style) -> dict[str, Any]:
    paths = Paths()
    return {
        "source": {"name": "cnndsl"},
        "diagnostics": [_diagnostic(finding, paths) for finding in report.findings],
    }


def _diagnostic(finding: Finding, paths: Paths) -> dict[str, Any]:
    diagnostic = finding.diagnostic
    written: dict[str, Any] = {
        "message": full_message(finding),
        "location": _location(finding.location, paths),
        "severity": diagnostic.severity.upper(),
        "code": {"value": diagnostic.code},
    }
    others = [
        {"message": text, "location": _location(location, paths)}
        for text, location in related(finding)
    ]
    if others:
        written["related_locations"] = others
    if finding.fix is not None:
        written["suggestions"] = [
            {"range": _range(place), "text": text} for place, text in edits_of(finding)
        ]
    return written


def _location(location: Location, paths: Paths) -> dict[str, Any]:
    return {"path": paths.shown(location.source), "range": _range(location)}


def _range(location: Location) -> dict[str, Any]:
    region = region_in_bytes(location)
    return {
        "start": {"line": region.row, "column": region.column},
        "end": {"line": region.end_row, "column": region.end_column},
    }
