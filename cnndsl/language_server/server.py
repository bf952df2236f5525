"""What the server answers: each feature of the protocol, by what `cnndsl.editing` knows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from ..diagnostics.base import Failure
from ..editing import completion, hints, hover, outline, renaming, texts
from ..editing import occurrences as kinds
from ..editing.analysis import Analysis
from ..editing.occurrences import Occurrence, calls_of, definition_at
from ..format import document as style
from ..ops import OPS
from ..semantics.template import Template
from ..syntax.lexer import SyntaxFailure
from ..text import Location, Source
from .documents import Document
from .findings import actions, location
from .notices import changed, changed_outside, closed, initialized, opened
from .positions import Positions
from .session import Server

WORDS_AFTER = (".", '"', ":", "(", ",", " ")
SYMBOLS = {
    kinds.MODEL: types.SymbolKind.Class,
    kinds.BLOCK: types.SymbolKind.Function,
    kinds.PIXELS: types.SymbolKind.Constant,
    kinds.RECIPE: types.SymbolKind.Event,
    kinds.STAGE: types.SymbolKind.Namespace,
    kinds.VALUE: types.SymbolKind.Variable,
}
ITEMS = {
    kinds.OP: types.CompletionItemKind.Function,
    kinds.BLOCK: types.CompletionItemKind.Class,
    kinds.MODEL: types.CompletionItemKind.Class,
    kinds.ATTRIBUTE: types.CompletionItemKind.Property,
    kinds.FUNCTION: types.CompletionItemKind.Method,
    kinds.WORD: types.CompletionItemKind.Constant,
    completion.KEYWORD: types.CompletionItemKind.Keyword,
    completion.FIELD_KIND: types.CompletionItemKind.Field,
    completion.FILE: types.CompletionItemKind.File,
}
TOKEN_MODIFIERS = ("declaration",)


def make_server() -> Server:
    """A server that answers all that it says it can."""
    server = Server()
    for name, (answer, options) in FEATURES.items():
        whole = answer if name in AT_ONCE else after_a_look(answer)
        server.feature(name, options)(whole)
    return server


def after_a_look(answer: Callable[..., Any]) -> Callable[[Server, Any], Awaitable[Any]]:
    """What answers by all that is known of a text, and waits for that."""

    async def answered(server: Server, params: Any) -> Any:
        place = params.item if hasattr(params, "item") else params.text_document
        await server.look(server.document(place.uri))
        return answer(server, params)

    return answered


# What stands at a place


async def hovered(server: Server, params: types.HoverParams) -> types.Hover | None:
    """What is known of an earlier version counts where nothing has changed."""
    document = server.document(params.text_document.uri)
    offset = document.positions.offset(params.position)
    earlier = server.documents.earlier_at(document, offset)
    if earlier is not None:
        analysis, change, place = earlier
        found = hover.hover(analysis, place)
        now = change.now(found[1].start, found[1].end) if found is not None else None
        if found is not None and now is not None:
            return _hover(document, found[0], *now)
    found = hover.hover(await server.look(document), offset)
    return _hover(document, found[0], found[1].start, found[1].end) if found is not None else None


def _hover(document: Document, text: str, start: int, end: int) -> types.Hover:
    content = types.MarkupContent(types.MarkupKind.Markdown, text)
    return types.Hover(content, document.positions.range(start, end))


async def completed(server: Server, params: types.CompletionParams) -> types.CompletionList:
    document = server.document(params.text_document.uri)
    offset = document.positions.offset(params.position)
    known = await server.names(document)
    if not known.module.definitions:
        known = server.documents.whole.get(document.uri, known)
    found = completion.completions(known, document.source.text, offset)
    return types.CompletionList(False, [_item(one) for one in found])


def _item(one: completion.Candidate) -> types.CompletionItem:
    return types.CompletionItem(
        label=one.text,
        kind=ITEMS.get(one.kind, types.CompletionItemKind.Variable),
        detail=one.detail or None,
        documentation=one.documentation or None,
    )


async def signature(
    server: Server, params: types.SignatureHelpParams
) -> types.SignatureHelp | None:
    document = server.document(params.text_document.uri)
    analysis, offset = await server.names(document), document.positions.offset(params.position)
    before = completion.COMMENT.sub("", document.source.text[:offset])
    call = completion.open_call(before)
    template = analysis.visible.get(call.name) if call else None
    if call is None or (template is None and call.name not in OPS):
        return None
    label, arguments = texts.signature(call.name, template)
    names = [name for name, _ in arguments]
    number = names.index(call.attribute) if call.attribute in names else call.position
    return types.SignatureHelp(
        [
            types.SignatureInformation(
                label,
                parameters=[types.ParameterInformation(one, text) for one, text in arguments],
                active_parameter=number,
            )
        ],
        active_signature=0,
        active_parameter=number,
    )


# Where a name is used


def defined(server: Server, params: types.DefinitionParams) -> types.Location | None:
    _, analysis, offset = server.at(params.text_document.uri, params.position)
    one = analysis.occurrence_at(offset)
    if one is None:
        return _imported_file(server, analysis, offset)
    modules = kinds.files_below(analysis.module)
    for use in renaming.uses(one.target, modules):
        if use.is_definition:
            return location(server.documents, use.location)
    return None


def _imported_file(server: Server, analysis: Analysis, offset: int) -> types.Location | None:
    """The file whose path stands at a place."""
    for statement in analysis.module.file.imports:
        if statement.path.start <= offset <= statement.path.end:
            names = {one.name for one in statement.names}
            for module in analysis.module.imports:
                if names & module.exports.keys():
                    return location(server.documents, Location(module.source, 0, 0))
    return None


def referred(server: Server, params: types.ReferenceParams) -> list[types.Location]:
    _, analysis, offset = server.at(params.text_document.uri, params.position)
    one = analysis.occurrence_at(offset)
    if one is None:
        return []
    wants_definition = params.context.include_declaration
    return [
        location(server.documents, use.location)
        for use in renaming.uses(one.target, list(server.documents.modules()))
        if wants_definition or not use.is_definition
    ]


def highlighted(
    server: Server, params: types.DocumentHighlightParams
) -> list[types.DocumentHighlight]:
    document, analysis, offset = server.at(params.text_document.uri, params.position)
    one = analysis.occurrence_at(offset)
    write, read = types.DocumentHighlightKind.Write, types.DocumentHighlightKind.Read
    return [
        types.DocumentHighlight(
            document.positions.range(other.start, other.end),
            write if other.is_definition else read,
        )
        for other in analysis.occurrences
        if one is not None and other.target == one.target
    ]


def rename_prepared(server: Server, params: types.PrepareRenameParams) -> types.Range:
    document, analysis, offset = server.at(params.text_document.uri, params.position)
    one = _renamed(analysis, offset)
    return document.positions.range(one.start, one.end)


def _renamed(analysis: Analysis, offset: int) -> Occurrence:
    try:
        return renaming.prepared(analysis.occurrence_at(offset))
    except Failure as failure:
        raise JsonRpcInvalidParams(failure.message) from None


def renamed(server: Server, params: types.RenameParams) -> types.WorkspaceEdit:
    _, analysis, offset = server.at(params.text_document.uri, params.position)
    one = _renamed(analysis, offset)
    try:
        uses = renaming.renamed(one, params.new_name, list(server.documents.modules()))
    except Failure as failure:
        raise JsonRpcInvalidParams(failure.message) from None
    if one.target.kind in renaming.PATHS_CHANGE:
        server.window_show_message(
            types.ShowMessageParams(
                types.MessageType.Warning,
                f"`{one.target.name}` may be part of the paths of weights: those that are stored "
                "load by their old paths with `--rename` alone",
            )
        )
    changes: dict[str, list[types.TextEdit]] = {}
    for use in uses:
        place = location(server.documents, use.location)
        changes.setdefault(place.uri, []).append(types.TextEdit(place.range, params.new_name))
    return types.WorkspaceEdit(changes=changes)


# The whole text


def symbols(server: Server, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    document = server.document(params.text_document.uri)
    return [_symbol(document, one) for one in outline.symbols(server.documents.analysis(document))]


def _symbol(document: Document, one: outline.Symbol) -> types.DocumentSymbol:
    positions = document.positions
    return types.DocumentSymbol(
        one.name,
        SYMBOLS[one.kind],
        positions.range(one.start, one.end),
        positions.range(one.name_start, one.name_start + len(one.name)),
        detail=one.detail,
        children=[_symbol(document, child) for child in one.children],
    )


def workspace_symbols(
    server: Server, params: types.WorkspaceSymbolParams
) -> list[types.WorkspaceSymbol]:
    wanted = params.query.lower()
    return [
        types.WorkspaceSymbol(
            location=location(server.documents, template.location(template.heading)),
            name=template.name,
            kind=SYMBOLS[template.kind],
        )
        for module in server.documents.modules()
        for template in module.definitions
        if wanted in template.name.lower()
    ]


def folded(server: Server, params: types.FoldingRangeParams) -> list[types.FoldingRange]:
    document = server.document(params.text_document.uri)
    return [
        types.FoldingRange(
            document.positions.position(start).line,
            document.positions.position(end).line - (not is_comment),
            kind=types.FoldingRangeKind.Comment if is_comment else None,
        )
        for start, end, is_comment in outline.folds(document.source.text)
    ]


def tokens(server: Server, params: types.SemanticTokensParams) -> types.SemanticTokens:
    document = server.document(params.text_document.uri)
    analysis = server.documents.analysis(document)
    data: list[int] = []
    line = column = 0
    for one in outline.semantic_tokens(analysis):
        start = document.positions.position(one.start)
        length = document.positions.units(document.source.text[one.start : one.end])
        if start.line != line:
            column = 0
        kind = outline.TOKEN_TYPES.index(one.type)
        data += [start.line - line, start.character - column, length, kind, one.modifiers]
        line, column = start.line, start.character
    return types.SemanticTokens(data)


def inlay_hints(server: Server, params: types.InlayHintParams) -> list[types.InlayHint]:
    document = server.document(params.text_document.uri)
    start = document.positions.offset(params.range.start)
    end = document.positions.offset(params.range.end)
    found = hints.hints(server.documents.analysis(document), start, end)
    return [
        types.InlayHint(
            document.positions.position(one.offset),
            one.text,
            kind=types.InlayHintKind.Type
            if one.kind == hints.SHAPE
            else types.InlayHintKind.Parameter,
            padding_left=one.kind == hints.SHAPE,
        )
        for one in found
    ]


def lenses(server: Server, params: types.CodeLensParams) -> list[types.CodeLens]:
    document = server.document(params.text_document.uri)
    return [
        types.CodeLens(
            document.positions.range(one.start, one.end),
            command=types.Command(title=one.text, command=""),
        )
        for one in hints.lenses(server.documents.analysis(document))
    ]


def formatted(
    server: Server, params: types.DocumentFormattingParams | types.DocumentRangeFormattingParams
) -> list[types.TextEdit]:
    """The edits that bring a text, or some rows of it, into the one style; none if it is broken."""
    document = server.document(params.text_document.uri)
    first, last = 1, None
    if isinstance(params, types.DocumentRangeFormattingParams):
        first, last = params.range.start.line + 1, params.range.end.line + 1
    try:
        found = style.edits(Source(document.source.name, document.text), first, last)
    except (SyntaxFailure, style.StyleError):
        return []
    positions = Positions(document.text, server.documents.encoding)
    return [types.TextEdit(positions.range(e.start, e.end), e.text) for e in found]


def acted(server: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    document = server.document(params.text_document.uri)
    start = document.positions.offset(params.range.start)
    end = document.positions.offset(params.range.end)
    return list(actions(server.documents, document, start, end))


# Who calls whom


def call_prepared(
    server: Server, params: types.CallHierarchyPrepareParams
) -> list[types.CallHierarchyItem] | None:
    _, analysis, offset = server.at(params.text_document.uri, params.position)
    one = analysis.occurrence_at(offset)
    template = hover.template_of(analysis, one.target) if one else None
    if template is None:
        template = definition_at(analysis.module, offset)
    return [_caller(server, template)] if template is not None else None


def _caller(server: Server, template: Template) -> types.CallHierarchyItem:
    definition = template.definition
    whole = location(server.documents, template.location(definition))
    name = location(server.documents, template.location(template.heading))
    kind = SYMBOLS[template.kind]
    return types.CallHierarchyItem(template.name, kind, whole.uri, whole.range, name.range)


def incoming(
    server: Server, params: types.CallHierarchyIncomingCallsParams
) -> list[types.CallHierarchyIncomingCall]:
    target = _target(server, params.item)
    found = []
    for module in server.documents.modules():
        for template in module.definitions:
            calls = [one for one in calls_of(module, template) if one.target == target]
            if calls:
                places = [location(server.documents, one.location(module.source)) for one in calls]
                caller = _caller(server, template)
                ranges = [one.range for one in places]
                found.append(types.CallHierarchyIncomingCall(caller, ranges))
    return found


def outgoing(
    server: Server, params: types.CallHierarchyOutgoingCallsParams
) -> list[types.CallHierarchyOutgoingCall]:
    document = server.document(params.item.uri)
    analysis = server.documents.analysis(document)
    offset = document.positions.offset(params.item.selection_range.start)
    template = definition_at(analysis.module, offset)
    calls: dict[kinds.Target, list[types.Range]] = {}
    for one in calls_of(analysis.module, template) if template is not None else ():
        calls.setdefault(one.target, []).append(document.positions.range(one.start, one.end))
    found = []
    for target, ranges in calls.items():
        callee = hover.template_of(analysis, target)
        if callee is not None:
            found.append(types.CallHierarchyOutgoingCall(_caller(server, callee), ranges))
    return found


def _target(server: Server, item: types.CallHierarchyItem) -> kinds.Target | None:
    document = server.document(item.uri)
    analysis = server.documents.analysis(document)
    one = analysis.occurrence_at(document.positions.offset(item.selection_range.start))
    return one.target if one is not None else None


FEATURES: dict[str, tuple[Callable[..., Any], Any]] = {
    types.INITIALIZED: (initialized, None),
    types.TEXT_DOCUMENT_DID_OPEN: (opened, None),
    types.TEXT_DOCUMENT_DID_CHANGE: (changed, None),
    types.TEXT_DOCUMENT_DID_CLOSE: (closed, None),
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: (changed_outside, None),
    types.TEXT_DOCUMENT_HOVER: (hovered, None),
    types.TEXT_DOCUMENT_COMPLETION: (completed, types.CompletionOptions(list(WORDS_AFTER))),
    types.TEXT_DOCUMENT_SIGNATURE_HELP: (signature, types.SignatureHelpOptions(["(", ",", "="])),
    types.TEXT_DOCUMENT_DEFINITION: (defined, None),
    types.TEXT_DOCUMENT_REFERENCES: (referred, None),
    types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT: (highlighted, None),
    types.TEXT_DOCUMENT_PREPARE_RENAME: (rename_prepared, None),
    types.TEXT_DOCUMENT_RENAME: (renamed, types.RenameOptions(prepare_provider=True)),
    types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: (symbols, None),
    types.WORKSPACE_SYMBOL: (workspace_symbols, None),
    types.TEXT_DOCUMENT_FOLDING_RANGE: (folded, None),
    types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL: (
        tokens,
        types.SemanticTokensLegend(list(outline.TOKEN_TYPES), list(TOKEN_MODIFIERS)),
    ),
    types.TEXT_DOCUMENT_INLAY_HINT: (inlay_hints, None),
    types.TEXT_DOCUMENT_CODE_LENS: (lenses, None),
    types.TEXT_DOCUMENT_FORMATTING: (formatted, None),
    types.TEXT_DOCUMENT_RANGE_FORMATTING: (formatted, None),
    types.TEXT_DOCUMENT_CODE_ACTION: (
        acted,
        types.CodeActionOptions(
            [types.CodeActionKind.QuickFix, types.CodeActionKind(types.CodeActionKind.SourceFixAll)]
        ),
    ),
    types.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY: (call_prepared, None),
    types.CALL_HIERARCHY_INCOMING_CALLS: (incoming, None),
    types.CALL_HIERARCHY_OUTGOING_CALLS: (outgoing, None),
}
"""The features of the protocol, each with what answers it and its options."""

AT_ONCE = {
    *(types.INITIALIZED, types.TEXT_DOCUMENT_DID_OPEN, types.TEXT_DOCUMENT_DID_CHANGE),
    *(types.TEXT_DOCUMENT_DID_CLOSE, types.WORKSPACE_DID_CHANGE_WATCHED_FILES),
    *(types.TEXT_DOCUMENT_HOVER, types.TEXT_DOCUMENT_COMPLETION),
    *(types.TEXT_DOCUMENT_SIGNATURE_HELP, types.TEXT_DOCUMENT_FOLDING_RANGE),
    *(types.TEXT_DOCUMENT_FORMATTING, types.TEXT_DOCUMENT_RANGE_FORMATTING),
    types.WORKSPACE_SYMBOL,
}
"""Those that wait for no look at the text, or know themselves for what they wait."""
