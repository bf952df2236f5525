"""Findings and their fixes, as an editor shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lsprotocol import types

from ..diagnostics.base import Finding
from ..editing.analysis import Analysis
from ..editing.occurrences import files_below
from ..text import Location
from .documents import Document, Documents

SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
}


def diagnostics(documents: Documents, document: Document) -> list[types.Diagnostic]:
    """The findings of a text, those in a file that it imports where the import stands."""
    analysis = documents.analysis(document)
    return [_diagnostic(documents, document, analysis, one) for one in analysis.findings]


def first_diagnostics(
    documents: Documents, document: Document, found: Sequence[Finding]
) -> list[types.Diagnostic]:
    """What is found first in a text: of that, what is wrong in it itself."""
    own = (one for one in found if one.location.source is document.source)
    return [_diagnostic(documents, document, None, one) for one in own]


def _diagnostic(
    documents: Documents, document: Document, analysis: Analysis | None, finding: Finding
) -> types.Diagnostic:
    diagnostic = finding.diagnostic
    lines = [diagnostic.message, *diagnostic.details]
    if diagnostic.help:
        lines.append(f"help: {diagnostic.help}")
    places = [(one.location, one.text) for one in finding.notes]
    places += [(one.location, f"in {one.call}") for one in finding.stack]
    place = finding.location
    if analysis is not None and place.source is not analysis.source:
        places.insert(0, (place, diagnostic.message))
        place = _import_of(analysis, place)
    return types.Diagnostic(
        range=document.positions.range(place.start, place.end),
        message="\n".join(lines),
        severity=SEVERITIES[diagnostic.severity],
        code=diagnostic.code,
        source="cnndsl",
        related_information=[
            types.DiagnosticRelatedInformation(location(documents, one), text)
            for one, text in places
        ],
    )


def _import_of(analysis: Analysis, place: Location) -> Location:
    """The import through which a finding in another file comes in."""
    source = analysis.source
    for statement in analysis.module.file.imports:
        names = {one.name for one in statement.names}
        for module in analysis.module.imports:
            sources = [one.source for one in files_below(module)]
            if names & module.exports.keys() and place.source in sources:
                return Location(source, statement.path.start, statement.path.end)
    return Location(source, 0, 0)


def location(documents: Documents, place: Location) -> types.Location:
    uri, positions = documents.place(place.source)
    return types.Location(uri, positions.range(place.start, place.end))


def actions(
    documents: Documents, document: Document, start: int, end: int
) -> Iterator[types.CodeAction]:
    """The fixes of findings in a range, and all certain ones together."""
    analysis = documents.analysis(document)
    own = [one for one in analysis.findings if one.location.source is analysis.source]
    for finding in own:
        place = finding.location
        if not (place.start <= end and start <= place.end):
            continue
        shown = [_diagnostic(documents, document, analysis, finding)]
        if finding.fix is not None:
            yield types.CodeAction(
                title=_title(finding, document),
                kind=types.CodeActionKind.QuickFix,
                diagnostics=shown,
                is_preferred=finding.fix.is_safe,
                edit=_edit(document, finding.fix.edits),
            )
        if not finding.is_error:
            yield _silence(document, finding, shown)
    safe = [edit for one in own if one.fix and one.fix.is_safe for edit in one.fix.edits]
    if safe:
        yield types.CodeAction(
            title="Fix all that is certain",
            kind=types.CodeActionKind(types.CodeActionKind.SourceFixAll),
            edit=_edit(document, tuple(dict.fromkeys(safe))),
        )


def _title(finding: Finding, document: Document) -> str:
    (start, end, new), *more = finding.fix.edits if finding.fix else ()
    old = document.source.text[start:end].strip()
    if more or "\n" in f"{old}{new}":
        return f"Fix {finding.diagnostic.code}"
    if not new.strip():
        return f"Remove `{old}`"
    return f"Replace `{old}` by `{new.strip()}`" if old else f"Insert `{new.strip()}`"


def _edit(document: Document, edits: tuple[tuple[int, int, str], ...]) -> types.WorkspaceEdit:
    positions = document.positions
    changes = [types.TextEdit(positions.range(a, b), new) for a, b, new in sorted(edits)]
    return types.WorkspaceEdit(changes={document.uri: changes})


def _silence(
    document: Document, finding: Finding, shown: list[types.Diagnostic]
) -> types.CodeAction:
    """A comment that keeps a warning quiet."""
    text = document.source.text
    start = text.rfind("\n", 0, finding.location.start) + 1
    indent = text[start:][: len(text[start:]) - len(text[start:].lstrip(" \t"))]
    line = f"{indent}# cnndsl: ignore {finding.diagnostic.code}\n"
    return types.CodeAction(
        title=f"Ignore {finding.diagnostic.code} here",
        kind=types.CodeActionKind.QuickFix,
        diagnostics=shown,
        edit=_edit(document, ((start, start, line),)),
    )
