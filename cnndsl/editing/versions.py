"""The versions of a text that is being written, each worked out where it differs from the last."""

from __future__ import annotations

from collections.abc import Mapping
from threading import RLock
from time import perf_counter

from ..project.config import Config
from ..project.memory import Memory
from .analysis import Analysis, Parts
from .room import Room, Widened


class Stale(Exception):
    """There is a newer version of the text."""


class Versions:
    """Those of one text, in their order. Several threads may look at them, one at a time."""

    def __init__(self) -> None:
        self.room = Room()
        self.memory = Memory()
        self.parts = Parts()
        self.newest: Widened | None = None
        self.took = 0.0
        """How long it took to look at the last version, in seconds."""
        self._lock = RLock()

    def source(self, name: str, text: str, path: str | None) -> Widened:
        """A new version. It has spaces at the end of some lines, which count for nothing."""
        self.newest = Widened(name, path, self.room.parted(text))
        return self.newest

    def analysis(
        self, source: Widened, edited: Mapping[str, str] | None = None, config: Config | None = None
    ) -> Analysis:
        """What is known of the last version, after which analyses of those before are of no use.

        Raises `Stale` for another one, and where another one comes meanwhile.
        """

        def go_on() -> None:
            if source is not self.newest:
                raise Stale

        with self._lock:
            go_on()
            start = perf_counter()
            self.memory.parts.cuts = source.cuts
            found = Analysis(source, edited, config, self.memory, self.parts, go_on)
            found.findings = source.settled(found.findings)
            self.took = perf_counter() - start
            return found
