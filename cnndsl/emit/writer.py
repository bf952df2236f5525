"""What writers of functions and of classes share: formulas, facts and calls in one definition."""

from __future__ import annotations

import contextlib

from ..record import Record
from ..semantics.bound import BlockCall, NumberedName
from ..syntax.tree import names_of
from ..values import write as write_value
from . import python
from .environment import Environment, Inexpressible, no_shape
from .formulas import (
    amounts_in,
    has_layers,
    known_value,
    literal,
    write,
    written_for,
)
from .identifiers import Identifiers
from .items import INSTANCES, Visitor, names_read, walk
from .kinds import NOTHING, kind_of, union
from .outline import Facts, Formula
from .planning import Split
from .statements import needed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from ..ir.network import Child, Layer, Scope
    from ..values import Value
    from .amounts import Amount
    from .kinds import Kind
    from .outline import CallItem, IfItem, LayerItem, MergeItem
    from .planning import Group
    from .renderer import Renderer

    WriteFormula = Callable[[Formula, Environment], python.Expression]


class Written(Record):
    """A function or class that has been written: how to call it."""

    name: str
    parameters: dict[str, str]
    """Python's names of the parameters that it takes, by the spec's."""
    defaults: frozenset[str]
    name_parameter: str = ""
    """That which takes the path of the layers, in a style that hands it on."""
    channels: tuple[int, ...] = ()
    """The inputs of which it has to be told first how many channels they have."""


class Writer(Visitor):
    """Writes one definition of emitted code for a group of instances."""

    def __init__(
        self, renderer: Renderer, group: Group, identifiers: Identifiers, baked: frozenset[str]
    ) -> None:
        self.renderer = renderer
        self.group = group
        self.identifiers = identifiers
        self.bodies: list[list[python.Statement]] = [[]]
        self.layers = renderer.layers
        self.used: set[str] = set()
        """The parameters that the written code reads, by the spec's names."""
        self.valued: set[str] = set()
        """The names in formulas for which values were written."""
        self.names_read = names_read(group.outline.items).union(group.outline.outputs) - {"main"}
        arguments = [dict(scope.arguments) for scope in group.scopes]
        constants: dict[str, Value] = {}
        symbols: dict[str, python.Expression] = {}
        kinds: dict[str, Kind] = {}
        for parameter in group.template.parameters:
            values = [one[parameter.name] for one in arguments]
            is_settled = parameter.name in baked | group.settled
            if is_settled or self.fixes_layers(parameter.name, values):
                constants[parameter.name] = group.common(parameter.name)
            else:
                symbols[parameter.name] = python.name(self.identifiers.fresh(parameter.name))
                kinds[parameter.name] = union(map(kind_of, values))
        self.parameters = {name: str(symbol) for name, symbol in symbols.items()}
        self.environment = Environment(symbols, constants, kinds, no_shape, self.layers)

    def fixes_layers(self, parameter: str, values: Sequence[Value]) -> bool:
        """Whether the layers that a parameter stands for are written, and not given to the code.

        Raises `Split` by those that can be given and others.
        """
        if not any(map(has_layers, values)):
            return False
        if len({*values}) == 1:
            return True
        if self.renderer.hands_over(self.group, parameter):
            return False
        givable = [*map(self.layers.knows, values)]
        if any(givable) and not all(givable):
            raise Split(self.group, dict(zip(self.group.scopes, givable, strict=True)).__getitem__)
        return True

    def emit(self, statement: python.Statement) -> None:
        self.bodies[-1].append(statement)

    @contextlib.contextmanager
    def inside(self) -> Iterator[list[python.Statement]]:
        """Within a `with`, the statements go into the list that it gives."""
        body: list[python.Statement] = []
        self.bodies.append(body)
        yield body
        self.bodies.pop()

    def expressed(
        self, formula: Formula, environment: Environment, write_formula: WriteFormula = write
    ) -> python.Expression:
        """A formula that steers the code: no layer's attributes tell its value."""
        try:
            return write_formula(formula, environment)
        except Inexpressible:
            raise Split(self.group, id) from None

    def condition(self, item: IfItem, environment: Environment) -> python.Expression:
        """A condition as code. Raises `Split` by the branch that is taken, where there is none."""
        try:
            return write(item.condition, environment)
        except Inexpressible:
            taken = {scope: _reached(item, scope) for scope in self.group.scopes}
            is_told = len(set(taken.values())) > 1
            raise Split(self.group, taken.__getitem__ if is_told else id) from None

    def name_parts(self, name: str, environment: Environment) -> list[str | python.Expression]:
        """A name in a sequence as parts of an f-string."""
        parts: list[str | python.Expression] = [str(name)]
        for number in name.numbers if isinstance(name, NumberedName) else ():
            written = self.expressed(Formula(number, is_count=True), environment)
            parts += ["-", written] if len(parts) > 1 else [written]
        return parts

    def finished(self, live: set[str]) -> list[python.Statement]:
        """The body without what nothing reads; `live` is read behind it, and then before it."""
        self.group.settle(self.valued)
        body = needed(self.bodies[0], live)
        self.used = {spec for spec, name in self.parameters.items() if name in live}
        return body

    def callee(self, item: CallItem) -> Written:
        """How the one function or class behind a call is called."""
        return self.renderer.callee(self.renderer.plan.callee(self.group, item))

    def call_arguments(
        self, item: CallItem, written: Written, environment: Environment
    ) -> tuple[list[python.Value], list[tuple[str, python.Value]]]:
        """A block call's arguments: by position where the spec has them so, defaults left out."""
        positional: list[python.Value] = []
        keywords: list[tuple[str, python.Value]] = []
        by_position = set(positional_names(item))
        in_a_row = True
        for parameter in item.template.parameters:
            name = parameter.name
            if name not in written.parameters:
                self.leave_out(item, name)
                continue
            if name in written.defaults and self.is_default(item, name):
                in_a_row = False
                continue
            value = self.argument(item, name, environment)
            if in_a_row and (name in by_position or self.group.is_concrete):
                positional.append(value)
            else:
                in_a_row = False
                keywords.append((written.parameters[name], value))
        return positional, keywords

    def is_default(self, item: CallItem, name: str) -> bool:
        """Whether the spec leaves an argument to its default, which the callee's signature has.

        Where calls are written out with values, so that each has all arguments, it is the value
        that tells: a default can be another one in each call.
        """
        if name not in item.arguments:
            return True
        formula = item.arguments[name]
        defaults = self.renderer.plan.callee(self.group, item).defaults
        if formula.node is not None or name not in defaults or name in given_names(item):
            return False
        return write_value(formula.value) == write_value(defaults[name])

    def argument(self, item: CallItem, name: str, environment: Environment) -> python.Expression:
        """One argument as written, or as the value that all instances share."""
        formula = item.arguments.get(name)
        try:
            if formula is None:
                return self.default_argument(item, name, environment)
            return write(formula, environment)
        except Inexpressible:
            self.value_of(formula)

        def measure(child: Child) -> Value:
            return dict(child.scope.arguments)[name]

        return literal(self.group.constant(item.element, item.children, measure), self.layers)

    def leave_out(self, item: CallItem, name: str) -> None:
        """Leave an argument out, in whose place the callee may have a value."""
        callee = self.renderer.plan.callee(self.group, item)
        if name in callee.settled or callee.is_concrete:
            self.value_of(item.arguments.get(name))

    def value_of(self, formula: Formula | None) -> None:
        """Note that a value is written for a formula."""
        if formula is not None and formula.node is not None:
            self.valued |= names_of(formula.node)

    def default_argument(
        self, item: CallItem, name: str, environment: Environment
    ) -> python.Expression:
        """A default that is made of parameters before it, in terms of their arguments."""
        default = next(one.default for one in item.template.parameters if one.name == name)
        if default is None:
            raise Inexpressible
        arguments = [dict(child.scope.arguments) for child in item.children]
        read = sorted(names_of(default) & {one.name for one in item.template.parameters})
        symbols = {one: self.argument(item, one, environment) for one in read}
        kinds = {one: union(kind_of(values[one]) for values in arguments) for one in read}
        return write(Formula(default), Environment(symbols, {}, kinds, no_shape, self.layers))


class BaseSite:
    """One layer or merge of the outline, for a backend's emitter to write.

    Symbols are expressions of the emitted code; constants are values that all instances share.
    """

    def __init__(
        self, writer: Writer, item: LayerItem | MergeItem, environment: Environment
    ) -> None:
        self.writer = writer
        self.item = item
        self.environment = environment
        """What the names of the layer's formulas stand for."""

    def given(self, attribute: str) -> bool:
        """Whether any instance has another value than the default, or could be made with one."""
        formula = self.item.attributes.get(attribute)
        if formula is None:
            return False
        if self.is_symbolic(attribute) and self.writer.renderer.varies(self.writer.group, formula):
            return True
        default = self.item.op_class.attributes[attribute].default
        return any(getattr(layer.op, attribute) != default for layer in self.item.layers)

    def values(self, attribute: str) -> set[Value]:
        """The attribute's values in all instances."""
        return {getattr(layer.op, attribute) for layer in self.item.layers}

    def constant(self, attribute: str) -> Value:
        """The attribute's value, the same in all instances."""
        return self.measure(lambda layer: getattr(layer.op, attribute))

    def is_symbolic(self, attribute: str) -> bool:
        """Whether an attribute is an expression in emitted code, not a value."""
        formula = self.item.attributes.get(attribute)
        return formula is not None and known_value(formula, self.environment) is None

    def amounts_in(self, attribute: str) -> list[Amount] | None:
        """What stands in a list or tuple that is written out with symbols; None for all else."""
        if not self.is_symbolic(attribute):
            return None
        try:
            return amounts_in(self.item.attributes[attribute], self.environment)
        except Inexpressible:
            return None

    def sides(self, attribute: str) -> list[python.Expression] | None:
        """The top, bottom, left and right of such a tuple, if it is of these."""
        found = self.amounts_in(attribute) or []
        return [*map(python.expression, found)] if len(found) == 4 else None

    def measure(self, function: Callable[[Layer], Value]) -> Value:
        """What `function` gives for every instance."""
        return self.writer.group.constant(self.item.element, self.item.layers, function)

    def support(self, name: str) -> str:
        """Ask for a helper definition, by name."""
        return self.writer.renderer.support(name)

    def keywords(self, **names: str) -> list[tuple[str, python.Value]]:
        """Those attributes that are not at their default, under the framework's names for them."""
        return [(key, self.symbol(name)) for name, key in names.items() if self.given(name)]

    def kind(self, attribute: str) -> Kind:
        """The kind of the attribute as written; nothing where it is not."""
        formula = self.item.attributes.get(attribute)
        if formula is None or formula.node is None:
            return NOTHING
        return self.environment.kind(formula.node)

    def symbol(self, attribute: str) -> python.Expression:
        """The attribute as written, in Python; as a value where Python has no words for it."""
        formula = self.item.attributes.get(attribute)
        if formula is not None:
            try:
                declared = self.item.op_class.attributes[attribute]
                return write(written_for(declared, formula, self.environment), self.environment)
            except Inexpressible:
                self.writer.value_of(formula)
        return literal(self.constant(attribute))


def _reached(item: IfItem, scope: Scope) -> tuple[bool, ...]:
    """Which branches make anything in an instance."""
    facts = Facts([scope])

    def is_made(one: Any) -> bool:
        return type(one) in INSTANCES and bool(facts.instances(one.element))

    return tuple(any(map(is_made, walk(items))) for items in (item.then, item.otherwise))


def given_names(item: CallItem) -> set[str]:
    """The parameters that the spec gives."""
    given = item.element.arguments if isinstance(item.element, BlockCall) else ()
    return {one.name for one in given}


def positional_names(item: CallItem) -> Iterable[str]:
    """The parameters that the spec gives by position."""
    given = item.element.arguments if isinstance(item.element, BlockCall) else ()
    return (one.name for one in given if one.syntax.name is None)
