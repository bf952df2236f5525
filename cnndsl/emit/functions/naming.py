"""The paths of layers in emitted functions, some parts of which are only known at run time."""

from __future__ import annotations

from .. import python
from ..formulas import add

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..formulas import Amount


class NameParts:
    """The path of a layer as parts of an f-string: text and expressions."""

    def __init__(self, *parts: str | python.Expression) -> None:
        self.parts = parts

    def child(self, part: str | python.Expression) -> NameParts:
        return NameParts(*self.parts, ".", part) if self.parts else NameParts(part)

    def text(self, suffix: str = "") -> python.Expression:
        merged: list[str | python.Expression] = []
        for part in (*self.parts, suffix):
            if isinstance(part, str) and merged and isinstance(merged[-1], str):
                merged[-1] += part
            elif part != "":
                merged.append(part)
        if len(merged) == 1:
            return python.string(merged[0]) if isinstance(merged[0], str) else merged[0]
        return python.FString(*merged)


class Position:
    """The number of a sequence's next child: an amount, or what a counter gives at run time."""

    def __init__(self, start: Amount = 0, counter: str | None = None) -> None:
        self.next = start
        self.counter = counter

    def take(self) -> python.Expression | str:
        if self.counter is not None:
            return python.call("next", self.counter)
        number = self.next
        self.next = add(number, 1)
        return str(number) if isinstance(number, int) else number
