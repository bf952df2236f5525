"""Where the expressions of a statement break: in their own brackets or in added parentheses."""

from __future__ import annotations

from functools import partial

from .displays import Starred
from .expressions import (
    DOT,
    NEVER,
    WHEN_BROKEN,
    WHEN_FITTING,
    Attribute,
    Expression,
    Index,
    Literal,
    Placed,
    Primary,
    Raw,
    Unary,
)
from .layout import (
    OUTSIDE,
    Block,
    Expanded,
    FirstFitting,
    FitParentheses,
    Mark,
    parenthesized_if_broken,
    parenthesized_if_needed,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .layout import Document


PREFIXED = (Unary, Starred)


def breaks_in_brackets(expression: Expression) -> bool:
    """Whether an expression may break in its own brackets, without parentheses around it."""
    visible = list(_outside_brackets(expression))
    operators = [each.operators_outside() for each in visible]
    weakest = min([strength for strength, count in operators if count], default=DOT)
    if sum([count for strength, count in operators if strength == weakest]) > 1:
        return False
    if not any(each.has_brackets for each in visible):
        return False
    first = next(each for each in visible if isinstance(each, PREFIXED) or not each.outer_parts())
    last = expression
    while not isinstance(last, Primary) and last.outer_parts():
        last = last.outer_parts()[-1]
    return weakest == DOT or any(
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


def annotated(target: Expression, annotation: Expression, value: Expression) -> Document:
    """A value for a target with an annotation."""
    own_brackets = annotation.has_brackets or not _can_break(annotation)
    kind = annotation.at(OUTSIDE) if own_brackets else breakable(annotation, WHEN_BROKEN)
    return assigned((target.at(OUTSIDE), ": ", kind), "=", value, _can_break(annotation))


def _can_break(expression: Expression) -> bool:
    """Whether there is any place in an expression where a line could end."""
    while isinstance(expression, (Attribute, Unary)):
        (expression,) = expression.parts
    if expression.has_brackets:
        return expression.is_filled()
    return not isinstance(expression, (Raw, Literal))


def assigned(before: Document, operator: str, value: Expression, can_break: bool) -> Document:
    """A value after a target or an annotation, which has a place to break of its own or not."""
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
