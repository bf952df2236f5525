"""The texts that an editor has open, and what is known of each."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pygls import uris

from ..diagnostics.base import Finding
from ..editing.analysis import Analysis
from ..editing.change import Change, between
from ..editing.occurrences import files_below
from ..editing.versions import Stale, Versions
from ..project.config import Config, ConfigError, Configs
from ..project.loading import Loader
from ..project.module import Module
from ..project.regular import SUFFIX
from ..project.replacement import PARTIAL
from ..text import Source
from .positions import Positions

LONGEST_WAIT = 0.05
"""How long a text may take that completion and hovering wait for, in seconds."""
Result = TypeVar("Result")
Tell = Callable[[Sequence[Finding]], None]
MOST_FILES = 2_000
"""How many specs of a folder are searched for a name."""


class Document:
    """One version of a text. Its `source` may have spaces in lines that are empty in `text`."""

    def __init__(
        self,
        uri: str,
        text: str,
        version: int | None,
        encoding: str,
        versions: Versions | None = None,
    ) -> None:
        self.uri = uri
        self.text = text
        self.version = version
        self.versions = versions or Versions()
        path = uris.to_fs_path(uri) if uri.startswith("file:") else None
        self.path = os.path.realpath(path) if path else None
        self.source = self.versions.source(path or uri, text, self.path)
        self.positions = Positions(self.source.text, encoding)
        self.known: Analysis | None = None
        self.last: Analysis | None = None
        """What is known of an earlier version."""
        self.looking: asyncio.Future[Analysis] | None = None
        """A look at it that is under way."""
        self.is_outdated = False
        """Whether what it imports has changed since that look began."""


class Documents:
    """All open texts. A text is looked at when something is first asked of it.

    That takes place in a thread of its own where one can wait for it, so that an editor is answered
    meanwhile. There only one text is looked at at a time.
    """

    def __init__(self) -> None:
        self.worker = ThreadPoolExecutor(1, "cnndsl-look")
        self.encoding = "utf-16"
        self.open: dict[str, Document] = {}
        self.whole: dict[str, Analysis] = {}
        """The last version of each text that had no error."""
        self.folders: list[str] = []
        self.tell: Callable[[Document, Sequence[Finding]], None] | None = None
        """Called with what is found first in a long text, if it takes long to find the rest."""

    def put(self, uri: str, text: str, version: int | None) -> Document:
        """Take a new version; what is known of those that import it is forgotten."""
        before = self.open.get(uri)
        document = Document(
            uri, text, version, self.encoding, before.versions if before is not None else None
        )
        if before is not None:
            document.last = before.known or before.last
        self.open[uri] = document
        self.forget(os.path.basename(document.path or ""))
        return document

    def close(self, uri: str) -> None:
        """Let a text go: for those that import it, what is stored counts again."""
        document = self.open.pop(uri, None)
        self.whole.pop(uri, None)
        if document is not None:
            self.forget(os.path.basename(document.path or ""))

    def forget(self, name: str) -> None:
        """Forget what is known of the texts that import a file of some name."""
        for one in self.open.values():
            one.is_outdated = True
            if one.known is not None and imports(one.known.module, name):
                one.known = None

    @property
    def edited(self) -> dict[str, str]:
        """The texts of open files, which stand in for what is stored."""
        return {one.path: one.text for one in self.open.values() if one.path}

    def analysis(self, document: Document) -> Analysis:
        """What is known of a version. Raises `Stale` once there is a newer one."""
        known = document.known
        if known is None:
            known = self.begin(document)()
            self.keep(document, known)
        return known

    async def look(self, document: Document) -> Analysis:
        """As `analysis`, for one who can wait."""
        while document.known is None:
            if document.looking is None:
                document.is_outdated = False
                document.looking = self.in_thread(self.begin(document, self.teller(document)))
            looking = document.looking
            try:
                found = await asyncio.shield(looking)  # others may wait for it as well
            finally:
                if looking.done():
                    document.looking = None
            if document.known is None and not document.is_outdated:
                self.keep(document, found)
        if self.open.get(document.uri, document) is not document:
            raise Stale
        return document.known

    async def prepared(self, document: Document) -> Analysis:
        """As `look`, with the names and shapes in the text."""
        analysis = await self.look(document)
        await self.in_thread(lambda: (analysis.occurrences, analysis.works))
        return await self.look(document)  # there may be a newer version by now

    def in_thread(self, work: Callable[[], Result]) -> asyncio.Future[Result]:
        return asyncio.get_running_loop().run_in_executor(self.worker, work)

    def begin(self, document: Document, tell: Tell | None = None) -> Callable[[], Analysis]:
        """What looks at a version, with all that it needs to know of the others."""
        edited, config = self.edited, self.config(document.path)
        return lambda: document.versions.analysis(document.source, edited, config, tell)

    def teller(self, document: Document) -> Tell | None:
        """What tells in this thread, from another one, what is found first in a text."""
        loop, tell = asyncio.get_running_loop(), self.tell
        if tell is None:
            return None

        def later(found: Sequence[Finding]) -> None:
            loop.call_soon_threadsafe(tell, document, found)

        return later

    def keep(self, document: Document, found: Analysis) -> None:
        document.known = found
        if found.is_whole:
            self.whole[document.uri] = found

    async def names(self, document: Document) -> Analysis:
        """What is known of the names in a text, which may be an earlier version's.

        So it is where to look at a version takes longer than one waits for a completion.
        """
        earlier = self.earlier(document)
        return earlier if earlier is not None else await self.look(document)

    def earlier(self, document: Document) -> Analysis | None:
        """What is known of an earlier version, if nothing is yet and it takes long to know more."""
        is_slow = document.versions.took > LONGEST_WAIT
        return document.last if document.known is None and is_slow else None

    def earlier_at(self, document: Document, offset: int) -> tuple[Analysis, Change, int] | None:
        """What is known of an earlier version, and where the place stood in it."""
        earlier = self.earlier(document)
        if earlier is None:
            return None
        change = between(earlier.source.text, document.source.text)
        place = change.before(offset)
        return (earlier, change, place) if place is not None else None

    def config(self, path: str | None) -> Config | None:
        """What the project says of findings; a configuration that cannot be read says nothing."""
        try:
            return Configs().of_file(path)
        except ConfigError:
            return None

    def readers(self, changed: Document | None = None) -> Iterator[Document]:
        """A changed text, and the open ones of which nothing is known since."""
        if changed is not None:
            yield changed
        yield from [one for one in self.open.values() if one is not changed and one.known is None]

    def place(self, source: Source) -> tuple[str, Positions]:
        """The URI of a source, and the positions in it."""
        for one in self.open.values():
            if one.source is source:
                return one.uri, one.positions
        known = (one.uri for one in self.open.values() if one.path and one.path == source.path)
        uri = next(known, None) or uris.from_fs_path(source.path or source.name) or source.name
        return uri, Positions(source.text, self.encoding)

    def modules(self) -> Iterator[Module]:
        """All specs that are open or below the editor's folders, each once."""
        edited = self.edited
        paths = dict.fromkeys(edited)
        for folder in self.folders:
            for path in specs_below(folder):
                paths.setdefault(os.path.realpath(path))
        loader = Loader(edited)
        for document in self.open.values():
            if document.path is None:
                yield self.analysis(document).module
        for path in paths:
            try:
                text = edited.get(path)
                if text is None:
                    with open(path, encoding="utf-8") as file:
                        text = file.read()
                yield loader.module(Source(path, text, path))
            except (OSError, ValueError):  # it is gone, or no text
                continue


def imports(module: Module, name: str) -> bool:
    """Whether a file, or one that it imports, imports one of this name, be it readable or not."""
    statements = (one for each in files_below(module) for one in each.file.imports)
    return bool(name) and any(one.path.value.endswith(name) for one in statements)


def specs_below(folder: str) -> Iterator[str]:
    """The specs in a folder and those in it, hidden ones and environments apart."""
    count = 0
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith((".", "node_modules")))
        for file in sorted(files):
            path = os.path.join(place, file)
            is_spec = file.endswith(SUFFIX) and not file.startswith(PARTIAL)
            if is_spec and os.path.isfile(path):
                count += 1
                if count > MOST_FILES:
                    return
                yield path
