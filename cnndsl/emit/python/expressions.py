"""Expressions of the Python source that backends write, and how each is broken into lines.

Parentheses are where Python's precedence requires them.
"""

from __future__ import annotations

from functools import cached_property, partial

from .layout import (
    INSIDE,
    OUTSIDE,
    SOFT,
    SOFT_OR_SPACE,
    Block,
    Deferred,
    FitsExpanded,
    Group,
    IfBroken,
    flat_text,
)
from .text import identifiers, is_name, string_literal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeAlias

    from .layout import Document, Mark

    Value: TypeAlias = "Expression | str | int | float | bool | None"
    """What stands for an expression: text is taken as a dotted name, never as a string."""
    Keyword: TypeAlias = "tuple[str, Value]"
    Keywords: TypeAlias = "Mapping[str, Value] | list[Keyword] | tuple[Keyword, ...]"
    """Keyword arguments by name, or as pairs."""

# What an expression that does not fit gets around it at the level of a statement.
WHEN_BROKEN = "parentheses when broken"
WHEN_FITTING = "parentheses when that makes it fit"
NEVER = "no parentheses"


class Binding:
    """How strongly operators bind, from the weakest on."""

    LAMBDA, CONDITIONAL, OR, AND, NOT, COMPARE, SUM, PRODUCT, UNARY = range(1, 10)
    POWER, ATOM = 10, 11
    # Where lines break, the dot behind brackets is an operator too.
    DOT = 50


class Tree:
    """A part of a program that holds expressions."""

    fields: tuple[str, ...] = ()
    """Where it holds them, each of which has an expression, several or None."""

    @cached_property
    def parts(self) -> tuple[Expression, ...]:
        """The expressions that it is made of."""
        found: list[Expression] = []
        for field in self.fields:
            value = getattr(self, field)
            values = (value,) if isinstance(value, Expression) else value or ()
            found += [each for each in values if each is not None]
        return tuple(found)


class Expression(Tree, Deferred):
    """An expression, not to be changed; `str()` of it is its source on one line.

    In a document it stands for itself inside brackets; `at` places it elsewhere.
    """

    precedence = Binding.ATOM
    wrapping = WHEN_FITTING
    """What the kind of expression gets around it when it does not fit."""
    has_brackets = False
    """Whether it ends in brackets, in which lines can break if they are filled."""
    dots = 0
    """How many dots behind brackets are in the chain of calls that it is."""

    def layout(self, level: Mark) -> Document:
        """The document of this expression: in optional parentheses, `INSIDE` or `OUTSIDE`."""
        raise NotImplementedError

    def outer_parts(self) -> tuple[Expression, ...]:
        """The expressions that stand in it outside its brackets."""
        return () if self.has_brackets else self.parts

    def needs(self) -> str:
        """What the expression gets around it when it does not fit."""
        return self.wrapping

    def is_filled(self) -> bool:
        """Whether it has brackets with something in them."""
        return self.has_brackets

    def operators_outside(self) -> tuple[int, int]:
        """How strongly its own operators bind, and how many there are outside its brackets."""
        return Binding.DOT, 0

    def alone(self) -> Document:
        """The document of this expression as the only argument of a call."""
        return self

    def at(self, level: Mark) -> Document:
        """The document of this expression as a part of one at `level`."""
        return self if level is INSIDE else Placed(self.text, level, partial(self.layout, level))

    @cached_property
    def document(self) -> Document:
        return self.layout(INSIDE)

    @cached_property
    def text(self) -> str:
        return flat_text(self.document)

    @cached_property
    def names(self) -> frozenset[str]:
        """The variables that it reads; functions and modules are variables too."""
        return names_in(self.parts)

    @cached_property
    def size(self) -> int:
        """How many expressions it is made of, each as often as it stands there."""
        return 1 + sum([part.size for part in self.parts])

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and str(other) == self.text

    def __hash__(self) -> int:
        return hash((type(self), self.text))


class Placed(Deferred):
    """An expression that is not just inside brackets."""

    def __init__(self, text: str, mark: Mark, lay_out: Callable[[], Document]) -> None:
        self.text = text
        self.mark = mark
        self.lay_out = lay_out

    @cached_property
    def document(self) -> Document:
        return self.lay_out()


def names_in(expressions: Iterable[Expression]) -> frozenset[str]:
    """The variables that expressions read."""
    return frozenset().union(*[each.names for each in expressions])


def expression(value: Value) -> Expression:
    """`value` as an expression: numbers and None as literals, text as a dotted name."""
    if isinstance(value, Expression):
        return value
    return name(value) if isinstance(value, str) else number(value)


def guard(value: Value, precedence: int) -> Expression:
    """The expression of `value`, in parentheses if it binds less than `precedence`."""
    operand = expression(value)
    return Parenthesized(operand) if operand.precedence < precedence else operand


def name(text: str) -> Expression:
    """A name, or the attribute that a dotted name stands for."""
    first, *rest = text.split(".")
    result: Expression = Raw(first) if first in ("None", "True", "False") else Name(first)
    for part in rest:
        result = Attribute(result, part)
    return result


def number(value: float | bool | None) -> Expression:
    """A literal of a number, of a truth value or of None."""
    if value is None or isinstance(value, bool):
        return Raw(repr(value))
    text = repr(value).replace("e+", "e")
    if text in ("nan", "inf", "-inf"):
        return Call("float", [String(text)])
    return Unary("-", Number(text[1:])) if text.startswith("-") else Number(text)


def separated(documents: Sequence[Document], trailing: bool = False) -> Document:
    """`documents` between commas, with a comma at the end where they are on several lines."""
    parts: list[Document] = []
    for document in documents:
        if parts:
            parts += [",", SOFT_OR_SPACE]
        parts.append(document)
    if trailing or len(documents) > 1:
        parts.append(IfBroken(","))
    return tuple(parts)


def brackets(opening: str, content: Document, closing: str, level: Mark) -> Document:
    """`content` between brackets, on lines of its own where it does not fit."""
    inner: Document = Group(Block(content))
    if level is not INSIDE and level is not OUTSIDE:
        inner = FitsExpanded(inner, level)
    return (opening, inner, closing)


def inner_line(level: Mark) -> Document:
    """A space, or a break if it stands in brackets or in optional parentheses that are there."""
    return SOFT_OR_SPACE if level is INSIDE else IfBroken(SOFT_OR_SPACE, " ", level)


class Raw(Expression):
    """Text taken as it is: it counts as an atom and never breaks."""

    text: str

    def __init__(self, text: str) -> None:
        if not text.isprintable():
            raise ValueError(f"not on one line: {text!r}")
        self.text = text

    def layout(self, level: Mark) -> Document:
        return self.text

    @cached_property
    def names(self) -> frozenset[str]:
        return identifiers(self.text)


class Name(Raw):
    """An identifier."""

    def __init__(self, text: str) -> None:
        if not is_name(text):
            raise ValueError(f"not a Python name: {text!r}")
        self.text = text

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset((self.text,))


class Number(Raw):
    """A literal of a number that is not negative."""

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset()


class Literal(Expression):
    """A string literal, whose quotes differ inside an f-string."""

    text: str

    def layout(self, level: Mark) -> Document:
        return self.text

    def flat(self, quote: str) -> Document:
        return self.quoted(quote) if quote else self.text

    def quoted(self, quote: str = "") -> str:
        """The literal between `quote`, or between the quotes that suit it best."""
        raise NotImplementedError


class String(Literal):
    """A string literal; `value` is what it evaluates to."""

    def __init__(self, value: str) -> None:
        self.value = value
        self.text = self.quoted()

    def quoted(self, quote: str = "") -> str:
        return string_literal(self.value, quote)


class Bracketed(Expression):
    """Something between brackets of its own."""

    opening = "("
    closing = ")"
    has_brackets = True
    wrapping = NEVER

    def content(self) -> Document:
        """What stands between the brackets."""
        raise NotImplementedError

    def layout(self, level: Mark) -> Document:
        if not self.is_filled():
            return self.opening + self.closing
        return brackets(self.opening, self.content(), self.closing, level)


class Parenthesized(Bracketed):
    """An expression in parentheses, which is what a weakly binding operand becomes."""

    fields = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = expression(value)

    def content(self) -> Document:
        return self.value


class Unary(Expression):
    """An operator before its operand: `-` or `not`."""

    fields = ("operand",)

    def __init__(self, operator: str, operand: Value) -> None:
        if operator not in ("-", "not"):
            raise ValueError(f"no such operator: {operator!r}")
        self.precedence = Binding.NOT if operator == "not" else Binding.UNARY
        self.operator = operator
        is_power = isinstance(operand, Power)  # formatters put brackets around it
        self.operand = guard(operand, Binding.ATOM if is_power else self.precedence)

    def needs(self) -> str:
        return self.operand.needs()

    def layout(self, level: Mark) -> Document:
        return ("not " if self.operator == "not" else self.operator, self.operand.at(level))


class Power(Expression):
    """A base and its exponent, close together where both are plain."""

    fields = ("base", "exponent")
    precedence = Binding.POWER

    def __init__(self, base: Value, exponent: Value) -> None:
        self.base = guard(base, Binding.ATOM)
        self.exponent = guard(exponent, Binding.UNARY)

    def layout(self, level: Mark) -> Document:
        are_plain = is_plain(self.base) and is_plain(self.exponent)
        return (self.base.at(level), "**" if are_plain else " ** ", self.exponent.at(level))


def is_plain(operand: Expression) -> bool:
    """Whether an operand is a name, an attribute or a number, maybe with a sign."""
    return str(operand).lstrip("-").replace(".", "").replace("_", "").isalnum()


class Primary(Expression):
    """An attribute, a call or a subscript: something that follows a `value`."""

    fields: tuple[str, ...] = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = guard(value, Binding.ATOM)
        self.dots = self.value.dots

    def outer_parts(self) -> tuple[Expression, ...]:
        return (self.value,)

    def links(self) -> list[Primary]:
        """All that follows the first value of the chain that ends here."""
        found: list[Primary] = [self]
        while isinstance(value := found[-1].value, Primary):
            found.append(value)
        return found[::-1]

    def needs(self) -> str:
        return WHEN_BROKEN if self.dots > 1 else self.value.needs()

    def layout(self, level: Mark) -> Document:
        links = self.links()
        fluent = level is not OUTSIDE and self.dots > 1
        document = (links[0].value.at(level), *[link.follower(level, fluent) for link in links])
        return Group(document) if fluent else document

    def follower(self, level: Mark, fluent: bool) -> Document:
        """What stands after the value, in a chain that is `fluent` if it breaks before dots."""
        raise NotImplementedError


class Attribute(Primary):
    """`value.attribute`."""

    def __init__(self, value: Value, attribute: str) -> None:
        if not is_name(attribute):
            raise ValueError(f"not a Python name: {attribute!r}")
        super().__init__(value)
        if isinstance(self.value, Number):
            self.value = Parenthesized(self.value)
        self.dots += isinstance(self.value, (Call, Index, Parenthesized))
        self.attribute = attribute

    def operators_outside(self) -> tuple[int, int]:
        return Binding.DOT, int(self.value.has_brackets)

    def follower(self, level: Mark, fluent: bool) -> Document:
        breaks = fluent and self.dots > self.value.dots
        return (SOFT if breaks else "", f".{self.attribute}")


class Call(Primary):
    """A call; `keywords` are a dictionary or pairs."""

    has_brackets = True

    def __init__(
        self, function: Value, arguments: Sequence[Value] = (), keywords: Keywords = ()
    ) -> None:
        super().__init__(function)
        pairs = keywords if isinstance(keywords, (list, tuple)) else dict(keywords).items()
        for key, _ in pairs:
            if not is_name(key):
                raise ValueError(f"not a keyword argument: {key!r}")
        self.arguments = tuple([guard(argument, Binding.LAMBDA) for argument in arguments])
        self.keywords = tuple([(key, guard(value, Binding.LAMBDA)) for key, value in pairs])

    @cached_property
    def parts(self) -> tuple[Expression, ...]:
        return (self.value, *self.arguments, *[value for _, value in self.keywords])

    def is_filled(self) -> bool:
        return bool(self.arguments or self.keywords)

    def follower(self, level: Mark, fluent: bool) -> Document:
        documents: list[Document] = [*self.arguments]
        documents += [(f"{key}=", value) for key, value in self.keywords]
        if len(documents) == len(self.arguments) == 1:
            documents = [self.arguments[0].alone()]
        return argument_list(documents, level)


def argument_list(documents: Sequence[Document], level: Mark) -> Document:
    """Arguments between parentheses, all on one line of their own if they fit there."""
    return brackets("(", Group(separated(documents)), ")", level) if documents else "()"


class Index(Primary):
    """A subscript, of several indices if there are more than one."""

    fields = ("value", "indices")
    has_brackets = True

    def __init__(self, value: Value, *indices: Value) -> None:
        super().__init__(value)
        self.indices = tuple([guard(index, Binding.LAMBDA) for index in indices])

    def follower(self, level: Mark, fluent: bool) -> Document:
        return brackets("[", Group(separated(self.indices)), "]", level)
