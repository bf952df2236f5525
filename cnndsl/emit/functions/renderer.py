"""A network as functions: one for each block, one for the model.

A block becomes a function from tensor to tensor that takes the block's parameters and the path of
its layers; the model becomes a function that builds it.
"""

from __future__ import annotations

import functools

from .. import python
from ..headings import describe, documentation
from ..identifiers import Identifiers
from ..items import is_shared, walk
from ..outline import choosing
from ..renderer import Library, Renderer, Task, baked_parameters
from ..statements import reads
from ..support import functions_of_the_language
from ..validation.ladder import validated
from .cursor import Cursor, NameParts
from .writer import MADE, FunctionWriter

FROM = {"Callable": "collections.abc", "partial": "functools"}
"""What functions may read of Python's modules, and of which."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from ...ir.network import Network
    from ..planning import Group


def nothing(_networks: object) -> tuple[python.Statement, ...]:
    """No statements, and no facts."""
    return ()


class Dialect(Library):
    """How one library says things."""

    model: str
    """The class of a model: called with inputs, outputs and name."""
    input: Callable[[python.Expression, Network, str], python.Expression]
    """What makes an input of a shape, and of a name if the model gives it one."""
    dimension: Callable[[str, str], python.Expression]
    """How a variable's `height`, `width` or `channels` is read."""
    imports: tuple[python.Statement, ...]
    once: tuple[str, ...]
    """What makes a layer if its name is new, from the layers made, a class and its arguments.

    Its first name is that of the function, the others of helpers that it needs.
    """
    in_turn: tuple[str, ...]
    """The same for layers with statistics that move."""
    layer: str
    """The annotation of what is made."""
    facts: Callable[[Sequence[Network]], Any] = nothing
    """What emitters have to know of networks as a whole."""
    requirements: Callable[[Network], Iterable[python.Statement]] = nothing
    """What the model's function begins with, so that the library is set up as the model needs."""


def made_name(name_parameter: str) -> str:
    """What a block calls the layers that are made already; one without layers reads neither."""
    return f"_{MADE}" if name_parameter.startswith("_") else str(MADE)


def model_name(network: Network, dialect: Dialect) -> str:
    """The name of the function that builds the model in emitted code."""
    return Identifiers(dialect.module_names).fresh(network.name)


def code(network: Network, dialect: Dialect) -> str:
    """The network's code in a dialect."""

    def make(task: Task, groups: list[Group]) -> Renderer:
        return FunctionalRenderer(task, groups, dialect)

    return validated(network, make, dialect.stand_ins, dialect.lowerings.backend)


class FunctionalRenderer(Renderer):
    """Renders a network in a dialect. One attempt: `Split` ends it."""

    dialect: Dialect

    def __init__(self, task: Task, groups: list[Group], dialect: Dialect) -> None:
        super().__init__(task, groups, str, dialect.module_names)
        self.dialect = dialect
        self.facts = dialect.facts(task.networks)
        self.names_used: dict[str, set[str]] = {}
        """By function, the names that it reads and does not assign."""

    def definition(self, group: Group) -> python.FunctionDef:
        return self.model(group) if group.is_model else self.block(group)

    def file(self) -> str:
        functions = self.definitions
        used = self.names_used[functions[-1].name]
        pending = list(used)
        for name in pending:  # which grows
            more = self.names_used.get(name, set()) - used
            used |= more
            pending += more
        if used & {*self.dialect.in_turn}:
            used |= {*self.dialect.in_turn}
        support = [self.dialect.support[name] for name in sorted(self.support_needed & used)]
        support += functions_of_the_language(used)
        standard: list[python.Statement] = []
        standard += [python.Import(name) for name in ("itertools", "math", "sys") if name in used]
        needs_any = bool(self.sharing) and self.dialect.layer == "Any"
        called = [one for one in functions[:-1] if one.name in used]
        read = reads([*called, functions[-1]])
        standard += [python.ImportFrom(FROM[name], [name]) for name in FROM if name in read]
        if needs_any or any("from typing import Any" in one.needs for one in support):
            standard.append(python.ImportFrom("typing", ["Any"]))
        if standard:
            standard.append(python.Blank())
        heading = python.Docstring(documentation(self.network, self.dialect.note))
        return python.render(
            [heading, *standard, *self.dialect.imports, *support, *called, functions[-1]]
        )

    def block(self, group: Group) -> python.FunctionDef:
        writer = FunctionWriter(self, group, frozenset())
        inputs = group.template.body.inputs
        entering = [writer.identifiers.fresh(one) for one in inputs]
        x = writer.identifiers.fresh("x")
        name = writer.identifiers.fresh("name")
        cursor = Cursor(entering[0] if entering else x, x, NameParts(python.name(name)))
        writer.values |= dict(zip(inputs, entering, strict=True))
        self.start_sharing(writer)
        writer.scoped(choosing(group.outline.items), cursor)
        results = writer.results(group.outline.outputs, cursor)
        body = self.body(writer, python.Tuple(results) if len(results) > 1 else results[0])
        if name not in self.names_used[self.plan.names[group]]:
            name = f"_{name}"  # a block without layers
        parameters = self.declared(group, writer, name)
        made = python.Parameter(made_name(name), python.Raw(self.made_type))
        shared = [made] if group in self.sharing else []
        tensor = python.Raw(self.dialect.tensor)
        several = python.Index("tuple", *[tensor] * len(results))
        return python.FunctionDef(
            self.plan.names[group],
            [
                *[python.Parameter(one, tensor) for one in entering or [x]],
                *parameters,
                python.Parameter("*"),
                *shared,
                python.Parameter(name, python.name("str")),
            ],
            returns=several if len(results) > 1 else tensor,
            docstring=describe(group.template, self.variant_of(group)),
            body=returning(body, results),
        )

    @property
    def made_type(self) -> str:
        """The annotation of the layers that are made already."""
        return f"dict[str, {self.dialect.layer}]"

    @functools.cached_property
    def sharing(self) -> set[Group]:
        """The groups whose code runs for several calls that share weights, or inside of one."""
        calls = self.calls.items()
        found: set[Group] = set()
        more = {group for group, some in calls if any(is_shared(item) for _, item in some)}
        while more:
            found |= more
            inside = {group for group, some in calls if any(caller in more for caller, _ in some)}
            more = inside - found
        return found

    def start_sharing(self, writer: FunctionWriter) -> None:
        """Begin with no layer made, where something here asks for those and none are handed in."""
        group = writer.group
        if group in self.sharing:
            return
        takes = any(caller is group for one in self.sharing for caller, _ in self.calls[one])
        if takes or any(map(is_shared, walk(group.outline.items))):
            writer.emit(python.Assign(MADE, python.Dict(), self.made_type))

    def once(self, layer: python.Call, moves: bool) -> python.Call:
        """A layer of what is shared: it is made in the first call alone.

        `moves` says that it has statistics, which move in the order of the calls.
        """
        names = self.dialect.in_turn if moves else self.dialect.once
        for name in names:
            if name in self.dialect.support:
                self.support(name)
        return python.Call(names[0], [MADE, layer.value, *layer.arguments], layer.keywords)

    def model(self, group: Group) -> python.FunctionDef:
        writer = FunctionWriter(self, group, baked_parameters(group))
        names = group.template.body.inputs
        inputs = [writer.identifiers.fresh(one) for one in names or ("inputs",)]
        writer.values |= dict(zip(names, inputs, strict=False))
        self.refuse(writer)
        for statement in self.dialect.requirements(self.network):
            writer.emit(statement)
        for variable, (name, shape) in zip(inputs, self.network.inputs, strict=True):
            sides = python.Tuple([python.number(side) for side in shape.dims])
            made = self.dialect.input(sides, self.network, name if names else "")
            writer.emit(python.Assign(variable, made))
        self.start_sharing(writer)
        cursor = Cursor(inputs[0], writer.identifiers.fresh("x"), NameParts())
        writer.scoped(choosing(group.outline.items), cursor)
        results = writer.results(group.outline.outputs, cursor)
        more = group.outline.training_outputs
        outputs = one_or_list(results[: len(results) - more])
        parameters: list[python.Parameter] = []
        note = ""
        if more:
            training = python.name(writer.identifiers.fresh("training"))
            parameters = [python.Parameter("*"), mode_parameter(training)]
            outputs = python.Conditional(python.List(results), training, outputs)
            added = " and ".join(group.outline.outputs[-more:])
            note = f"With `{training}` it gives {added} as well, with the layers that lead there."
        title = self.network.name.lstrip("_") or "model"  # TensorFlow's scopes start with a letter
        model = python.call(
            self.dialect.model,
            one_or_list([*map(python.name, inputs)]),
            outputs,
            name=python.string(title),
        )
        body = self.body(writer, model)
        return python.FunctionDef(
            self.plan.names[group],
            [*self.declared(group, writer), *parameters],
            returns=python.name(self.dialect.model),
            docstring=describe(group.template, note=note),
            body=[*body, python.Return(model)],
        )

    def body(self, writer: FunctionWriter, result: python.Expression) -> list[python.Statement]:
        """What leads to a function's result."""
        live = self.names_used[self.plan.names[writer.group]] = set(result.names)
        return writer.finished(live)


def one_or_list(results: Sequence[python.Expression]) -> python.Expression:
    return results[0] if len(results) == 1 else python.List(results)


def mode_parameter(name: python.Expression) -> python.Parameter:
    """The parameter that asks for the outputs that are for training alone."""
    return python.Parameter(str(name), python.name("bool"), python.Raw("False"))


def returning(
    body: list[python.Statement], variables: Sequence[python.Expression]
) -> list[python.Statement]:
    """A body that returns variables; an assignment to them right before is returned itself."""
    last = body[-1] if body else None
    if isinstance(last, python.Assign) and [*map(str, last.targets)] == [*map(str, variables)]:
        return [*body[:-1], python.Return(last.value)]
    return [*body, python.Return((*variables,))]
