"""Items with the channels around them, and the variables that hold channels."""

from __future__ import annotations

import contextlib

from ...record import Record
from ..choices import mentions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..amounts import Amount
    from ..channels import Line
    from ..environment import Environment
    from ..identifiers import Identifiers
    from ..outline import Item
    from .loop_header import LoopHeader


class Variables:
    """The variables for channels of one class's constructor.

    A name is used again once nothing reads what it stood for: `live` are amounts that are still
    read, `pending` those of expressions that are written behind later statements, `free` the
    variables of earlier sequences, `assigned` all that there have been. `loops` are the variables
    of all loops, which are integers and words: no list can have their name.
    """

    def __init__(self, identifiers: Identifiers) -> None:
        self.identifiers = identifiers
        self.live: list[Amount | None] = []
        self.pending: list[Amount | None] = []
        self.free: list[str] = []
        self.assigned: set[str] = set()
        self.loops: set[str] = set()

    def fresh(self, wanted: str = "channels") -> str:
        name = self.identifiers.fresh(wanted)
        self.assigned.add(name)
        return name

    @contextlib.contextmanager
    def keeping(self, *amounts: Amount | None) -> Iterator[None]:
        """Within a `with`, leave the variables of amounts as they are."""
        before = len(self.live)
        self.live += amounts
        yield
        del self.live[before:]

    def is_live(self, name: str) -> bool:
        return any(mentions(amount, (name,)) for amount in (*self.live, *self.pending))

    def state(self) -> tuple[set[str], list[str], set[str]]:
        return set(self.identifiers.taken), list(self.free), set(self.assigned)

    def restore(self, state: tuple[set[str], list[str], set[str]]) -> None:
        """Go back to an earlier state: what has been annotated since is annotated anew."""
        self.identifiers.taken, self.free, self.assigned = state


class Body(Record):
    """Items one after the other, and the channels behind them."""

    items: tuple[Annotated, ...]
    after: Amount | None
    beside: Line = ()
    """The channels of the values beside the first."""

    @property
    def line(self) -> Line:
        """The channels of all values behind it."""
        return self.after, *self.beside


class Annotated(Record):
    """An item with the channels around it; None where symbols cannot say them.

    A loop that is not run, or a branch that is decided, has the bodies that are left: none, or
    one. A repeat written as expressions has one for the first turn, and another for those behind
    if they differ.
    """

    item: Item
    environment: Environment
    before: Amount | None
    after: Amount | None
    bodies: tuple[Body, ...] = ()
    variable: str | None = None
    """What channels have to be assigned to: a loop's in each turn, others' behind the item."""
    value: Amount | None = None
    """What is assigned to the variable: before a loop, or behind the item."""
    header: LoopHeader | None = None
    count: int | None = None
    """How many turns a repeat makes, if it is not written as a loop."""
    list_name: str | None = None
    """The variable in which statements gather the children of this sequence."""
    beside: Line = ()
    """The channels of the values beside the first that a call takes."""
    behind: Line = ()
    """The same of those behind the item."""
    others: tuple[tuple[str, Amount], ...] = ()
    """The variables that follow those in a loop, and what they begin with."""

    def carried(self, body: Body) -> list[tuple[str, Amount | None]]:
        """What the variables that follow other values are at the end of a turn."""
        ends = {str(one): end for one, end in zip(self.behind, body.beside, strict=False)}
        return [(name, ends[name]) for name, _ in self.others]
