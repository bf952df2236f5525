"""Places of a text in an editor's terms: lines from 0, and units of the encoding in a line."""

from __future__ import annotations

import re
from bisect import bisect_right

from lsprotocol import types

LINE_END = re.compile(r"\r\n|\n|\r")
UTF_8, UTF_32 = types.PositionEncodingKind.Utf8, types.PositionEncodingKind.Utf32


class Positions:
    """Between offsets, which count code points, and positions of one encoding."""

    def __init__(self, text: str, encoding: str) -> None:
        self.text = text
        self.encoding = encoding
        self.is_plain = text.isascii() or encoding == UTF_32
        self.starts = [0, *(one.end() for one in LINE_END.finditer(text))]

    def units(self, text: str) -> int:
        """How long a text is in the encoding."""
        if self.is_plain:
            return len(text)
        if self.encoding == UTF_8:
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text) + sum(one > "\uffff" for one in text)

    def position(self, offset: int) -> types.Position:
        line = bisect_right(self.starts, offset) - 1
        return types.Position(line, self.units(self.text[self.starts[line] : offset]))

    def offset(self, position: types.Position) -> int:
        """The offset of a position; one behind a line's end is that end."""
        if position.line >= len(self.starts):
            return len(self.text)
        start = self.starts[position.line]
        is_last = position.line + 1 == len(self.starts)
        line = self.text[start : None if is_last else self.starts[position.line + 1]]
        line = line.rstrip("\r\n")
        if self.is_plain:
            return start + min(position.character, len(line))
        taken, units = 0, 0
        for taken, one in enumerate(line):  # the count is used after the loop
            units += self.units(one)
            if units > position.character:
                return start + taken
        return start + len(line)

    def range(self, start: int, end: int) -> types.Range:
        return types.Range(self.position(start), self.position(end))
