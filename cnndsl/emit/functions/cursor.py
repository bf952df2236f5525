"""Where the writing of a function is: its variables, and the path and number of the next layer."""

from __future__ import annotations

from .. import python
from ..amounts import add

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..amounts import Amount


class NameParts:
    """The path of a layer as parts of an f-string: text and expressions."""

    def __init__(self, *parts: str | python.Expression) -> None:
        self.parts = parts

    def child(self, *parts: str | python.Expression) -> NameParts:
        if parts == ("",):
            return self
        return NameParts(*self.parts, ".", *parts) if self.parts else NameParts(*parts)

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


class Cursor:
    """Where the writing of a chain is.

    `x` is the variable that holds its value, `target` the one to assign next, `prefix` the path
    of what its layers stand in, and `position` numbers the children of a sequence. `others` are
    the variables of the values beside the first, if there are several, and `other_targets` those
    to assign next.
    """

    def __init__(
        self, x: str, target: str, prefix: NameParts, position: Position | None = None
    ) -> None:
        self.x = x
        self.target = target
        self.prefix = prefix
        self.position = position
        self.others: tuple[str, ...] = ()
        self.other_targets: tuple[str, ...] = ()

    @property
    def targets(self) -> tuple[str, ...]:
        return self.target, *self.other_targets

    @property
    def variables(self) -> tuple[str, ...]:
        return self.x, *self.others

    def within(self, prefix: NameParts, position: Position | None) -> Cursor:
        """One that goes on from here below another path."""
        inner = Cursor(self.x, self.target, prefix, position)
        inner.others, inner.other_targets = self.others, self.other_targets
        return inner

    def move(self, variables: Sequence[str]) -> None:
        """Go on from the values of variables."""
        self.x, *others = variables
        self.others = tuple(others)
