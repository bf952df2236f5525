"""Emission in the functional style, which Keras and the NumPy library share.

A block becomes a function from tensor to tensor that takes the block's parameters and the path of
its layers; the model becomes a function that builds it. What differs between the libraries is a
`Dialect`: its imports, its names, and a table from op to the lines that apply it.
"""

from __future__ import annotations

import re

from ..record import Record
from . import python
from .formulas import Identifiers
from .function_writer import FunctionWriter
from .headings import describe, documentation, variant_of
from .naming import NameParts
from .planning import Plan
from .renderer import Renderer, Task, baked_parameters
from .writer import Written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..ir.network import Network
    from .lowering import Lowerings
    from .planning import Group
    from .support import Verbatim

USES_ANY = re.compile(r"\bAny\b")


class Dialect(Record):
    """How one library says things."""

    tensor: str
    """The annotation of a tensor."""
    model: str
    """The class of a model: called with inputs, outputs and name."""
    input: Callable[[python.Expression, Network], python.Expression]
    """What makes the input of a shape."""
    lowerings: Lowerings
    """By op, what applies it: it calls the site's methods."""
    dimension: Callable[[str, str], python.Expression]
    """How a variable's `height`, `width` or `channels` is read."""
    imports: tuple[python.Statement, ...]
    names: frozenset[str]
    """The names that the imports bring."""
    support: Mapping[str, Verbatim]
    """Helper definitions by name, emitted where a site asks for one."""
    note: str


def module_names(dialect: Dialect) -> set[str]:
    """The names that an emitted module may have besides its blocks and its model."""
    return {"itertools", *dialect.names, *dialect.support}


def model_name(network: Network, dialect: Dialect) -> str:
    """The name of the function that builds the model in emitted code."""
    return Identifiers(module_names(dialect)).fresh(network.name)


class FunctionalRenderer(Renderer):
    """Renders a network in a dialect. One attempt: `Split` ends it."""

    def __init__(self, task: Task, groups: list[Group], dialect: Dialect) -> None:
        super().__init__(task, groups)
        self.dialect = dialect
        self.module_names = module_names(dialect)
        self.plan = Plan(groups, lambda name: name, self.module_names)
        self.module_names |= set(self.plan.names.values())
        self.written: dict[int, Written] = {}
        self.needed: set[str] = set()
        self.needs_itertools = False

    def render(self) -> str:
        functions = [self.function(group) for group in self.plan.groups]
        statements: list[python.Statement] = [
            python.Docstring(documentation(self.network, self.dialect.note))
        ]
        standard: list[python.Statement] = []
        if self.needs_itertools:
            standard.append(python.Import("itertools"))
        if any(USES_ANY.search(self.dialect.support[name].text) for name in self.needed):
            standard.append(python.ImportFrom("typing", ["Any"]))
        statements += [*standard, python.Blank()] if standard else []
        statements += self.dialect.imports
        statements += [self.dialect.support[name] for name in sorted(self.needed)]
        return python.render([*statements, *functions])

    def function(self, group: Group) -> python.Statement:
        if group.template.kind == "model":
            return self.model(group)
        return self.block(group)

    def block(self, group: Group) -> python.Statement:
        writer = FunctionWriter(self, group, frozenset())
        x = writer.identifiers.fresh("x")
        name = writer.identifiers.fresh("name")
        final = writer.braces(group.outline.items, x, x, NameParts(python.name(name)))
        body = returning(writer.body(), final)
        parameters, defaults = self.signature(group, writer)
        known = {
            parameter: python
            for parameter, python in writer.parameters.items()
            if parameter in writer.used
        }
        self.written[id(group)] = Written(self.plan.name(group), known, defaults, name)
        tensor = python.Raw(self.dialect.tensor)
        return python.FunctionDef(
            self.plan.name(group),
            [
                python.Parameter(x, tensor),
                *parameters,
                python.Parameter("*"),
                python.Parameter(name, python.name("str")),
            ],
            returns=tensor,
            docstring=describe(group.template, variant_of(group, self.plan.groups)),
            body=body,
        )

    def model(self, group: Group) -> python.Statement:
        writer = FunctionWriter(self, group, baked_parameters(group))
        inputs = writer.identifiers.fresh("inputs")
        x = writer.identifiers.fresh("x")
        for statement in self.refusals(writer):
            writer.emit(statement)
        shape = python.Tuple([python.number(side) for side in self.network.input_shape.dims])
        writer.emit(python.Assign(inputs, self.dialect.input(shape, self.network)))
        final = writer.braces(group.outline.items, inputs, x, NameParts())
        results = [
            final if name == "main" else writer.values[name] for name in group.outline.outputs
        ]
        outputs: python.Expression = python.name(results[0])
        if len(results) > 1:
            outputs = python.List([python.name(result) for result in results])
        title = self.network.name.lstrip("_") or "model"  # TensorFlow's scopes start with a letter
        model = python.call(
            self.dialect.model, python.name(inputs), outputs, name=python.string(title)
        )
        parameters, _defaults = self.signature(group, writer)
        return python.FunctionDef(
            self.plan.name(group),
            parameters,
            returns=python.name(self.dialect.model),
            docstring=describe(group.template),
            body=[*writer.body(), python.Return(model)],
        )


def returning(body: list[python.Statement], variable: str) -> list[python.Statement]:
    """A body that returns a variable; an assignment to it right before is returned itself."""
    last = body[-1] if body else None
    if isinstance(last, python.Assign) and [str(one) for one in last.targets] == [variable]:
        return [*body[:-1], python.Return(last.value)]
    return [*body, python.Return(python.name(variable))]
