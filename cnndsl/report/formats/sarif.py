"""`--output-format sarif`: the Static Analysis Results Interchange Format, version 2.1.0.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import os
from inspect import cleandoc
from urllib.parse import quote

from ... import __version__
from .facts import Paths, edits_of, fingerprints, full_message, region_of, related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...diagnostics.base import Diagnostic, Finding
    from ...project.outcome import Report, Style
    from ...text import Location, Source

SCHEMAS = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas"
VERSION = "2.1.0"
ROOT = "%SRCROOT%"


def document(report: Report, _style: Style) -> dict[str, Any]:
    paths, findings = Paths(), report.findings
    examples = {one.diagnostic.code: one.diagnostic for one in findings}
    codes = sorted(examples)
    results = [
        _result(finding, codes.index(finding.diagnostic.code), fingerprint, paths)
        for finding, fingerprint in zip(findings, fingerprints(findings, paths), strict=True)
    ]
    run = {
        "tool": {
            "driver": {
                "name": "cnndsl",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(examples[code]) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
        "invocations": [_invocation(report)],
        "results": results,
    }
    return {"$schema": f"{SCHEMAS}/sarif-schema-2.1.0.json", "version": VERSION, "runs": [run]}


def _invocation(report: Report) -> dict[str, Any]:
    """Whether the run could read all that it should."""
    notices = [{"level": "error", "message": {"text": one}} for one in report.failures]
    facts = {"toolExecutionNotifications": notices} if notices else {}
    return {"executionSuccessful": not notices, **facts}


def _rule(example: Diagnostic) -> dict[str, Any]:
    """The kind of diagnostic that one of them belongs to."""
    kind = type(example)
    documentation = cleandoc(kind.__doc__ or kind.__name__)
    return {
        "id": example.code,
        "name": kind.__name__,
        "shortDescription": {"text": documentation.splitlines()[0]},
        "fullDescription": {"text": documentation},
        "help": {"text": f"`cnndsl explain {example.code}` has more."},
        "defaultConfiguration": {"level": example.severity},
    }


def _result(finding: Finding, rule: int, fingerprint: str, paths: Paths) -> dict[str, Any]:
    diagnostic = finding.diagnostic
    result = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": diagnostic.severity,
        "message": {"text": full_message(finding)},
        "locations": [_location(finding.location, paths)],
        "partialFingerprints": {"cnndsl/v1": fingerprint},
    }
    others = [
        {"id": number, "message": {"text": text}, **_location(location, paths)}
        for number, (text, location) in enumerate(related(finding), 1)
    ]
    if others:
        result["relatedLocations"] = others
    if finding.count > 1:
        result["occurrenceCount"] = finding.count
    if finding.fix is not None:
        result["fixes"] = [_fix(finding, paths)]
    return result


def _fix(finding: Finding, paths: Paths) -> dict[str, Any]:
    replacements = [
        {"deletedRegion": _region(place), "insertedContent": {"text": text}}
        for place, text in edits_of(finding)
    ]
    advice = finding.diagnostic.help or f"Mend {finding.diagnostic.code}."
    artifact = _artifact(finding.location.source, paths)
    change = {"artifactLocation": artifact, "replacements": replacements}
    return {"description": {"text": advice}, "artifactChanges": [change]}


def _location(location: Location, paths: Paths) -> dict[str, Any]:
    place = {"artifactLocation": _artifact(location.source, paths), "region": _region(location)}
    return {"physicalLocation": place}


def _region(location: Location) -> dict[str, int]:
    region = region_of(location)
    return {
        "startLine": region.row,
        "startColumn": region.column,
        "endLine": region.end_row,
        "endColumn": region.end_column,
    }


def _artifact(source: Source, paths: Paths) -> dict[str, str]:
    """A file by its path from the repository's root; one that lies elsewhere by its full path."""
    within = paths.within(source)
    if within is not None:
        return {"uri": _quoted(within), "uriBaseId": ROOT}
    if source.path is not None:
        path = os.path.realpath(source.path).replace(os.sep, "/")
        return {"uri": f"file://{'' if path.startswith('/') else '/'}{_quoted(path)}"}
    return {"uri": _quoted(source.name), "uriBaseId": ROOT}


def _quoted(path: str) -> str:
    """A path in a URI: the bytes that the file system has for it."""
    return quote(path, errors="surrogateescape")
