"""The language's expressions as Python's."""

from __future__ import annotations

from ..semantics.evaluate import FUNCTIONS, SIZE, ListValue, evaluate
from ..semantics.failures import EvaluationFailed
from ..syntax import tree
from ..syntax.tree import names_of
from ..values import LayerValue, Padding, Shape, Size, whole
from . import python
from .amounts import add, multiply, simplest
from .environment import NO_LAYERS, Inexpressible, entering
from .kinds import BOOLEAN, INTEGER, NUMBERS, elements, equal_alike, own_kinds
from .outline import Formula

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from ..ops.base import Attribute
    from ..values import Value
    from .amounts import Amount
    from .environment import Environment, Layers
    from .outline import NumberItem


ITERATORS = ("range", "enumerate", "zip")
"""The functions whose lists Python gives one by one."""

REDUCING = ("max", "min", "sum")
"""The functions of one list that take its values one by one as well."""

OF_PYTHON = frozenset({"math", "quotient", "tuple", "whole"})
"""What a formula in Python can call that the language has no function for."""

SHAPES = tree.InputDimension | tree.ValueDimension

ROUNDING = {"round": "round", "floor": "math.floor", "ceil": "math.ceil"}
"""Python's functions that make an integer of a number."""

OPPOSITES = {"==": "!=", "<": ">=", ">": "<=", "is": "is not"}
OPPOSITES |= {opposite: operator for operator, opposite in OPPOSITES.items()}


MOST_DIGITS = 9
"""How long a decimal is written out that an expression of numbers has."""
MOST_PARTS = 250
"""An expression of more parts is not written in place of a name: values that are made of each other
would double it again and again."""


def in_python(value: Value) -> Any:
    """A value as Python writes it: a square size is one integer, a list is a tuple."""
    if isinstance(value, Size):
        return value.height if value.height == value.width else (value.height, value.width)
    if isinstance(value, Padding):
        sides = (value.top, value.bottom, value.left, value.right)
        return value.top if len(set(sides)) == 1 else sides
    if isinstance(value, Shape):
        return value.dims
    return tuple(map(in_python, value)) if isinstance(value, tuple) else value


def has_layers(value: Value) -> bool:
    """Whether a value is a layer, or has one in it."""
    inside = isinstance(value, tuple) and any(map(has_layers, value))
    return inside or isinstance(value, LayerValue)


def literal(value: Value, layers: Layers = NO_LAYERS) -> python.Expression:
    """A value as an expression. Raises `Inexpressible` for a layer that is not among `layers`."""
    if isinstance(value, LayerValue):
        return layers.written(value)
    value = in_python(value)
    if isinstance(value, tuple):
        return python.Tuple([literal(item, layers) for item in value])
    return python.string(value) if isinstance(value, str) else python.number(value)


def known_value(formula: Formula, environment: Environment) -> tuple[Value] | None:
    """The formula's value in a one-tuple, if no symbol of the emitted code is in it."""
    if formula.node is None:
        return (formula.value,)
    shapes: dict[str, Shape] = {}
    for name in names_of(formula.node) - environment.constants.keys():
        shape = _known_shape(formula.node, environment, name)
        if shape is None:
            return None
        shapes[name] = shape
    value = evaluate(formula.node, {**environment.constants, **shapes}, shapes.get("in"))
    return (whole(value) if formula.is_count else value,)


def with_number(
    environment: Environment, item: NumberItem, name: Callable[[str], str] | None = None
) -> tuple[Environment, python.Expression | None]:
    """An environment in which a number is named, and what is assigned to its variable, if any.

    A value that is known stands for itself. A number that Python has no words for stays unnamed,
    so that what reads it is written as values. Without `name`, which makes that of a variable, the
    number's formula stands for it.
    """
    try:
        known = known_value(item.formula, environment)
        if known is not None:
            return environment.settled({item.name: known[0]}), None
        value = write(item.formula, environment)
    except (Inexpressible, EvaluationFailed):
        return environment, None
    if name is None and value.size > MOST_PARTS:
        return environment, None
    symbol = value if name is None else python.name(name(item.name))
    kinds = {} if item.formula.node is None else {item.name: environment.kind(item.formula.node)}
    return environment.extended({item.name: symbol}, kinds), value


def _known_shape(node: tree.Node, environment: Environment, name: str) -> Shape | None:
    """A shape to read `in` or a named value from, if no more than its channels are read.

    Those must be a number. The names of values end in a dot.
    """
    if not is_shape(name):
        return None
    value = "" if name == "in" else name
    dimensions = (one for one in tree.parts(node) if isinstance(one, SHAPES))
    if {one.axis for one in dimensions if _owner(one) == value} != {"channels"}:
        return None
    channels = entering(environment, value + "channels")
    return Shape((channels,)) if isinstance(channels, int) else None


def is_shape(name: str) -> bool:
    """Whether a name that a formula reads is that of a shape: of `in`, or of a value."""
    return name == "in" or name.endswith(".")


def _owner(node: tree.InputDimension | tree.ValueDimension) -> str:
    """The value whose dimension it is, with a dot behind it; nothing for `in`."""
    return node.value.name if isinstance(node, tree.ValueDimension) else ""


def write(formula: Formula, environment: Environment) -> python.Expression:
    """The formula in Python. Raises `Inexpressible`."""
    known = known_value(formula, environment)
    if known is not None and not (is_long(known[0]) and is_computed(formula.node)):
        return literal(known[0], environment.layers)
    if formula.node is None:
        raise Inexpressible
    writer = _Writer(environment)
    return (writer.count if formula.is_count else writer.write)(formula.node)


def is_long(value: Value) -> bool:
    """Whether a value is a decimal of so many digits that nobody knows it again."""
    return type(value) is float and len(repr(value)) > MOST_DIGITS


def is_computed(node: tree.Expression | None) -> bool:
    """Whether an expression is computed of numbers alone: `1 / 255`."""
    return isinstance(node, tree.Binary) and not names_of(node)


def written_for(attribute: Attribute, formula: Formula, environment: Environment) -> Formula:
    """The formula of an attribute: a count, of one that takes integers.

    Raises `Inexpressible` for decimals in a list.
    """
    if formula.node is None or not attribute.kind.counts:
        return formula
    if "float" in elements(environment.kind(formula.node)):
        raise Inexpressible
    return formula.replaced(is_count=True)


def has_oblong(value: Value) -> bool:
    """Whether a size that is no square is in a value."""
    if isinstance(value, Size):
        return value.height != value.width
    return isinstance(value, tuple) and any(map(has_oblong, value))


def paired(value: Value) -> Value:
    """A value with a pair for every size."""
    if isinstance(value, Size):
        return (value.height, value.width)
    if isinstance(value, ListValue):
        return ListValue(map(paired, value))
    return tuple(map(paired, value)) if isinstance(value, tuple) else value


def write_iterable(formula: Formula, environment: Environment) -> python.Expression:
    """The formula as what a loop runs over; `range` stays `range`. Raises `Inexpressible`."""
    known = known_value(formula, environment)
    if known is not None and isinstance(known[0], ListValue):
        values = list(known[0])
        node = formula.node
        if isinstance(node, tree.Function) and node.name in ("enumerate", "zip"):
            parts = (write_iterable(Formula(one), environment) for one in node.arguments)
            return iterator(node.name, parts)
        is_range = getattr(formula.node, "name", "") == "range"
        if is_range and values == list(range(values[0], values[-1] + 1)):
            bounds = [len(values)] if values[0] == 0 else [values[0], values[-1] + 1]
            return python.Call("range", [python.number(bound) for bound in bounds])
        if {type(one) for one in values} <= {int, Size} and any(map(has_oblong, values)):
            sides = [one if isinstance(one, Size) else Size(one, one) for one in values]
            # One type for type checkers: they join integers and pairs to objects.
            return python.List([literal(paired(one)) for one in sides])
        return python.List([literal(item, environment.layers) for item in values])
    if formula.node is None or known is not None:
        return write(formula, environment)
    return _Writer(environment).iterable(formula.node)


def iterator(name: str, arguments: Iterable[python.Expression]) -> python.Expression:
    """A call of `range`, `enumerate` or `zip`."""
    keywords: list[tuple[str, python.Value]] = [("strict", True)] if name == "zip" else []
    return python.Call(name, [*arguments], keywords)


def negated(condition: python.Expression) -> python.Expression:
    """The opposite of a condition."""
    if isinstance(condition, python.Compare) and len(condition.operators) == 1:
        left, right = condition.operands
        return python.Compare(left, OPPOSITES[condition.operators[0]], right)
    if isinstance(condition, python.Unary) and condition.operator == "not":
        inner = condition.operand
        return inner.value if isinstance(inner, python.Parenthesized) else inner
    return python.Unary("not", condition)


def amount(formula: Formula, environment: Environment) -> Amount:
    """The formula as an amount: an integer where it is known. Raises `Inexpressible`."""
    known = known_value(formula, environment)
    if known is not None and type(known[0]) is int:
        return int(known[0])
    written = write(formula, environment)
    if written.size > MOST_PARTS:
        raise Inexpressible
    return simplest(written)


def amounts_in(formula: Formula, environment: Environment) -> list[Amount] | None:
    """The amounts that stand in a list that is written out; None for an expression of other kind.

    Raises `Inexpressible`, also for a list that is not written out.
    """
    if formula.node is None or not elements(environment.kind(formula.node)):
        return None
    if not isinstance(formula.node, tree.Items):
        raise Inexpressible
    return [amount(Formula(one, is_count=True), environment) for one in formula.node.items]


class _Writer:
    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.rules: dict[type, Callable[[Any], python.Expression]] = {
            tree.Literal: lambda node: literal(node.value, environment.layers),
            tree.Name: self.name,
            tree.InputDimension: self.dimension,
            tree.ValueDimension: self.dimension,
            tree.Unary: self.unary,
            tree.Binary: self.binary,
            tree.Conditional: self.conditional,
            tree.Index: lambda node: python.Index(
                self.iterable(node.sequence), self.count(node.index)
            ),
            tree.Function: self.function,
            tree.Items: self.items,
            tree.LayerWith: self.layer_with,
            tree.Comprehension: lambda node: python.call(
                "tuple", self.comprehension(node, python.Generator)
            ),
        }

    def write(self, node: tree.Expression) -> python.Expression:
        known = self.known(node)
        if known is not None:
            return literal(known[0], self.environment.layers)
        return self.rules[type(node)](node)

    def count(self, node: tree.Expression) -> python.Expression:
        """An expression that is to be an integer.

        `int(...)` would cut off what the language refuses, for other values of a parameter.
        """
        kind = self.environment.kind(node)
        if "float" not in kind:
            return self.write(node)
        if not kind <= NUMBERS:
            raise Inexpressible
        if isinstance(node, tree.Binary) and node.operator == "/":
            sides = self.write(node.left), self.write(node.right)
            return python.call("whole", python.Binary(sides[0], "/", sides[1]))
        return python.call("whole", self.write(node))

    def known(self, node: tree.Expression) -> tuple[Value] | None:
        """The value of a part of an expression, if no symbol is in it."""
        if isinstance(node, tree.Literal | tree.Name):
            return None
        names = names_of(node)
        if not any(map(is_shape, names)) and not names & self.environment.constants.keys():
            return None  # it is written as the spec writes it
        try:
            return known_value(Formula(node), self.environment)
        except EvaluationFailed:  # a branch that is not taken
            return None

    def name(self, node: tree.Name) -> python.Expression:
        if node.name in self.environment.symbols:
            return self.environment.symbols[node.name]
        if node.name in self.environment.constants:
            return literal(self.environment.constants[node.name], self.environment.layers)
        raise Inexpressible

    def dimension(self, node: tree.InputDimension | tree.ValueDimension) -> python.Expression:
        value = _owner(node)
        axes = ("height", "width") if node.axis == SIZE else (node.axis,)
        sides = [python.expression(self.environment.entering(value + axis)) for axis in axes]
        return python.Tuple(sides) if node.axis == SIZE else sides[0]

    def unary(self, node: tree.Unary) -> python.Expression:
        operand = self.write(node.operand)
        return negated(operand) if node.operator == "not" else python.Unary("-", operand)

    def binary(self, node: tree.Binary) -> python.Expression:
        operator = node.operator
        if operator in ("==", "!="):
            return self.equality(node)
        if operator in ("and", "or"):
            return self.logic(node)
        left, right = self.write(node.left), self.write(node.right)
        if operator in ("<", "<=", ">", ">="):
            return python.Compare(left, operator, right)
        if operator == "/":
            return self.division(node, left, right)
        if operator == "**":
            return python.Power(left, right)
        if operator in ("+", "*"):
            folded = (add if operator == "+" else multiply)(simplest(left), simplest(right))
            return python.expression(folded)
        return python.Binary(left, operator, right)

    def logic(self, node: tree.Binary) -> python.Expression:
        """`and` or `or`, without a side whose value is known."""
        for side, other in ((node.left, node.right), (node.right, node.left)):
            known = self.known(side)
            if known is not None:
                decides = known[0] is (node.operator == "or")
                return literal(known[0]) if decides else self.write(other)
        return python.BoolOp(node.operator, self.write(node.left), self.write(node.right))

    def equality(self, node: tree.Binary) -> python.Expression:
        """`==` or `!=`: of booleans the operand itself, of none `is`."""
        kinds = self.environment.kind(node.left), self.environment.kind(node.right)
        if not equal_alike(*kinds):
            raise Inexpressible
        for side, other in ((node.left, node.right), (node.right, node.left)):
            if not isinstance(side, tree.Literal):
                continue
            if isinstance(side.value, bool) and self.environment.kind(other) == BOOLEAN:
                same = side.value is (node.operator == "==")
                return self.write(other) if same else negated(self.write(other))
            if side.value is None:
                operand, is_equal = self.write(other), node.operator == "=="
                if not operand.names:  # an argument that a default is written with
                    return literal((str(operand) == "None") is is_equal)
                return python.Compare(operand, "is" if is_equal else "is not", None)
        left, right = self.write(node.left), self.write(node.right)
        if "None" in (str(left), str(right)):  # which stands for `identity`
            operand = right if str(left) == "None" else left
            return python.Compare(operand, "is" if node.operator == "==" else "is not", None)
        return python.Compare(left, node.operator, right)

    def division(
        self, node: tree.Binary, left: python.Expression, right: python.Expression
    ) -> python.Expression:
        """`//` of integers, whose division is exact in the language; `/` of other numbers."""
        kind = self.environment.kind(node)
        if not kind <= NUMBERS:
            raise Inexpressible
        if kind == NUMBERS:
            return python.call("quotient", left, right)
        return python.Binary(left, "//" if "int" in kind else "/", right)

    def conditional(self, node: tree.Conditional) -> python.Expression:
        known = self.known(node.condition)
        if known is not None:
            return self.write(node.then if known[0] else node.otherwise)
        then, otherwise = self.write(node.then), self.write(node.otherwise)
        if str(then) == str(otherwise):
            return then
        return python.Conditional(then, self.write(node.condition), otherwise)

    def function(self, node: tree.Function) -> python.Expression:
        if node.name not in FUNCTIONS:
            raise Inexpressible
        if node.name in ITERATORS:
            return python.call("tuple", self.iterable(node))
        if node.name in REDUCING and isinstance(node.arguments[0], tree.Comprehension):
            inside = self.comprehension(node.arguments[0], python.Generator)
            return python.Call(node.name, [inside])
        arguments = [self.iterable(one) for one in node.arguments]
        kind = self.environment.kind(node.arguments[0])
        is_least = node.name in ("max", "min") and len(arguments) == 1 and not elements(kind)
        if is_least or (node.name in ROUNDING and kind == INTEGER):
            return arguments[0]
        if len(arguments) > 1 and node.name in ("max", "min"):
            return _flattened(node.name, arguments)
        return python.Call(ROUNDING.get(node.name, node.name), arguments)

    def iterable(self, node: tree.Expression) -> python.Expression:
        """An expression that is only counted or run over: a range or a display stays one."""
        if isinstance(node, tree.Function) and node.name in ITERATORS:
            part = self.count if node.name == "range" else self.iterable
            return iterator(node.name, map(part, node.arguments))
        if isinstance(node, tree.Items) and not node.is_tuple:
            return python.List([self.write(item) for item in node.items])
        if isinstance(node, tree.Comprehension) and self.known(node) is None:
            return self.comprehension(node, python.ListComprehension)
        return self.write(node)

    def comprehension(
        self, node: tree.Comprehension, display: type[python.Generator]
    ) -> python.Expression:
        """A comprehension between the brackets of a display, with names that hide none it reads."""
        environment, iterable = self.environment, self.iterable(node.iterable)
        kinds = own_kinds(node, environment.kind(node.iterable))
        read = self.names_in(node.element) | self.names_in(node.condition)
        symbols = {one: python.name(one + "_" * (one in read)) for one in kinds}
        inner = _Writer(environment.extended(symbols, kinds))
        condition = node.condition
        return display(
            inner.write(node.element),
            (*symbols.values(),),
            iterable,
            None if condition is None else inner.write(condition),
        )

    def names_in(self, node: tree.Expression | None) -> frozenset[str]:
        """What emitted code around an expression calls the values that it reads."""
        if node is None:
            return frozenset()
        symbols = self.environment.symbols
        found = [symbols[name].names for name in names_of(node) & symbols.keys()]
        found += [self.dimension(one).names for one in tree.parts(node) if isinstance(one, SHAPES)]
        return OF_PYTHON.union(*found)

    def layer_with(self, node: tree.LayerWith) -> python.Expression:
        """A layer with arguments that are symbols."""
        layer: Any = getattr(node.layer, "value", None)
        if not isinstance(layer, LayerValue) or not isinstance(layer.callee, type):
            raise Inexpressible
        op: Any = layer.callee
        row = (*op.attributes,)
        formulas = {
            one.attribute(place, row): Formula(one.value)
            for place, one in enumerate(node.arguments)
        }
        return self.environment.layers.made(op, formulas, self.environment)

    def items(self, node: tree.Items) -> python.Expression:
        return python.Tuple([self.write(item) for item in node.items])


def _flattened(name: str, arguments: Sequence[python.Expression]) -> python.Expression:
    """The largest or least of several values, each named once, those of an inner call as well."""
    values: dict[str, python.Expression] = {}
    for one in arguments:
        nested: Sequence[python.Expression] = ()
        if isinstance(one, python.Call) and str(one.value) == name:
            nested = one.arguments
        for value in nested if len(nested) > 1 else (one,):
            values.setdefault(str(value), value)
    first, *others = values.values()
    return python.Call(name, [first, *others]) if others else first
