"""Scopes in the making."""

from __future__ import annotations

from ..ir.network import Child, Cost, Run, Scope, cost_of
from ..record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..ir.network import Step
    from ..values import Shape, Value
    from .bound import Repeat
    from .reporting import Key
    from .template import Template


class FailedStep(Record):
    """A step that failed, with as much of its inside as could be elaborated.

    An assertion that failed goes on from the value `entry`, of shape `found`, with what it says.
    """

    part: Child | None
    entry: int = 0
    found: Shape | None = None
    claimed: Shape | None = None


class Nested(Record):
    """A scope for its parent, or the part before its error; `findings` are those of its inside."""

    scope: Scope | None
    part: Scope | None
    output_shape: Shape | None
    findings: tuple[Key, ...] = ()


class Builder:
    """A scope in the making. A shape is None where an earlier error has left it unknown.

    Value 0 is the input, which is value `entry` of the scope around it, `parent`; step i makes
    value i + 1.
    """

    def __init__(
        self,
        kind: str,
        input_shape: Shape | None,
        template: Template,
        parent: Builder | None = None,
    ) -> None:
        self.kind = kind
        self.template = template
        self.parent = parent
        self.entry: int = parent.current if parent is not None else 0
        self.steps: list[Step | FailedStep] = []
        self.shapes: list[Shape | None] = [input_shape]
        self.depths = [0]
        self.named: dict[str, int] = {}
        self.current: int = 0
        self.numbered = 0
        self.taken: set[str] = set()
        """The names with numbers behind them."""
        self.cost = Cost()
        self.failed = input_shape is None

    @property
    def is_sequence(self) -> bool:
        return self.kind == "sequence"

    @property
    def shape(self) -> Shape | None:
        return self.shapes[self.current]

    def take(self, name: str | None) -> str:
        """A fixed name, or the next number of a sequence."""
        position = self.numbered
        if self.is_sequence:
            self.numbered += 1
        return str(position) if name is None else name

    def add(self, step: Step, shape: Shape, cost: Cost, depth: int) -> None:
        self.cost = self.cost + cost
        self.put(step, shape, depth)

    def fail(self, shape: Shape | None = None, part: Child | None = None) -> None:
        """Go on after an error, with the shape that is still known."""
        self.failed = True
        self.put(FailedStep(part, self.current, self.shape if shape else None, shape), shape, 0)

    def put(self, step: Step | FailedStep, shape: Shape | None, depth: int) -> None:
        """Go on from the value of a step."""
        self.steps.append(step)
        self.shapes.append(shape)
        self.depths.append(depth)
        self.current = len(self.shapes) - 1


def close(
    builder: Builder,
    arguments: tuple[tuple[str, Value], ...],
    outputs: tuple[tuple[str, int], ...],
) -> Scope | None:
    """The finished scope; None if something in it failed."""
    input_shape = builder.shapes[0]
    if builder.failed or input_shape is None or not outputs:
        return None
    output_shape = builder.shapes[outputs[0][1]]
    if output_shape is None:
        return None
    return Scope(
        builder.kind,
        builder.template,
        arguments,
        input_shape,
        tuple(step for step in builder.steps if not isinstance(step, FailedStep)),
        outputs,
        output_shape,
        builder.cost,
        max(builder.depths[value] for _, value in outputs),
    )


def finished(
    builder: Builder,
    arguments: tuple[tuple[str, Value], ...] = (),
    findings: tuple[Key, ...] = (),
    output: str = "main",
) -> Nested:
    """The scope for its parent, if nothing in it failed. It gives what the builder is at."""
    scope = close(builder, arguments, ((output, builder.current),))
    part = unfinished(builder, arguments) if scope is None else None
    return Nested(scope, part, builder.shape, findings)


def unfinished(builder: Builder, arguments: tuple[tuple[str, Value], ...]) -> Scope | None:
    """The scope up to its first error; None if not even its input is known."""
    input_shape = builder.shapes[0]
    if input_shape is None:
        return None
    steps: list[Step] = []
    part = None
    for step in builder.steps:
        if isinstance(step, FailedStep):
            part = step.part
            break
        steps.append(step)
    shape = builder.shapes[len(steps)] or input_shape
    depth = max(builder.depths[: len(steps) + 1])
    if part is not None:
        steps.append(part)
        shape = part.scope.output_shape
    return Scope(
        builder.kind,
        builder.template,
        arguments,
        input_shape,
        tuple(steps),
        (("main", len(steps)),),
        shape,
        sum(map(cost_of, steps), Cost()),
        depth,
    )


def fold(
    builder: Builder,
    node: Repeat,
    mark: int,
    entry: int,
    count: int,
    before: Cost,
    numbered: int,
) -> None:
    """Replace the steps since `mark` by a run of `count` turns like them."""
    steps = tuple(step for step in builder.steps[mark:] if not isinstance(step, FailedStep))
    if count == 1 or not steps:
        return
    one_turn = builder.cost - before
    depth = builder.depths[builder.current] - builder.depths[entry]
    shape = builder.shape
    each = builder.numbered - numbered
    del builder.steps[mark:], builder.shapes[entry + 1 :], builder.depths[entry + 1 :]
    builder.put(
        Run(node, steps, count, each, (entry,)), shape, builder.depths[entry] + depth * count
    )
    builder.cost = before + one_turn * count
    builder.numbered = numbered + each * count
