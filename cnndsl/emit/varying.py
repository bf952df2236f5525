"""What a model's parameters reach: the names in its blocks that other arguments would change."""

from __future__ import annotations

from ..semantics import bound
from ..syntax.tree import names_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..semantics.template import Template

Names = dict["Template", frozenset[str]]


def carrying(nodes: Iterable[bound.Node], names: Iterable[str]) -> set[str]:
    """Some names with those of numbers and loop variables that are made of them."""
    found = set(names)
    for node in nodes:
        if isinstance(node, bound.Number) and names_of(node.value) & found:
            found.add(node.name)
        elif isinstance(node, bound.Loop) and names_of(node.iterable) & found:
            found |= {*node.targets}
    return found


def calls_among(nodes: Iterable[bound.Node]) -> Iterator[bound.Node]:
    """Some nodes, with the calls that names of layers come to."""
    for node in nodes:
        yield from node.calls.values() if isinstance(node, bound.Application) else (node,)


def varying(model: Template) -> Names:
    """By definition, the names in it that other arguments of a model change."""
    given = {model: {one.name for one in model.parameters}}
    found: Names = {}
    pending = [model]
    for template in pending:  # which grows
        nodes = list(bound.nodes(template.body.steps))
        names = carrying(nodes, with_defaults(template, given[template]))
        found[template] = frozenset(names)
        for node in calls_among(nodes):
            if isinstance(node, bound.BlockCall):
                reached = {one.name for one in node.arguments if names_of(one.value) & names}
                known = given.setdefault(node.template, set())
                if node.template not in found or not reached <= known:
                    known |= reached
                    pending.append(node.template)
    return found


def with_defaults(template: Template, names: Iterable[str]) -> set[str]:
    """Parameters with those whose defaults are made of them."""
    found = set(names)
    for parameter in template.parameters:
        if parameter.default is not None and names_of(parameter.default) & found:
            found.add(parameter.name)
    return found
