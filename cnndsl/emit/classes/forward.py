"""The method of an emitted class that runs its modules, line by line."""

from __future__ import annotations

from .. import python
from ..formulas import Identifiers
from ..statements import needed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TRAINING = python.Attribute(python.name("self"), "training")
"""Whether a module is in training mode."""
MOST_CALLS = 4
"""How many modules one line applies at most."""


class Cursor:
    """Where the method is: a value not yet assigned, and the variable for it."""

    def __init__(self, variable: str) -> None:
        self.target = variable
        self.value: python.Expression = python.name(variable)
        self.is_assigned = False
        """Whether the target has been assigned."""
        self.calls = 0
        """How many modules have been applied since then."""
        self.is_heavy = False
        """Whether one of them is a block, a stage or a layer that multiplies."""

    def restart(self, value: python.Expression) -> None:
        """Go on from a value that is in a variable."""
        self.value = value
        self.calls, self.is_heavy = 0, False

    def at(self, variable: str) -> Cursor:
        """A cursor that starts from here and keeps its value in another variable."""
        cursor = Cursor(variable)
        cursor.value = self.value
        return cursor


class Forward:
    """Collects the statements of the method.

    A line ends before the second module that is heavy, so that it reads convolution, batch
    normalisation, activation.
    """

    def __init__(self, reserved: Iterable[str], named: Iterable[str]) -> None:
        self.bodies: list[list[python.Statement]] = [[]]
        self.variables = Identifiers((), reserved)
        self.input = self.variables.fresh("input" if "x" in named else "x")

    def step(self, statement: python.Statement) -> None:
        self.bodies[-1].append(statement)

    def apply(self, cursor: Cursor, attribute: str, is_heavy: bool) -> None:
        """Let a module of this class work on the cursor's value."""
        if cursor.calls >= MOST_CALLS or (is_heavy and cursor.is_heavy):
            self.settle(cursor)
        module = python.Attribute(python.name("self"), attribute)
        cursor.value = python.Call(module, [cursor.value])
        cursor.calls += 1
        cursor.is_heavy = cursor.is_heavy or is_heavy

    def scale(self, cursor: Cursor, attribute: str) -> None:
        """Multiply the cursor's value by a parameter of this class."""
        factor = python.Attribute(python.name("self"), attribute)
        cursor.value = python.Binary(factor, "*", cursor.value)
        cursor.calls += 1

    def settle(self, cursor: Cursor) -> None:
        """Have the cursor's value in its own variable."""
        if str(cursor.value) != cursor.target:
            self.step(python.Assign(cursor.target, cursor.value))
            cursor.is_assigned = True
        cursor.restart(python.name(cursor.target))

    def fix(self, cursor: Cursor) -> None:
        """Have the cursor's value in some variable, for more than one use."""
        if cursor.calls:
            self.settle(cursor)

    def name_value(self, cursor: Cursor, name: str) -> None:
        """Keep the cursor's value in a variable that nothing else is assigned to."""
        variable = self.variables.fresh(name)
        if str(cursor.value) != cursor.target or not self._rename_last(cursor.target, variable):
            self.step(python.Assign(variable, cursor.value))
        cursor.restart(python.name(variable))

    def _rename_last(self, old: str, new: str) -> bool:
        """Have the last statement assign to `new` instead."""
        body = self.bodies[-1]
        last = body[-1] if body else None
        if isinstance(last, python.Assign) and [str(one) for one in last.targets] == [old]:
            body[-1] = python.Assign(new, last.value)
            return True
        return False

    def statements(
        self, results: Sequence[python.Expression], more: int = 0
    ) -> list[python.Statement]:
        """The method's body: what leads to the results, and their return.

        What leads alone to the last ones, `more`, is done in training.
        """
        end, whole = python.Return((*results[: len(results) - more],)), python.Return((*results,))
        body = needed(self.bodies[0], set(whole.reads))
        if not more:
            return [*body, end]
        kept = needed(self.bodies[0], set(end.reads))
        now, late = parted(body, [*kept, end])
        return [*now, python.If(TRAINING, [*late, whole]), end]


def parted(
    body: Sequence[python.Statement], kept: Sequence[python.Statement]
) -> tuple[list[python.Statement], list[python.Statement]]:
    """The statements without those that can be done behind all others, and those.

    Nothing that is kept reads what they assign, and what they read stays as it is behind them.
    """
    now: list[python.Statement] = []
    late: list[python.Statement] = []
    own = set(map(id, kept))
    assigned, read = frozenset[str](), kept[-1].reads
    for one in reversed(body):
        if id(one) in own or one.reads & assigned or one.assigns & (read | assigned):
            now.append(one)
            assigned, read = assigned | one.assigns, read | one.reads
        else:
            late.append(one)
    return now[::-1], late[::-1]
