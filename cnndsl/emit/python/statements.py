"""Statements of the Python source that backends write, but for those with a body.

What does not fit breaks in the brackets of its expressions or in parentheses added around one.
"""

from __future__ import annotations

from functools import partial

from .displays import Starred, assigned_by, item_list, read_by, targets
from .expressions import (
    NEVER,
    WHEN_BROKEN,
    WHEN_FITTING,
    Binding,
    Expression,
    Index,
    Literal,
    Placed,
    Primary,
    Raw,
    String,
    Tree,
    Unary,
    expression,
    names_in,
    separated,
)
from .layout import (
    OUTSIDE,
    Block,
    Expanded,
    FirstFitting,
    FitParentheses,
    Mark,
    lay_out,
    parenthesized_if_broken,
    parenthesized_if_needed,
)
from .operators import BINARY, Chain
from .text import docstring_literal, is_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .displays import Targets
    from .expressions import Value
    from .layout import Document

PREFIXED = (Unary, Starred)


def breaks_in_brackets(expression: Expression) -> bool:
    """Whether an expression may break in its own brackets, without parentheses around it."""
    visible = list(_outside_brackets(expression))
    operators = [each.operators_outside() for each in visible]
    weakest = min([strength for strength, count in operators if count], default=Binding.DOT)
    if sum([count for strength, count in operators if strength == weakest]) > 1:
        return False
    if not any(each.has_brackets for each in visible):
        return False
    first = next(each for each in visible if isinstance(each, PREFIXED) or not each.outer_parts())
    last = expression
    while not isinstance(last, Primary) and last.outer_parts():
        last = last.outer_parts()[-1]
    return weakest == Binding.DOT or any(
        each.is_filled() and not isinstance(each, Index) for each in (first, last)
    )


def _outside_brackets(expression: Expression) -> Iterator[Expression]:
    """An expression, and what it is made of outside its own brackets, from left to right."""
    yield expression
    for each in expression.outer_parts():
        yield from _outside_brackets(each)


def breakable(expression: Expression, needs: str = "") -> Document:
    """An expression of a statement; `needs` overrides what it needs if it does not fit."""
    return Placed(expression.text, OUTSIDE, partial(_laid_out, expression, needs))


def _laid_out(expression: Expression, needs: str) -> Document:
    needs = needs or expression.needs()
    if needs == NEVER:
        return expression.layout(OUTSIDE)
    if needs == WHEN_BROKEN and not breaks_in_brackets(expression):
        return parenthesized_if_broken(expression)
    mark = Mark()
    content = expression.layout(mark)
    if needs == WHEN_BROKEN:
        return parenthesized_if_needed(content, mark)
    return FitParentheses(content, mark)


def returned(expression: Expression, has_parameters: bool) -> Document:
    """The annotation of what a function returns."""
    needs = expression.needs()
    if needs == WHEN_FITTING:
        if not has_parameters:
            needs = WHEN_BROKEN
        elif isinstance(expression, Index):
            needs = NEVER
    return breakable(expression, needs)


def assigned(before: Document, operator: str, value: Expression, can_break: bool) -> Document:
    """A value after a target, which has a place to break of its own or not."""
    start = (before, f" {operator} ")
    atomic = isinstance(value, (Literal, Primary, Raw))
    if not can_break or not atomic or value.needs() != WHEN_FITTING:
        return (start, breakable(value))
    content = value.at(OUTSIDE)
    flat = (start, content)
    enclosed = (start, "(", Expanded(Block(content)), ")")
    if isinstance(value, Primary):
        return FirstFitting(flat, (start, Expanded(content)), enclosed, flat)
    return FirstFitting(flat, enclosed, flat)


class Statement(Tree):
    """A statement; `lines` writes it out. Its `parts` are evaluated; annotations are not."""

    definition = False
    """Whether blank lines belong around it: a class or a function."""
    imports = False
    """Whether a blank line belongs after the last of several."""
    targets: tuple[Expression, ...] = ()
    """What it assigns to."""

    def lines(self, indentation: int) -> list[str]:
        """The source of the statement at `indentation` columns."""
        raise NotImplementedError

    def bodies(self) -> Sequence[Sequence[Statement]]:
        """The statements below it, by branch."""
        return ()

    @property
    def reads(self) -> frozenset[str]:
        """The variables read anywhere in it. No annotation of a variable counts as read."""
        inner = [each.reads for body in self.bodies() for each in body]
        return names_in(self.parts).union(read_by(self.targets), *inner)

    @property
    def assigns(self) -> frozenset[str]:
        """The variables assigned anywhere in it."""
        inner = [each.assigns for body in self.bodies() for each in body]
        return assigned_by(self.targets).union(*inner)


class Simple(Statement):
    """A statement of one line unless it is too long."""

    def document(self) -> Document:
        """What is laid out."""
        raise NotImplementedError

    def lines(self, indentation: int) -> list[str]:
        return [lay_out(self.document(), indentation)]


class ExpressionStatement(Simple):
    """An expression for its effect."""

    fields = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = expression(value)
        if isinstance(self.value, String):
            raise ValueError("a string alone would be taken for a docstring")

    def document(self) -> Document:
        breaks = isinstance(self.value, (Chain, Unary))
        return breakable(self.value) if breaks else self.value.at(OUTSIDE)


class Assign(Simple):
    """`target = value` or `target: annotation = value`; several targets unpack the value.

    `has_effect` says that working out the value changes something, such as a list.
    """

    fields = ("value",)

    def __init__(
        self,
        target: Targets,
        value: Value,
        annotation: str | None = None,
        has_effect: bool = False,
    ) -> None:
        self.targets = targets(target)
        self.value = expression(value)
        self.annotation = annotation
        self.has_effect = has_effect

    def document(self) -> Document:
        """The assignment; where it is too long, the value breaks rather than the target."""
        first = self.targets[0]
        if len(self.targets) > 1:
            unpacked = parenthesized_if_broken(separated(self.targets))
            return assigned(unpacked, "=", self.value, True)
        if self.annotation is not None:
            return (first.at(OUTSIDE), f": {self.annotation} = ", breakable(self.value))
        return assigned(first.at(OUTSIDE), "=", self.value, first.has_brackets)


class AugmentedAssign(Simple):
    """`target += value`, for any operator."""

    fields = ("target", "value")

    def __init__(self, target: Value, operator: str, value: Value) -> None:
        if operator not in BINARY:
            raise ValueError(f"no such operator: {operator!r}")
        self.target = expression(target)
        self.targets = (self.target,)
        self.operator = operator
        self.value = expression(value)

    def document(self) -> Document:
        """The assignment; where it is too long, the value breaks rather than the target."""
        operator = f"{self.operator}="
        return assigned(self.target.at(OUTSIDE), operator, self.value, self.target.has_brackets)


class Return(Simple):
    """`return`, with a value, with several or without."""

    fields = ("values",)

    def __init__(self, value: Targets = None) -> None:
        self.values = () if value is None else targets(value)

    def document(self) -> Document:
        if not self.values:
            return "return"
        if len(self.values) == 1:
            return ("return ", breakable(self.values[0]))
        if len(self.values) == 2:
            return ("return ", item_list(self.values))
        return ("return ", parenthesized_if_broken(separated(self.values)))


class Raise(Simple):
    """`raise` of an exception."""

    fields = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = expression(value)

    def document(self) -> Document:
        return ("raise ", breakable(self.value))


class Import(Simple):
    """`import module`, perhaps under another name."""

    imports = True

    def __init__(self, module: str, alias: str | None = None) -> None:
        self.names = [_imported(module, alias)]

    @property
    def assigns(self) -> frozenset[str]:
        return frozenset([each.split(" as ")[-1].split(".")[0] for each in self.names])

    def document(self) -> Document:
        return f"import {self.names[0]}"


class ImportFrom(Import):
    """`from module import names`."""

    def __init__(self, module: str, names: Iterable[str]) -> None:
        self.module = _imported(module)
        self.names = [_imported(name) for name in names]

    def document(self) -> Document:
        """The import, each name on a line of its own if they do not fit."""
        names = separated(self.names, trailing=True)
        return (f"from {self.module} import ", parenthesized_if_broken(names))


def _imported(text: str, alias: str | None = None) -> str:
    if not all(is_name(part) for part in text.split(".")) or not (alias is None or is_name(alias)):
        raise ValueError(f"cannot be imported: {text!r} as {alias!r}")
    return text if alias is None else f"{text} as {alias}"


class Blank(Statement):
    """A blank line between two statements."""


class Docstring(Statement):
    """The docstring of a module; functions and classes take theirs as text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def lines(self, indentation: int) -> list[str]:
        return [" " * indentation + docstring_literal(self.text, indentation)]
