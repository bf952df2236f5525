"""Layers as arguments of emitted code, in the words of its library.

Without arguments of its own, a layer is what its lowering says of it: a class, or a name where a
library has names. With some it is a constructor that has them already: `partial(nn.ELU, 0.5)`.
"""

from __future__ import annotations

from ..syntax import tree
from ..values import LayerValue
from . import python
from .applied import Applied, can_be_given, can_be_named
from .environment import Environment, Inexpressible, Layers, no_shape
from .formulas import known_value, literal, write, written_for
from .outline import Formula

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from ..ops.base import Op
    from ..semantics.template import Template
    from ..values import Value
    from .lowering import Lowerings

NOTHING_KNOWN = Environment({}, {}, {}, no_shape)


class GivenLayers(Layers):
    """What stands for layers where the code of one file is given some.

    `makes` says that all of them are constructors, also those that the library has names for.
    """

    def __init__(
        self, lowerings: Lowerings, facts: Any, support: Callable[[str], str], makes: bool
    ) -> None:
        self.lowerings = lowerings
        self.facts = facts
        self.support = support
        self.makes = makes or not lowerings.is_by_name

    def knows(self, value: Value) -> bool:
        try:
            unasked = GivenLayers(self.lowerings, self.facts, str, self.makes)
            return bool(unasked.written(value))
        except Inexpressible:
            return False

    def written(self, value: Value) -> python.Expression:
        if not isinstance(value, LayerValue) or not isinstance(value.callee, type):
            raise Inexpressible
        known = self.lowerings.given.get(value.name)
        if known is not None and not value.arguments and (self.makes_none(value) or self.is_plain):
            return known
        formulas = {name: Formula(None, one) for name, one in value.arguments}
        return self.made(value.callee, formulas, NOTHING_KNOWN)

    @property
    def is_plain(self) -> bool:
        """Whether the words of lowerings are those of this file."""
        return not (self.makes and self.lowerings.is_by_name)

    def makes_none(self, value: LayerValue) -> bool:
        return not can_be_given(value.callee)

    def made(
        self, op: type[Op], formulas: Mapping[str, Formula], environment: Environment
    ) -> python.Expression:
        if not self.makes or not can_be_given(op) or Applied not in self.lowerings:
            raise Inexpressible
        site = GivenSite(self, op, formulas, environment)
        call = self.lowerings[op].emit(site) or site.layer
        if not isinstance(call, python.Call):
            raise Inexpressible
        if not call.arguments and not call.keywords:
            return call.value
        return python.Call("partial", [call.value, *call.arguments], call.keywords)


class GivenSite:
    """A layer for a lowering to write that is not made here: nothing is known of what enters."""

    def __init__(
        self,
        layers: GivenLayers,
        op: type[Op],
        formulas: Mapping[str, Formula],
        environment: Environment,
    ) -> None:
        self.op_class = op
        self.formulas = formulas
        self.environment = environment
        self.facts = layers.facts
        self.support = layers.support
        self.layer: python.Call | None = None

    @property
    def item(self) -> GivenSite:
        return self

    @property
    def name(self) -> python.Expression:
        """The layer's path, which the code that makes it gives."""
        return NAME

    def __getattr__(self, name: str) -> Any:
        """Raise `Inexpressible` for what only a layer at its place can tell."""
        raise Inexpressible(name)

    def apply(self, layer: python.Call) -> None:
        keywords: list[tuple[str, python.Value]] = [
            (key, one) for key, one in layer.keywords if one is not NAME
        ]
        self.layer = python.Call(layer.value, layer.arguments, keywords)

    def known(self, attribute: str) -> tuple[Value] | None:
        """The attribute's value, if no symbol of the emitted code is in it."""
        declared = self.op_class.attributes[attribute]
        if attribute not in self.formulas:
            return (declared.default,)
        found = known_value(self.formulas[attribute], self.environment)
        return None if found is None else (declared.kind.accept(found[0]),)

    def is_symbolic(self, attribute: str) -> bool:
        return self.known(attribute) is None

    def constant(self, attribute: str) -> Value:
        known = self.known(attribute)
        if known is None:
            raise Inexpressible
        return known[0]

    def given(self, attribute: str) -> bool:
        default = self.op_class.attributes[attribute].default
        return self.known(attribute) != (default,)

    def symbol(self, attribute: str) -> python.Expression:
        if not self.is_symbolic(attribute):
            return literal(self.constant(attribute))
        declared = self.op_class.attributes[attribute]
        formula = written_for(declared, self.formulas[attribute], self.environment)
        return write(formula, self.environment)

    def keywords(self, **names: str) -> list[tuple[str, python.Value]]:
        return [(key, self.symbol(name)) for name, key in names.items() if self.given(name)]


NAME = python.name("name")


def gives_arguments(templates: Iterable[Template]) -> bool:
    """Whether the text of some definitions gives arguments to a layer that code could be given."""
    return any(
        isinstance(part, tree.Function)
        and part.name not in template.visible
        and can_be_named(part.name)
        for template in templates
        for part in tree.parts(template.definition)
    )
