"""Which findings a spec's own comments silence: `# cnndsl: ignore CNN801, CNN802: a reason`."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..diagnostics.base import Finding

IGNORE = re.compile(r"#\s*cnndsl:\s*ignore((?:[\s,]+CNN\d{1,3}\b)+)")
CODE = re.compile(r"CNN\d{1,3}")


def not_silenced(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings without the warnings that a comment silences. Errors always stay."""
    return tuple(one for one in findings if one.is_error or not is_silenced(one))


def is_silenced(finding: Finding) -> bool:
    """Whether its line, or a line above that is nothing but comment, names the finding's code."""
    location = finding.location
    source = location.source
    row = location.row
    codes = codes_in(source.line(row))
    while row > 1 and source.line(row - 1).lstrip().startswith("#"):
        row -= 1
        codes += codes_in(source.line(row))
    return any(finding.diagnostic.code.startswith(code) for code in codes)


def codes_in(line: str) -> list[str]:
    """The codes, or beginnings of codes, that a line's comment silences."""
    if "cnndsl:" not in line:
        return []
    return [code for match in IGNORE.finditer(line) for code in CODE.findall(match[1])]
