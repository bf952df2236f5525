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
    from collections.abc import Sequence

    from ...diagnostics.base import Finding
    from ...project.outcome import CheckedSpec, Report, Style

MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\x7f": "&#127;", "##[": "#&#35;["}
"""What XML has a meaning for, the control character that it lets stand, and GitHub's commands."""
IN_ATTRIBUTES = {ord('"'): "&quot;", ord("\n"): "&#10;", ord("\r"): "&#13;", ord("\t"): "&#9;"}


def document(report: Report, _style: Style) -> str:
    paths = Paths()
    suites = [
        _suite(spec.name, _cases(spec, paths), failures=len(errors_of(spec.findings)))
        for spec in report.specs
    ]
    if report.failures:
        unread = [_unreadable(one, number) for number, one in enumerate(report.failures, 1)]
        suites.append(_suite("cnndsl", unread, errors=len(unread)))
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
    whole = "\n".join((*lines, *suites, "</testsuites>")) + "\n"
    return whole.encode("ascii", "xmlcharrefreplace").decode()  # so that any stream can take it


def _suite(name: str, cases: Sequence[str], failures: int = 0, errors: int = 0) -> str:
    heading = _attributes(name=name, tests=len(cases), failures=failures, errors=errors, skipped=0)
    return "\n".join((f"  <testsuite{heading}>", *cases, "  </testsuite>"))


def _cases(spec: CheckedSpec, paths: Paths) -> list[str]:
    if not spec.findings:
        return [f"    <testcase{_attributes(name='check', classname=spec.name)} />"]
    return [_case(finding, spec, paths) for finding in spec.findings]


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


def _unreadable(failure: str, number: int) -> str:
    heading = _attributes(name=f"read {number}", classname="cnndsl")
    inside = f"      <error{_attributes(message=failure)} />"
    return f"    <testcase{heading}>\n{inside}\n    </testcase>"


# XML


def _attributes(**values: object) -> str:
    return "".join(
        f' {name}="{_escaped(str(value)).translate(IN_ATTRIBUTES)}"'
        for name, value in values.items()
    )


def _escaped(shown: str) -> str:
    """The text as XML, which cannot hold control characters, even escaped."""
    text = "".join(map(_allowed, shown))
    for part, harmless in MARKUP.items():
        text = text.replace(part, harmless)
    return text


def _allowed(character: str) -> str:
    code = ord(character)
    if code >= 0x20 or character in "\t\r\n":
        return "\ufffd" if 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF) else character
    return "\ufffd"
