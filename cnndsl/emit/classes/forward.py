"""The method of an emitted class that runs its modules, line by line."""

from __future__ import annotations

from .. import python
from ..identifiers import Identifiers
from ..statements import needed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..outline import CallItem

TRAINING = python.Attribute(python.name("self"), "training")
"""Whether a module is in training mode."""
MOST_CALLS = 4
"""How many modules one line applies at most."""


class Cursor:
    """Where the method is: a value not yet assigned, and the variable for it."""

    def __init__(self, variable: str) -> None:
        self.target = variable
        self.value: python.Expression = python.name(variable)
        self.others: tuple[python.Expression, ...] = ()
        """The values beside the first, if there are several."""
        self.other_targets: tuple[str, ...] = ()
        """The variables for those."""
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
        self.others = ()

    def at(self, variable: str) -> Cursor:
        """A cursor that starts from here and keeps its value in another variable."""
        cursor = Cursor(variable)
        cursor.value, cursor.others = self.value, self.others
        cursor.other_targets = self.other_targets
        return cursor


class Forward:
    """Collects the statements of the method.

    A line ends before the second module that is heavy, so that it reads convolution, batch
    normalisation, activation.
    """

    def __init__(
        self, reserved: Iterable[str], named: Iterable[str], inputs: Iterable[str] = ()
    ) -> None:
        """`named` are the values that are read; `inputs` are among them, if they have names."""
        self.bodies: list[list[python.Statement]] = [[]]
        self.variables = Identifiers((), reserved)
        self.inputs = [python.name(self.variables.fresh(one)) for one in inputs]
        first = "x" if self.inputs or "x" not in named else "inputs"
        self.line = self.variables.fresh(first)
        """The variable of the main line."""
        self.inputs = self.inputs or [python.name(self.line)]

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

    def start(self) -> Cursor:
        """A cursor at the first input."""
        cursor = Cursor(self.line)
        cursor.value = self.inputs[0]
        return cursor

    def scale(self, cursor: Cursor, attribute: str) -> None:
        """Multiply the cursor's value by a parameter of this class."""
        factor = python.Attribute(python.name("self"), attribute)
        cursor.value = python.Binary(factor, "*", cursor.value)
        cursor.calls += 1

    def settle(self, cursor: Cursor) -> None:
        """Have the cursor's value in its own variable, and those beside it in theirs."""
        beside = cursor.other_targets[: len(cursor.others)]
        targets, values = (cursor.target, *beside), (cursor.value, *cursor.others)
        pairs = [pair for pair in zip(targets, values, strict=True) if pair[0] != str(pair[1])]
        if pairs:
            self.step(python.Assign([one for one, _ in pairs], together([one for _, one in pairs])))
            cursor.is_assigned = True
        cursor.restart(python.name(cursor.target))
        cursor.others = tuple(map(python.name, beside))

    def widen(self, cursor: Cursor, names: Sequence[str]) -> None:
        """Have variables for the values beside the first."""
        for name in names[1 + len(cursor.other_targets) :]:
            cursor.other_targets += (self.variables.fresh(name),)

    def call(self, cursor: Cursor, item: CallItem) -> None:
        """Let a block work on several values, or give several."""
        module = python.Attribute(python.name("self"), str(item.name))
        values = (cursor.value, *cursor.others)[: item.inputs]
        cursor.restart(python.Call(module, values))
        cursor.calls, cursor.is_heavy = 1, True
        if item.outputs > 1:
            self.widen(cursor, item.names_beside)
            self.unpack(cursor, item.outputs)

    def unpack(self, cursor: Cursor, count: int) -> None:
        """Have the several values that a call gives in variables."""
        targets = (cursor.target, *cursor.other_targets)[:count]
        self.step(python.Assign([*targets], cursor.value))
        cursor.is_assigned = True
        cursor.restart(python.name(cursor.target))
        cursor.others = tuple(map(python.name, targets[1:]))

    def turns(
        self,
        cursor: Cursor,
        attribute: str,
        kind: str,
        is_named: bool,
        lists: Sequence[python.Expression] = (),
    ) -> None:
        """Let modules of a list work on several values, one after the other.

        They are handed lists of values as well.
        """
        self.settle(cursor)
        modules: python.Expression = python.Attribute(python.name("self"), attribute)
        if is_named:
            modules = python.Call(python.Attribute(modules, "values"), [])
        module = self.variables.fresh(kind)
        values = (cursor.value, *cursor.others)
        call = python.Call(module, [*values, *lists])
        step = python.Assign([*map(str, values)], call, has_effect=bool(lists))
        self.step(python.For(module, modules, [step]))
        if lists:
            self.variables.taken.discard(module)

    def name_values(
        self, cursor: Cursor, names: Sequence[str], read: Sequence[bool]
    ) -> list[python.Expression]:
        """Keep several values in variables that nothing else is assigned to, if they are read."""
        values = [cursor.value, *cursor.others]
        body = self.bodies[-1]
        last = body[-1] if body else None
        first, *_ = values
        targets = [
            self.variables.fresh(name) if one else "_"
            for name, one in zip(names, read, strict=True)
        ]
        if not read[0]:
            targets[0] = str(first)
        if isinstance(last, python.Assign) and [*map(str, last.targets)] == [*map(str, values)]:
            body[-1] = python.Assign(targets, last.value)
            values = [*map(python.name, targets)]
        else:
            for place, target in enumerate(targets):
                if read[place]:
                    self.step(python.Assign(target, values[place]))
                    values[place] = python.name(target)
        cursor.restart(values[0])
        return values

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
        self,
        results: Sequence[python.Expression],
        more: int = 0,
        lists: Sequence[python.Expression] = (),
    ) -> list[python.Statement]:
        """The method's body: what leads to the results, and their return.

        What leads alone to the last ones, `more`, is done in training. What grows `lists` counts as
        a result.
        """
        end, whole = python.Return((*results[: len(results) - more],)), python.Return((*results,))
        body = needed(self.bodies[0], {*whole.reads, *map(str, lists)})
        if not more:
            return [*body, end]
        kept = needed(self.bodies[0], set(end.reads))
        now, late = parted(body, [*kept, end])
        return [*now, python.If(TRAINING, [*late, whole]), end]


def together(values: Sequence[python.Expression]) -> python.Expression:
    """One value, or several side by side."""
    return values[0] if len(values) == 1 else python.Tuple(values)


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
