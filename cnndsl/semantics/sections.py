"""A definition bound again, section by section: what has not changed stays as it was.

A section is some statements of a body. It stays where the same nodes of the tree stand in it, what
was bound before it gives its words the same meaning, and nothing was wrong with it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import islice, pairwise

from ..record import Distinct, Record
from . import bound
from .binder import Binder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from ..syntax import tree
    from .bound import Step, Steps
    from .expressions import Choices, Names
    from .naming import Namespace
    from .template import Template

    Statements = tuple[tree.Statement, ...]

WORD = re.compile(r"[A-Za-z_]\w*")
GIVING = 3
"""How many of the collections are of names."""


class Section(Distinct):
    """Some statements with what they came to, and whether they can stay.

    `words` are those in their text, `given` the names that they give, each with what kind of name
    it is, `added` what binding them has put into each of `Walk.collections`, and `parts` and
    `numbers` what it has spent of the steps and of the named numbers.
    """

    statements: Statements
    words: tuple[str, ...]
    steps: Steps
    given: frozenset[tuple[str, str]]
    added: tuple[tuple[Any, ...], ...]
    measured: frozenset[str]
    parts: int
    numbers: int
    is_sound: bool


class Bound(Record):
    """The sections of a definition, with the definition."""

    template: Template
    sections: tuple[Section, ...]


class Sections:
    """What is known of the definitions of a text: their last sections, by their names."""

    def __init__(self) -> None:
        self.cuts: list[int] = []
        """Where the text may be cut into sections."""
        self.known: dict[str, Bound] = {}

    def of(self, template: Template) -> tuple[Section, ...]:
        """Those that a definition is bound in; none where it is bound as a whole."""
        known = self.known.get(template.name)
        return known.sections if known is not None and known.template is template else ()

    def binder(self, template: Template, choices: Choices) -> Binder:
        definition = template.definition
        first, last = (bisect_left(self.cuts, one) for one in (definition.start, definition.end))
        if first == last:
            return Binder(template, choices)
        return SectionBinder(template, choices, self, self.cuts[first:last])

    def keep(self, templates: Iterable[Template]) -> None:
        """Forget all other definitions."""
        current = {*templates}
        self.known = {name: one for name, one in self.known.items() if one.template in current}


class SectionBinder(Binder):
    """Binds what has changed of a long definition."""

    def __init__(
        self, template: Template, choices: Choices, known: Sections, cuts: Sequence[int]
    ) -> None:
        super().__init__(template, choices)
        self.known = known
        self.cuts = cuts

    def body(
        self, statements: Sequence[tree.Statement], namespace: Namespace, names: Names
    ) -> Steps:
        template = self.template
        known = self.known.known.pop(template.name, None)
        if template.defaults or self.expressions.lists is not None or not statements:
            return self.statements(statements, namespace, names)
        if known is None or known.template.defaults or not is_alike(known.template, template):
            walk = Walk(self, namespace, names)
        else:
            changed = changed_names(known.template, template)
            walk = Walk(self, namespace, names, known.sections, changed)
        starts = [one.start for one in statements]
        borders = sorted({0, *(bisect_left(starts, cut) for cut in self.cuts), len(statements)})
        found = [walk.section(tuple(statements[a:b])) for a, b in pairwise(borders)]
        depends_on_all = any(owner is template for owner, _ in self.choices.for_layers)
        if not depends_on_all and not self.shared:
            self.known.known[template.name] = Bound(template, tuple(found))
        return tuple(walk.steps)


def is_alike(old: Template, new: Template) -> bool:
    """Whether two definitions have the same heading."""
    one, other = old.definition, new.definition
    return (one.kind, one.name, one.parameters) == (other.kind, other.name, other.parameters)


def changed_names(old: Template, new: Template) -> set[str]:
    """The names of definitions that mean something else to one template than to another."""
    before, now = {**old.visible, **old.pixels}, {**new.visible, **new.pixels}
    return {one for one in before.keys() | now.keys() if before.get(one) is not now.get(one)}


def is_applied(wanted: Iterable[tuple[Any, ...]]) -> bool:
    """Whether parameters are called among what is to be named: their calls know the names."""
    return any(isinstance(node, bound.Application) for node, _, _ in wanted)


class Walk:
    """Goes through the sections of a definition, beside those that it had before."""

    def __init__(
        self,
        binder: SectionBinder,
        namespace: Namespace,
        names: Names,
        old: Sequence[Section] = (),
        changed: Iterable[str] = (),
    ) -> None:
        """`changed` are the names that may mean something else than they did."""
        self.binder = binder
        self.namespace = namespace
        self.names = names
        self.steps: list[Step] = []
        self.old = old
        self.places = {one.statements[0].start: place for place, one in enumerate(old)}
        self.place = 0
        """How many of the old ones are passed by."""
        self.changed = {*changed}
        self.gone: set[tuple[str, str]] = set()
        """The names that were given since the last section that stayed."""
        self.new: set[tuple[str, str]] = set()
        """Those that are given since then."""

    def section(self, statements: Statements) -> Section:
        """Take the next section as it was, or bind it."""
        old = self.matching(statements)
        if old is not None and self.stays(old):
            self.take(old)
            return old
        self.gone |= old.given if old is not None else frozenset()
        bound = self.bound(statements)
        self.new |= bound.given
        return bound

    def matching(self, statements: Statements) -> Section | None:
        """The old section of the same statements, with all before it passed by."""
        place = self.places.get(statements[0].start, -1)
        if place < self.place or self.old[place].statements != statements:
            return None
        for one in self.old[self.place : place]:
            self.gone |= one.given
        self.place = place + 1
        return self.old[place]

    def stays(self, old: Section) -> bool:
        self.changed |= {name for _, name in self.gone ^ self.new}
        self.gone, self.new = set(), set()
        has_numbers = self.binder.numbers_left >= old.numbers
        has_steps = self.binder.choices.budget.parts >= old.parts
        return old.is_sound and has_numbers and has_steps and self.changed.isdisjoint(old.words)

    def take(self, old: Section) -> None:
        for one, added in zip(self.collections, old.added, strict=True):
            one.extend(added) if isinstance(one, list) else one.update(dict.fromkeys(added))
        self.binder.template.measured |= old.measured
        self.binder.numbers_left -= old.numbers
        self.binder.choices.budget.parts -= old.parts
        self.go_on(old.steps)

    def go_on(self, steps: Steps) -> None:
        """Go on behind steps, with the numbers that they name."""
        self.steps += steps
        numbers = [one.name for one in steps if type(one) is bound.Number]
        if numbers:
            self.names = self.names.union(numbers)

    @property
    def collections(self) -> tuple[Any, ...]:
        """All that binding statements can add to, that of values first."""
        names, template = self.namespace, self.binder.template
        return (
            *(names.values, names.layers, names.stems, names.wanted),
            *(self.binder.sure_calls, template.merges, template.inner_models),
        )

    def bound(self, statements: Statements) -> Section:
        """The section of statements that are bound now."""
        binder, template, choices = self.binder, self.binder.template, self.binder.choices
        before, measured = [*map(len, self.collections)], {*template.measured}
        template.measured.clear()
        at_fault, found = {*binder.expressions.numbers}, len(template.findings)
        left, parts, numbers = choices.left, choices.budget.parts, binder.numbers_left
        steps = binder.statements(statements, self.namespace, self.names)
        added = tuple(
            tuple(islice(one, count, None))
            for one, count in zip(self.collections, before, strict=True)
        )
        given = {(str(kind), name) for kind in range(GIVING) for name in added[kind]}
        given |= {("number", one.name) for one in steps if type(one) is bound.Number}
        given |= {("fault", name) for name in binder.expressions.numbers - at_fault}
        text = template.source.text[statements[0].start : statements[-1].end]
        section = Section(
            statements,
            tuple({*WORD.findall(text)}),
            steps,
            frozenset(given),
            added,
            frozenset(template.measured),
            parts - choices.budget.parts,
            numbers - binder.numbers_left,
            len(template.findings) == found and choices.left == left and not is_applied(added[3]),
        )
        template.measured |= measured
        self.go_on(steps)
        return section
