"""Scopes in the making."""

from __future__ import annotations

from ..ir.network import Child, Cost, Run, Scope, cost_of, idle_of, width
from ..record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeAlias

    from ..ir.network import Step
    from ..values import Shape, Value
    from .bound import Repeat, Shared
    from .reporting import Counts
    from .sharing import Made
    from .template import Template

    Shapes: TypeAlias = tuple[Shape | None, ...]


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
    output_shapes: Shapes
    findings: Counts = ()


class Builder:
    """A scope in the making. A shape is None where an earlier error has left it unknown.

    Values are numbered as in a `Scope`; the inputs are the values `entry` of the scope around it,
    `parent`. `line` are those that the next step takes: one, or several side by side.
    """

    def __init__(
        self,
        kind: str,
        input_shapes: Shapes,
        template: Template,
        parent: Builder | None = None,
    ) -> None:
        self.kind = kind
        self.is_sequence = kind == "sequence"
        self.template = template
        self.parent = parent
        self.entry: tuple[int, ...] = parent.line if parent is not None else (0,)
        self.steps: list[Step | FailedStep] = []
        self.shapes: list[Shape | None] = [*input_shapes]
        self.depths = [0] * len(input_shapes)
        self.named: dict[str, tuple[int, ...]] = {}
        self.lists: dict[str, list[int]] = {}
        """The lists of values, as far as they have grown."""
        self.unknown_lists: bool = parent is not None and parent.unknown_lists
        """Whether they lack values after an error."""
        self.line: tuple[int, ...] = tuple(range(len(input_shapes)))
        self.inputs = len(input_shapes)
        self.shared: dict[Shared, Made | None] = {}
        """What is shared here."""
        self.numbered = 0
        self.taken: set[str] = set()
        """The names with numbers behind them."""
        self.cost = Cost()
        self.failed = None in input_shapes

    @property
    def current(self) -> int:
        """The value of the line, the first if it has several."""
        return self.line[0]

    @current.setter
    def current(self, value: int) -> None:
        self.line = (value,)

    @property
    def shape(self) -> Shape | None:
        return self.shapes[self.line[0]]

    @property
    def line_shapes(self) -> Shapes:
        return tuple([self.shapes[value] for value in self.line])

    def take(self, name: str | None) -> str:
        """A fixed name, or the next number of a sequence."""
        position = self.numbered
        if self.is_sequence:
            self.numbered += 1
        return str(position) if name is None else name

    def add(self, step: Step, shapes: Shapes, cost: Cost, depths: Sequence[int]) -> None:
        self.cost = self.cost + cost
        self.put(step, shapes, depths)

    def fail(self, shape: Shape | None = None, part: Child | None = None) -> None:
        """Go on after an error, with the shape that is still known."""
        self.failed = True
        found = self.shape if shape else None
        self.put(FailedStep(part, self.current, found, shape), (shape,), (0,))

    def put(self, step: Step | FailedStep, shapes: Shapes, depths: Sequence[int]) -> None:
        """Go on from the values of a step."""
        self.steps.append(step)
        self.shapes += shapes
        self.depths += depths
        end = len(self.shapes)
        self.line = (end - 1,) if len(shapes) == 1 else tuple(range(end - len(shapes), end))


def known(shapes: Sequence[Shape | None]) -> tuple[Shape, ...]:
    """Shapes, if all of them are known; none else."""
    found = tuple([shape for shape in shapes if shape is not None])
    return found if len(found) == len(shapes) else ()


def close(
    builder: Builder,
    arguments: tuple[tuple[str, Value], ...],
    outputs: tuple[tuple[str, int], ...],
) -> Scope | None:
    """The finished scope; None if something in it failed."""
    input_shapes = known(builder.shapes[: builder.inputs])
    output_shapes = known([builder.shapes[value] for _, value in outputs])
    if builder.failed or not input_shapes or not output_shapes:
        return None
    steps: tuple[Any, ...] = tuple(builder.steps)  # of which none failed
    return Scope(
        builder.kind,
        builder.template,
        arguments,
        input_shapes,
        steps,
        outputs,
        output_shapes,
        builder.cost,
        max([builder.depths[value] for _, value in outputs]),
        sum(map(idle_of, steps)),
    )


def finished(
    builder: Builder,
    arguments: tuple[tuple[str, Value], ...] = (),
    findings: Counts = (),
    outputs: tuple[str, ...] = (),
) -> Nested:
    """The scope for its parent, if nothing in it failed. It gives the line's values."""
    names = outputs or ("main",) * len(builder.line)
    scope = close(builder, arguments, tuple(zip(names, builder.line, strict=False)))
    part = unfinished(builder, arguments) if scope is None else None
    return Nested(scope, part, builder.line_shapes, findings)


def unfinished(builder: Builder, arguments: tuple[tuple[str, Value], ...]) -> Scope | None:
    """The scope up to its first error; None if not even its input is known."""
    input_shapes = known(builder.shapes[: builder.inputs])
    if not input_shapes:
        return None
    steps: list[Step] = []
    part = None
    for step in builder.steps:
        if isinstance(step, FailedStep):
            part = step.part
            break
        steps.append(step)
    made = len(input_shapes) + sum(map(width, steps))
    shape = builder.shapes[made - 1] or input_shapes[0]
    depth = max(builder.depths[:made])
    if part is not None:
        steps.append(part)
        made += width(part)
        shape = part.scope.output_shapes[-1]
    return Scope(
        builder.kind,
        builder.template,
        arguments,
        input_shapes,
        tuple(steps),
        (("main", made - 1),),
        (shape,),
        sum(map(cost_of, steps), Cost()),
        depth,
        sum(map(idle_of, steps)),
    )


def fold(
    builder: Builder,
    node: Repeat,
    mark: int,
    entry: tuple[int, ...],
    count: int,
    before: Cost,
    numbered: int,
) -> None:
    """Replace the steps since `mark` by a run of `count` turns like them."""
    steps = tuple(step for step in builder.steps[mark:] if not isinstance(step, FailedStep))
    if count == 1 or not steps:
        return
    one_turn = builder.cost - before
    depth = builder.depths[builder.current] - builder.depths[entry[0]]
    depths = [builder.depths[value] + depth * count for value in entry]
    shapes = builder.line_shapes
    each = builder.numbered - numbered
    end = entry[-1] + 1
    del builder.steps[mark:], builder.shapes[end:], builder.depths[end:]
    builder.put(Run(node, steps, count, each, entry), shapes, depths)
    builder.cost = before + one_turn * count
    builder.numbered = numbered + each * count
