"""Source texts, places in them, and how a text is shown that may hold anything."""

from __future__ import annotations

from .record import Record

CLOSING = {"(": ")", "[": "]", "{": "}"}
LONGEST_MESSAGE = 600
CUT = "..."


class Source:
    """A spec's text under the name that messages call it by.

    Offsets count code points from 0; rows and columns count from 1.
    """

    def __init__(
        self,
        name: str,
        text: str,
        path: str | None = None,
        model: str | None = None,
        room: int = 0,
    ) -> None:
        self.name = name
        self.text = text
        self.path = path
        """Where the file lies, which its imports are relative to; None for standard input."""
        self.model = model
        """The model that is meant, where the source was asked for by its name."""
        self.room = room
        """How many characters of the text are there for others to be put in, and say nothing."""
        self._starts: list[int] | None = None

    def __repr__(self) -> str:
        return f"Source({self.name!r})"

    @property
    def size(self) -> int:
        """How long the text is, for all that is bounded by it."""
        return len(self.text) - self.room

    def edited(self, text: str) -> Source:
        """The same with another text."""
        return Source(self.name, text, self.path, room=self.room)

    @property
    def _line_starts(self) -> list[int]:
        if self._starts is None:
            starts, position = [0], self.text.find("\n")
            while position >= 0:
                starts.append(position + 1)
                position = self.text.find("\n", position + 1)
            self._starts = starts
        return self._starts

    def position(self, offset: int) -> tuple[int, int]:
        """Row and column of an offset."""
        from bisect import bisect_right  # deferred: only what is shown has a row

        row = bisect_right(self._line_starts, offset)
        return row, offset - self._line_starts[row - 1] + 1

    def line(self, row: int) -> str:
        """The text of a row, without its line end."""
        starts = self._line_starts
        end = starts[row] if row < len(starts) else len(self.text)
        return self.text[starts[row - 1] : end].rstrip("\r\n")


class Location(Record):
    """A range of a source's text; `end` is exclusive."""

    source: Source
    start: int
    end: int

    @property
    def row(self) -> int:
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        return self.source.position(self.start)[1]

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]


def escaped(text: str) -> str:
    """The text on one line, with characters that are not to be seen as `\\n`, `\\x1b` and the like.

    Those are control characters, of writing direction too, line ends, and halves of characters.
    """
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text
    )


def printable(text: str, longest: int = LONGEST_MESSAGE) -> str:
    """The text escaped, a very long one cut in the middle."""
    if len(text) > longest:
        half = (longest - len(CUT)) // 2
        text = f"{text[:half]}{CUT}{text[-half:]}"
    return escaped(text)
