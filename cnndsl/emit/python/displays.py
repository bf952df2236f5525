"""Lists, tuples, dictionaries and comprehensions of the Python source that backends write."""

from __future__ import annotations

from .expressions import (
    CONDITIONAL,
    DISJUNCTION,
    INSIDE,
    LAMBDA,
    NEVER,
    OR,
    UNDECIDED,
    WHEN_BROKEN,
    Expression,
    brackets,
    expression,
    guard,
    separated,
)
from .layout import SOFT_OR_SPACE, Document, Group, Join, Mark, Text, parenthesized_if_needed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeAlias

    from .expressions import Level, Value

    Targets: TypeAlias = "Value | list[Value] | list[str] | tuple[Value, ...]"
    """One target, or several."""


class Display(Expression):
    """Items between brackets, all on one line or each on its own."""

    __slots__ = ("items",)

    opening = "["
    closing = "]"

    def __init__(self, items: Iterable[Value] = ()) -> None:
        self.items = tuple([guard(item, LAMBDA) for item in items])

    def needs(self) -> str:
        """Nothing: it has brackets of its own."""
        return NEVER

    def filled(self) -> bool | None:
        """Whether there are items."""
        return bool(self.items)

    def layout(self, level: Level, chain: str = UNDECIDED) -> Document:
        """The items between the brackets."""
        if not self.items:
            return Text(self.opening + self.closing)
        items = [item.layout(INSIDE) for item in self.items]
        return brackets(self.opening, self.content(items), self.closing, level)

    def content(self, items: Sequence[Document]) -> Document:
        """What stands between the brackets."""
        return separated(items)


class List(Display):
    """A list of items."""

    __slots__ = ()


class Tuple(Display):
    """A tuple of items, always in parentheses."""

    __slots__ = ()

    opening = "("
    closing = ")"

    def content(self, items: Sequence[Document]) -> Document:
        """The items, with a comma after one alone."""
        return Join(items[0], Text(",")) if len(items) == 1 else separated(items)


class Pair(Expression):
    """A key and its value in a dictionary; without a key, `**` and a dictionary."""

    __slots__ = ("key", "value")

    def __init__(self, key: Value, value: Value, unpacked: bool = False) -> None:
        self.key = None if unpacked else guard(key, CONDITIONAL)
        self.value = guard(value, DISJUNCTION if unpacked else LAMBDA)

    def layout(self, level: Level, chain: str = UNDECIDED) -> Document:
        """The key, a colon and the value."""
        if self.key is None:
            return Group(Join(Text("**"), self.value.layout(level)))
        return Group(Join(self.key.layout(level), Text(": "), self.value.layout(level)))


class Dict(Display):
    """A dictionary of pairs of a key and a value; `Pair` stands for a pair too."""

    __slots__ = ()

    opening = "{"
    closing = "}"

    def __init__(self, pairs: Iterable[tuple[Value, Value] | Pair] = ()) -> None:
        super().__init__([each if isinstance(each, Pair) else Pair(*each) for each in pairs])


class Starred(Expression):
    """`*value`, as an argument or as an item."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = guard(value, DISJUNCTION)

    def needs(self) -> str:
        """Parentheses, if it breaks."""
        return WHEN_BROKEN

    def layout(self, level: Level, chain: str = UNDECIDED) -> Document:
        """A star and the value."""
        return Join(Text("*"), self.value.layout(level))


class Clause:
    """`for target in iterable if condition`; several targets make a tuple without brackets."""

    __slots__ = ("conditions", "iterable", "targets")

    def __init__(self, target: Targets, iterable: Value, *conditions: Value) -> None:
        self.targets = targets(target)
        self.iterable = guard(iterable, OR)
        self.conditions = tuple([guard(condition, OR) for condition in conditions])

    def layout(self) -> Document:
        """The clause, its conditions on lines of their own if the clauses break."""
        parts: list[Document] = [Text("for "), item_list(self.targets)]
        parts += [Text(" in "), self.iterable.layout(INSIDE)]
        for condition in self.conditions:
            parts += [SOFT_OR_SPACE, Text("if "), condition.layout(INSIDE)]
        return Join(*parts)


def targets(target: Targets) -> tuple[Expression, ...]:
    """The targets of a loop or an assignment, of which there are several in a sequence."""
    if isinstance(target, (list, tuple)):
        return tuple([expression(each) for each in target])
    return (expression(target),)


def item_list(items: Sequence[Expression]) -> Document:
    """One item, or several between commas, in parentheses only if those help."""
    if len(items) == 1:
        return items[0].layout(INSIDE)
    mark = Mark()
    content = separated([each.layout(mark) for each in items])
    return parenthesized_if_needed(content, mark)


class Comprehension(Expression):
    """An element for each round of its clauses, between brackets."""

    __slots__ = ("clauses", "element")

    opening = "["
    closing = "]"

    def __init__(self, element: Value, *clauses: Clause) -> None:
        if not clauses:
            raise ValueError("a comprehension has one clause or more")
        self.element = guard(element, LAMBDA)
        self.clauses = clauses

    def needs(self) -> str:
        """Nothing: it has brackets of its own."""
        return NEVER

    def filled(self) -> bool | None:
        """There always is an element."""
        return True

    def layout(self, level: Level, chain: str = UNDECIDED) -> Document:
        """The element and the clauses between the brackets."""
        return brackets(self.opening, self.content(), self.closing, level)

    def content(self) -> Document:
        """The element and each clause, all on one line or each on its own."""
        parts: list[Document] = [Group(self.element.layout(INSIDE))]
        for clause in self.clauses:
            parts += [SOFT_OR_SPACE, clause.layout()]
        return Group(Join(*parts))


class ListComprehension(Comprehension):
    """A list of an element for each round of the clauses."""

    __slots__ = ()


class Generator(Comprehension):
    """A generator of an element for each round of the clauses."""

    __slots__ = ()

    opening = "("
    closing = ")"

    def alone(self) -> Document:
        """The element and the clauses: the parentheses of the call suffice."""
        return self.content()
