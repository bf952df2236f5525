"""Findings as they are made: each place and kind once, with a count."""

from __future__ import annotations

from ..diagnostics.base import Finding, Frame
from ..diagnostics.types import TooManySteps
from ..record import Record
from .evaluate import EvaluationFailed, UnknownShape, evaluate
from .template import call_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..diagnostics.base import Diagnostic, Note
    from ..syntax import tree
    from ..values import Shape, Value
    from .template import Template

MOST_LAYERS = 131_072
MOST_STEPS = 3 * MOST_LAYERS // 2


class Exhausted(Exception):
    """Too many steps, already reported."""


class Failed(Exception):
    """An expression without a value, already reported."""


class Context(Record):
    """What an element sees around it: its definition, the names in reach, and who called."""

    template: Template
    names: Mapping[str, Value]
    entering: Shape | None = None
    """The shape that enters the innermost braces, which `in` stands for."""
    callers: tuple[tuple[Template, tree.Element, tuple[tuple[str, Value], ...]], ...] = ()
    depth: int = 0

    def inner(self, entering: Shape | None, names: Mapping[str, Value] | None = None) -> Context:
        """The context within braces that a shape enters."""
        known = self.names if names is None else names
        return Context(self.template, known, entering, self.callers, self.depth + 1)


class Reporter:
    """Collects findings by place, so that repeats of one count up."""

    def __init__(self) -> None:
        self.findings: dict[object, Finding] = {}
        self.order: list[object] = []
        self.steps = 0

    def report(
        self,
        diagnostic: Diagnostic,
        node: tree.Node,
        context: Context,
        notes: tuple[Note, ...] = (),
    ) -> None:
        key = key_of(diagnostic, node, context)
        self.order.append(key)
        if key in self.findings:
            self.recount(key)
            return
        location = context.template.location(node)
        self.findings[key] = Finding(diagnostic, location, notes, frames(context))

    def recount(self, key: object) -> None:
        found = self.findings[key]
        self.findings[key] = Finding(
            found.diagnostic, found.location, found.notes, found.stack, found.count + 1
        )

    def step(self, node: tree.Node, context: Context, steps: int = 1) -> None:
        """Count an element or a loop's turn. Raises `Exhausted` after reporting too many."""
        self.steps += steps
        if self.steps > MOST_STEPS:
            self.report(TooManySteps(MOST_STEPS), node, context)
            raise Exhausted

    def value(self, node: tree.Expression, context: Context) -> Value:
        """An expression's value; raises `Failed` after reporting."""
        try:
            return evaluate(node, context.names, context.entering)
        except EvaluationFailed as failure:
            self.report(failure.diagnostic, failure.node, context)
            raise Failed from None
        except UnknownShape:
            raise Failed from None


def key_of(diagnostic: Diagnostic, node: tree.Node, context: Context) -> object:
    """What tells one finding from another: instances of a block share their places."""
    return diagnostic.code, id(context.template), node.start, node.end


def frames(context: Context) -> tuple[Frame, ...]:
    """The block calls that lead to a place, innermost first."""
    return tuple(
        Frame(call_text(site, arguments), caller.location(site))
        for caller, site, arguments in context.callers
    )
