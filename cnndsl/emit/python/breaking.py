"""Where the expressions of a statement break: in their own brackets or in added parentheses."""

from __future__ import annotations

from .displays import Comprehension, Display, Starred
from .expressions import (
    CONDITIONAL,
    INSIDE,
    NEVER,
    OUTSIDE,
    UNARY,
    WHEN_BROKEN,
    WHEN_FITTING,
    Attribute,
    Call,
    Expression,
    Index,
    Literal,
    Parenthesized,
    Primary,
    Raw,
    Unary,
)
from .layout import (
    CLOSE,
    OPEN,
    Document,
    ExpandedGroup,
    FirstFitting,
    FitParentheses,
    Join,
    Mark,
    Text,
    parenthesized_if_broken,
    parenthesized_if_needed,
    soft_block,
)
from .operators import Chain, Conditional


class _Survey:
    """What an expression has of operators and brackets outside its own brackets."""

    __slots__ = ("bracketed", "count", "first", "last", "starts_with_operator", "weakest")

    def __init__(self, expression: Expression) -> None:
        # Strengths count from 100 down, so that none at all is the strongest.
        self.weakest = 100
        self.count = 0
        self.bracketed = False
        self.first: Expression | None = None
        self.starts_with_operator = False
        self.last: Expression | None = None
        self.enter(expression)

    def operator(self, strength: int, count: int) -> None:
        """Notes `count` operators of `strength`."""
        if strength < self.weakest:
            self.weakest = strength
            self.count = count
        elif strength == self.weakest:
            self.count += count

    def visit(self, expression: Expression) -> None:
        """Notes an operand and what is in it."""
        self.last = expression
        if isinstance(expression, Parenthesized):
            self.bracketed = True
        else:
            self.enter(expression)
        if self.first is None and not self.starts_with_operator:
            self.first = expression

    def enter(self, expression: Expression) -> None:
        """Notes what is in an expression."""
        if isinstance(expression, (Display, Comprehension)):
            self.bracketed = True
        elif isinstance(expression, Chain):
            self.operator(expression.strength, len(expression.operators))
            for operand in expression.operands:
                self.visit(operand)
        elif isinstance(expression, Conditional):
            self.operator(CONDITIONAL, 2)
            for operand in (expression.body, expression.test, expression.orelse):
                self.visit(operand)
        elif isinstance(expression, (Call, Index)):
            self.bracketed = True
            self.visit(expression.value)
            self.last = expression
        elif isinstance(expression, Attribute):
            self.visit(expression.value)
            if expression.value.filled() is not None:
                self.operator(ATTRIBUTE, 1)
            self.last = expression
        elif isinstance(expression, (Unary, Starred)):
            if isinstance(expression, Unary) and expression.operator == "~":
                self.operator(UNARY, 1)
            if self.first is None:
                self.starts_with_operator = True
            self.visit(expression.operand if isinstance(expression, Unary) else expression.value)


ATTRIBUTE = 50


def breaks_in_brackets(expression: Expression) -> bool:
    """Whether an expression may break in its own brackets, without parentheses around it."""
    survey = _Survey(expression)
    if not survey.bracketed or survey.count > 1:
        return False
    if survey.weakest >= ATTRIBUTE:
        return True
    return any(
        each is not None and not isinstance(each, Index) and bool(each.filled())
        for each in (survey.last, survey.first)
    )


def breakable(expression: Expression, needs: str = "") -> Document:
    """An expression of a statement; `needs` overrides what it needs if it does not fit."""
    needs = needs or expression.needs()
    if needs == NEVER:
        return expression.layout(OUTSIDE)
    if needs == WHEN_BROKEN:
        if breaks_in_brackets(expression):
            mark = Mark()
            return parenthesized_if_needed(expression.layout(mark), mark)
        return parenthesized_if_broken(expression.layout(INSIDE))
    mark = Mark()
    return FitParentheses(expression.layout(mark), mark)


def returned(expression: Expression, has_parameters: bool) -> Document:
    """The annotation of what a function returns."""
    needs = expression.needs()
    if needs == WHEN_FITTING:
        if not has_parameters:
            needs = WHEN_BROKEN
        elif isinstance(expression, Index):
            needs = NEVER
    return breakable(expression, needs)


def annotated(start: Document, annotation: Expression, value: Expression) -> Document:
    """A value after `start` and an annotation."""
    if not _can_break(annotation):
        return Join(start, annotation.layout(OUTSIDE), Text(" = "), breakable(value))
    bracketed = annotation.filled() is not None
    before = annotation.layout(OUTSIDE) if bracketed else breakable(annotation, WHEN_BROKEN)
    return assigned(Join(start, before), "=", value)


def _can_break(expression: Expression) -> bool:
    """Whether there is any place in an expression where a line could end."""
    if isinstance(expression, Attribute):
        return _can_break(expression.value)
    if isinstance(expression, Unary):
        return _can_break(expression.operand)
    if isinstance(expression, (Call, Display)):
        return bool(expression.filled())
    return not isinstance(expression, (Raw, Literal))


def assigned(before: Document, operator: str, value: Expression) -> Document:
    """A value after a target or an annotation that has a place to break of its own."""
    start = Join(before, Text(f" {operator} "))
    if value.needs() != WHEN_FITTING or not isinstance(value, (Literal, Primary, Raw)):
        return Join(start, breakable(value))
    content = value.layout(OUTSIDE)
    flat = Join(start, content)
    enclosed = Join(start, OPEN, ExpandedGroup(soft_block(content)), CLOSE)
    if isinstance(value, Primary):
        return FirstFitting(flat, Join(start, ExpandedGroup(content)), enclosed, flat)
    return FirstFitting(flat, enclosed, flat)
