"""`--output-format junit`: test suites in XML, one for each spec.

A clean spec is one passing case; otherwise each finding is a case: an error fails, and a warning
passes with its text as output. What could not be read is a case with an error.
"""

from __future__ import annotations

from ...diagnostics.base import errors_of
from ..render import render
from .facts import Paths, region_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...diagnostics.base import Finding
    from ...project.outcome import CheckedSpec, Report, Style

MARKUP = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
IN_ATTRIBUTES = {ord('"'): "&quot;", ord("\n"): "&#10;", ord("\r"): "&#13;", ord("\t"): "&#9;"}


def document(report: Report, _style: Style) -> str:
    paths = Paths()
    suites = [_suite(spec, paths) for spec in report.specs]
    suites += [_unreadable(report.failures)] if report.failures else []
    failures = sum(len(errors_of(spec.findings)) for spec in report.specs)
    cases = sum(max(1, len(spec.findings)) for spec in report.specs) + len(report.failures)
    heading = _attributes(
        name="cnndsl",
        tests=cases,
        failures=failures,
        errors=len(report.failures),
        time=f"{report.seconds:.3f}",
    )
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites{heading}>"]
    return "\n".join((*lines, *suites, "</testsuites>")) + "\n"


def _suite(spec: CheckedSpec, paths: Paths) -> str:
    cases = [_case(finding, spec, paths) for finding in spec.findings]
    if not cases:
        cases = [f"    <testcase{_attributes(name='check', classname=spec.name)} />"]
    errors = len(errors_of(spec.findings))
    heading = _attributes(name=spec.name, tests=len(cases), failures=errors, errors=0, skipped=0)
    return "\n".join((f"  <testsuite{heading}>", *cases, "  </testsuite>"))


def _case(finding: Finding, spec: CheckedSpec, paths: Paths) -> str:
    diagnostic, region = finding.diagnostic, region_of(finding.location)
    heading = _attributes(
        name=f"{diagnostic.code} at {region.row}:{region.column}",
        classname=spec.name,
        file=paths.shown(finding.location.source),
        line=region.row,
    )
    shown = _escaped(render(finding))
    if finding.is_error:
        facts = _attributes(message=diagnostic.message, type=diagnostic.code)
        inside = f"      <failure{facts}>{shown}</failure>"
    else:
        inside = f"      <system-out>{shown}</system-out>"
    return f"    <testcase{heading}>\n{inside}\n    </testcase>"


def _unreadable(failures: tuple[str, ...]) -> str:
    heading = _attributes(
        name="cnndsl", tests=len(failures), failures=0, errors=len(failures), skipped=0
    )
    cases = [
        f"    <testcase{_attributes(name=f'read {number}', classname='cnndsl')}>\n"
        f"      <error{_attributes(message=one)} />\n    </testcase>"
        for number, one in enumerate(failures, 1)
    ]
    return "\n".join((f"  <testsuite{heading}>", *cases, "  </testsuite>"))


# XML


def _attributes(**values: object) -> str:
    return "".join(
        f' {name}="{_escaped(str(value)).translate(IN_ATTRIBUTES)}"'
        for name, value in values.items()
    )


def _escaped(shown: str) -> str:
    """The text as XML, which cannot hold control characters, even escaped."""
    return "".join(map(_allowed, shown)).translate(MARKUP)


def _allowed(character: str) -> str:
    code = ord(character)
    if code >= 0x20 or character in "\t\r\n":
        return "\ufffd" if 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF) else character
    return "\ufffd"
