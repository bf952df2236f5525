"""What a person does who follows the advice of a report: no second error, and the first is gone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from golden_reports import SPECS
from spec_text import module_of

from cnndsl.diagnostics.base import Finding, Fix
from cnndsl.diagnostics.shapes import ShapeDiffers
from cnndsl.explain.fixes import apply
from cnndsl.project.loading import check_models

HIDING = {
    "block_odd_channels": "the second call of the block halves what the first has left",
    "syntax_equals": "a budget is broken as well",
    "import_missing_name": "the name is misspelt where it is called, too",
    "import_missing_in_zoo": "likewise",
}
"""Specs with a second mistake, which the first hides."""
TO_WRITE = re.compile(r"(?:write|mean|between layers|comments start with) `([^`]+)`")
EXAMPLE = re.compile(
    r"(?:such as|as in) `|\b[A-Z]{3,}\b|\w\([a-z, ]+\)`|among the parameters|to round|"
    r"in place of the colon|` and `|as the first line|for a side|for a multiple"
)
"""Advice that shows a form, whose parts nobody but the author knows, or that is for elsewhere."""
PIECE = re.compile(r"\w+|[^\w\s]+")


def errors(text: str, path: Path) -> tuple[Finding, ...]:
    module = module_of(text, path=str(path))
    found = check_models(module, module.models, {})[0]
    return tuple(one for one in found if one.is_error and one.location.source.path == str(path))


def kinds(findings: tuple[Finding, ...]) -> Counter[str]:
    return Counter(one.diagnostic.code for one in findings)


def edits(text: str, finding: Finding) -> Iterator[Fix]:
    """The ways to do what a finding says: its fix, or its text around the place that is marked."""
    location, help_text = finding.location, finding.diagnostic.help or ""
    if finding.fix is not None and not isinstance(finding.diagnostic, ShapeDiffers):
        yield finding.fix
        return
    wanted = TO_WRITE.search(help_text)
    if wanted is None or EXAMPLE.search(help_text):
        return
    start, end = location.start, location.end
    written = wanted[1].replace("...", text[start:end])
    yield Fix(((start, end, written),))
    line = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", end) if "\n" in text[end:] else len(text)
    pieces = [one.span() for one in PIECE.finditer(text, line, stop)]
    for first, _ in reversed([one for one in pieces if one[0] <= end]):
        for _, last in (one for one in pieces if one[1] >= first):
            if start - 1 <= last:
                yield Fix(((first, last, written),))


@pytest.mark.parametrize(
    "path", [one for one in SPECS if one.stem not in HIDING], ids=lambda path: path.stem
)
def test_advice_leads_to_no_second_error(path: Path) -> None:
    text = path.read_text()
    before = errors(text, path)
    for finding in before:
        tried = [errors(apply(text, [fix]), path) for fix in edits(text, finding)]
        good = [one for one in tried if kinds(one) < kinds(before)]
        assert good or not tried, (finding.diagnostic.message, finding.diagnostic.help)
