"""A definition elaborated again, section by section: what meets the same values comes to the same.

A section that has been elaborated without findings is not run again where what enters it, and what
its words stand for, is as it was. Its steps are put behind those that there are now.
"""

from __future__ import annotations

from itertools import islice

from ..ir.network import Child, Cost, Layer, Run, depths_behind
from ..record import Record
from ..values import PLAIN_KEYS, Shape, key_of
from . import bound
from .elaborate import DEEPEST, MOST_LAYERS, Elaborator
from .evaluate import UNKNOWN
from .scope_builder import FailedStep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeAlias

    from ..ir.network import Step
    from ..syntax import tree
    from ..values import Value
    from .bound import Node, Steps
    from .evaluate import Budget
    from .reporting import Context, Findings, Key
    from .scope_builder import Builder, Shapes
    from .sections import Section, Sections
    from .template import Template

    Line: TypeAlias = tuple[int, ...]
    Runs: TypeAlias = tuple[tuple["Entry", "Outcome"], ...]

MOST_RUNS = 8
"""How many runs of a section are known."""


class Entry(Record):
    """All that what a section comes to depends on, but for the section.

    `values` are those that the line and names stand for, numbered in the order in which they come,
    so that two entries are equal if the same of them are one.
    """

    section: Section
    entering: object
    line: Line
    names: tuple[tuple[str, Line], ...]
    shapes: Shapes
    numbers: tuple[tuple[str, object], ...]
    measures: tuple[tuple[str, object], ...]
    measured: tuple[str, ...]


class Outcome(Record):
    """What a section comes to.

    Values that it makes are numbered from 0, those outside, in the order of its entry, from -1 on
    downwards.
    """

    steps: tuple[Step | FailedStep, ...]
    inputs: tuple[Line, ...]
    shapes: Shapes
    line: Line
    names: tuple[tuple[str, Line], ...]
    numbers: dict[str, Value]
    measures: dict[str, Value]
    cost: Cost
    failed: bool


class SectionElaborator(Elaborator):
    """Runs what has changed of long definitions."""

    sections: Sections | None = None
    """What they are bound in."""

    def __init__(
        self,
        budget: Budget,
        check_claims: bool = True,
        distrusted: frozenset[Key] = frozenset(),
        findings: Findings | None = None,
    ) -> None:
        super().__init__(budget, check_claims, distrusted, findings=findings)
        self.known: dict[Section, Runs] = {}
        """What sections came to in earlier versions."""
        self.now: dict[Section, Runs] = {}
        """Likewise, those of this version first."""
        self.keys: dict[object, int] = {}
        """Numbers for the keys of long values, the same in all versions."""
        self.keyed: dict[int, tuple[Value, object]] = {}
        """Long values of this version by their identities, with their keys."""

    def go_on_from(self, other: Elaborator) -> None:
        super().go_on_from(other)
        if isinstance(other, SectionElaborator):
            is_full = len(other.known) > 2 * len(other.now)
            self.known = {**({} if is_full else other.known), **other.now}
            self.keys = other.keys

    def body(
        self, steps: Steps, braces: Node | tree.Node, builder: Builder, context: Context
    ) -> Context:
        is_own = isinstance(braces, bound.Body) and self.sections is not None
        sections = self.sections.of(context.template) if is_own and self.sections else ()
        if not sections or context.depth > DEEPEST:
            return super().body(steps, braces, builder, context)
        self.deepest = max(self.deepest, context.depth)
        for one in sections:
            context = self.section(one, builder, context)
        return context

    def section(self, section: Section, builder: Builder, context: Context) -> Context:
        """Run a section, or go on behind what it came to; the context behind it."""
        if not section.is_sound:
            return self.run(section.steps, builder, context)
        outside = outside_of(section, builder)
        entry = self.entry(section, builder, context, outside)
        runs = self.now.get(section, ())
        is_again = bool(runs)
        outcome = next(
            (one for met, one in runs or self.known.get(section, ()) if met == entry), None
        )
        if outcome is None or builder.cost.layers + outcome.cost.layers > MOST_LAYERS:
            return self.recorded(entry, outside, builder, context)
        self.learn(entry, outcome.replaced(steps=put(outcome, outside, builder, is_again)))
        if context.shapes is not None:
            context.shapes.update(outcome.measures)
        if not outcome.numbers:
            return context
        return context.replaced(names={**context.names, **outcome.numbers})

    def learn(self, entry: Entry, outcome: Outcome) -> None:
        section = entry.section
        runs = self.now.get(section) or self.known.get(section, ())
        others = (one for one in runs if one[0] != entry)
        self.now[section] = ((entry, outcome), *islice(others, MOST_RUNS - 1))

    def entry(
        self, section: Section, builder: Builder, context: Context, outside: dict[int, int]
    ) -> Entry:
        words, named, shapes = section.words, builder.named, context.shapes or {}
        numbers = [one for one in words if one in context.names]
        measures = [one for one in words if f"{one}." in shapes] if shapes else ()
        return Entry(
            section,
            context.entering,
            encoded(builder.line, outside, 0),
            tuple([(one, encoded(named[one], outside, 0)) for one in words if one in named]),
            tuple([builder.shapes[value] for value in outside]),
            tuple([(one, self.key(context.names[one])) for one in numbers]),
            tuple([(one, self.key(shapes[f"{one}."])) for one in measures]),
            tuple([one for one in words if one in context.template.measured]),
        )

    def key(self, value: Value) -> object:
        """What tells a value from others."""
        if value is UNKNOWN or type(value) in PLAIN_KEYS or type(value) is Shape:
            return value
        if id(value) not in self.keyed:
            key = key_of(value)
            self.keyed[id(value)] = value, (self.keys.setdefault(key, len(self.keys)),)
        return self.keyed[id(value)][1]

    def recorded(
        self, entry: Entry, outside: dict[int, int], builder: Builder, context: Context
    ) -> Context:
        """Run a section, and know what it came to, unless there are findings."""
        words, order = entry.section.words, self.findings.order
        known, first, base = len(order), len(builder.steps), len(builder.shapes)
        cost, failed, builder.failed = builder.cost, builder.failed, False
        named = {one: builder.named.get(one) for one in words}
        measures = {**context.shapes} if context.shapes else {}
        behind = self.run(entry.section.steps, builder, context)
        steps = builder.steps[first:]
        if len(order) == known and all(type(one) is not Run for one in steps):
            lines = {one: builder.named[one] for one in words if one in builder.named}
            shapes = context.shapes or {}
            outcome = Outcome(
                tuple(steps),
                tuple([encoded(inputs_of(one), outside, base) for one in steps]),
                tuple(builder.shapes[base:]),
                encoded(builder.line, outside, base),
                tuple(
                    (one, encoded(line, outside, base))
                    for one, line in lines.items()
                    if line is not named[one]
                ),
                {
                    one: behind.names[one]
                    for one in words
                    if behind.names.get(one) is not context.names.get(one)
                },
                {one: value for one, value in shapes.items() if measures.get(one) is not value},
                builder.cost - cost,
                builder.failed,
            )
            self.learn(entry, outcome)
        builder.failed = builder.failed or failed
        return behind


def outside_of(section: Section, builder: Builder) -> dict[int, int]:
    """The values that a section can read, each with its place in the order in which they come."""
    lines = [builder.line]
    lines += [builder.named[one] for one in section.words if one in builder.named]
    values = dict.fromkeys(value for line in lines for value in line)
    return {value: place for place, value in enumerate(values)}


def encoded(values: Line, outside: dict[int, int], base: int) -> Line:
    """Values of a builder as an outcome numbers them, those from `base` on being its own."""
    return tuple([~outside[one] if one in outside else one - base for one in values])


def inputs_of(step: Step | FailedStep) -> Line:
    return (step.entry,) if isinstance(step, FailedStep) else step.inputs


def put(
    outcome: Outcome, outside: dict[int, int], builder: Builder, is_again: bool
) -> tuple[Step | FailedStep, ...]:
    """Put what a section came to into a builder; its steps, as they are there.

    `is_again` says that the steps may stand elsewhere in the network, where others are wanted.
    """
    values, base = tuple(outside), len(builder.shapes)

    def decoded(line: Line) -> Line:
        return tuple([values[~one] if one < 0 else one + base for one in line])

    builder.shapes += outcome.shapes
    steps = []
    for step, inputs in zip(outcome.steps, outcome.inputs, strict=True):
        moved = again(step, decoded(inputs), is_again)
        adopt(moved, builder.template)
        builder.depths += depths_of(moved, builder)
        steps.append(moved)
    builder.steps += steps
    builder.line = decoded(outcome.line)
    builder.named |= {name: decoded(line) for name, line in outcome.names}
    builder.cost = builder.cost + outcome.cost
    builder.failed = builder.failed or outcome.failed
    return tuple(steps)


def adopt(step: Step | FailedStep, template: Template) -> None:
    """Let the scopes in a step that belong to its definition be those of its new version."""
    pending: list[Any] = [step.part if isinstance(step, FailedStep) else step]
    while pending:
        one = pending.pop()
        if isinstance(one, Run):
            pending += one.steps
        elif isinstance(one, Child) and one.scope.kind != "block":
            is_adopted = one.scope.template is template
            object.__setattr__(one.scope, "template", template)  # frozen for all but this
            pending += () if is_adopted else one.scope.steps


def again(step: Step | FailedStep, inputs: Line, is_new: bool) -> Step | FailedStep:
    """A step with these inputs and the name that it has by now, itself unless a new one is due."""
    if isinstance(step, FailedStep):
        return step if inputs == (step.entry,) else step.replaced(entry=inputs[0])
    if isinstance(step, Run):
        return step
    name: Any = step.site.name
    if step.inputs == inputs and step.name == name and not is_new:
        return step
    if isinstance(step, Layer):
        shapes, cost = step.input_shapes, step.cost
        return Layer(name, step.site, step.op, inputs, shapes, step.shape, cost, step.call)
    return Child(name, step.site, step.scope, inputs, step.call)


def depths_of(step: Step | FailedStep, builder: Builder) -> Sequence[int]:
    """How deep the values are that a step makes."""
    if isinstance(step, Layer):
        return (step.op.depth + max([builder.depths[one] for one in step.inputs]),)
    if not isinstance(step, Child):
        return (0,)
    entering = [builder.depths[one] for one in step.inputs]
    if len(entering) == len(step.scope.outputs) == 1:
        return (entering[0] + step.scope.depth,)
    return depths_behind(step.scope, entering)
