"""The paths of layers in emitted functions, some parts of which are only known at run time."""

from __future__ import annotations

from . import python
from .formulas import add
from .outline import CallItem, ForItem, IfItem, LayerItem, NestedItem, RepeatItem, SequenceItem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .formulas import Amount
    from .outline import Items


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
    """The number of a sequence's next child: an amount, or drawn from a counter at run time."""

    def __init__(self, start: Amount = 0, counter: str | None = None) -> None:
        self.next = start
        self.counter = counter
        self.is_drawn = False
        """Whether some child's number comes from the counter."""

    def take(self) -> python.Expression | str:
        if self.counter is not None:
            self.is_drawn = True
            return python.call("next", self.counter)
        number = self.next
        self.next = add(number, 1)
        return str(number) if isinstance(number, int) else number


def children_of(items: Items) -> int | None:
    """How many children of a sequence the items make, or None where that varies."""
    count = 0
    for item in items:
        if isinstance(item, LayerItem | CallItem | NestedItem | SequenceItem):
            count += 1
        elif isinstance(item, RepeatItem | ForItem):
            return None
        elif isinstance(item, IfItem):
            children = children_of(item.then)
            if children is None or children != children_of(item.otherwise):
                return None
            count += children
    return count


def needs_counter(items: Items) -> bool:
    """Whether some child's number can only be known at run time."""
    for item in items:
        if isinstance(item, IfItem):
            if children_of((item,)) is None:
                return True
        elif isinstance(item, RepeatItem | ForItem) and children_of(item.items) is None:
            return True
    return False
