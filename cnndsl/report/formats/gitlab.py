"""`--output-format gitlab`: a code quality report.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

from .facts import Paths, fingerprints, region_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...diagnostics.base import Finding
    from ...project.outcome import Report, Style

SEVERITIES = {"error": "major", "warning": "minor"}


def document(report: Report, _style: Style) -> list[dict[str, Any]]:
    paths, findings = Paths(), report.findings
    names = fingerprints(findings, paths)
    return [_issue(one, name, paths) for one, name in zip(findings, names, strict=True)]


def _issue(finding: Finding, fingerprint: str, paths: Paths) -> dict[str, Any]:
    diagnostic, region = finding.diagnostic, region_of(finding.location)
    rest = f" ({finding.rest})" if finding.more else ""
    return {
        "description": f"{diagnostic.code} {diagnostic.message}{rest}",
        "check_name": diagnostic.code,
        "fingerprint": fingerprint,
        "severity": SEVERITIES[diagnostic.severity],
        "location": {
            "path": paths.shown(finding.location.source),
            "lines": {"begin": region.row, "end": region.end_row},
        },
    }
