"""`--output-format github`: the full text, then each finding as a workflow command.

GitHub shows ten annotations of a kind for each step, so the text has to hold them all.
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import os

from ...project.outcome import Style
from ...text import escaped
from . import closing, text
from .facts import Paths, full_message, region_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...diagnostics.base import Finding
    from ...project.outcome import Report

ESCAPES = {ord("%"): "%25", ord("\r"): "%0D", ord("\n"): "%0A"}
PROPERTY_ESCAPES = {**ESCAPES, ord(":"): "%3A", ord(","): "%2C"}
MOST_SUMMARY_BYTES = 1_000_000
"""GitHub refuses a step summary of more than 1 MiB."""


def document(report: Report, style: Style) -> str:
    paths = Paths()
    shown = text(report, Style(quiet=style.quiet))
    commands = [annotation(finding, paths) for finding in report.findings]
    return _harmless(shown) + "".join(f"{one}\n" for one in commands)


def annotation(finding: Finding, paths: Paths) -> str:
    """A workflow command. Its columns are left out where they are of different lines."""
    location, diagnostic = finding.location, finding.diagnostic
    region = region_of(location)
    properties: dict[str, object] = {"title": f"cnndsl ({diagnostic.code})"}
    if location.source.path is not None:
        properties |= {"file": paths.shown(location.source), "line": region.row}
        properties |= {"col": region.column, "endLine": region.end_row}
        properties |= {"endColumn": region.end_column}
        if region.row != region.end_row:
            del properties["col"], properties["endColumn"]
    listed = ",".join(
        f"{name}={_escaped(str(value), PROPERTY_ESCAPES)}" for name, value in properties.items()
    )
    return f"::{diagnostic.severity} {listed}::{_escaped(full_message(finding), ESCAPES)}"


def _escaped(data: str, escapes: Mapping[int, str]) -> str:
    """Data of a command as GitHub reads it, and without what a terminal would not show."""
    return escaped(data.translate(escapes))


def _harmless(shown: str) -> str:
    """The text, of which GitHub takes no line for a command: a spec's text may look like one."""
    if "##[" not in shown and not any(one.lstrip()[:2] == "::" for one in shown.splitlines()):
        return shown
    token = os.urandom(16).hex()
    return f"::stop-commands::{token}\n{shown}::{token}::\n"


def step_summary(report: Report) -> str:
    """The full text as Markdown, for the page of the run."""
    last = closing(report).strip() or "no spec could be checked"
    shown = text(report, Style(quiet=True)) + "".join(f"{one}\n" for one in report.failures)
    if not shown:
        return f"**cnndsl check:** {_plain(last)}\n\n"
    return f"**cnndsl check:** {_plain(last)}\n\n{_fenced(_cut(shown))}\n"


def _cut(shown: str) -> str:
    data = shown.encode()
    if len(data) <= MOST_SUMMARY_BYTES:
        return shown
    head = data[:MOST_SUMMARY_BYTES].decode(errors="ignore")
    return head[: head.rfind("\n") + 1] + "... the log has the rest\n"


def _fenced(shown: str) -> str:
    fence = "```"
    while fence in shown:
        fence += "`"
    return f"{fence}text\n{shown}{fence}\n"


def _plain(line: str) -> str:
    """A line in which Markdown has nothing to read."""
    return "".join(f"\\{one}" if one in "\\`*_[]<>#|" else one for one in line)
