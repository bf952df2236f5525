"""Which instances of a block share one body in emitted code.

All instances of a block share one, written with the block's own parameters, until a renderer finds
a place where they need different text and raises `Split`. Then they are parted by what differs. The
renderer goes on where it can, to find all such places at once, and rendering starts anew. Where one
instance alone needs different text from turn to turn of a loop, it is outlined concretely. The
parting only ever gets finer, so that it ends.

Code that calls itself is written before it is known which parameters it takes: it is written again
(`Unsettled`) until it takes those that its calls give.

Groups that were parted and come to the same code all the same have it once (`Alike`).
"""

from __future__ import annotations

import functools
from collections import Counter

from ..ir.network import Child, distinct_scopes, steps_of
from ..semantics.evaluate import evaluate
from ..syntax.tree import names_of
from ..values import LayerValue, write
from .concrete import outline_instance
from .identifiers import Identifiers
from .outline import Facts, Outline, SeveralLayers, outline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence
    from typing import Any, TypeVar

    from ..ir.network import Network, Scope
    from ..semantics.bound import Node
    from ..semantics.template import Template
    from ..values import Value
    from .amounts import Amount
    from .effort import Effort
    from .outline import CallItem
    from .writer import Written

    Result = TypeVar("Result")


MOST_ATTEMPTS = 8
"""How often a text for several networks is begun anew: what takes more would part them further."""


class Split(Exception):
    """Instances of `group` need different text; `key` tells them apart."""

    def __init__(self, group: Group, key: Callable[[Scope], Hashable]) -> None:
        super().__init__(group.template.name)
        self.group = group
        self.key = key
        self.element: Node | None = None
        """The stage or loop that needs it, if it is alone in that."""


class Parted(Exception):
    """Groups were parted on the way; by each in this order, the finer ones."""

    def __init__(self, parts: dict[Group, list[Group]]) -> None:
        super().__init__(*(group.template.name for group in parts))
        self.parts = parts


class Alike(Exception):
    """Groups have the same code, letter by letter, but for its name; by each, the first of them."""

    def __init__(self, firsts: dict[Group, Group]) -> None:
        super().__init__(*(group.template.name for group in firsts))
        self.firsts = firsts


class Unsettled(Exception):
    """Code is called otherwise than calls of it that were written before have it."""


class Settled(Exception):
    """Code has values for more of its parameters than it was begun with, and is written again."""


class Group:
    """Instances of one definition that share one body."""

    def __init__(
        self,
        template: Template,
        scopes: Iterable[Scope],
        is_concrete: bool,
        elements: frozenset[Node] = frozenset(),
    ) -> None:
        self.template = template
        self.scopes = tuple(scopes)
        self.is_concrete = is_concrete
        self.elements = elements
        """Those whose loops are written out, of a group of one instance."""
        self.called: Written | None = None
        """How code that stands before its own calls it, if any does."""
        self.settled: frozenset[str] = frozenset()
        """The parameters that are values in its code: not all that is made of them can follow."""
        self.same_as: Group | None = None
        """The group whose code its instances have as well."""
        self.served = self.scopes
        """The instances that have its code."""

    def join(self, first: Group) -> None:
        """Have the code of another group."""
        self.same_as = first
        first.served += self.scopes

    def begin_anew(self) -> None:
        """Forget what was found of its code."""
        self.called = self.same_as = None
        self.served = self.scopes

    @property
    def is_model(self) -> bool:
        """Whether it is the model that the code is for, and not a part of it."""
        return self.scopes[0].kind == "model"

    @functools.cached_property
    def defaults(self) -> dict[str, Value]:
        """The defaults that read no other parameter."""
        return {
            parameter.name: evaluate(parameter.default, {}, None)
            for parameter in self.template.parameters
            if parameter.default is not None and not names_of(parameter.default)
        }

    @functools.cached_property
    def values(self) -> dict[str, dict[str, Value]]:
        """What each parameter is in the instances and by default, by how that is written."""
        found: dict[str, dict[str, Value]] = {one.name: {} for one in self.template.parameters}
        for given in (*(scope.arguments for scope in self.scopes), self.defaults.items()):
            for name, value in given:
                found[name][write(value)] = value
        return found

    @functools.cached_property
    def outline(self) -> Outline:
        if self.is_concrete:
            return outline_instance(self.template, self.scopes[0])
        if self.elements:
            return outline_instance(self.template, self.scopes[0], self.elements)
        try:
            return outline(self.template, self.scopes)
        except SeveralLayers:
            raise Split(self, _layers_of if len(self.scopes) > 1 else id) from None

    def constant(
        self, element: Node, instances: Sequence[Any], measure: Callable[[Any], Any]
    ) -> Any:
        """What `measure` gives for every instance of an element. Raises `Split`.

        Values are told apart by how they are written: 1, 1.0 and true differ.
        """
        values = {repr(value): value for value in map(measure, instances)}
        if len(values) == 1:
            return values.popitem()[1]
        if not values:
            raise LookupError("nothing is known of a place that no instance reaches")
        kinds = set(map(type, instances))

        def key(scope: Scope) -> Hashable:
            found = Facts([scope]).instances(element)
            return frozenset(repr(measure(step)) for step in found if type(step) in kinds)

        raise Split(self, key)

    def settle(self, names: Iterable[str]) -> None:
        """Have values for parameters that all instances have alike. Raises `Settled` if new."""
        arguments = [dict(scope.arguments) for scope in self.scopes]
        alike = {
            name
            for name in names
            if name in self.template.attributes and len({repr(one[name]) for one in arguments}) == 1
        }
        if not self.is_model and not alike <= self.settled:
            self.settled |= alike
            raise Settled

    def common(self, parameter: str) -> Value:
        """The value that all instances have for a parameter. Raises `Split`."""

        def value(scope: Scope) -> Value:
            return dict(scope.arguments)[parameter]

        first = value(self.scopes[0])
        if any(value(scope) != first for scope in self.scopes):
            raise Split(self, value)
        return first

    def parted(self, split: Split) -> list[Group]:
        """Finer groups: by key, or of one instance each where the key does not tell them apart."""
        parts: dict[Hashable, list[Scope]] = {}
        for scope in self.scopes:
            parts.setdefault(split.key(scope), []).append(scope)
        if len(parts) > 1:
            return [Group(self.template, scopes, False) for scopes in parts.values()]
        if self.is_concrete:
            raise RuntimeError(f"{self.template.name}: one instance cannot be parted")
        elements = self.elements
        if split.element is not None:
            elements |= {split.element}
        is_concrete = elements == self.elements
        return [Group(self.template, [scope], is_concrete, elements) for scope in self.scopes]


def _layers_of(scope: Scope) -> Hashable:
    """The layers among an instance's arguments."""
    return frozenset((name, one) for name, one in scope.arguments if type(one) is LayerValue)


class Plan:
    """The groups of a network, callees before callers, and the names of their code."""

    def __init__(
        self, groups: list[Group], name: Callable[[str], str], taken: set[str], effort: Effort
    ) -> None:
        self.effort = effort
        self.channels: dict[Hashable, tuple[Amount | None, ...]] = {}
        """What calls give, by the code that they call, what enters and the arguments."""
        self.cut_off = 0
        """How often code was called that leads to the call, which is not followed again."""
        self.groups = [group for group in groups if group.same_as is None]
        self.by_scope = {scope: group for group in self.groups for scope in group.served}
        self.identifiers = Identifiers(taken)
        self.name = name
        self.variants = Counter(group.template for group in self.groups)
        """How many groups each definition has."""
        numbers: Counter[Template] = Counter()
        texts: dict[Group, str] = {}
        for group in self.groups:
            numbers[group.template] += 1
            is_alone = self.variants[group.template] == 1
            number = "" if is_alone else str(numbers[group.template])
            texts[group] = name(group.template.name) + number
        self.names: dict[Group, str] = {}
        # The model goes first: who runs the code has to know its name.
        for group in sorted(self.groups, key=lambda group: not group.is_model):
            self.names[group] = self.identifiers.fresh(texts[group])

    def part(self, group: Group, parts: list[Group]) -> None:
        """Have finer groups in place of one, under names that are good for this attempt."""
        place = self.groups.index(group)
        self.groups[place : place + 1] = parts
        self.variants[group.template] += len(parts) - 1
        for part in parts:
            self.by_scope |= dict.fromkeys(part.scopes, part)
            self.names[part] = self.identifiers.fresh(self.name(part.template.name))
        self.channels.clear()

    def callee(self, caller: Group, item: CallItem) -> Group:
        """The one group behind a call. Raises `Split` where its instances are of several."""

        def measure(child: Child) -> Group | None:
            # A repeated call's site has a child for the repeat as well, which is no block.
            return self.by_scope.get(child.scope)

        found: Group = caller.constant(item.element, item.children, measure)
        return found


class Inseparable(Exception):
    """Several networks of one model that no one text can express."""


def render(groups: list[Group], renderer: Callable[[list[Group]], Result]) -> Result:
    """Render with as few groups as the renderer accepts. Raises `Inseparable`.

    The model is one class or function, also for several networks.
    """
    is_several, attempts = len(groups[-1].scopes) > 1, 0
    while True:
        attempts += 1
        try:
            return renderer(groups)
        except Split as split:
            if is_several and (split.group.is_model or attempts >= MOST_ATTEMPTS):
                raise Inseparable(split.group.template.name) from None
            replace(groups, {split.group: split.group.parted(split)})
        except Parted as parted:
            replace(groups, parted.parts)
        except Alike as alike:
            for group, first in alike.firsts.items():
                group.join(first)
        except Unsettled:
            continue


def replace(groups: list[Group], parts: dict[Group, list[Group]]) -> None:
    """Have finer groups in place of some, and forget what was found of all."""
    for group, finer in parts.items():
        place = groups.index(group)
        groups[place : place + 1] = finer
    for group in groups:
        group.begin_anew()


def first_groups(networks: Sequence[Network]) -> list[Group]:
    """One group for each definition, callees before callers, the model of the networks last."""
    model = networks[0].template
    scopes: dict[Template, list[Scope]] = {model: []}
    callees: dict[Template, list[Template]] = {}
    for scope in distinct_scopes(*(network.scope for network in reversed(networks))):
        if scope.kind in ("block", "model"):
            scopes.setdefault(scope.template, []).append(scope)
        for step in steps_of(scope):
            if isinstance(step, Child) and step.scope.kind == "block":
                callees.setdefault(scope.template, []).append(step.scope.template)
    order: list[Template] = []
    seen = {model}

    def visit(template: Template) -> None:
        for callee in sorted(callees.get(template, ()), key=_place):
            if callee not in seen:
                seen.add(callee)
                visit(callee)
        order.append(template)

    visit(model)
    return [Group(template, scopes[template], False) for template in order]


def _place(template: Template) -> tuple[str, int]:
    return template.source.name, template.definition.start
