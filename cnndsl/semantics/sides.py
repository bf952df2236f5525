"""What to write for calculations with sizes, pairs and lists, which take numbers alone."""

from __future__ import annotations

from ..syntax import tree
from ..values import ListValue, Size, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..values import Value

SIDES = ("height", "width")
NUMBERS = (*SIDES, "channels")
COMPARISONS = ("<", "<=", ">", ">=")
EXTREMES = ("min", "max")


def advice(node: Any, operands: tuple[Any, ...], values: tuple[Value, ...]) -> str | None:
    """What to write for an operator or function whose operands are no numbers, if that is known."""
    if isinstance(node, tree.Index):
        return _element(node, values[0])
    given = tuple(zip(operands, values, strict=True))
    if any(isinstance(value, ListValue) for value in values):
        return "a `for` goes over a list, and `list[0]` is its first element"
    pairs = [one for one in given if isinstance(one[1], Size | tuple)]
    if not pairs or not all(_has_sides(value) for _, value in pairs):
        return None
    if len(given) == 1 and getattr(node, "name", None) in EXTREMES:
        return f"write `{node.name}({_side(*given[0], 0)}, {_side(*given[0], 1)})`"
    sides = [_joined(node, [_side(*one, place) for one in given]) for place in (0, 1)]
    if getattr(node, "operator", None) in COMPARISONS:
        return f"compare the sides: `{' and '.join(sides)}`"
    text = f"calculate with the sides, which are numbers: `({', '.join(sides)})`"
    for one, value in pairs:
        if type(one) is tree.Name and isinstance(value, Size) and value.height == value.width:
            return f"{text}, or let `{one.name}` be {value.height}, which stands for {value}"
    return text


def _has_sides(value: Value) -> bool:
    """Whether a value is a size, or a pair of what is itself neither pair nor list."""
    return isinstance(value, Size) or (
        isinstance(value, tuple)
        and len(value) == 2
        and not any(isinstance(one, Size | tuple) for one in value)
    )


def _element(node: Any, value: Value) -> str | None:
    """What to write for an element of a size."""
    index = node.index.value if type(node.index) is tree.Literal else None
    if not isinstance(value, Size) or index not in (0, 1, -1, -2):
        return None
    if type(node.sequence) is tree.Name:
        height, width = (f"{node.sequence.name}_{side}" for side in SIDES)
        return f"let two numbers be its sides, and write `({height}, {width})` for it"
    return f"write `{_side(node.sequence, value, index)}`"


def _side(node: Any, value: Value, place: int) -> str:
    """The height (0) or width (1) of an operand; a number for itself."""
    if isinstance(node, tree.InputDimension | tree.ValueDimension):
        name = "in" if isinstance(node, tree.InputDimension) else node.value.name[:-1]
        return f"{name}.{node.axis if node.axis in NUMBERS else SIDES[place]}"
    if type(node) is tree.Name:
        kinds = {Size: SIDES[place], tuple: f"{node.name}[{place}]"}
        return kinds.get(type(value), node.name)
    if isinstance(node, tree.Items) and isinstance(value, tuple):
        return _side(node.items[place], value[place], place)
    if type(node) is tree.Literal:
        return write(getattr(value, SIDES[place]) if isinstance(value, Size) else value)
    if isinstance(node, tree.Binary) and not isinstance(value, Size | tuple):
        parts = [_side(one, getattr(one, "value", None), place) for one in (node.left, node.right)]
        return f"({_joined(node, parts)})"
    return "..."


def _joined(node: Any, parts: list[str]) -> str:
    if isinstance(node, tree.Function):
        return f"{node.name}({', '.join(parts)})"
    return f" {node.operator} ".join(parts) if len(parts) > 1 else f"{node.operator}{parts[0]}"
