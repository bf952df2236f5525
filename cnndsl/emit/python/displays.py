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
    """`name: value`, in a dictionary."""

    fields = ("name", "value")
    wrapping = WHEN_BROKEN

    def __init__(self, name: Value, value: Value) -> None:
        self.name, self.value = (guard(one, Binding.LAMBDA) for one in (name, value))

    def layout(self, level: Mark) -> Document:
        return (self.name.at(level), ": ", self.value.at(level))


class Dict(Display):
    """A dictionary of pairs."""

    opening = "{"
    closing = "}"

    def __init__(self, pairs: Iterable[tuple[Value, Value]] = ()) -> None:
        super().__init__([Pair(name, value) for name, value in pairs])


class Starred(Expression):
    """`*value`, as an argument or as an item."""

    fields = ("value",)
    wrapping = WHEN_BROKEN

    def __init__(self, value: Value) -> None:
        self.value = guard(value, Binding.SUM)

    def layout(self, level: Mark) -> Document:
        return ("*", self.value.at(level))


def listed(items: Sequence[Expression]) -> Expression:
    """A list of items: where a list of its own is all of them, that one."""
    first = items[0]
    return first.value if len(items) == 1 and isinstance(first, Starred) else List(items)


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
    """`(element for target in iterable if test)`; several targets make a tuple without brackets."""

    def __init__(
        self, element: Value, target: Targets, iterable: Value, test: Value | None = None
    ) -> None:
        self.element = guard(element, Binding.LAMBDA)
        self.targets = targets(target)
        self.iterable = guard(iterable, Binding.OR)
        self.tests = () if test is None else (guard(test, Binding.OR),)

    def content(self) -> Document:
        """The element and the clauses, on one line or each on its own."""
        clauses: Document = ("for ", item_list(self.targets), " in ", self.iterable)
        for test in self.tests:
            clauses = (clauses, SOFT_OR_SPACE, "if ", test)
        return Group((Group(self.element), SOFT_OR_SPACE, clauses))

    @cached_property
    def names(self) -> frozenset[str]:
        """The variables around it that it reads; the iterable sees only those."""
        inside = names_in([self.element, *self.targets, *self.tests])
        return inside - assigned_by(self.targets) | self.iterable.names

    def alone(self) -> Document:
        """The element and the clause: the parentheses of the call suffice."""
        return self.content()


class ListComprehension(Generator):
    """`[element for target in iterable]`."""

    opening = "["
    closing = "]"
    alone = Bracketed.alone
