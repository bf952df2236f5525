"""Expressions of the Python source that backends write, and how each is broken into lines.

Parentheses are where Python's precedence requires them, and in one more place where
`ruff format` adds them: around a power below a sign.
"""

from __future__ import annotations

from .layout import (
    NOTHING,
    SOFT,
    SOFT_OR_SPACE,
    SPACE,
    Document,
    FitsExpanded,
    Group,
    GroupIfBroken,
    IfBroken,
    IfFlat,
    Join,
    Mark,
    Text,
    flat_text,
    soft_block,
)
from .text import is_name, string_literal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    Value: TypeAlias = "Expression | str | int | float | bool | None"
    """What stands for an expression: text is taken as a dotted name, never as a string."""
    Keyword: TypeAlias = "tuple[str, Value]"
    Keywords: TypeAlias = "Mapping[str, Value] | list[Keyword] | tuple[Keyword, ...]"
    """Keyword arguments by name, or as pairs."""
    Level: TypeAlias = "Mark | bool"
    """Where an expression stands: in optional parentheses, in brackets, or in neither."""

OUTSIDE = False
INSIDE = True

# What an expression that does not fit gets around it at the level of a statement.
WHEN_BROKEN = "parentheses when broken"
WHEN_FITTING = "parentheses when that makes it fit"
NEVER = "no parentheses"

LAMBDA, CONDITIONAL, OR, AND, NOT, COMPARE, DISJUNCTION = range(1, 8)
UNARY, POWER, ATOM = 13, 14, 15

# How a chain of calls and attributes breaks: not decided yet, before its dots, or in its calls.
UNDECIDED, FLUENT, STRAIGHT = "undecided", "fluent", "straight"


class Expression:
    """An expression, not to be changed; `str()` of it is its source on one line."""

    __slots__ = ()

    precedence = ATOM

    def layout(self, level: Level, chain: str = UNDECIDED) -> Document:
        """The document of this expression at `level`."""
        raise NotImplementedError

    def needs(self) -> str:
        """What the expression gets around it when it does not fit."""
        return WHEN_FITTING

    def filled(self) -> bool | None:
        """Whether something stands in the brackets that it has, None if it has none."""
        return None

    def alone(self) -> Document:
        """The document of this expression as the only argument of a call."""
        return self.layout(INSIDE)

    def __str__(self) -> str:
        return flat_text(self.layout(INSIDE))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and str(other) == str(self)

    def __hash__(self) -> int:
        return hash((type(self).__name__, str(self)))


def expression(value: Value) -> Expression:
    """`value` as an expression: numbers and None as literals, text as a dotted name."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, str):
        return name(value)
    return number(value)


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
        return Call("float", [string(text)])
    if text.startswith("-"):
        return Unary("-", Number(text[1:]))
    return Number(text)


def string(text: str) -> Expression:
    """A string literal of `text`."""
    return String(text)


def brackets(opening: str, content: Document, closing: str, level: Level) -> Document:
    """`content` between brackets, on lines of its own where it does not fit."""
    inner: Document = Group(soft_block(content))
    inner = FitsExpanded(inner, level) if isinstance(level, Mark) else inner
    return Join(Text(opening), inner, Text(closing))


def separated(documents: Sequence[Document], trailing: bool = False) -> Document:
    """`documents` between commas, with a comma at the end where they are on several lines."""
    parts: list[Document] = []
    for document in documents:
        if parts:
            parts += [Text(","), SOFT_OR_SPACE]
        parts.append(document)
    if trailing or len(documents) > 1:
        parts.append(IfBroken(Text(",")))
    return Join(*parts)


def inner_line(level: Level, line: Document = SOFT_OR_SPACE) -> Document:
    """A soft break, if it stands in brackets or in optional parentheses that are there."""
    flat = SPACE if line is SOFT_OR_SPACE else NOTHING
    if isinstance(level, Mark):
        return Join(IfBroken(line, level), IfFlat(flat, level))
    return line if level else flat


def inner_group(content: Document, level: Level) -> Document:
    """A group, if it stands in brackets or in optional parentheses that are there."""
    if isinstance(level, Mark):
        return GroupIfBroken(content, level)
    return Group(content) if level else content


class Raw(Expression):
    """Text taken as it is: it counts as an atom and never breaks."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        if not text.isprintable():
            raise ValueError(f"not on one line: {text!r}")
        self.text = text

    def layout(self, level: Level, chain: str = UNDECIDED) -> Document:
        """The text."""
        return Text(self.text)


class Name(Raw):
    """An identifier."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        if not is_name(text):
            raise ValueError(f"not a Python name: {text!r}")
        super().__init__(text)


class Number(Raw):
    """A literal of a number that is not negative."""

    __slots__ = ()


class Literal(Expression):
    """A string literal, whose quotes differ inside an f-string."""

    __slots__ = ("text",)

    text: str

    def layout(self, level: Level, chain: str = UNDECIDED) -> Document:
        """The literal."""
        return _LiteralText(self)

    def quoted(self, quote: str = "") -> str:
        """The literal between `quote`, or between the quotes that suit it best."""
        raise NotImplementedError


class _LiteralText(Text):
    """The text of a literal."""

    __slots__ = ("literal",)

    def __init__(self, literal: Literal) -> None:
        super().__init__(literal.text)
        self.literal = literal

    def flat(self, quote: str = "") -> str:
        """The literal between the quotes asked for."""
        return self.literal.quoted(quote) if quote else self.text


class String(Literal):
    """A string literal; `value` is what it evaluates to."""

    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        self.value = value
        self.text = self.quoted()

    def quoted(self, quote: str = "") -> str:
        """The literal between `quote`, or between the quotes that suit it best."""
        return string_literal(self.value, quote)


class Parenthesized(Expression):
    """An expression in parentheses, which is what a weakly binding operand becomes."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = expression(value)

    def needs(self) -> str:
        """Its own parentheses suffice."""
        return NEVER

    def filled(self) -> bool | None:
        """Something always stands in the parentheses."""
        return True

    def layout(self, level: Level, chain: str = UNDECIDED) -> Document:
        """The expression between its parentheses."""
        return brackets("(", self.value.layout(INSIDE), ")", level)


class Unary(Expression):
    """An operator before its operand: `-`, `+`, `~` or `not`."""

    __slots__ = ("operand", "operator", "precedence")

    def __init__(self, operator: str, operand: Value) -> None:
        if operator not in ("-", "+", "~", "not"):
            raise ValueError(f"no such operator: {operator!r}")
        self.precedence = NOT if operator == "not" else UNARY
        self.operator = operator
        guarded = guard(operand, self.precedence)
        if guarded.precedence == POWER:
            guarded = Parenthesized(guarded)
        self.operand = guarded

    def needs(self) -> str:
        """What its operand needs."""
        return self.operand.needs()

    def layout(self, level: Level, chain: str = UNDECIDED) -> Document:
        """The operator and its operand."""
        operator = "not " if self.operator == "not" else self.operator
        return Join(Text(operator), self.operand.layout(level))


class Primary(Expression):
    """An attribute, a call or a subscript: something that follows a `value`."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        operand = guard(value, ATOM)
        if isinstance(operand, Number) and isinstance(self, Attribute):
            operand = Parenthesized(operand)
        self.value = operand

    def is_fluent(self) -> bool:
        """Whether a chain that ends here breaks before its dots."""
        count = 0
        current: Expression = self
        while isinstance(current, Primary):
            value = current.value
            if isinstance(current, Attribute) and isinstance(value, (Call, Index, Parenthesized)):
                count += 1
            current = value
        return count >= 2

    def needs(self) -> str:
        """What its value needs, unless it breaks before its dots."""
        if self.is_fluent():
            return WHEN_BROKEN
        return self.value.needs()

    def layout(self, level: Level, chain: str = UNDECIDED) -> Document:
        """The value and what follows it."""
        decided = chain
        if chain == UNDECIDED:
            decided = FLUENT if level and self.is_fluent() else STRAIGHT
        document = self.linked(level, decided)
        return Group(document) if chain == UNDECIDED and decided == FLUENT else document

    def linked(self, level: Level, chain: str) -> Document:
        """The value and what follows it, in a chain that breaks as `chain` says."""
        inner = self.value.layout(level, chain)
        return Join(inner, self.follower(level))

    def follower(self, level: Level) -> Document:
        """What stands after the value."""
        raise NotImplementedError


class Attribute(Primary):
    """`value.attribute`."""

    __slots__ = ("attribute",)

    def __init__(self, value: Value, attribute: str) -> None:
        if not is_name(attribute):
            raise ValueError(f"not a Python name: {attribute!r}")
        super().__init__(value)
        self.attribute = attribute

    def linked(self, level: Level, chain: str) -> Document:
        """The value, a break where the chain has one, and the attribute."""
        breaks = chain == FLUENT and isinstance(self.value, (Call, Index, Parenthesized))
        line = SOFT if breaks else NOTHING
        return Join(self.value.layout(level, chain), line, Text(f".{self.attribute}"))


class Call(Primary):
    """A call; `keywords` are a dictionary or pairs; an empty keyword stands for `**`."""

    __slots__ = ("arguments", "keywords")

    def __init__(
        self,
        function: Value,
        arguments: Sequence[Value] = (),
        keywords: Keywords = (),
    ) -> None:
        super().__init__(function)
        pairs = keywords if isinstance(keywords, (list, tuple)) else dict(keywords).items()
        for key, _ in pairs:
            if key and not is_name(key):
                raise ValueError(f"not a keyword argument: {key!r}")
        self.arguments = tuple([guard(argument, LAMBDA) for argument in arguments])
        self.keywords = tuple([(key, guard(value, LAMBDA)) for key, value in pairs])

    def filled(self) -> bool | None:
        """Whether the call has arguments."""
        return bool(self.arguments or self.keywords)

    def follower(self, level: Level) -> Document:
        """The arguments between parentheses."""
        if len(self.arguments) == 1 and not self.keywords:
            return brackets("(", Group(self.arguments[0].alone()), ")", level)
        return argument_list(self.arguments, self.keywords, level)


def argument_list(
    arguments: Sequence[Expression], keywords: Sequence[tuple[str, Expression]], level: Level
) -> Document:
    """Arguments between parentheses, all on one line of their own if they fit there."""
    documents = [argument.layout(INSIDE) for argument in arguments]
    for key, value in keywords:
        documents.append(Join(Text(f"{key}=" if key else "**"), value.layout(INSIDE)))
    if not documents:
        return Text("()")
    return brackets("(", Group(separated(documents)), ")", level)


class Index(Primary):
    """A subscript, of several indices if there are more than one."""

    __slots__ = ("indices",)

    def __init__(self, value: Value, *indices: Value) -> None:
        super().__init__(value)
        self.indices = tuple([guard(index, LAMBDA) for index in indices])

    def filled(self) -> bool | None:
        """There always is an index."""
        return True

    def follower(self, level: Level) -> Document:
        """The indices between brackets."""
        documents = [index.layout(INSIDE) for index in self.indices]
        content = documents[0] if len(documents) == 1 else separated(documents)
        return brackets("[", content, "]", level)
