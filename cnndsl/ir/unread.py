"""Layers whose values no output depends on."""

from __future__ import annotations

from .network import Child, Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..semantics.template import Template
    from .network import Scope, Step


def unread(scope: Scope) -> Iterator[tuple[Step, Template]]:
    """The last step of each chain in a scope, or in one inside it, that leads to no output.

    Equal scopes are one object and are looked at once. What only feeds such a chain is left out.
    """
    pending, seen = [scope], {scope}
    while pending:
        one = pending.pop()
        read = {value for _, value in one.outputs}
        for value, step in reversed(tuple(enumerate(one.steps, 1))):
            if value not in read and cost_of(step):
                yield step, one.template
            read |= set(step.inputs)
        for inner in scopes_in(one.steps):
            if inner not in seen:
                seen.add(inner)
                pending.append(inner)


def cost_of(step: Step) -> int:
    """How many layers a step has."""
    if isinstance(step, Layer):
        return 1
    if isinstance(step, Child):
        return step.scope.cost.layers
    return step.count * sum(map(cost_of, step.steps))


def scopes_in(steps: tuple[Step, ...]) -> Iterator[Scope]:
    for step in steps:
        if isinstance(step, Child):
            yield step.scope
        elif not isinstance(step, Layer):
            yield from scopes_in(step.steps)
