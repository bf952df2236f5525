"""`--output-format rdjson`: Reviewdog Diagnostic Format, whose columns count UTF-8 bytes.

https://github.com/reviewdog/reviewdog/tree/master/proto/rdf
"""

from __future__ import annotations

import json

from ...project.outcome import PLAIN
from ...text import Location
from .facts import Paths, full_message, region_in_bytes, related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...diagnostics.base import Finding
    from ...project.outcome import Report, Style

SEVERITIES = {"error": "ERROR", "warning": "WARNING"}


def write(report: Report, _style: Style = PLAIN) -> str:
    paths = Paths()
    whole = {
        "source": {"name": "cnndsl"},
        "diagnostics": [_diagnostic(finding, paths) for finding in report.findings],
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _diagnostic(finding: Finding, paths: Paths) -> dict[str, Any]:
    diagnostic = finding.diagnostic
    written: dict[str, Any] = {
        "message": full_message(finding),
        "location": _location(finding.location, paths),
        "severity": SEVERITIES.get(diagnostic.severity, "INFO"),
        "code": {"value": diagnostic.code},
    }
    others = [
        {"message": text, "location": _location(location, paths)}
        for text, location in related(finding)
    ]
    if others:
        written["related_locations"] = others
    if finding.fix is not None:
        source = finding.location.source
        written["suggestions"] = [
            {"range": _range(Location(source, start, end)), "text": text}
            for start, end, text in finding.fix.edits
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
