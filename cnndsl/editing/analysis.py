"""A text as an editor has it: the findings of `cnndsl check`, and what its layers come to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from weakref import WeakKeyDictionary

from ..ir.network import (
    Child,
    Cost,
    Layer,
    Network,
    Run,
    Scope,
    cost_of,
    distinct_scopes,
    steps_of,
)
from ..ops.base import Op
from ..project import lints
from ..project.config import Config
from ..project.loading import Loader, examine
from ..project.memory import Memory
from ..project.module import Module
from ..record import Record
from ..semantics.bound import Sequence, Turn
from ..semantics.template import Template
from ..syntax import tree
from ..syntax.lexer import Token
from ..text import Source
from ..values import Shape
from .occurrences import (
    Occurrence,
    Pieces,
    definition_at,
    file_of,
    in_order,
    inside,
    outside,
    pieces_of,
)


class Work(Record):
    """What one link of a chain comes to: a layer, or an instance of a block or sequence."""

    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    cost: Cost
    op: Op | None


class Parts:
    """What is known of definitions, for as long as there are any that know of it."""

    def __init__(self) -> None:
        self.occurrences: WeakKeyDictionary[Template, list[Occurrence]] = WeakKeyDictionary()
        self.pieces: dict[str, Pieces] = {}
        """Those of definitions, by their kinds and scopes."""
        self.chains: WeakKeyDictionary[Template, list[tree.Chain]] = WeakKeyDictionary()
        self.tokens: WeakKeyDictionary[Template, list[Token]] = WeakKeyDictionary()
        self.sections: dict[tuple[int, str], list[Token]] = {}
        """The tokens in the sections of the definition that was read last."""


class Analysis:
    """One version of a text.

    `edited` has the texts of other open files, by their paths. `memory` and `parts` are of earlier
    versions, whose analyses are of no use from then on. `go_on` is called between the steps, and
    may raise what ends them.
    """

    def __init__(
        self,
        source: Source,
        edited: Mapping[str, str] | None = None,
        config: Config | None = None,
        memory: Memory | None = None,
        parts: Parts | None = None,
        go_on: Callable[[], None] = lambda: None,
    ) -> None:
        self.source = source
        self.parts = parts or Parts()
        self.cuts = memory.parts.cuts if memory is not None else []
        """Where the text may be cut into sections."""
        self.module: Module = Loader(edited, memory).module(source)
        go_on()
        found, networks, partial = examine(self.module, self.module.models, {})
        go_on()
        found = found or lints.without_errors(self.module, networks)
        self.findings = tuple(one for one in found if config is None or config.wants(one))
        self.networks: dict[str, Network] = {one.name: one for one in networks}
        """The models that hold."""
        self.partial = (*networks, *partial)

    @cached_property
    def occurrences(self) -> list[Occurrence]:
        found = outside(self.module)
        known = self.parts.occurrences
        for template in self.module.definitions:
            if template not in known:
                known[template] = inside(self.module, template, self.parts.pieces)
            found += known[template]
        return in_order(found)

    def occurrence_at(self, offset: int) -> Occurrence | None:
        """The name that a place is in, or right behind."""
        index = bisect_right(self.occurrences, offset, key=lambda one: one.start) - 1
        if index < 0 or self.occurrences[index].end < offset:
            return None
        return self.occurrences[index]

    @cached_property
    def works(self) -> dict[tuple[str, int], list[Work]]:
        """What the link that starts at a place of a file comes to, in each of its instances."""
        found: dict[tuple[str, int], list[Work]] = {}
        for scope in self._scopes:
            file = file_of(scope.template.source)
            for step in steps_of(scope):
                if not isinstance(step, Run):
                    found.setdefault((file, step.site.start), []).append(_work(step))
        return found

    def works_at(self, offset: int) -> list[Work]:
        """What the link that starts at a place of this text comes to."""
        return self.works.get((file_of(self.source), offset), [])

    @cached_property
    def _scopes(self) -> list[Scope]:
        """All distinct parts of the models."""
        return list(distinct_scopes(*(one.scope for one in self.partial)))

    @cached_property
    def _instances(self) -> dict[Template, list[Scope]]:
        found: dict[Template, list[Scope]] = {}
        for scope in self._scopes:
            if scope.kind in ("block", "model"):
                found.setdefault(scope.template, []).append(scope)
        return found

    def instances(self, template: Template) -> list[Scope]:
        """The different instances of a definition."""
        return self._instances.get(template, [])

    @property
    def visible(self) -> Mapping[str, Template]:
        """The blocks and models that the file defines or imports, by name."""
        definitions = self.module.definitions
        return definitions[0].visible if definitions else {}

    @cached_property
    def chains(self) -> list[tree.Chain]:
        known = self.parts.chains
        for template in self.module.definitions:
            if template not in known:
                known[template] = list(_chains(template, self.parts.pieces))
        return [one for template in self.module.definitions for one in known[template]]

    @cached_property
    def links(self) -> list[tree.Element]:
        """The links of all chains, in the order of the text."""
        found = (link for chain in self.chains for link in chain.elements)
        return sorted(found, key=lambda one: one.start)

    @property
    def is_whole(self) -> bool:
        return not any(one.is_error for one in self.findings)

    def named_shapes(self, name: str, offset: int) -> list[Shape]:
        """The shapes that a value of the definition around a place has."""
        template = definition_at(self.module, offset)
        if template is None:
            return []
        places = (template.definition.start, template.definition.end)
        shapes: dict[Shape, None] = {}
        for link in self.links:
            if places[0] <= link.start < places[1]:
                for number, one in enumerate(link.names):
                    if one.name == name:
                        outputs = (work.outputs for work in self.works_at(link.start))
                        shapes |= dict.fromkeys(one[number] for one in outputs if number < len(one))
        return list(shapes)


def _chains(template: Template, known: dict[str, Pieces]) -> Iterator[tree.Chain]:
    """Those of a definition itself; a variant has none but its base's."""
    if template.definition.base is None:
        for piece in pieces_of(template, known).of(template.definition):
            yield from piece.chains


def _work(step: Layer | Child) -> Work:
    if isinstance(step, Layer):
        return Work(step.input_shapes, (step.shape,), step.cost, step.op)
    inner = step.scope
    inputs, outputs = inner.input_shapes, inner.output_shapes
    if isinstance(step.site, Sequence | Turn):  # the others are lists of values
        inputs, outputs = inputs[:1], outputs[:1]
    return Work(inputs, outputs, cost_of(step), None)
