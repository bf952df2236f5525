"""Lists, tuples, dictionaries and generators of the Python source that backends write."""

from __future__ import annotations

from functools import cached_property

from .expressions import (
    WHEN_BROKEN,
    Binding,
    Bracketed,
    Expression,
    Name,
    Parenthesized,
    expression,
    guard,
    names_in,
    separated,
)
from .layout import SOFT_OR_SPACE, Group, Mark, parenthesized_if_needed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TypeAlias

    from .expressions import Value
    from .layout import Document

    Targets: TypeAlias = "Value | list[Value] | list[str] | tuple[Value, ...]"
    """One target, or several."""


class Display(Bracketed):
    """Items between brackets, all on one line or each on its own."""

    fields = ("items",)

    def __init__(self, items: Iterable[Value] = ()) -> None:
        self.items = tuple([guard(item, Binding.LAMBDA) for item in items])

    def is_filled(self) -> bool:
        return bool(self.items)

    def content(self) -> Document:
        return separated(self.items)


class List(Display):
    """A list of items."""

    opening = "["
    closing = "]"


class Tuple(Display):
    """A tuple of items, always in parentheses."""

    def content(self) -> Document:
        """The items, with a comma after one alone."""
        return (self.items[0], ",") if len(self.items) == 1 else separated(self.items)


class Pair(Expression):
    """A key and its value in a dictionary."""

    fields = ("key", "value")

    def __init__(self, key: Value, value: Value) -> None:
        self.key = guard(key, Binding.CONDITIONAL)
        self.value = guard(value, Binding.LAMBDA)

    def layout(self, level: Mark) -> Document:
        return Group((self.key.at(level), ": ", self.value.at(level)))


class Dict(Display):
    """A dictionary of pairs of a key and a value."""

    opening = "{"
    closing = "}"

    def __init__(self, pairs: Iterable[tuple[Value, Value]] = ()) -> None:
        super().__init__([Pair(*pair) for pair in pairs])


class Starred(Expression):
    """`*value`, as an argument or as an item."""

    fields = ("value",)
    wrapping = WHEN_BROKEN

    def __init__(self, value: Value) -> None:
        self.value = guard(value, Binding.DISJUNCTION)

    def layout(self, level: Mark) -> Document:
        return ("*", self.value.at(level))


class Clause:
    """`for target in iterable if condition`; several targets make a tuple without brackets."""

    def __init__(self, target: Targets, iterable: Value, *conditions: Value) -> None:
        self.targets = targets(target)
        self.iterable = guard(iterable, Binding.OR)
        self.conditions = tuple([guard(condition, Binding.OR) for condition in conditions])

    def document(self) -> Document:
        """The clause, its conditions on lines of their own if the clauses break."""
        conditions = [(SOFT_OR_SPACE, "if ", condition) for condition in self.conditions]
        return ("for ", item_list(self.targets), " in ", self.iterable, *conditions)


def targets(target: Targets) -> tuple[Expression, ...]:
    """The targets of a loop or an assignment, of which there are several in a sequence."""
    if isinstance(target, (list, tuple)):
        return tuple([expression(each) for each in target])
    return (expression(target),)


def unpacked(targets: Iterable[Expression]) -> Iterator[Expression]:
    """The names, attributes and subscripts to which an assignment to targets assigns."""
    for each in targets:
        if isinstance(each, (Display, Parenthesized, Starred)):
            yield from unpacked(each.parts)
        else:
            yield each


def assigned_by(targets: Iterable[Expression]) -> frozenset[str]:
    """The variables that an assignment to targets sets."""
    return names_in([each for each in unpacked(targets) if isinstance(each, Name)])


def read_by(targets: Iterable[Expression]) -> frozenset[str]:
    """The variables that an assignment to targets reads: those of attributes and subscripts."""
    return names_in([each for each in unpacked(targets) if not isinstance(each, Name)])


def item_list(items: Sequence[Expression]) -> Document:
    """One item, or several between commas, in parentheses only if those help."""
    if len(items) == 1:
        return items[0]
    mark = Mark()
    return parenthesized_if_needed(separated([each.at(mark) for each in items]), mark)


class Generator(Bracketed):
    """A generator of an element for each round of the clauses."""

    def __init__(self, element: Value, *clauses: Clause) -> None:
        if not clauses:
            raise ValueError("a generator has one clause or more")
        self.element = guard(element, Binding.LAMBDA)
        self.clauses = clauses

    def content(self) -> Document:
        """The element and each clause, all on one line or each on its own."""
        clauses = [(SOFT_OR_SPACE, clause.document()) for clause in self.clauses]
        return Group((Group(self.element), *clauses))

    @cached_property
    def names(self) -> frozenset[str]:
        """The variables around it that it reads; the first iterable sees only those."""
        first, *later = self.clauses
        targets = [target for clause in self.clauses for target in clause.targets]
        inside = [self.element, *targets, *[clause.iterable for clause in later]]
        inside += [condition for clause in self.clauses for condition in clause.conditions]
        return names_in(inside) - assigned_by(targets) | first.iterable.names

    def alone(self) -> Document:
        """The element and the clauses: the parentheses of the call suffice."""
        return self.content()
