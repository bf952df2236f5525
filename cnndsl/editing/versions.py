"""The versions of a text that is being written, each worked out where it differs from the last."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Event, RLock
from time import perf_counter

from ..diagnostics.base import Finding
from ..project.config import Config
from ..project.loading import in_order
from ..project.memory import Memory
from .analysis import Analysis, Parts
from .room import Room, Widened

LONG_TEXT = 20_000
"""The characters of a text in which it may take long to find what led to a mistake."""
PAUSE = 0.1
"""How long nothing is typed before that is looked for in such a text, in seconds."""


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
        self._changed = Event()

    def source(self, name: str, text: str, path: str | None) -> Widened:
        """A new version. It has spaces at the end of some lines, which count for nothing."""
        self.newest = Widened(name, path, self.room.parted(text))
        self._changed.set()
        return self.newest

    def analysis(
        self,
        source: Widened,
        edited: Mapping[str, str] | None = None,
        config: Config | None = None,
        tell: Callable[[Sequence[Finding]], None] | None = None,
    ) -> Analysis:
        """What is known of the last version, after which analyses of those before are of no use.

        `tell` is given what is found first in a long text, if it takes long to find the rest.
        Raises `Stale` for another version, and where another one comes meanwhile.
        """

        def go_on() -> None:
            if source is not self.newest:
                raise Stale

        def told(found: Sequence[Finding]) -> None:
            if tell is None or len(source.text) < LONG_TEXT:
                return
            wanted = (one for one in found if config is None or config.wants(one))
            tell(source.settled(in_order(dict.fromkeys(wanted))))
            self._changed.wait(PAUSE)
            go_on()

        with self._lock:
            go_on()
            self._changed.clear()
            self.memory.go_on, self.memory.tell = go_on, told
            start = perf_counter()
            self.memory.parts.cut(source.cuts, source.rows)
            try:
                found = Analysis(source, edited, config, self.memory, self.parts, go_on)
            except Stale:
                raise
            except BaseException:  # nobody knows how far it came
                self.memory, self.parts = Memory(), Parts()
                raise
            found.findings = source.settled(found.findings)
            self.took = perf_counter() - start
            return found
