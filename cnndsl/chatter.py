"""What programs say on standard error, without the lines that are no news to anybody."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

STANDARD_ERROR = 2


class Relay:
    """Passes on what is written into a pipe, line by line, for the time of a `with`.

    source, target: descriptors of files; the source is at its end when all who write have closed it
    chatter: patterns of how lines begin that are left out
    """

    def __init__(self, source: int, target: int, chatter: Sequence[str]) -> None:
        import re  # deferred: only live models need these
        from threading import Thread

        self.source, self.target = source, target
        self.is_chatter = re.compile("|".join(chatter) or r"(?!)").match
        self.is_open = True
        self.thread = Thread(target=self.pass_on, daemon=True)

    def pass_on(self) -> None:
        """Pass on all lines to the end."""
        with open(self.source, "rb", buffering=0, closefd=False) as pipe:
            rest = b""
            while found := pipe.read(1 << 16):
                *lines, rest = (rest + found).split(b"\n")
                self.write([line + b"\n" for line in lines])
            self.write([rest])

    def write(self, lines: Sequence[bytes]) -> None:
        """Pass on some lines that are news."""
        kept = [one for one in lines if not self.is_chatter(one.decode(errors="replace"))]
        text = b"".join(kept)
        try:
            while text and self.is_open:
                text = text[os.write(self.target, text) :]
        except OSError:  # nobody reads it
            self.is_open = False

    def close(self) -> None:
        """Pass on nothing more."""
        self.is_open = False

    def __enter__(self) -> Relay:
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.thread.join(1.0)  # who else has the pipe may keep it open


class Hushed:
    """The time of a `with` in which this process itself says no chatter on standard error."""

    def __init__(self, chatter: Sequence[str]) -> None:
        self.chatter = chatter

    def __enter__(self) -> None:
        self.kept: int | None = None
        try:
            self.kept = os.dup(STANDARD_ERROR)
        except OSError:  # it is closed
            return
        self.source, sink = os.pipe()
        self.relay = Relay(self.source, self.kept, self.chatter)
        self.relay.__enter__()
        os.dup2(sink, STANDARD_ERROR)
        os.close(sink)

    def __exit__(self, *error: object) -> None:
        if self.kept is None:
            return
        os.dup2(self.kept, STANDARD_ERROR)
        self.relay.__exit__(*error)
        os.close(self.source)
        os.close(self.kept)
