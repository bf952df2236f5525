"""Scopes in the making."""

from __future__ import annotations

from .network import Cost, Run, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import syntax
    from .network import Step
    from .template import Template
    from .values import Shape, Value


class Builder:
    """A scope in the making. A shape is None where an earlier error has left it unknown."""

    def __init__(self, kind: str, input_shape: Shape | None) -> None:
        self.kind = kind
        self.steps: list[Step] = []
        self.shapes: list[Shape | None] = [input_shape]
        self.depths = [0]
        self.named: dict[str, int] = {}
        self.current = 0
        self.numbered = 0
        self.cost = Cost()
        self.failed = input_shape is None

    @property
    def is_sequence(self) -> bool:
        return self.kind == "sequence"

    @property
    def shape(self) -> Shape | None:
        return self.shapes[self.current]

    def add(self, step: Step, shape: Shape, cost: Cost, depth: int) -> None:
        self.steps.append(step)
        self.shapes.append(shape)
        self.depths.append(depth)
        self.cost = self.cost + cost
        self.current = len(self.shapes) - 1

    def lose(self, shape: Shape | None = None) -> None:
        """Go on after an error, with the shape that is still known."""
        self.failed = True
        self.shapes.append(shape)
        self.depths.append(0)
        self.current = len(self.shapes) - 1


def close(
    builder: Builder,
    template: Template,
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
        template,
        arguments,
        input_shape,
        tuple(builder.steps),
        outputs,
        output_shape,
        builder.cost,
        max(builder.depths[value] for _, value in outputs),
    )


def fold(
    builder: Builder,
    element: syntax.Element,
    mark: int,
    entry: int,
    count: int,
    before: Cost,
    numbered: int,
) -> None:
    """Replace the steps since `mark` by a run of `count` turns like them."""
    steps = tuple(builder.steps[mark:])
    if count == 1 or not steps:
        return
    one_turn = Cost(
        builder.cost.layers - before.layers,
        builder.cost.trainable - before.trainable,
        builder.cost.frozen - before.frozen,
        builder.cost.macs - before.macs,
    )
    depth = builder.depths[builder.current] - builder.depths[entry]
    shape = builder.shape
    each = builder.numbered - numbered
    del builder.steps[mark:], builder.shapes[entry + 1 :], builder.depths[entry + 1 :]
    builder.steps.append(Run(element, steps, count, each, (entry,)))
    builder.shapes.append(shape)
    builder.depths.append(builder.depths[entry] + depth * count)
    builder.cost = before + one_turn * count
    builder.numbered = numbered + each * count
    builder.current = len(builder.shapes) - 1
