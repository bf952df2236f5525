"""Findings as elaboration makes them: each place and kind once, with a count."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Finding, Frame
from ..record import Record
from ..syntax import tree
from .evaluate import MOST_STEPS, UNKNOWN
from .failures import EvaluationFailed
from .template import call_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from ..diagnostics.base import Diagnostic
    from ..ops.base import Op
    from ..values import Shape, Value
    from .bound import Assertion, BlockCall, LayerSite, Node, Path
    from .evaluate import Exhausted
    from .failures import Unknown
    from .scope_builder import Builder
    from .template import Template
    from .words import Light

    Key: TypeAlias = tuple[str, Template, int, int]
    Counts: TypeAlias = tuple[tuple[Key, int], ...]
    """What tells one finding from another: instances of a block share their places."""

MOST_REJECTIONS = 50
"""How many findings keep what explains them; walking a trail back takes time for each."""


class Context(Record):
    """What a step sees around it: its definition, the names in reach, and who called."""

    template: Template
    names: Mapping[str, Value]
    entering: Shape | None = None
    """The shape that enters the innermost braces, which `in` stands for."""
    callers: tuple[tuple[Template, BlockCall, tuple[tuple[str, Value], ...]], ...] = ()
    depth: int = 0
    shapes: dict[str, Value] | None = None
    """Those of named values that expressions measure, by the name with a dot; it grows."""

    def inner(self, entering: Shape | None, names: Mapping[str, Value] | None = None) -> Context:
        """The context within braces that a shape enters."""
        known = self.names if names is None else names
        depth = self.depth + 1
        return Context(self.template, known, entering, self.callers, depth, self.shapes)

    def measure(self, name: str, shape: Shape | None) -> None:
        """Let expressions read the shape of a named value, if any of them does."""
        if self.shapes is not None and name in self.template.measured:
            self.shapes[f"{name}."] = UNKNOWN if shape is None else shape

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The block calls that lead here, innermost first."""
        return tuple(
            Frame(call_text(call, arguments), caller.location(call))
            for caller, call, arguments in self.callers
        )


class JoinedValue(Record):
    """A value that a merge joins, where to point, and the path to it if the merge has it."""

    value: int
    node: tree.Node
    path: Path | None
    entry: int | None
    """The value that enters all paths; None where the merge joins named values."""


class Rejection(Record):
    """An op or an assertion that does not hold, with everything around it.

    An assertion has no op; its input is the value that it speaks of.
    """

    diagnostic: Diagnostic
    op: Op | None
    node: LayerSite | Assertion
    inputs: tuple[int, ...]
    builder: Builder
    context: Context
    paths: tuple[JoinedValue, ...] = ()

    @property
    def place(self) -> tree.Node:
        """The part of the text that is at fault."""
        element: tree.Element = self.node.syntax
        primary = element.primary
        if self.op is None:
            return element.assertion or element
        if isinstance(primary, tree.Merge):
            return tree.Node(primary.start, primary.name_end)
        return primary


class Findings:
    """What elaboration finds. `rejections` are kept by their finding's key, to be explained."""

    def __init__(self) -> None:
        self.found: dict[Key, Finding] = {}
        self.rejections: dict[Key, Rejection] = {}
        self.order: list[tuple[Key, int]] = []
        """Every report, those of the same place too, and how many it stands for."""

    def report(self, diagnostic: Diagnostic, node: tree.Node | Node, context: Context) -> Key:
        key = diagnostic.code, context.template, node.start, node.end
        self.order.append((key, 1))
        if key in self.found:
            self.recount(key, 1)
        else:
            location = context.template.location(node)
            self.found[key] = Finding(diagnostic, location, (), context.frames)
        return key

    def explain(self, unknown: Unknown, context: Context, light: Light | None = None) -> None:
        """Report why a value is not known, unless that is an earlier error's doing."""
        if isinstance(unknown, EvaluationFailed):
            diagnostic = unknown.diagnostic
            if light is not None and isinstance(diagnostic, diagnostics.Indivisible):
                diagnostic = _in_light(diagnostic, light)
            self.report(diagnostic, unknown.node, context)

    def exhausted(self, exhausted: Exhausted, context: Context) -> None:
        """Report that the steps are spent, once, where the last was."""
        if not exhausted.is_reported:
            self.report(diagnostics.TooManySteps(MOST_STEPS), exhausted.node, context)
            exhausted.is_reported = True

    def reject(self, failure: Rejection) -> Key:
        """Report an op that does not fit its inputs, or an assertion."""
        is_kept = len(self.found) < MOST_REJECTIONS
        key = self.report(failure.diagnostic, failure.place, failure.context)
        if is_kept:
            self.rejections.setdefault(key, failure)
        return key

    def recount(self, key: Key, more: int) -> None:
        self.found[key] = self.found[key].replaced(count=self.found[key].count + more)

    def since(self, mark: int) -> Counts:
        """How often each finding was reported behind that place in the order."""
        counts: dict[Key, int] = {}
        for key, times in self.order[mark:]:
            counts[key] = counts.get(key, 0) + times
        return tuple(counts.items())

    def repeat(self, counts: Counts) -> None:
        """Report the same again, as another instance of a block does."""
        self.order += counts
        for key, times in counts:
            self.recount(key, times)


def _in_light(diagnostic: Diagnostic, light: Light) -> Diagnostic:
    from .words import in_light  # deferred: for this mistake alone

    return in_light(diagnostic, light)
