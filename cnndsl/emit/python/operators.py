"""Operators of the Python source that backends write, and f-strings."""

from __future__ import annotations

from .expressions import (
    AND,
    COMPARE,
    CONDITIONAL,
    DISJUNCTION,
    INSIDE,
    LAMBDA,
    OR,
    POWER,
    UNARY,
    UNDECIDED,
    WHEN_BROKEN,
    Attribute,
    Expression,
    Literal,
    Parenthesized,
    Raw,
    String,
    Unary,
    guard,
    inner_group,
    inner_line,
)
from .layout import NOTHING, SOFT, SPACE, Document, IfBroken, Join, Mark, Text, flat_text
from .text import escape_text, preferred_quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .expressions import Level, Value

BINARY = {"|": DISJUNCTION, "^": 8, "&": 9, "<<": 10, ">>": 10, "+": 11, "-": 11}
BINARY.update({"*": 12, "/": 12, "//": 12, "%": 12, "@": 12, "**": POWER})
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not")


class Hole:
    """A hole of an f-string, with a conversion (`r`) and a format specification (`03d`)."""

    __slots__ = ("conversion", "specification", "value")

    def __init__(self, value: Value, conversion: str = "", specification: str = "") -> None:
        if conversion not in ("", "r", "s", "a"):
            raise ValueError(f"no such conversion in an f-string: {conversion!r}")
        if not specification.isprintable() or any(mark in specification for mark in "{}\\'\""):
            raise ValueError(f"not a plain format specification: {specification!r}")
        self.value = guard(value, CONDITIONAL)
        self.conversion = conversion
        self.specification = specification

    def source(self, quote: str) -> str:
        """The hole with its braces; strings in it have `quote`."""
        text = flat_text(self.value.layout(INSIDE), quote)
        if "\\" in text or _other(quote) in text:
            raise ValueError(f"no such string can stand in a hole of an f-string: {text}")
        ending = f"!{self.conversion}" if self.conversion else ""
        ending += f":{self.specification}" if self.specification else ""
        if text.startswith("{"):
            return f"{{ {text}{ending or ' '}}}"
        return f"{{{text}{ending}}}"


def _other(quote: str) -> str:
    return "'" if quote == '"' else '"'


class FString(Literal):
    """An f-string of parts: text stands for itself, an expression or `Hole` for a hole."""

    __slots__ = ("parts",)

    def __init__(self, *parts: str | Expression | Hole) -> None:
        self.parts = [part if isinstance(part, (str, Hole)) else Hole(part) for part in parts]
        self.text = self.quoted()

    def quoted(self, quote: str = "") -> str:
        """The literal between `quote`, or between the quotes that suit it best."""
        texts = [part for part in self.parts if isinstance(part, str)]
        quote = quote or preferred_quote("".join(texts))
        inside = [
            escape_text(part, quote).replace("{", "{{").replace("}", "}}")
            if isinstance(part, str)
            else part.source(_other(quote))
            for part in self.parts
        ]
        return f"f{quote}{''.join(inside)}{quote}"


class Chain(Expression):
    """Operands with operators between them, which break before the weakest operators."""

    __slots__ = ("operands", "operators", "precedence", "strength")

    def __init__(
        self, operands: Sequence[Expression], operators: Sequence[str], precedence: int
    ) -> None:
        self.operands = tuple(operands)
        self.operators = tuple(operators)
        self.precedence = precedence
        # Where lines break, `and` and `or` are equally weak.
        self.strength = OR if precedence == AND else precedence

    def needs(self) -> str:
        """Parentheses, if it breaks."""
        return WHEN_BROKEN

    def flattened(self) -> tuple[list[Expression], list[tuple[str, int]]]:
        """Operands, and the operators between them with their strength, of all chains in it."""
        operands: list[Expression] = []
        operators: list[tuple[str, int]] = []
        for index, operand in enumerate(self.operands):
            if index:
                operators.append((self.operators[index - 1], self.strength))
            if isinstance(operand, Chain):
                inner_operands, inner_operators = operand.flattened()
                operands += inner_operands
                operators += inner_operators
            else:
                operands.append(operand)
        return operands, operators

    def layout(self, level: Level, chain: str = UNDECIDED) -> Document:
        """The operands, each but the first on a line with the operator before it."""
        operands, operators = self.flattened()
        return inner_group(_split(operands, operators, level), level)


def _split(operands: list[Expression], operators: list[tuple[str, int]], level: Level) -> Document:
    """The operands with breaks before the weakest operators, those between them in groups."""
    if not operators:
        return operands[0].layout(level)
    weakest = min([strength for _, strength in operators])
    documents: list[Document] = []
    start = 0
    for index, (operator, strength) in enumerate([*operators, ("", weakest)]):
        if strength != weakest:
            continue
        document = _split(operands[start : index + 1], operators[start:index], level)
        documents.append(document if start == index else inner_group(document, level))
        start = index + 1
        if not operator:
            break
        if operator == "**" and _is_simple(operands[index]) and _is_simple(operands[start]):
            gap = IfBroken(SPACE, level if isinstance(level, Mark) else None)
            documents += [inner_line(level, SOFT), Text(operator), gap if level else NOTHING]
        else:
            documents += [inner_line(level), Text(f"{operator} ")]
    return Join(*documents)


def _is_simple(operand: Expression) -> bool:
    if isinstance(operand, Unary):
        return operand.operator != "not" and _is_simple(operand.operand)
    if isinstance(operand, Attribute):
        value = operand.value
        return _is_simple(value.value if isinstance(value, Parenthesized) else value)
    return isinstance(operand, Raw)


class Binary(Chain):
    """Two operands with an arithmetic or bitwise operator between them."""

    __slots__ = ("operator",)

    def __init__(self, left: Value, operator: str, right: Value) -> None:
        if operator not in BINARY:
            raise ValueError(f"no such operator: {operator!r}")
        strength = BINARY[operator]
        self.operator = operator
        if operator == "**":
            operands = [guard(left, POWER + 1), guard(right, UNARY)]
        else:
            operands = [guard(left, strength), guard(right, strength + 1)]
        super().__init__(operands, [operator], strength)


class Compare(Chain):
    """Operands with comparisons between them: `Compare(a, "<", b, "<", c)`."""

    __slots__ = ()

    def __init__(self, left: Value, *rest: Value) -> None:
        operators = [str(operator) for operator in rest[::2]]
        if not rest or len(rest) % 2 or any(each not in COMPARISONS for each in operators):
            raise ValueError(f"operands and comparisons have to alternate: {operators}")
        operands = [guard(each, COMPARE + 1) for each in (left, *rest[1::2])]
        super().__init__(operands, operators, COMPARE)


class BoolOp(Chain):
    """Operands between which `and` or `or` stands."""

    __slots__ = ()

    def __init__(self, operator: str, *values: Value) -> None:
        if operator not in ("and", "or") or len(values) < 2:
            raise ValueError(f"`and` or `or` with two operands or more, not {operator!r}")
        strength = AND if operator == "and" else OR
        operands = [guard(value, strength + 1) for value in values]
        super().__init__(operands, [operator] * (len(operands) - 1), strength)


class Conditional(Expression):
    """`body if test else orelse`."""

    __slots__ = ("body", "orelse", "test")

    precedence = CONDITIONAL

    def __init__(self, body: Value, test: Value, orelse: Value) -> None:
        self.body = guard(body, OR)
        self.test = guard(test, OR)
        self.orelse = guard(orelse, CONDITIONAL)

    def needs(self) -> str:
        """Parentheses, if it breaks."""
        return WHEN_BROKEN

    def layout(self, level: Level, chain: str = UNDECIDED) -> Document:
        """The three operands, each on a line of its own if they do not fit."""
        return inner_group(self.clauses(level), level)

    def clauses(self, level: Level) -> Document:
        """The operands, with those of a conditional after `else` at the same level."""
        if isinstance(self.orelse, Conditional):
            orelse = self.orelse.clauses(level)
        else:
            orelse = inner_group(self.orelse.layout(level), level)
        return Join(
            self.body.layout(level),
            inner_line(level),
            Text("if "),
            self.test.layout(level),
            inner_line(level),
            Text("else "),
            orelse,
        )


class Slice(Expression):
    """`start:stop:step` in a subscript, where each may be missing."""

    __slots__ = ("bounds",)

    def __init__(
        self,
        start: Value = None,
        stop: Value = None,
        step: Value = None,
    ) -> None:
        bounds = (start, stop, step)
        self.bounds = [None if each is None else guard(each, LAMBDA) for each in bounds]

    def layout(self, level: Level, chain: str = UNDECIDED) -> Document:
        """The bounds, with spaces around the colons unless all of them are simple."""
        start, stop, step = self.bounds
        spaced = not all(each is None or _is_plain(each) for each in self.bounds)
        parts: list[Document] = []
        if start is not None:
            parts += [start.layout(level), SPACE if spaced else NOTHING]
        parts.append(Text(":"))
        if stop is not None:
            parts += [SPACE if spaced else NOTHING, stop.layout(level)]
        if step is not None:
            before = SPACE if spaced and stop is not None else NOTHING
            parts += [before, Text(": " if spaced else ":"), step.layout(level)]
        return Join(*parts)


def _is_plain(operand: Expression) -> bool:
    if isinstance(operand, Unary):
        return operand.operator != "not" and _is_plain(operand.operand)
    return isinstance(operand, (Raw, String))
