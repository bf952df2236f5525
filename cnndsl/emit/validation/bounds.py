"""The constants that a model's parameters are compared with, beside which they are tried."""

from __future__ import annotations

from ...semantics import bound
from ...syntax import tree
from ...syntax.tree import names_of
from ...values import write
from ..varying import calls_among, carrying, with_defaults

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ...semantics.template import Template
    from ...values import Value

COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})


class Bounds:
    """The constants that a model's parameters are compared with, at whatever depth of blocks."""

    def __init__(self, model: Template) -> None:
        self.model = model
        self.found: dict[str, dict[str, Value]] = {}
        """The constants by how they are written, for each parameter of the model."""
        self.visited: set[tuple[Template, str, str]] = set()
        self.nodes: dict[Template, list[bound.Node]] = {}
        """The nodes of definitions that decide, carry or hand on."""
        for parameter in model.parameters:
            self.found[parameter.name] = {}
            self.follow(model, parameter.name, parameter.name)

    def of(self, parameter: str) -> list[Value]:
        return list(self.found[parameter].values())

    def follow(self, template: Template, name: str, origin: str) -> None:
        """Look for comparisons with what a definition's parameter carries, and into its calls."""
        if (template, name, origin) in self.visited:
            return
        self.visited.add((template, name, origin))
        nodes = self.nodes_of(template)
        names = carrying(nodes, with_defaults(template, [name]))
        for expression in expressions_of(nodes):
            for part in tree.parts(expression):
                if isinstance(part, tree.Binary) and part.operator in COMPARISONS:
                    self.note(part, names, origin)
        for node in calls_among(nodes):
            if isinstance(node, bound.BlockCall):
                for argument in node.arguments:
                    if names_of(argument.value) & names:
                        self.follow(node.template, argument.name, origin)

    def nodes_of(self, template: Template) -> list[bound.Node]:
        if template not in self.nodes:
            self.nodes[template] = [
                node for node in bound.nodes(template.body.steps) if not carries_nothing(node)
            ]
        return self.nodes[template]

    def note(self, comparison: tree.Binary, names: set[str], origin: str) -> None:
        if names_of(comparison) & names:
            for part in tree.parts(comparison):
                if isinstance(part, tree.Literal):
                    self.found[origin][write(part.value)] = part.value


def expressions_of(nodes: Iterable[bound.Node]) -> Iterator[tree.Expression]:
    """The expressions on which code depends, but for parts of others."""
    for node in nodes:
        if isinstance(node, bound.Argument | bound.Number):
            yield node.value
        elif isinstance(node, bound.Branch):
            yield node.condition
        elif isinstance(node, bound.Loop):
            yield node.iterable
        elif isinstance(node, bound.Repeat):
            yield node.count


def carries_nothing(node: bound.Node) -> bool:
    """Whether a node decides nothing, and names or hands on nothing but a name as it is."""
    if isinstance(node, bound.Argument):
        return isinstance(node.value, tree.Literal | tree.Name)
    kinds = (bound.Number, bound.Branch, bound.Loop, bound.Repeat, bound.Application)
    return not isinstance(node, (*kinds, bound.BlockCall))
