"""The versions of a text that is being written, each worked out where it differs from the last."""

from __future__ import annotations

from collections.abc import Mapping

from ..project.config import Config
from ..project.memory import Memory
from ..text import Source
from .analysis import Analysis, Parts
from .room import Room


class Versions:
    """Those of one text, in their order."""

    def __init__(self) -> None:
        self.room = Room()
        self.memory = Memory()
        self.parts = Parts()
        self.took = 0.0
        """How long it took to look at the last version, in seconds."""

    def source(self, name: str, text: str, path: str | None) -> Source:
        """A new version. It has spaces in lines that are else empty, which count for nothing."""
        widened = self.room.widened(text)
        return Source(name, widened, path, room=len(widened) - len(text))

    def analysis(
        self, source: Source, edited: Mapping[str, str] | None = None, config: Config | None = None
    ) -> Analysis:
        """What is known of the last version, after which analyses of those before are of no use."""
        return Analysis(source, edited, config, self.memory, self.parts)
