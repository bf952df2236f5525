"""`--output-format gitlab`: a code quality report.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import json

from ...project.outcome import PLAIN
from .facts import Paths, fingerprints, region_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...project.outcome import Report, Style

SEVERITIES = {"error": "major", "warning": "minor"}


def write(report: Report, _style: Style = PLAIN) -> str:
    paths, findings = Paths(), report.findings
    issues = []
    for finding, fingerprint in zip(findings, fingerprints(findings, paths), strict=True):
        diagnostic, region = finding.diagnostic, region_of(finding.location)
        issues.append(
            {
                "description": f"{diagnostic.code} {diagnostic.message}",
                "check_name": diagnostic.code,
                "fingerprint": fingerprint,
                "severity": SEVERITIES.get(diagnostic.severity, "info"),
                "location": {
                    "path": paths.shown(finding.location.source),
                    "lines": {"begin": region.row, "end": region.end_row},
                },
            }
        )
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"
