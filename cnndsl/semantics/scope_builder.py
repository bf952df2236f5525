"""Scopes in the making."""

from __future__ import annotations

from ..ir.network import Child, Cost, Run, Scope, cost_of
from ..record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..ir.network import Step
    from ..values import Shape, Value
    from .bound import Named, Repeat
    from .template import Template


class FailedStep(Record):
    """A step that failed, with as much of its inside as could be elaborated.

    An assertion that failed goes on from the value `entry`, of shape `found`, with what it says.
    """

    part: Child | None
    entry: int = 0
    found: Shape | None = None
    claimed: Shape | None = None


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
        self.cost = Cost()
        self.failed = input_shape is None

    @property
    def is_sequence(self) -> bool:
        return self.kind == "sequence"

    @property
    def shape(self) -> Shape | None:
        return self.shapes[self.current]

    def name_of(self, node: Named) -> str:
        """The node's fixed name, or the next number of a sequence."""
        position = self.numbered
        if self.is_sequence:
            self.numbered += 1
        return node.name or str(position)

    def add(self, step: Step, shape: Shape, cost: Cost, depth: int) -> None:
        self.steps.append(step)
        self.shapes.append(shape)
        self.depths.append(depth)
        self.cost = self.cost + cost
        self.current = len(self.shapes) - 1

    def fail(self, shape: Shape | None = None, part: Child | None = None) -> None:
        """Go on after an error, with the shape that is still known."""
        self.failed = True
        self.steps.append(FailedStep(part, self.current, self.shape if shape else None, shape))
        self.shapes.append(shape)
        self.depths.append(0)
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


def unfinished(builder: Builder, arguments: tuple[tuple[str, Value], ...]) -> Scope | None:
    """The scope up to its first error; None if not even its input is known."""
    input_shape = builder.shapes[0]
    if input_shape is None:
        return None
    steps: list[Step] = []
    cost, depth, shape = Cost(), 0, input_shape
    for step in builder.steps:
        if isinstance(step, FailedStep):
            if step.part is not None:
                steps.append(step.part)
                cost += step.part.scope.cost
                shape = step.part.scope.output_shape
            break
        steps.append(step)
        cost += cost_of(step)
        shape = builder.shapes[len(steps)] or shape
        depth = max(depth, builder.depths[len(steps)])
    outputs = (("main", len(steps)),)
    return Scope(
        builder.kind,
        builder.template,
        arguments,
        input_shape,
        tuple(steps),
        outputs,
        shape,
        cost,
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
    builder.steps.append(Run(node, steps, count, each, (entry,)))
    builder.shapes.append(shape)
    builder.depths.append(builder.depths[entry] + depth * count)
    builder.cost = before + one_turn * count
    builder.numbered = numbered + each * count
    builder.current = len(builder.shapes) - 1
