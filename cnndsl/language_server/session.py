"""The server's side of one editor's session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lsprotocol import types
from pygls.exceptions import JsonRpcContentModified, JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer

from .. import __version__
from ..editing.analysis import Analysis
from ..editing.versions import Stale
from .documents import Document, Documents
from .findings import diagnostics
from .protocol import Protocol


@contextmanager
def answering() -> Iterator[None]:
    """Tell the editor where its question is of a version that is gone."""
    try:
        yield
    except Stale:
        raise JsonRpcContentModified("there is a newer version of the text") from None


class Server(LanguageServer):
    """A server with the texts that its editor has open."""

    def __init__(self) -> None:
        super().__init__(
            "cnndsl",
            __version__,
            protocol_cls=Protocol,
            text_document_sync_kind=types.TextDocumentSyncKind.Full,
        )
        self.documents = Documents()

    def at(self, uri: str, position: types.Position) -> tuple[Document, Analysis, int]:
        """A text, what is known of it, and the offset of a position."""
        document = self.document(uri)
        return document, self.documents.analysis(document), document.positions.offset(position)

    def document(self, uri: str) -> Document:
        """An open text; one that is not open is read. Raises `JsonRpcInvalidParams`."""
        if uri in self.documents.open:
            return self.documents.open[uri]
        try:
            text = self.workspace.get_text_document(uri).source
        except (OSError, ValueError) as error:
            raise JsonRpcInvalidParams(f"{uri} is not open and cannot be read: {error}") from None
        return Document(uri, text, None, self.documents.encoding)

    async def look(self, document: Document) -> Analysis:
        """What is known of a text. Raises `JsonRpcContentModified` once there is a newer version.

        Other messages are answered meanwhile.
        """
        with answering():
            return await self.documents.prepared(document)

    async def names(self, document: Document) -> Analysis:
        """What is known of the names in it, perhaps in an earlier version. Raises likewise."""
        with answering():
            return await self.documents.names(document)

    async def publish(self, document: Document) -> None:
        """Tell the editor the findings of a text, unless it changes meanwhile."""
        try:
            await self.documents.look(document)
        except Stale:
            return
        found = diagnostics(self.documents, document)
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(document.uri, found, document.version)
        )
