"""The value of an expression."""

from __future__ import annotations

from .. import diagnostics
from ..syntax import tree
from ..syntax.actions import CONSTANTS
from ..values import LARGEST, Shape, Size, describe, whole
from ..values import ListValue as ListValue
from .failures import (
    LONGEST_LIST,
    EvaluationFailed,
    Unknown,
    fail,
    measured,
    rounded,
    truth,
    weight,
    wrong_value,
)
from .turns import comprehension

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, NoReturn

    from ..syntax.tree import Expression
    from ..values import Value
    from .bound import Node

SIZE = "size"
"""What asks a shape for its height and width together."""
AXES = ("height", "width", "channels", SIZE)
MOST_STEPS = 40_000
"""What checking a file may take, beside what its length allows. A layer is a step."""
PARTS = 8
"""The parts of expressions, or characters of text times two, that count as one step."""
GOES_THROUGH = (tree.Binary, tree.Items, tree.Function)
"""The expressions that may look at each value of a list, or copy it, and give little."""


UNKNOWN: Value = object()
"""The value of a named number that has none."""


class Exhausted(Exception):
    """Checking takes too many steps. `node` is what there was no step left for."""

    def __init__(self, node: tree.Node | Node) -> None:
        super().__init__(node)
        self.node = node
        self.is_reported = False


class Budget:
    """The steps that are left for a file: for all its models, blocks, loops and values."""

    def __init__(self, size: int, times: int = 1) -> None:
        """`size` is that of the file, `times` as many as checking it has."""
        self.size = times * (PARTS * MOST_STEPS + 2 * size)
        self.parts = self.size

    @property
    def steps(self) -> int:
        """Those that are spent."""
        return (self.size - self.parts) // PARTS

    @property
    def is_spent(self) -> bool:
        return self.parts < 0

    def spend(self, parts: int, node: tree.Node | Node) -> None:
        """Raises `Exhausted`."""
        self.parts -= parts
        if self.parts < 0:
            raise Exhausted(node)


def evaluate(
    node: Expression,
    names: Mapping[str, Value],
    entering: Shape | None,
    budget: Budget | None = None,
) -> Value:
    """The value of a bound expression.

    `names` are the parameters and loop variables in reach, `entering` is the shape that `in`
    stands for. Raises `EvaluationFailed`, or `Unknown` where `entering` is needed but None and
    for a part that is invalid; `Exhausted` where there is a `budget` and it is spent.
    """
    kind = type(node)
    if kind is tree.Literal:
        return node.value  # type: ignore[union-attr]  # the identity test narrows it
    if kind is tree.Name:
        name = node.name  # type: ignore[union-attr]  # likewise
        if name in names:
            if names[name] is UNKNOWN:
                raise Unknown
            return names[name]
        raise EvaluationFailed(diagnostics.UnknownName(name, (*names, *CONSTANTS)), node)
    if kind is tree.Comprehension:
        value = _comprehension(node, names, entering, budget)  # type: ignore[arg-type]  # likewise
    else:
        value = _RULES[kind](node, _reader(node, names, entering, budget), entering)
    if budget is not None:
        budget.spend(1 + len(value) // PARTS if isinstance(value, tuple) else 1, node)
    return value


def _reader(
    node: Any, names: Mapping[str, Value], entering: Shape | None, budget: Budget | None
) -> Callable[[Expression], Value]:
    """The values of the parts of an expression. What goes through lists pays for their length."""
    if budget is None or type(node) not in GOES_THROUGH or getattr(node, "name", "") == "len":
        return lambda part: evaluate(part, names, entering, budget)
    return lambda part: _paid(evaluate(part, names, entering, budget), node, budget)


def _paid(value: Value, node: tree.Node, budget: Budget) -> Value:
    """A value whose every part will be looked at. Raises `Exhausted`."""
    if isinstance(value, tuple):
        budget.spend(weight(value) // PARTS, node)
    return value


def _comprehension(
    node: tree.Comprehension,
    names: Mapping[str, Value],
    entering: Shape | None,
    budget: Budget | None,
) -> Value:
    """The list of a comprehension: each element and condition is a part beside its own parts."""

    def value(part: Expression, inner: Mapping[str, Value]) -> Value:
        if budget is None:
            return evaluate(part, inner, entering)
        budget.spend(1, part)
        return _paid(evaluate(part, inner, entering, budget), part, budget)

    if budget is not None:
        budget.spend(len(names) // PARTS, node)
    return comprehension(node, names, value)


def _bounded(value: Value, node: tree.Node) -> Value:
    if type(value) in (int, float) and not -LARGEST < value < LARGEST:
        fail(node, "this number is too large")
    return value


def _is_number(value: Value) -> bool:
    return type(value) in (int, float)


def _fail_on(
    node: Any, reason: str, operands: tuple[Any, ...], values: Iterable[Value], at: Any = None
) -> NoReturn:
    """Raise for an operator, function or index on what it is not for, `at` a part of it."""
    from .sides import advice  # deferred: for an error alone

    fail(at or node, reason, advice(node, operands, tuple(values)))


def dimension(shape: Shape | None, node: Any) -> Value:
    """The side of a shape, or the size, that a node asks for."""
    if shape is None:
        raise Unknown
    if node.axis != "channels" and not shape.is_image:
        fail(node, f"a vector of {shape} has no {node.axis}", "read `channels`, its length")
    return Size(shape.height, shape.width) if node.axis == SIZE else getattr(shape, node.axis)


def _value_dimension(node: Any, value: Callable[[Expression], Value], _entering: Any) -> Value:
    try:
        shape: Any = value(node.value)
    except EvaluationFailed:  # named in a branch that was not taken
        name = node.value.name.removesuffix(".")
        raise EvaluationFailed(diagnostics.UnknownValue(name, ()), node) from None
    return dimension(shape, node)


def _unary(node: Any, value: Callable[[Expression], Value], _entering: Shape | None) -> Value:
    operand = value(node.operand)
    if node.operator == "not":
        return not truth(operand, node.operand)
    if not _is_number(operand):
        wrong = f"`-` takes a number, not {describe(operand)}"
        _fail_on(node, wrong, (node.operand,), (operand,))
    return -operand


def _binary(node: Any, value: Callable[[Expression], Value], _entering: Shape | None) -> Value:
    operator = node.operator
    left = value(node.left)
    if operator in ("and", "or"):
        if truth(left, node.left) is (operator == "or"):
            return left
        return truth(value(node.right), node.right)
    right = value(node.right)
    if operator in ("==", "!="):
        is_equal = type(left) in _alike(right) and left == right
        return is_equal is (operator == "==")
    if not (_is_number(left) and _is_number(right)):
        if isinstance(left, ListValue) and isinstance(right, ListValue) and operator == "+":
            return measured(ListValue(left + right), node)
        wrong = describe(left if not _is_number(left) else right)
        operands = node.left, node.right
        _fail_on(node, f"`{operator}` takes numbers, not {wrong}", operands, (left, right))
    if right == 0 and operator in ("/", "//", "%"):
        fail(node, "division by zero")
    return _bounded(_ARITHMETIC[operator](left, right, node), node)


def _alike(value: Value) -> tuple[type, ...]:
    return (int, float) if _is_number(value) else (type(value),)


def _divide(left: Any, right: Any, node: Any) -> Value:
    if isinstance(left, float) or isinstance(right, float):
        return left / right
    if left % right:
        raise EvaluationFailed(
            diagnostics.Indivisible(left, right, _decimal(left, right, node)), node
        )
    return left // right


def _power(left: Any, right: Any, node: Any) -> Value:
    are_integers = type(left) is type(right) is int
    if are_integers and right < 0:
        fail(
            node,
            f"`{left} ** {right}` is not an integer",
            f"a decimal is written as in `{left}.0 ** {right}`",
        )
    if are_integers and abs(left) > 1 and right >= LARGEST.bit_length():
        fail(node, "this number is too large")
    try:
        value = left**right
    except ZeroDivisionError:
        fail(node, "division by zero")
    except OverflowError:
        fail(node, "this number is too large")
    if isinstance(value, complex):
        fail(node, f"`{left} ** {right}` is no number")
    return value


def _decimal(left: int, right: int, node: Any) -> str:
    """How a division is written for a decimal number, as far as the values are in the text."""
    is_dividend, is_divisor = (type(one) is tree.Literal for one in (node.left, node.right))
    if is_dividend:
        return f"{left}.0 / {right if is_divisor else '...'}"
    return f"... / {right}.0" if is_divisor else "1.0 * ... / ..."


_ARITHMETIC: dict[str, Callable[[Any, Any, Any], Value]] = {
    "+": lambda left, right, node: left + right,
    "-": lambda left, right, node: left - right,
    "*": lambda left, right, node: left * right,
    "/": _divide,
    "//": lambda left, right, node: left // right,
    "%": lambda left, right, node: left % right,
    "**": _power,
    "<": lambda left, right, node: left < right,
    "<=": lambda left, right, node: left <= right,
    ">": lambda left, right, node: left > right,
    ">=": lambda left, right, node: left >= right,
}


def _conditional(node: Any, value: Callable[[Expression], Value], _e: Shape | None) -> Value:
    holds = truth(value(node.condition), node.condition)
    return value(node.then if holds else node.otherwise)


def _index(node: Any, value: Callable[[Expression], Value], _entering: Shape | None) -> Value:
    sequence, index = value(node.sequence), whole(value(node.index))
    if not isinstance(sequence, tuple):
        wrong = f"only lists and tuples have elements, not {describe(sequence)}"
        _fail_on(node, wrong, (node.sequence,), (sequence,), node.sequence)
    if type(index) is not int:
        wrong = f"an index is an integer, not {describe(index)}"
        fail(node.index, wrong, rounded(index, node.index))
    if not -len(sequence) <= index < len(sequence):
        fail(node.index, f"index {index} is outside a list of {len(sequence)}")
    return sequence[index]


def _items(node: Any, value: Callable[[Expression], Value], _entering: Shape | None) -> Value:
    values = map(value, node.items)
    return measured(tuple(values) if node.is_tuple else ListValue(values), node)


def _call(node: Any, value: Callable[[Expression], Value], _entering: Shape | None) -> Value:
    function = FUNCTIONS[node.name]
    return _bounded(function([value(argument) for argument in node.arguments], node), node)


def _layer_with(node: Any, value: Callable[[Expression], Value], _entering: Shape | None) -> Value:
    from .layer_values import layer_with  # deferred: few specs give layers arguments

    return layer_with(node, value)


def _invalid(_node: Any, _value: Any, _entering: Shape | None) -> Value:
    raise Unknown


def _extreme(choose: Callable[[Any], Any]) -> Callable[[list[Any], Any], Value]:
    def function(values: list[Any], node: Any) -> Value:
        numbers = values[0] if len(values) == 1 and isinstance(values[0], tuple) else values
        if not numbers or not all(map(_is_number, numbers)):
            wrong = f"{node.name} takes one or more numbers, or a list of them"
            _fail_on(node, wrong, node.arguments, values)
        return choose(numbers)

    return function


def _range(given: list[Any], node: Any) -> Value:
    values = [*map(whole, given)]
    if not 1 <= len(values) <= 3 or any(type(value) is not int for value in values):
        decimals = (rounded(*one) for one in zip(values, node.arguments, strict=True))
        advice = next(filter(None, decimals), "write `range(n)` or `range(first, end)`")
        fail(node, "range takes one to three integers", advice)
    if len(values) == 3 and values[2] == 0:
        fail(node, "range takes a step other than 0")
    numbers = range(*values)
    if abs(numbers.stop - numbers.start) // abs(numbers.step) > LONGEST_LIST:
        fail(node, f"a range of more than {LONGEST_LIST:,} numbers is too long")
    return ListValue(numbers)


def _length(values: list[Any], node: Any) -> Value:
    if len(values) != 1 or not isinstance(values[0], tuple):
        fail(node, "len takes one list or tuple")
    return len(values[0])


def _of_number(compute: Callable[[Any], Value]) -> Callable[[list[Any], Any], Value]:
    def function(values: list[Any], node: Any) -> Value:
        if len(values) != 1 or not _is_number(values[0]):
            _fail_on(node, f"{node.name} takes one number", node.arguments, values)
        return compute(values[0])

    return function


def _make_divisible(values: list[Any], node: Any) -> Value:
    from .rounding import make_divisible  # deferred: few specs round so

    value, divisor = (*values, 8)[:2] if values else (None, 8)
    divisor = whole(divisor)
    if len(values) > 2 or not _is_number(value) or type(divisor) is not int or divisor < 1:
        example = "write `make_divisible(width * 0.75, 8)`"
        fail(node, "make_divisible takes a number and an integer of at least 1", example)
    return make_divisible(value, divisor)


def _sum(values: list[Any], node: Any) -> Value:
    if len(values) != 1 or not isinstance(values[0], tuple) or not all(map(_is_number, values[0])):
        fail(node, "sum takes one list of numbers")
    return sum(values[0])


def _enumerate(values: list[Any], node: Any) -> Value:
    if len(values) != 1 or not isinstance(values[0], tuple):
        advice = "it counts from 0; add to the numbers where they are read, as in `i + 1`"
        fail(node, "enumerate takes one list or tuple", advice if len(values) == 2 else None)
    return measured(ListValue(enumerate(values[0])), node)


def _zip(values: list[Any], node: Any) -> Value:
    if not values or not all(isinstance(one, tuple) for one in values):
        fail(node, "zip takes lists or tuples")
    lengths = [*map(len, values)]
    if len(set(lengths)) > 1:
        fail(node, f"zip takes lists of one length, not of {' and '.join(map(str, lengths))}")
    return measured(ListValue(zip(*values, strict=True)), node)


FUNCTIONS: dict[str, Callable[[list[Any], Any], Value]] = {
    "min": _extreme(min),
    "max": _extreme(max),
    "round": _of_number(round),
    "floor": _of_number(lambda number: int(number // 1)),
    "ceil": _of_number(lambda number: -int(-number // 1)),
    "make_divisible": _make_divisible,
    "abs": _of_number(abs),
    "sum": _sum,
    "range": _range,
    "len": _length,
    "enumerate": _enumerate,
    "zip": _zip,
}

_RULES: dict[type, Callable[[Any, Any, Shape | None], Value]] = {
    tree.InputDimension: lambda node, value, entering: dimension(entering, node),
    tree.ValueDimension: _value_dimension,
    tree.Unary: _unary,
    tree.Binary: _binary,
    tree.Conditional: _conditional,
    tree.Index: _index,
    tree.Items: _items,
    tree.Function: _call,
    tree.LayerWith: _layer_with,
    tree.Invalid: _invalid,
}


def shape_of(value: Value) -> Shape | None:
    """The shape that a value stands for in `input` or an assertion, or None."""
    if isinstance(value, Shape):
        dims: tuple[Any, ...] = value.dims
    elif type(value) in (int, float):
        dims = (whole(value),)
    elif type(value) is tuple and len(value) in (1, 3):
        dims = tuple(map(whole, value))
    else:
        return None
    if any(type(dim) is not int or not 1 <= dim < 2**31 for dim in dims):
        return None
    return Shape(dims)


def need_shape(value: Value, what: str, example: str, node: tree.Node) -> Shape:
    """The shape that a value stands for. Raises `EvaluationFailed`."""
    shape = shape_of(value)
    if shape is None:
        wanted = f"a shape such as {example}, or the length of a vector"
        sides = value if isinstance(value, tuple) else (value,)
        is_decimal = any(type(side) is float for side in sides)
        advice = "write `floor(...)` for a side that is not whole" if is_decimal else None
        if isinstance(value, Size):
            advice = f"an image has three sides, as in `{value}x3`"
            if what == "input" and value.height != value.width:
                sequence = f"`1x{value}`, with `conv(32, 1x3)`"
                advice += f"; a sequence is an image of height 1, {sequence}"
        elif any(isinstance(side, Size) for side in sides):
            advice = "write each side: `(height, width, channels)`"
        raise wrong_value(what, wanted, value, node, advice)
    return shape
