"""Operators of the Python source that backends write, and f-strings."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise

from .expressions import WHEN_BROKEN, Binding, Expression, Literal, guard, inner_line, names_in
from .layout import Group, flat_text
from .text import escape_text, preferred_quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from .expressions import Value
    from .layout import Document, Mark

    Link: TypeAlias = "tuple[str, int, Expression]"
    """An operand of a chain after its operator, which binds as strongly as the number says."""

BINARY = {
    **dict.fromkeys(("+", "-"), Binding.SUM),
    **dict.fromkeys(("*", "/", "//", "%", "@"), Binding.PRODUCT),
}
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not")


class FString(Literal):
    """An f-string: text stands for itself, an expression for a hole that holds it."""

    def __init__(self, *pieces: str | Expression) -> None:
        self.pieces = [
            each if isinstance(each, str) else guard(each, Binding.CONDITIONAL) for each in pieces
        ]
        self.text = self.quoted()

    def quoted(self, quote: str = "") -> str:
        texts = [piece for piece in self.pieces if isinstance(piece, str)]
        quote = quote or preferred_quote("".join(texts))
        inside = [
            escape_text(piece, quote).replace("{", "{{").replace("}", "}}")
            if isinstance(piece, str)
            else _hole(piece, quote)
            for piece in self.pieces
        ]
        return f"f{quote}{''.join(inside)}{quote}"

    @cached_property
    def names(self) -> frozenset[str]:
        return names_in([piece for piece in self.pieces if isinstance(piece, Expression)])


def _hole(value: Expression, outer: str) -> str:
    """A hole in braces; the strings in it have other quotes than those around the f-string."""
    text = flat_text(value, "'" if outer == '"' else '"')
    if "\\" in text or outer in text:
        raise ValueError(f"no such string can stand in a hole of an f-string: {text}")
    return f"{{ {text} }}" if text.startswith("{") else f"{{{text}}}"


class Chain(Expression):
    """Operands with operators between them, which break before the weakest operators."""

    fields = ("operands",)
    wrapping = WHEN_BROKEN

    def __init__(
        self, operands: Sequence[Expression], operators: Sequence[str], precedence: int
    ) -> None:
        self.operands = tuple(operands)
        self.operators = tuple(operators)
        self.precedence = precedence
        # Where lines break, `and` and `or` are equally weak.
        self.strength = Binding.OR if precedence == Binding.AND else precedence

    def operators_outside(self) -> tuple[int, int]:
        return self.strength, len(self.operators)

    def links(self, before: tuple[str, int] = ("", 0)) -> list[Link]:
        """The operands of all chains in it; the first comes after the operator `before` it."""
        found: list[Link] = []
        for operator, operand in zip(("", *self.operators), self.operands, strict=True):
            behind = (operator, self.strength) if operator else before
            found += operand.links(behind) if isinstance(operand, Chain) else [(*behind, operand)]
        return found

    def layout(self, level: Mark) -> Document:
        """The operands, each but the first on a line with the operator before it."""
        return Group(_split(self.links(), level), mark=level)


def _split(links: Sequence[Link], level: Mark) -> Document:
    """The operands with breaks before the weakest operators, those between them in groups."""
    if len(links) == 1:
        return links[0][2].at(level)
    weakest = min([strength for _, strength, _ in links[1:]])
    starts = [place for place, link in enumerate(links) if place and link[1] == weakest]
    parts: list[Document] = []
    for start, end in pairwise([0, *starts, len(links)]):
        if start:
            parts += inner_line(level), f"{links[start][0]} "
        document = _split(links[start:end], level)
        parts.append(document if end - start == 1 else Group(document, mark=level))
    return tuple(parts)


class Binary(Chain):
    """Two operands with an arithmetic operator between them."""

    def __init__(self, left: Value, operator: str, right: Value) -> None:
        if operator not in BINARY:
            raise ValueError(f"no such operator: {operator!r}")
        strength = BINARY[operator]
        self.operator = operator
        operands = [guard(left, strength), guard(right, strength + 1)]
        super().__init__(operands, [operator], strength)


class Compare(Chain):
    """Operands with comparisons between them: `Compare(a, "<", b, "<", c)`."""

    def __init__(self, left: Value, *rest: Value) -> None:
        operators = [str(operator) for operator in rest[::2]]
        if not rest or len(rest) % 2 or any(each not in COMPARISONS for each in operators):
            raise ValueError(f"operands and comparisons have to alternate: {operators}")
        operands = [guard(each, Binding.COMPARE + 1) for each in (left, *rest[1::2])]
        super().__init__(operands, operators, Binding.COMPARE)


class BoolOp(Chain):
    """Operands between which `and` or `or` stands."""

    def __init__(self, operator: str, *values: Value) -> None:
        if operator not in ("and", "or") or len(values) < 2:
            raise ValueError(f"`and` or `or` with two operands or more, not {operator!r}")
        strength = Binding.AND if operator == "and" else Binding.OR
        operands = [guard(value, strength + 1) for value in values]
        super().__init__(operands, [operator] * (len(operands) - 1), strength)


class Conditional(Expression):
    """`body if test else orelse`."""

    fields = ("body", "test", "orelse")
    precedence = Binding.CONDITIONAL
    wrapping = WHEN_BROKEN

    def __init__(self, body: Value, test: Value, orelse: Value) -> None:
        self.body = guard(body, Binding.OR)
        self.test = guard(test, Binding.OR)
        self.orelse = guard(orelse, Binding.CONDITIONAL)

    def operators_outside(self) -> tuple[int, int]:
        return Binding.CONDITIONAL, 2

    def layout(self, level: Mark) -> Document:
        """The operands, each on a line of its own if they do not fit; so are those after `else`."""
        parts: list[Document] = []
        last: Expression = self
        while isinstance(last, Conditional):
            parts += [last.body.at(level), inner_line(level), "if ", last.test.at(level)]
            parts += [inner_line(level), "else "]
            last = last.orelse
        return Group((*parts, Group(last.at(level), mark=level)), mark=level)
