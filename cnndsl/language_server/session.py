"""The server's side of one editor's session."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lsprotocol import types
from pygls.exceptions import JsonRpcContentModified, JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer

from .. import __version__
from ..diagnostics.base import Finding
from ..editing.analysis import Analysis
from ..editing.versions import Stale
from .documents import Document, Documents
from .findings import diagnostics, first_diagnostics
from .protocol import Protocol

UNTIL_REST = 2.0
"""How long after an edit memory is freed, in seconds, unless another one follows."""
MOST_OBJECTS = 3_000_000
"""More new objects than this are not left to wait for that."""


@contextmanager
def answering() -> Iterator[None]:
    """Tell the editor where its question is of a version that is gone."""
    try:
        yield
    except Stale:
        raise JsonRpcContentModified("there is a newer version of the text") from None


class Rest:
    """Frees memory when nothing is typed: that takes as long as to look at a text of many lines."""

    def __init__(self) -> None:
        self.planned: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Free it soon, unless more is asked meanwhile; at once if there is much."""
        gc.disable()
        if self.planned is not None:
            self.planned.cancel()
        wait = 0.0 if gc.get_count()[0] > MOST_OBJECTS else UNTIL_REST
        self.planned = asyncio.get_running_loop().call_later(wait, gc.collect)


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
        self.documents.tell = self.publish_first
        self.rest = Rest()

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
        self._publish(document, diagnostics(self.documents, document))
        self.rest.begin()

    def publish_first(self, document: Document, found: Sequence[Finding]) -> None:
        """Tell the editor what is found first in a long text; the rest comes once it is known."""
        if self.documents.open.get(document.uri) is document:
            self._publish(document, first_diagnostics(self.documents, document, found))

    def _publish(self, document: Document, found: list[types.Diagnostic]) -> None:
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(document.uri, found, document.version)
        )
