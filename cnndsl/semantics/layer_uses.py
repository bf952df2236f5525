"""What the names of definitions are used for, as far as layers can be given under them."""

from __future__ import annotations

from ..ops import OPS
from ..record import Record
from ..syntax import tree
from .evaluate import FUNCTIONS
from .template import Template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .words import Light, Owner


class Uses(Record):
    """How one definition uses names."""

    called: set[str]
    """Those that stand in chains, or as layers with arguments."""
    behind: set[str]
    """Those of them that stand where no value can."""
    values: set[str]
    """Those that stand where only values can."""
    handed: dict[str, list[Light]]
    """The attributes that they are given to."""
    to_parameters: set[str]
    """Those that are given to layers that are parameters."""
    others: dict[str, list[str]]
    """The loop variables, named values and parameters that can stand for what a name does."""


class LayerUses:
    """How the definitions that a file knows use names; each is looked through once."""

    def __init__(self) -> None:
        self.known: dict[Template, Uses] = {}

    def of(self, template: Template) -> Uses:
        if template not in self.known:
            self.known[template] = uses_of(template)
        return self.known[template]

    def takes_layer(
        self, owner: Owner | str, names: str, seen: frozenset[Light] = frozenset()
    ) -> bool:
        """Whether a parameter, or one of several loop variables, is called as a layer.

        So it is if it is handed on to one, or to a layer that is itself a parameter.
        """
        if not isinstance(owner, Template) or (owner, names) in seen:
            return False
        uses, seen = self.of(owner), seen | {(owner, names)}
        wanted = dict.fromkeys(names.split(", "))
        pending = [*wanted]
        for name in pending:  # which grows
            more = [one for one in uses.others.get(name, ()) if one not in wanted]
            wanted |= dict.fromkeys(more)
            pending += more
        return any(
            name in uses.called
            or name in uses.to_parameters
            or any(self.takes_layer(*one, seen) for one in uses.handed.get(name, ()))
            for name in wanted
        )

    def names_layer(self, template: Template, name: str) -> bool:
        """Whether a name stands where layers do, and nowhere where a value can stand.

        It stands behind `->`, or is given to a block that calls it; no chain starts with it.
        """
        uses = self.of(template)
        if name in uses.values:
            return False
        others = ((template, one) for one in uses.others.get(name, ()))
        given = (*uses.handed.get(name, ()), *others)
        return name in uses.behind or any(self.takes_layer(*one) for one in given)


def uses_of(template: Template) -> Uses:
    """How a definition uses names."""
    uses = Uses(set(), set(), set(), {}, set(), {})
    firsts: set[int] = set()
    for part in tree.parts(template.definition):
        if isinstance(part, tree.Chain):
            firsts.add(id(part.elements[0].primary))
        elif isinstance(part, tree.Values | tree.Output):
            uses.values.update(one.name for one in part.names if isinstance(one, tree.Name))
        elif isinstance(part, tree.Call):
            _add_call(part, template, uses, id(part) in firsts)
        elif isinstance(part, tree.Function) and part.name not in FUNCTIONS:
            _add_call(part.as_call, template, uses, False)
        for name, other in _names_for(part):
            uses.others.setdefault(name, []).append(other)
    return uses


def _add_call(call: tree.Call, template: Template, uses: Uses, is_first: bool) -> None:
    uses.called.add(call.name)
    (uses.values if is_first and call.arguments is None else uses.behind).add(call.name)
    callee: Owner | None = template.visible.get(call.name) or OPS.get(call.name)
    known: tuple[str, ...] = () if callee is None else (*callee.attributes,)
    is_merge = call.name in OPS and OPS[call.name].merges
    is_parameter = call.name in template.attributes
    for place, argument in enumerate(call.arguments or ()):
        attribute = argument.attribute(place, known)
        names = tree.handed_on(argument.value)
        uses.values.update(names if is_merge else ())
        uses.to_parameters.update(names if is_parameter else ())
        for name in names:
            if callee is not None and attribute in known:
                uses.handed.setdefault(name, []).append((callee, attribute))


def _names_for(part: tree.Node) -> Iterator[tuple[str, str]]:
    """Names, each with one that can stand for what it does."""
    if isinstance(part, tree.For):
        names: Iterable[str] = tree.names_of(part.iterable)
        yield from ((name, target.name) for name in sorted(names) for target in part.targets)
    elif isinstance(part, tree.LetValue):
        yield from ((name, part.name.name) for name in tree.handed_on(part.value))
    elif isinstance(part, tree.Parameter) and part.default is not None:
        yield from ((name, part.name) for name in tree.handed_on(part.default))
