"""What the last version of a text came to, so that the next one is worked out where it differs.

A definition is kept with its bound tree where nothing is wrong with it, it stands where it stood
with the same text, and the same is true of all that it mentions, and of what those mention. With
it stay the instances of a block and the network of a model. Whatever else there is to say of a
text is said as if it were new, and all of it is where elaboration finds a mistake.
"""

from __future__ import annotations

import re
from itertools import pairwise

from ..semantics.definitions import bind, grows_lists
from ..semantics.elaborate import DEEPEST
from ..semantics.models import Elaboration, Trials
from ..semantics.replay import SectionElaborator
from ..semantics.sections import Sections
from ..syntax.parts import Known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from ..diagnostics.base import Finding
    from ..semantics.elaborate import Elaborator
    from ..semantics.evaluate import Budget
    from ..semantics.template import Template
    from ..syntax import tree
    from ..text import Source
    from .module import Module

WORD = re.compile(r"[A-Za-z_]\w*")


def _nothing(*_: object) -> None:
    pass


class Interruptible(Trials):
    """Trials between which one may be told to go no further."""

    def __init__(self, trials: Trials, go_on: Callable[[], None]) -> None:
        super().__init__(trials.left)
        self.go_on = go_on

    def spend(self, steps: int) -> bool:
        self.go_on()
        return super().spend(steps)


class Memory:
    """What is known of one text, whose versions it is given in their order."""

    def __init__(self) -> None:
        self.text = ""
        self.parts = Known()
        self.sections = Sections()
        self.modules: dict[str, Module] = {}
        """The files that it imports, directly or not, by their paths."""
        self.templates: dict[int, Template] = {}
        """The definitions with nothing wrong, by their places."""
        self.names: Mapping[str, Template] = {}
        """What the names of definitions stand for."""
        self.elaborations: dict[str, Elaboration] = {}
        """The last one of each model that brought no findings."""
        self.bounds: dict[str, tuple[int, int]] = {}
        """What each of them could take of the budget, and how deep it could be, at most."""
        self.grows = False
        """Whether the text has lists of values."""
        self._words: dict[Template, frozenset[str]] = {}
        self._places: dict[tuple[int, str], dict[str, list[int]]] = {}
        """Where words stand in the sections, by the places and texts of these."""
        self.found: tuple[Finding, ...] = ()
        """What was found in the last model that was elaborated."""
        self.go_on: Callable[[], None] = _nothing
        """Called between trials of edits; may raise what ends them."""
        self.tell: Callable[[Sequence[Finding]], None] = _nothing
        """Called with what is found of models, before it is known what led to it."""

    def kept(
        self,
        source: Source,
        file: tree.File,
        definitions: Iterable[tree.Definition],
        imported: Mapping[str, Template],
    ) -> dict[int, Template]:
        """The definitions of which all is known already, by their places."""
        found: dict[int, Template] = {}
        grows, self.grows = self.grows, grows_lists(source.text)
        if file.defaults or grows != self.grows:  # which all definitions can depend on
            return found
        now: dict[str, Template | None] = {**imported}
        for one in definitions:
            template = self.templates.get(one.start)
            if template is not None and template.definition is one:
                found[one.start] = template
            now.setdefault(one.name, found.get(one.start))
        names = {*now, *self.names}
        changed = {one for one in names if now.get(one) is None or now[one] != self.names.get(one)}
        while changed:
            gone = [each for each in found.values() if not changed.isdisjoint(self.words(each))]
            for each in gone:
                del found[each.definition.start]
            changed = {each.name for each in gone}
        return found

    def bind(self, templates: Sequence[Template]) -> None:
        """Bind definitions, long ones but for the sections that are known."""
        self.sections.cuts = self.parts.cuts
        bind(templates, self.sections.binder)

    def words(self, template: Template) -> frozenset[str]:
        """The words of a definition, but for its own name."""
        if template not in self._words:
            one, text = template.definition, template.source.text
            behind = one.name_start + len(one.name)
            words = WORD.findall(text, one.start, one.name_start) + WORD.findall(
                text, behind, one.end
            )
            self._words[template] = frozenset(words)
        return self._words[template]

    def places(self, read: Callable[[str, int, int], dict[str, list[int]]]) -> dict[str, list[int]]:
        """Where words stand, as `read` finds them in a range of the text."""
        text, cuts = self.text, sorted((*self.parts.cuts, *self.parts.rows))
        known, self._places = self._places, {}
        found: dict[str, list[int]] = {}
        for start, end in pairwise((0, *cuts, len(text))):
            key = start, text[start:end]
            inside = self._places[key] = known.get(key) or read(text, start, end)
            for word, places in inside.items():
                found.setdefault(word, []).extend(places)
        return found

    def learn(self, module: Module, modules: dict[str, Module]) -> None:
        """Take what is known of a version that has been read, and forget what no longer stands."""
        self.text = text = module.source.text
        self.parts.keep(text)
        if not module.is_spec:  # the next version may be as the last one that was
            return
        self.sections.keep(module.definitions)
        self.templates = {
            one.definition.start: one for one in module.definitions if not one.findings
        }
        first = module.definitions[:1]
        self.names = {**first[0].visible, **first[0].pixels} if first else {}
        if any(modules.get(path) is not one for path, one in self.modules.items()):
            self.elaborations.clear()
        self.modules = modules
        current = {*self.templates.values()}
        self._words = {one: words for one, words in self._words.items() if one in current}
        for elaboration in self.elaborations.values():
            known = elaboration.elaborator.instances
            elaboration.elaborator.instances = {
                key: one
                for key, one in known.items()
                if key[0] in current or key[0].source.path != module.source.path
            }

    def interruptible(self, trials: Trials) -> Trials:
        return Interruptible(trials, self.go_on)

    def elaborator(self, *args: Any, **kwargs: Any) -> Elaborator:
        found = SectionElaborator(*args, **kwargs)
        found.sections = self.sections
        return found

    def elaborated(
        self, models: Iterable[Template], budget: Budget, of_text: Sequence[Finding]
    ) -> dict[Template, Elaboration] | None:
        """What models come to with their defaults; None where one of them brings a finding."""
        found: dict[Template, Elaboration] = {}
        for one in models:
            elaboration = self.elaboration(one, budget)
            if elaboration is None:
                self.tell((*of_text, *self.found))
                return None
            found[one] = elaboration
        return found

    def elaboration(self, template: Template, budget: Budget) -> Elaboration | None:
        """What a model comes to; None where it brings a finding, or might if nothing were known.

        What is known is not counted again. So its steps, and how deep it is, are counted with
        those of what is new: the sum is never too small.
        """
        self.found = ()
        known = self.elaborations.get(template.name)
        steps, depth = self.bounds[template.name] if known is not None else (0, 0)
        budget.parts -= steps
        if known is not None and known.template is template and not budget.is_spent:
            return known
        before = budget.parts
        elaborator = known.elaborator if known is not None else None
        found = Elaboration(
            template, {}, known=elaborator, budget=budget, elaborator_of=self.elaborator
        )
        steps += before - budget.parts
        depth += found.elaborator.deepest
        if budget.is_spent or depth > DEEPEST or found.elaborator.openings.recurs:
            self.elaborations.pop(template.name, None)
            return None
        if found.findings.found:
            self.found = tuple(found.findings.found.values())
            return None
        self.elaborations[template.name] = found
        self.bounds[template.name] = steps, depth
        return found
