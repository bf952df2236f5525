"""The language server as an editor talks to it: every feature, over its standard streams."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from random import Random
from typing import Any

import pytest
import pytest_asyncio
import pytest_lsp
from edits import edited
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pytest_lsp import ClientServerConfig, LanguageClient

from cnndsl.commands.checker import Checker, Options
from cnndsl.editing.outline import TOKEN_TYPES
from cnndsl.language_server.documents import Documents
from cnndsl.project.config import Configs
from cnndsl.project.zoo import file_of
from cnndsl.text import Source

pytestmark = pytest.mark.asyncio(loop_scope="module")
NET = """\
import double from "blocks.cnn"

# A small network, with 😀 in its comment.
model small(classes = 10) {
    input 8x8x3
    stage first { double(4) as "😀" }
    first -> conv(8, 2x2, stride=2) as down
    dense(classes)
}
"""
NET = NET.replace(' as "😀"', "").replace("    first -> conv", "    conv")
BLOCKS = """\
# Two convolutions.
block double(filters) {
    conv(filters, 3x3, pad=same) -> relu
    conv(filters, 3x3, pad=same) -> relu
}
"""


class Editor:
    """A client with one folder of two files, of which the network is open."""

    def __init__(self, client: LanguageClient, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self.version = 0
        self.uri = (folder / "net.cnn").as_uri()
        self.text = ""
        self.published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
        self.listen()

    def listen(self) -> None:
        """Take all findings that are published from now on, however quickly they come."""
        features = self.client.protocol.fm.features
        features[types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS] = self.published.put_nowait

    async def write(self, text: str) -> list[types.Diagnostic]:
        """Replace the whole text, and wait for its findings."""
        self.change(text)
        return await self.findings()

    def change(self, text: str) -> None:
        """Replace the whole text, and go on."""
        self.text = text
        self.version += 1
        self.listen()
        if self.version == 1:
            item = types.TextDocumentItem(self.uri, "cnn", 1, text)
            self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        else:
            self.client.text_document_did_change(
                types.DidChangeTextDocumentParams(
                    types.VersionedTextDocumentIdentifier(self.version, self.uri),
                    [types.TextDocumentContentChangeWholeDocument(text)],
                )
            )

    async def findings(self) -> list[types.Diagnostic]:
        """The next ones of this version, which may be there already."""
        while True:
            params = await self.published.get()
            if params.uri == self.uri and params.version == self.version:
                return list(params.diagnostics)

    def at(self, word: str, shift: int = 0) -> dict[str, Any]:
        """The parameters of a request about the place where a word first stands."""
        offset = self.text.index(word) + shift
        before = self.text[:offset]
        line = before.count("\n")
        units = before[before.rfind("\n") + 1 :].encode("utf-16-le")
        return {"text_document": self.document, "position": types.Position(line, len(units) // 2)}

    @property
    def document(self) -> types.TextDocumentIdentifier:
        return types.TextDocumentIdentifier(self.uri)

    @property
    def whole(self) -> types.Range:
        return types.Range(types.Position(0, 0), types.Position(self.text.count("\n") + 1, 0))

    def words(self, places: Any) -> list[str]:
        """The texts of ranges in the open file."""
        lines = self.text.split("\n")
        return [
            lines[one.start.line]
            .encode("utf-16-le")[2 * one.start.character : 2 * one.end.character]
            .decode("utf-16-le")
            for one in places
        ]


@pytest_lsp.fixture(
    scope="module",
    loop_scope="module",
    config=ClientServerConfig(server_command=[sys.executable, "-m", "cnndsl", "lsp", "--stdio"]),
)
async def client(
    lsp_client: LanguageClient, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[None]:
    folder = tmp_path_factory.mktemp("network")
    lsp_client.folder = folder  # type: ignore[attr-defined]  # for the editor below
    registered: list[types.Registration] = []
    lsp_client.registered = registered  # type: ignore[attr-defined]  # likewise
    features = lsp_client.protocol.fm.features
    features[types.CLIENT_REGISTER_CAPABILITY] = lambda asked: registered.extend(
        asked.registrations
    )
    await lsp_client.initialize_session(
        types.InitializeParams(
            capabilities=pytest_lsp.client_capabilities("visual-studio-code"),
            workspace_folders=[types.WorkspaceFolder(folder.as_uri(), "network")],
        )
    )
    yield
    await lsp_client.shutdown_session()


@pytest_asyncio.fixture(loop_scope="module")
async def editor(client: LanguageClient) -> Editor:
    if not hasattr(client, "editor"):
        folder = client.folder  # type: ignore[attr-defined]  # set above
        (folder / "blocks.cnn").write_text(BLOCKS, encoding="utf-8")
        (folder / "net.cnn").write_text(NET, encoding="utf-8")
        client.editor = Editor(client, folder)  # type: ignore[attr-defined]  # one for all tests
    found: Editor = client.editor
    assert [one for one in await found.write(NET) if one.code != "CNN306"] == []
    return found


FLAT = NET.replace("    dense", "    flatten -> dense")


async def test_findings(editor: Editor) -> None:
    (finding,) = await editor.write(NET)
    assert finding.code == "CNN306"
    assert finding.message.startswith("dense needs a vector, but receives an image of 4x4x8")
    assert "flatten -> dense(classes)" in finding.message
    assert editor.words([finding.range]) == ["dense(classes)"]
    assert await editor.write(FLAT) == []
    (finding,) = await editor.write(FLAT.replace("conv(8, 2x2", "conv(8, 30x2"))
    assert finding.range.start.line == 6


async def test_a_mistake_in_an_imported_file(editor: Editor) -> None:
    await editor.write(FLAT)
    blocks = (editor.folder / "blocks.cnn").as_uri()
    text = BLOCKS.replace("3x3, pad=same) -> relu\n}", "3x3, pad=sme) -> relu\n}")
    item = types.TextDocumentItem(blocks, "cnn", 1, text)
    editor.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    (finding,) = await editor.findings()
    assert editor.words([finding.range]) == ['"blocks.cnn"']
    (place,) = finding.related_information or ()
    assert place.location.uri == blocks
    assert place.location.range.start.line == 3
    editor.client.text_document_did_close(
        types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(blocks))
    )
    assert await editor.write(FLAT) == []


async def test_what_does_not_import_a_file_is_not_looked_at_again(tmp_path: Path) -> None:
    texts = {"blocks": BLOCKS, "net": FLAT, "other": "model other {\n    input 4\n    relu\n}\n"}
    documents = Documents()
    opened = [
        documents.put((tmp_path / f"{name}.cnn").as_uri(), text, 1) for name, text in texts.items()
    ]
    known = [documents.analysis(one) for one in opened]
    again = documents.put(opened[0].uri, BLOCKS.replace("relu", "tanh"), 2)
    assert [one.uri for one in documents.readers(again)] == [one.uri for one in opened[:2]]
    assert documents.analysis(opened[1]) is not known[1]
    assert documents.analysis(opened[2]) is known[2]


async def test_fixes(editor: Editor) -> None:
    text = FLAT.replace("stride=2", "strides=2")
    found = await editor.write(text)
    actions = await editor.client.text_document_code_action_async(
        types.CodeActionParams(
            editor.document, found[0].range, types.CodeActionContext(diagnostics=found)
        )
    )
    fix = next(one for one in actions or () if one.kind == types.CodeActionKind.QuickFix)
    assert fix.title == "Replace `strides` by `stride`"
    (edit,) = fix.edit.changes[editor.uri]
    assert (editor.words([edit.range]), edit.new_text) == (["strides"], "stride")


async def test_hover(editor: Editor) -> None:
    await editor.write(FLAT)
    hover = await editor.client.text_document_hover_async(types.HoverParams(**editor.at("conv(")))
    assert "8x8x4 → **4x4x8**" in hover.contents.value
    assert "Cross-correlate" in hover.contents.value
    hover = await editor.client.text_document_hover_async(types.HoverParams(**editor.at("double(")))
    assert "Two convolutions." in hover.contents.value
    nothing = types.HoverParams(**editor.at("{\n"))
    assert await editor.client.text_document_hover_async(nothing) is None


async def test_hints_and_lenses(editor: Editor) -> None:
    await editor.write(FLAT)
    hints = await editor.client.text_document_inlay_hint_async(
        types.InlayHintParams(editor.document, editor.whole)
    )
    labels = [one.label for one in sorted(hints, key=lambda one: one.position.line)]
    assert ": 8x8x4" in labels
    assert ": 4x4x8" in labels
    assert labels.count("filters=") == 1  # a block's only argument needs no name
    lenses = await editor.client.text_document_code_lens_async(
        types.CodeLensParams(editor.document)
    )
    assert [one.command.title for one in lenses] == ["1,686 parameters, 19.5 kMACs, 7 layers"]


async def test_completion(editor: Editor) -> None:
    await editor.write(FLAT)
    place = types.CompletionParams(**editor.at("conv(8, ", len("conv(8, ")))
    found = await editor.client.text_document_completion_async(place)
    assert {"kernel=", "pad="} <= {one.label for one in found.items}
    await editor.write(FLAT.replace("    flatten", "    doub\n    flatten"))
    place = types.CompletionParams(**editor.at("    doub\n", len("    doub")))
    found = await editor.client.text_document_completion_async(place)
    block = next(one for one in found.items if one.label == "double")
    assert (block.detail, block.documentation) == ("block double(filters)", "Two convolutions.")


async def test_signature(editor: Editor) -> None:
    await editor.write(FLAT)
    place = types.SignatureHelpParams(**editor.at("2x2, stride"))
    found = await editor.client.text_document_signature_help_async(place)
    assert found.signatures[0].label.startswith("conv(filters, kernel, stride=1x1")
    assert found.active_parameter == 1
    place = types.SignatureHelpParams(**editor.at("stride=2", len("stride=")))
    found = await editor.client.text_document_signature_help_async(place)
    assert found.active_parameter == 2


async def test_definition_and_references(editor: Editor) -> None:
    await editor.write(FLAT)
    blocks = (editor.folder / "blocks.cnn").as_uri()
    place = types.DefinitionParams(**editor.at("double(4"))
    found = await editor.client.text_document_definition_async(place)
    assert (found.uri, found.range.start) == (blocks, types.Position(1, 6))
    place = types.DefinitionParams(**editor.at("blocks.cnn"))
    found = await editor.client.text_document_definition_async(place)
    assert found.uri == blocks
    references = await editor.client.text_document_references_async(
        types.ReferenceParams(
            **editor.at("double(4"), context=types.ReferenceContext(include_declaration=True)
        )
    )
    assert sorted(one.uri == blocks for one in references) == [False, False, True]
    place = types.DocumentHighlightParams(**editor.at("classes"))
    shown = await editor.client.text_document_document_highlight_async(place)
    assert editor.words(one.range for one in shown) == ["classes", "classes"]


async def test_renaming(editor: Editor) -> None:
    await editor.write(FLAT)
    edit = await editor.client.text_document_rename_async(
        types.RenameParams(**editor.at("double(4"), new_name="twice")
    )
    assert {uri.rsplit("/")[-1]: len(one) for uri, one in edit.changes.items()} == {
        "net.cnn": 2,
        "blocks.cnn": 1,
    }
    place = types.PrepareRenameParams(**editor.at("down"))
    found = await editor.client.text_document_prepare_rename_async(place)
    assert editor.words([found]) == ["down"]
    with pytest.raises(Exception, match="cannot be renamed"):
        await editor.client.text_document_rename_async(
            types.RenameParams(**editor.at("conv("), new_name="kernel")
        )
    with pytest.raises(Exception, match="is a word of the language"):
        await editor.client.text_document_rename_async(
            types.RenameParams(**editor.at("down"), new_name="relu")
        )


async def test_symbols_and_folding(editor: Editor) -> None:
    await editor.write(FLAT)
    (model,) = await editor.client.text_document_document_symbol_async(
        types.DocumentSymbolParams(editor.document)
    )
    assert (model.name, model.detail) == ("small", "1,686 parameters")
    assert [one.name for one in model.children] == ["first", "down"]
    symbols = await editor.client.workspace_symbol_async(types.WorkspaceSymbolParams("doub"))
    assert [one.name for one in symbols] == ["double"]
    folds = await editor.client.text_document_folding_range_async(
        types.FoldingRangeParams(editor.document)
    )
    assert [(one.start_line, one.end_line) for one in folds] == [(3, 7)]


async def test_semantic_tokens(editor: Editor) -> None:
    await editor.write(FLAT)
    found = await editor.client.text_document_semantic_tokens_full_async(
        types.SemanticTokensParams(editor.document)
    )
    line = column = 0
    words = []
    for row, start, length, kind, _ in zip(*[iter(found.data)] * 5, strict=True):
        column = start if row else column + start
        line += row
        place = types.Range(types.Position(line, column), types.Position(line, column + length))
        words.append((editor.words([place])[0], TOKEN_TYPES[kind]))
    assert words[:4] == [
        ("import", "keyword"),
        ("double", "class"),
        ("from", "keyword"),
        ('"blocks.cnn"', "string"),
    ]
    assert ("conv", "function") in words
    assert ("down", "variable") in words
    assert ("stride", "property") in words


async def test_call_hierarchy(editor: Editor) -> None:
    await editor.write(FLAT)
    (item,) = await editor.client.text_document_prepare_call_hierarchy_async(
        types.CallHierarchyPrepareParams(**editor.at("double(4"))
    )
    assert item.name == "double"
    (caller,) = await editor.client.call_hierarchy_incoming_calls_async(
        types.CallHierarchyIncomingCallsParams(item)
    )
    assert caller.from_.name == "small"
    (callee,) = await editor.client.call_hierarchy_outgoing_calls_async(
        types.CallHierarchyOutgoingCallsParams(caller.from_)
    )
    assert callee.to.name == "double"


async def test_a_broken_text_is_served(editor: Editor) -> None:
    found = await editor.write(FLAT.replace("    flatten", "    conv(( -> \n    flatten"))
    assert found
    place = types.CompletionParams(**editor.at("    conv((", len("    conv(")))
    completion = await editor.client.text_document_completion_async(place)
    assert "filters=" in {one.label for one in completion.items}
    await editor.write("")
    place = types.HoverParams(editor.document, types.Position(5, 5))
    assert await editor.client.text_document_hover_async(place) is None


async def test_findings_are_those_of_check(editor: Editor) -> None:
    path = file_of("resnet50")
    text = Path(path).read_text(encoding="utf-8").replace("stride=2", "stride=3")
    other = Editor(editor.client, editor.folder)
    other.uri = Path(path).as_uri()
    found = await other.write(text)
    expected, _, _ = Checker(Options((path,)), Configs()).findings(Source(path, text, path))
    assert [(one.code, one.range.start.line + 1) for one in found] == [
        (one.diagnostic.code, one.location.row) for one in expected
    ]


async def refusal(asked: Awaitable[Any]) -> tuple[int, str]:
    with pytest.raises(JsonRpcException) as refused:
        await asked
    return refused.value.code, refused.value.message


async def test_a_cancelled_request_is_answered(editor: Editor) -> None:
    await editor.write(FLAT)
    protocol = editor.client.protocol
    layers = "    conv(8, 3x3, pad=same) -> relu\n" * 1_000
    editor.change(FLAT.replace("    flatten", f"{layers}    flatten"))
    asked = protocol.send_request(
        types.TEXT_DOCUMENT_INLAY_HINT,
        types.InlayHintParams(editor.document, editor.whole),
        msg_id="cancelled",
    )
    protocol.notify(types.CANCEL_REQUEST, types.CancelParams("cancelled"))
    code, _ = await refusal(asyncio.wrap_future(asked))
    assert code == types.LSPErrorCodes.RequestCancelled.value
    assert await editor.findings() == []
    hints = types.InlayHintParams(editor.document, editor.whole)
    assert await editor.client.text_document_inlay_hint_async(hints)


async def test_a_question_of_a_version_that_is_gone_is_answered(editor: Editor) -> None:
    await editor.write(FLAT)
    layers = "    conv(8, 3x3, pad=same) -> relu\n" * 3_000
    editor.change(FLAT.replace("    flatten", f"{layers}    flatten"))
    hints = types.InlayHintParams(editor.document, editor.whole)
    asked = asyncio.ensure_future(editor.client.text_document_inlay_hint_async(hints))
    await asyncio.sleep(0.05)
    assert await editor.write(FLAT) == []
    code, message = await refusal(asked)
    assert code == types.LSPErrorCodes.ContentModified.value
    assert "newer version" in message


async def test_hovering_while_a_long_text_is_looked_at(editor: Editor) -> None:
    layers = "    conv(8, 3x3, pad=same) -> relu\n" * 1_500
    text = FLAT.replace("    flatten", f"{layers}    flatten")
    await editor.write(text)
    editor.change(
        text.replace("conv(8, 3x3, pad=same) -> relu\n", "conv(8, 5x5, pad=same) -> relu\n")
    )
    place = types.HoverParams(**editor.at("2x2, stride", len("2x2, ")))
    hover = await editor.client.text_document_hover_async(place)
    assert editor.published.empty()
    assert "step of the window" in hover.contents.value
    assert editor.words([hover.range]) == ["stride"]
    assert await editor.findings() == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
async def test_edits_and_questions_as_quickly_as_can_be(editor: Editor, seed: int) -> None:
    """Each question is answered, and the last findings are those of `check`."""
    random = Random(seed)
    path = file_of(random.choice(("resnet50", "inception_v1", "unet", "keras/nasnet")))
    stored = Path(path).read_text(encoding="utf-8")
    one = Editor(editor.client, editor.folder)
    one.uri = Path(path).as_uri()
    text, asked = stored, []
    for number in range(60):
        text = edited(stored if number % 6 == 0 else text, random)
        one.change(text)
        place = types.Position(random.randrange(40), random.randrange(30))
        for method, params in (
            (types.TEXT_DOCUMENT_HOVER, types.HoverParams(one.document, place)),
            (types.TEXT_DOCUMENT_COMPLETION, types.CompletionParams(one.document, place)),
            (types.TEXT_DOCUMENT_INLAY_HINT, types.InlayHintParams(one.document, one.whole)),
            (types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensParams(one.document)),
        ):
            answer = one.client.protocol.send_request_async(method, params)
            asked.append(asyncio.ensure_future(answer))
        await asyncio.sleep(random.choice((0, 0.002, 0.01, 0.05)))
    for answer in await asyncio.gather(*asked, return_exceptions=True):
        if isinstance(answer, BaseException):
            assert isinstance(answer, JsonRpcException)
            assert answer.code == types.LSPErrorCodes.ContentModified.value
    found = await one.write(text + "\n")
    expected, _, _ = Checker(Options((path,)), Configs()).findings(Source(path, text + "\n", path))
    assert [(one.code, one.range.start.line + 1) for one in found] == [
        (one.diagnostic.code, one.location.row if one.location.source.path == path else 1)
        for one in expected
    ]
    one.client.text_document_did_close(types.DidCloseTextDocumentParams(one.document))


async def test_a_request_that_cannot_be_read_is_answered(editor: Editor) -> None:
    protocol = editor.client.protocol
    code, message = await refusal(
        protocol.send_request_async("cnndsl/unknown", {"uri": editor.uri})
    )
    assert code == types.ErrorCodes.MethodNotFound.value
    for params in ({"textDocument": {"uri": editor.uri}}, {"position": {"line": 1}}, None):
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        protocol._request_futures["odd"] = answer  # a client of types cannot ask so
        body = {"jsonrpc": "2.0", "id": "odd", "method": "textDocument/hover", "params": params}
        protocol._send_data(body)
        code, message = await refusal(answer)
        assert code == types.ErrorCodes.InvalidParams.value
        assert "no parameters of textDocument/hover" in message
    assert await editor.write(FLAT) == []


async def test_imports_that_change_on_disk_are_asked_for_and_read(editor: Editor) -> None:
    (asked,) = editor.client.registered  # type: ignore[attr-defined]  # set above
    assert asked.method == types.WORKSPACE_DID_CHANGE_WATCHED_FILES
    assert asked.register_options == {"watchers": [{"globPattern": "**/*.cnn"}]}
    assert await editor.write(FLAT) == []
    path = editor.folder / "blocks.cnn"
    path.write_text(BLOCKS.replace("pad=same) -> relu\n}", "pad=sme) -> relu\n}"))
    change = types.FileEvent(path.as_uri(), types.FileChangeType.Changed)
    told = types.DidChangeWatchedFilesParams([change])
    try:
        editor.client.workspace_did_change_watched_files(told)
        (finding,) = await editor.findings()
        assert editor.words([finding.range]) == ['"blocks.cnn"']
    finally:
        path.write_text(BLOCKS)
    editor.client.workspace_did_change_watched_files(told)
    assert await editor.findings() == []


async def test_formatting(editor: Editor) -> None:
    await editor.write(FLAT.replace("    conv", "  conv").replace("->  dense", "->dense"))
    options = types.FormattingOptions(tab_size=4, insert_spaces=True)
    edits = await editor.client.text_document_formatting_async(
        types.DocumentFormattingParams(editor.document, options)
    )
    assert [one.range.start.line for one in edits] == [6]
    edits = await editor.client.text_document_range_formatting_async(
        types.DocumentRangeFormattingParams(
            editor.document, types.Range(types.Position(0, 0), types.Position(3, 0)), options
        )
    )
    assert not edits
    await editor.write("model {")
    edits = await editor.client.text_document_formatting_async(
        types.DocumentFormattingParams(editor.document, options)
    )
    assert not edits
