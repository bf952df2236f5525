"""Lists and dictionaries of modules begin with what stands before the first loop or branch."""

from __future__ import annotations

from .. import python

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def begun(statements: Iterable[python.Statement]) -> list[python.Statement]:
    """Statements in which what is put into a new list or dictionary stands in its display."""
    found: list[python.Statement] = []
    for statement in map(_inside, statements):
        joined = _joined(found[-1], statement) if found else None
        if joined is None:
            found.append(statement)
        else:
            found[-1] = joined
    return found


def _inside(statement: python.Statement) -> python.Statement:
    """A loop or a branch whose statements are such."""
    if isinstance(statement, python.For):
        targets: list[python.Value] = [*statement.targets]
        return python.For(targets, statement.iterable, begun(statement.body))
    if isinstance(statement, python.If):
        return python.If(statement.condition, begun(statement.body), begun(statement.orelse))
    return statement


def _joined(first: python.Statement, second: python.Statement) -> python.Statement | None:
    """A display with what the second of two statements puts into it, if that is all it does."""
    if not isinstance(first, python.Assign) or first.annotation is None:
        return None
    (variable,), display = first.targets, first.value
    if not isinstance(display, python.List | python.Dict):
        return None
    added = _ADDED[type(display)](variable, second)
    if added is None or any(one.names & variable.names for one in added):
        return None
    filled = type(display)()
    filled.items = (*display.items, *added)
    return python.Assign(variable, filled, first.annotation)


def _appended(
    variable: python.Expression, statement: python.Statement
) -> Sequence[python.Expression] | None:
    """What a statement appends to a list, if it does that."""
    if isinstance(statement, python.AugmentedAssign) and statement.target == variable:
        return statement.value.items if isinstance(statement.value, python.List) else None
    call = statement.value if isinstance(statement, python.ExpressionStatement) else None
    if isinstance(call, python.Call) and call.value == python.Attribute(variable, "append"):
        return call.arguments
    return None


def _assigned(
    variable: python.Expression, statement: python.Statement
) -> Sequence[python.Expression] | None:
    """What a statement adds to a dictionary, if it does that."""
    if not isinstance(statement, python.Assign) or len(statement.targets) != 1:
        return None
    target = statement.targets[0]
    if not isinstance(target, python.Index) or target.value != variable:
        return None
    return python.Dict([(target.indices[0], statement.value)]).items


_ADDED = {python.List: _appended, python.Dict: _assigned}
