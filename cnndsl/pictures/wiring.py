"""The values of a scope by number: which step takes and gives which, and of what shape."""

from __future__ import annotations

from functools import lru_cache

from ..ir.network import Child, Layer, Run, cost_of
from ..record import Record
from .drawing import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..ir.network import Scope, Step
    from ..values import Shape
    from .drawing import Flow


class Wired(Record):
    """A step with the numbers of the values that it takes and gives."""

    step: Step
    taken: tuple[int, ...]
    made: tuple[int, ...]


class Wiring:
    """Numbered values, and the steps that take and give them; none that has no layers."""

    def __init__(self, values: Flow) -> None:
        self.values = dict(enumerate(values))
        self.steps: list[Wired] = []
        self.outputs: tuple[int, ...] = ()
        self._same: dict[int, int] = {}
        """Values that what has no layers passes on, with what they are."""

    def new(self, values: Flow) -> tuple[int, ...]:
        """Numbers for further values."""
        numbers = tuple(range(len(self.values), len(self.values) + len(values)))
        self.values |= zip(numbers, values, strict=True)
        return numbers

    def add(self, step: Step, inputs: Iterable[int]) -> tuple[int, ...]:
        """The numbers of what a step gives."""
        taken, numbers = self.real(inputs), self.new(given(step))
        made = numbers
        if cost_of(step).layers:
            if isinstance(step, Child):
                taken = tuple([taken[place] for place in places_read(step.scope)])
                made = numbers if step.scope.kind == "block" else self._once(step.scope, numbers)
            self.steps.append(Wired(step, taken, made))
        else:
            self._same |= zip(made, passed_on(step, taken), strict=True)
        return numbers

    def _once(self, scope: Scope, made: tuple[int, ...]) -> tuple[int, ...]:
        """What a scope gives, each value once."""
        places = places_given(scope)
        firsts = {scope.outputs[place][1]: made[place] for place in places}
        inner = (value for _, value in scope.outputs)
        self._same |= {number: firsts[one] for number, one in zip(made, inner, strict=True)}
        return tuple([made[place] for place in places])

    def real(self, numbers: Iterable[int]) -> tuple[int, ...]:
        return tuple([self._same.get(number, number) for number in numbers])


def wiring_of(scope: Scope) -> Wiring:
    """The values of a scope. It gives no value twice, unless it is a block."""
    wiring = Wiring(entering(scope))
    for step in scope.steps:
        wiring.add(step, step.inputs)
    wiring.outputs = wiring.real(scope.outputs[place][1] for place in places_given(scope))
    return wiring


def wiring_of_turn(run: Run) -> Wiring:
    """The values of one of a run's turns, whose steps are each fed by the one before."""
    wiring = Wiring(tuple(map(Value, shapes_into(run))))
    line = tuple(wiring.values)
    for step in run.steps:
        line = wiring.add(step, line)
    wiring.outputs = wiring.real(line)
    return wiring


def places_given(scope: Scope) -> Sequence[int]:
    """Which of a scope's outputs are no others: a turn gives its line, which a list may have too.

    Those of a block have names, and stand for themselves.
    """
    if scope.kind in ("block", "model"):
        return range(len(scope.outputs))
    firsts: dict[int, int] = {}
    for place, (_, value) in enumerate(scope.outputs):
        firsts.setdefault(value, place)
    return list(firsts.values())


@lru_cache(maxsize=256)
def places_read(scope: Scope) -> Sequence[int]:
    """Which of its inputs a scope takes: of the lists that a loop knows, the values it reads."""
    places = range(len(scope.input_shapes))
    if scope.kind in ("block", "model"):
        return places
    read = {value for _, value in scope.outputs}
    for step in scope.steps:
        inner = places_read(step.scope) if isinstance(step, Child) else range(len(step.inputs))
        read.update(step.inputs[place] for place in inner)
    return [place for place in places if place in read]


def passed_on(step: Step, taken: tuple[int, ...]) -> tuple[int, ...]:
    """Which of the values that it takes a step without layers gives."""
    if isinstance(step, Child):
        outputs = wiring_of(step.scope).outputs
        return tuple([taken[place] for place in outputs])
    for inner in step.steps * step.count if isinstance(step, Run) else ():
        taken = passed_on(inner, taken)
    return taken


def entering(scope: Scope) -> Flow:
    """The values that a scope takes, with the names that a block gives several."""
    names = scope.template.body.inputs if scope.kind == "block" else ()
    shapes = scope.input_shapes
    named = names if len(names) == len(shapes) > 1 else ("",) * len(shapes)
    return tuple(map(Value, shapes, named))


def given(step: Step) -> Flow:
    """The values that a step gives."""
    if isinstance(step, Layer):
        return (Value(step.shape),)
    if isinstance(step, Run):
        return tuple(map(Value, shapes_into(step)))
    outputs = step.scope.outputs
    is_block = step.scope.kind == "block" and len(outputs) > 1
    names = [name if is_block else "" for name, _ in outputs]
    return tuple(map(Value, step.scope.output_shapes, names))


def shapes_into(step: Step) -> tuple[Shape, ...]:
    """The shapes of what a step takes."""
    if isinstance(step, Run):
        return shapes_into(step.steps[0])
    return step.input_shapes if isinstance(step, Layer) else step.scope.input_shapes
