"""What renderers of both styles share: signatures, and which values are read again."""

from __future__ import annotations

import functools
import itertools

from ..record import Record
from ..syntax import tree
from ..syntax.tree import names_of
from ..values import LayerValue
from . import python
from .annotations import annotation
from .effort import DEFINITION
from .formulas import literal
from .given import GivenLayers, gives_arguments
from .headings import variant_of
from .items import walk
from .outline import CallItem
from .planning import Alike, Parted, Plan, Settled, Split, Unsettled
from .support import FUNCTIONS
from .varying import varying
from .writer import Written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from ..ir.network import Network
    from ..semantics.template import Template
    from ..values import Value
    from .effort import Effort
    from .lowering import Lowerings
    from .outline import Formula
    from .planning import Group
    from .support import Verbatim
    from .validation.execution import Framework
    from .varying import Names
    from .writer import Writer

    Guards = Mapping[str, "tuple[Value, ...] | Least | int"]
    """The values that each of some parameters may have, or how many items its lists have."""

LONGEST_LIST = 43
"""The letters of the values that an error lists."""

NO_GUARDS: Guards = {}


class Least(Record):
    """The least that a parameter may be, or each item of a list."""

    value: int
    is_list: bool


class Task(Record):
    """What a text must be: the first of the networks, and the others for their arguments.

    It must refuse those of the model's arguments that `guards` does not list.
    """

    networks: tuple[Network, ...]
    guards: Guards
    effort: Effort


class Library(Record):
    """How one library says things, as far as both styles have a word for it."""

    tensor: str
    """The annotation of a tensor."""
    lowerings: Lowerings
    """What writes each op: it calls the site's methods, or gives a module or expression."""
    names: frozenset[str]
    """The names that files may have besides those of the spec and of helpers."""
    support: Mapping[str, Verbatim]
    """The helper definitions that sites can ask for, by name."""
    stand_ins: Framework
    """What stands in for the library where code is validated."""
    note: str

    @property
    def module_names(self) -> set[str]:
        """The names that an emitted module may have besides its definitions."""
        return {*self.names, *self.support, *FUNCTIONS, "math"}


class Renderer:
    """Renders the groups of a network. One attempt: a `Split` ends it.

    `name` makes the name of a function or class from that of its definition; `names` are those
    that emitted files have besides.
    """

    dialect: Library
    facts: Any
    """What emitters have to know of networks as a whole."""

    def __init__(
        self,
        task: Task,
        groups: list[Group],
        name: Callable[[str], str],
        names: Iterable[str],
    ) -> None:
        self.network = task.networks[0]
        self.is_several = len(task.networks) > 1
        self.guards = task.guards
        self.plan = Plan(groups, name, set(names), task.effort)
        self.groups = self.plan.groups
        self.module_names = {*names, *self.plan.names.values()}
        self.written: dict[Group, Written] = {}
        self.support_needed: set[str] = set()
        self.values: dict[tuple[Group, str], list[Value]] = {}
        self.definitions: list[python.Definition] = []
        self.firsts: dict[tuple[Template, str], Group] = {}
        """By a block and what its code is, the first group that has it."""

    def render(self) -> str:
        """The text.

        Raises `Split` or `Parted`, and `Alike` where code would stand there twice.
        """
        alike: dict[Group, Group] = {}
        parted: dict[Group, list[Group]] = {}
        for place in itertools.count():
            if place == len(self.groups):
                break
            definition = self.parting_definition(place, parted)
            group = self.groups[place]
            first = self.first_like(group, definition)
            if first is group:
                self.definitions.append(definition)
            else:
                alike[group] = first
                self.written[group] = self.written[first]
                self.plan.by_scope.update(dict.fromkeys(group.scopes, first))
        if parted:
            raise Parted(parted)
        if alike:
            raise Alike(alike)
        return self.file()

    def parting_definition(self, place: int, parted: dict[Group, list[Group]]) -> python.Definition:
        """The code of the group at a place, or else of the first of those that it is parted into.

        Raises `Parted` where other code may depend on that, `Split` in a text for several networks.
        """
        while True:
            group = self.groups[place]
            self.plan.effort.spend(DEFINITION)
            try:
                return self.definition(group)
            except Settled:
                if group.called is not None:
                    raise Unsettled from None
            except Split as split:
                if self.is_several:
                    raise
                parted[split.group] = split.group.parted(split)
                if split.group is not group or group.called is not None:
                    raise Parted(parted) from None
                self.plan.part(group, parted[group])
                self.values.clear()
                vars(self).pop("calls", None)
            except Unsettled:
                raise (Parted(parted) if parted else Unsettled) from None

    def definition(self, group: Group) -> python.Definition:
        """The code of a group."""
        raise NotImplementedError

    def file(self) -> str:
        """The text with all definitions, the model's last."""
        raise NotImplementedError

    def first_like(self, group: Group, definition: python.Definition) -> Group:
        """The first group of the same block with the same code; that may be the group itself."""
        if self.plan.variants[group.template] == 1:
            return group
        text = python.render([definition.anonymous()])
        return self.firsts.setdefault((group.template, text), group)

    @property
    def entry(self) -> Written:
        """How the model is called, once it has been written."""
        return self.written[self.groups[-1]]

    def support(self, name: str) -> str:
        """Have a helper definition in the file. Gives its name."""
        self.support_needed.add(name)
        return name

    def annotation(self, values: Iterable[Value]) -> str:
        """The type of a parameter that takes these values."""
        layers = [one for one in values if isinstance(one, LayerValue)]
        if not layers:
            return annotation(values)
        lowerings = self.dialect.lowerings
        is_made = self.layers.makes if lowerings.is_by_name else any(map(self.needs_call, layers))
        kind = lowerings.constructor if is_made else lowerings.layer
        has_none = any(str(self.layers.written(one)) == "None" for one in layers)
        return f"{kind} | None" if has_none else kind

    def needs_call(self, layer: LayerValue) -> bool:
        """Whether a layer stands for a call that makes it, and no class."""
        return isinstance(self.layers.written(layer), python.Call)

    @functools.cached_property
    def layers(self) -> GivenLayers:
        """What stands for the layers that code is given."""
        makes = gives_arguments({group.template for group in self.groups})
        return GivenLayers(self.dialect.lowerings, self.facts, self.support, makes)

    def hands_over(self, group: Group, parameter: str) -> bool:
        """Whether a group's code can be given the layers that a parameter stands for."""
        values = self.values_of(group, parameter)
        return not group.is_model and all(map(self.layers.knows, values))

    def declared(
        self,
        group: Group,
        writer: Writer,
        name_parameter: str = "",
        channels: tuple[int, ...] = (),
    ) -> list[python.Parameter]:
        """The parameters of a group's code, of which later code learns how to call it."""
        parameters, defaults = self.signature(group, writer)
        known = {spec: name for spec, name in writer.parameters.items() if spec in writer.used}
        written = self.written[group] = Written(
            self.plan.names[group], known, defaults, name_parameter, channels
        )
        if group.called not in (None, written):
            group.called = written
            raise Unsettled
        return parameters

    def variant_of(self, group: Group) -> str:
        """What sets a group, which is declared, apart from others of its definition."""
        return variant_of(group, self.groups, self.written[group].parameters)

    def callee(self, group: Group) -> Written:
        """How a group's code is called; what is not yet written has no parameters at first."""
        if group in self.written:
            return self.written[group]
        if group.called is None:
            group.called = Written(self.plan.names[group], {}, frozenset(), "name")
        return group.called

    def signature(
        self, group: Group, writer: Writer
    ) -> tuple[list[python.Parameter], frozenset[str]]:
        """The parameters that the body uses, and those among them with a default.

        In Python defaults come last: before a parameter without one, others lose theirs.
        """
        found: list[tuple[str, python.Raw, python.Expression | None]] = []
        is_model = group.is_model
        defaults = group.defaults
        for parameter in group.template.parameters:
            if parameter.name not in writer.parameters or parameter.name not in writer.used:
                continue
            default: python.Expression | None = None
            if is_model:
                default = literal(dict(group.scopes[0].arguments)[parameter.name])
            elif parameter.name in defaults:
                default = literal(defaults[parameter.name], self.layers)
            values = self.values_of(group, parameter.name)
            found.append((parameter.name, python.Raw(self.annotation(values)), default))
        last_required = max(
            (place for place, (_, _, default) in enumerate(found) if default is None), default=-1
        )
        parameters: list[python.Parameter] = []
        for place, (name, kind, default) in enumerate(found):
            given = () if default is None or place < last_required else (default,)
            parameters.append(python.Parameter(writer.parameters[name], kind, *given))
        return parameters, frozenset(name for name, _, _ in found[last_required + 1 :])

    def refuse(self, writer: Writer) -> None:
        """Write what ends the model's code for arguments that it was not made for."""
        for name, values in self.guards.items():
            parameter = writer.parameters[name]
            variable = python.name(parameter)
            if isinstance(values, int):
                condition, allowed = _wrong_length(variable, values)
            elif isinstance(values, Least):
                condition, allowed = _too_small(variable, values)
            else:
                condition, allowed = _refusal(variable, values)
            message: python.Expression = python.string(f"{parameter} must {allowed}")
            if len(allowed) > LONGEST_LIST:
                message = python.FString(f"{parameter} cannot be ", variable)
            error = python.call("ValueError", message)
            writer.emit(python.If(condition, [python.Raise(error)]))

    def values_of(self, group: Group, parameter: str) -> list[Value]:
        """What a parameter can be as Python's types see it.

        These are its values, its default, and what a caller's parameter can be that is handed on,
        which may be more than the values that are. Each is given once.
        """
        if (group, parameter) not in self.values:
            found: dict[str, Value] = {}
            pending, seen = [(group, parameter)], {(group, parameter)}
            for one, name in pending:  # which grows
                found |= one.values[name]
                for source in self.sources(one, name):
                    if source not in seen:
                        seen.add(source)
                        pending.append(source)
            self.values[group, parameter] = [*found.values()]
        return self.values[group, parameter]

    def sources(self, group: Group, parameter: str) -> Iterator[tuple[Group, str]]:
        """The parameters of callers that are handed on as one of a group's."""
        for caller, item in self.calls[group]:
            formula = item.arguments.get(parameter)
            node = None if formula is None else formula.node
            if isinstance(node, tree.Name) and node.name in caller.template.attributes:
                yield caller, node.name

    def varies(self, group: Group, formula: Formula) -> bool:
        """Whether other arguments of the model change a formula in a group's code."""
        node = formula.node
        return node is not None and not self.varying[group.template].isdisjoint(names_of(node))

    @functools.cached_property
    def varying(self) -> Names:
        return varying(self.network.template)

    @functools.cached_property
    def calls(self) -> dict[Group, list[tuple[Group, CallItem]]]:
        """By a group's identity, the calls of its code, each with the group that it stands in."""
        found: dict[Group, list[tuple[Group, CallItem]]] = {group: [] for group in self.groups}
        for caller in self.groups:
            for item in walk(caller.outline.items):
                if isinstance(item, CallItem):
                    for callee in {self.plan.by_scope[child.scope] for child in item.children}:
                        found[callee].append((caller, item))
        return found


def _refusal(variable: python.Expression, values: Sequence[Value]) -> tuple[python.Expression, str]:
    """The condition that an argument is none of some values, and in words what it must do."""
    shown = [literal(value) for value in values]
    first, last = shown[0], shown[-1]
    if _are_consecutive(values):
        bounds = [python.number(values[0]), python.number(values[-1] + 1)]
        within = python.call("range", *bounds[not values[0] :])
        return python.Compare(variable, "not in", within), f"be from {first} to {last}"
    if len(values) > 1:
        words = f"{', '.join(map(str, shown[:-1]))} or {last}"
        return python.Compare(variable, "not in", python.Tuple(shown)), f"be {words}"
    if isinstance(values[0], bool):
        return python.Unary("not", variable) if values[0] else variable, f"be {first}"
    operator = "is not" if values[0] is None else "!="
    return python.Compare(variable, operator, first), f"be {first}"


def _wrong_length(variable: python.Expression, length: int) -> tuple[python.Expression, str]:
    """The condition that a list is not as long, and in words what it must do."""
    condition = python.Compare(python.call("len", variable), "!=", python.number(length))
    return condition, f"have {length} item{'s' if length != 1 else ''}"


def _too_small(variable: python.Expression, least: Least) -> tuple[python.Expression, str]:
    """The condition that a number or an item is less, and in words what it must do."""
    smallest = python.call("min", variable) if least.is_list else variable
    allowed = (
        f"have items of at least {least.value}" if least.is_list else f"be at least {least.value}"
    )
    return python.Compare(smallest, "<", python.number(least.value)), allowed


def _are_consecutive(values: Sequence[Value]) -> bool:
    """Whether values are three or more integers in a row."""
    if len(values) < 3 or not all(type(value) is int for value in values):
        return False
    return list(values) == list(range(values[0], values[-1] + 1))


def baked_parameters(group: Group) -> frozenset[str]:
    """The model parameters that its inputs' shapes are made of: numbers in emitted code."""
    return frozenset[str]().union(*map(names_of, group.template.body.shapes))
