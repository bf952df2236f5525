"""What the editor tells: which texts are open, and what has changed."""

from __future__ import annotations

import asyncio
import os

from lsprotocol import types
from pygls.uris import to_fs_path

from .session import Server

TYPING_PAUSE = 0.005
"""How long after an edit its findings are worked out, in seconds, unless another one follows."""
WATCHED = "**/*.cnn"
"""The files whose changes on disk the editor is asked to tell: any may be imported."""


async def initialized(server: Server, _: types.InitializedParams) -> None:
    encoding = server.workspace.position_encoding
    server.documents.encoding = str(getattr(encoding, "value", encoding) or "utf-16")
    folders = [to_fs_path(one) for one in server.workspace.folders]
    root = server.workspace.root_path
    server.documents.folders = [one for one in folders or [root] if one]
    if _can_watch(server.client_capabilities):
        await _watch(server)


def _can_watch(capabilities: types.ClientCapabilities) -> bool:
    """Whether the editor tells of changed files if it is asked to."""
    workspace = capabilities.workspace
    watching = workspace.did_change_watched_files if workspace is not None else None
    return watching is not None and bool(watching.dynamic_registration)


async def _watch(server: Server) -> None:
    options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(WATCHED)])
    method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
    wanted = types.Registration("watched-specs", method, options)
    await server.client_register_capability_async(types.RegistrationParams([wanted]))


async def opened(server: Server, params: types.DidOpenTextDocumentParams) -> None:
    item = params.text_document
    document = server.documents.put(item.uri, item.text, item.version)
    for one in server.documents.readers(document):
        await server.publish(one)


async def changed(server: Server, params: types.DidChangeTextDocumentParams) -> None:
    uri, version = params.text_document.uri, params.text_document.version
    text = server.workspace.get_text_document(uri).source
    document = server.documents.put(uri, text, version)
    await asyncio.sleep(TYPING_PAUSE)
    if server.documents.open.get(uri) is document:
        for one in server.documents.readers(document):
            await server.publish(one)


async def closed(server: Server, params: types.DidCloseTextDocumentParams) -> None:
    uri = params.text_document.uri
    server.documents.close(uri)
    server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))
    for one in server.documents.readers():
        await server.publish(one)


async def changed_outside(server: Server, params: types.DidChangeWatchedFilesParams) -> None:
    """Files have changed that may be imported."""
    for change in params.changes:
        server.documents.forget(os.path.basename(to_fs_path(change.uri) or ""))
    for one in server.documents.readers():
        await server.publish(one)
