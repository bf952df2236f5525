"""Where names stand in a file, and what each is the name of.

A name is searched as the binder does it: a parameter, loop variable, named value or number of the
definition, then a block or model that the file defines or imports, then an op, then a word.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from operator import attrgetter

from ..ops import OPS
from ..project.module import Module
from ..record import Record
from ..semantics.evaluate import FUNCTIONS
from ..semantics.template import Template
from ..syntax import tree
from ..text import Location, Source

PARAMETER, VARIABLE, VALUE, NUMBER, SHARED = "parameter", "variable", "value", "number", "shared"
BLOCK, MODEL, PIXELS, RECIPE = "block", "model", "pixels", "recipe"
OP, FUNCTION, WORD, STAGE, ATTRIBUTE, SETTING = (
    "op",
    "function",
    "word",
    "stage",
    "attribute",
    "setting",
)
LOCAL = frozenset((PARAMETER, VARIABLE, VALUE, NUMBER, SHARED, STAGE))
DEFINED = frozenset((BLOCK, MODEL, PIXELS))


class Target(Record):
    """What a name stands for.

    `scope` is the place of what it belongs to: a file for what stands in one, `FILE#DEFINITION` for
    a parameter or a value, the op or definition for an attribute; empty for what the language has.
    """

    kind: str
    name: str
    scope: str = ""


class Occurrence(Record):
    """A name at its place. `is_definition` says that here it gets its meaning."""

    start: int
    end: int
    target: Target
    is_definition: bool = False

    def location(self, source: Source) -> Location:
        return Location(source, self.start, self.end)


def file_of(source: Source) -> str:
    """What tells a file from others."""
    return source.path or source.name


def target_of(template: Template) -> Target:
    return Target(template.kind, template.name, file_of(template.source))


def scope_of(template: Template) -> str:
    """That of the names inside a definition."""
    return f"{file_of(template.source)}#{template.name}"


def occurrences(module: Module) -> list[Occurrence]:
    """All names of a file, in the order of the text."""
    found = outside(module)
    for template in module.definitions:
        found += inside(module, template)
    return in_order(found)


def outside(module: Module) -> list[Occurrence]:
    """The names outside of definitions."""
    found = [*_of_imports(module), *_of_recipes(module)]
    for one in module.file.defaults:
        found += _Definition(module, None).of_call(one.call)
    return found


def inside(
    module: Module, template: Template, known: dict[str, Pieces] | None = None
) -> list[Occurrence]:
    """The names of a definition. `known` has what its earlier version came to."""
    pieces = Pieces() if known is None else pieces_of(template, known)
    return list(_Definition(module, template).all(pieces))


def pieces_of(template: Template, known: dict[str, Pieces]) -> Pieces:
    """What is known of the pieces of the definition of that kind and name."""
    return known.setdefault(f"{template.kind} {scope_of(template)}", Pieces())


def in_order(found: list[Occurrence]) -> list[Occurrence]:
    return sorted(found, key=attrgetter("start"))


def _of_imports(module: Module) -> Iterator[Occurrence]:
    by_name = {name: one for other in module.imports for name, one in other.exports.items()}
    for statement in module.file.imports:
        for name in statement.names:
            if name.name in by_name:
                yield _at(name.start, name.name, target_of(by_name[name.name]))


def _of_recipes(module: Module) -> Iterator[Occurrence]:
    for recipe in module.file.recipes:
        target = Target(RECIPE, recipe.name.name, file_of(module.source))
        yield _at(recipe.name.start, recipe.name.name, target, True)
        model = recipe.model
        if model is not None and model.name in module.trainable:
            yield _at(model.start, model.name, target_of(module.trainable[model.name]))
        for setting in recipe.settings:
            yield _at(setting.name.start, setting.name.name, Target(SETTING, setting.name.name))


def _at(start: int, name: str, target: Target, is_definition: bool = False) -> Occurrence:
    return Occurrence(start, start + len(name), target, is_definition)


GIVING = (
    *(tree.Parameter, tree.For, tree.Comprehension, tree.Let, tree.LetValue, tree.Share),
    *(tree.Inputs, tree.Input, tree.Element, tree.Stage),
)
READING = (tree.Call, tree.Merge, tree.Name, tree.Function)
"""The nodes that give names, and those that read them: a few of many."""


class Piece:
    """A parameter or statement of a definition, with its names."""

    def __init__(self, node: tree.Node, kind: str) -> None:
        self.node = node
        nodes = list(tree.parts(node))
        giving = (one for one in nodes if isinstance(one, GIVING))
        self.given = [each for one in giving for each in _given(one, kind)]
        """The places where names get their meaning, with the kind of each."""
        self.reading = [one for one in nodes if isinstance(one, READING)]
        self.chains = [one for one in nodes if isinstance(one, tree.Chain)]
        self.found: list[Occurrence] | None = None
        self.asked: set[str] = set()
        """The names of whose meanings that depends."""


def _given(node: tree.Node, kind: str) -> Iterator[tuple[tree.Name, str]]:
    """The names that a node gives in a definition of some kind."""
    match node:
        case tree.Parameter():
            yield tree.Name(node.start, node.start, node.name), PARAMETER
        case tree.For() | tree.Comprehension():
            yield from ((one, VARIABLE) for one in node.targets)
        case tree.Let():
            yield node.name, VALUE
        case tree.LetValue():
            yield node.name, NUMBER
        case tree.Share():
            yield node.name, SHARED
        case tree.Inputs():
            yield from ((one, VALUE) for one in node.names)
        case tree.Input(shape=tree.Name() as name) if kind == BLOCK:
            yield name, VALUE
        case tree.Element():
            yield from ((one, VALUE) for one in node.names)
        case tree.Stage() if node.name:
            yield tree.Name(node.name_start, node.name_start, node.name), STAGE


class Pieces:
    """What is known of the pieces of a definition, from one version to the next."""

    def __init__(self) -> None:
        self.known: dict[int, Piece] = {}
        """By the identities of their nodes."""
        self.meanings: dict[str, Target] = {}

    def of(self, definition: tree.Definition) -> list[Piece]:
        nodes = (*definition.parameters, *definition.body.statements)
        found = [self.known.get(id(one)) or Piece(one, definition.kind) for one in nodes]
        self.known = {id(one.node): one for one in found}
        return found


class _Definition:
    """The names of one definition, or (without a template) of a file's defaults."""

    def __init__(self, module: Module, template: Template | None) -> None:
        self.module = module
        self.template = template
        self.scope = "" if template is None else scope_of(template)
        self.meanings: dict[str, Target] = {}
        """What names that have been read stand for."""
        self.asked: set[str] = set()
        """The names that a piece has read."""
        self.local: dict[str, str] = {}
        """The kinds of the names that the definition gives."""

    def all(self, known: Pieces) -> Iterator[Occurrence]:
        """Every name of the definition."""
        template = self.template
        if template is None:
            return
        definition = template.definition
        yield _at(definition.name_start, definition.name, target_of(template), True)
        if definition.base is not None:  # the rest is the base's
            for node in tree.parts(definition.base):
                yield from self.read(node)
            return
        pieces = known.of(definition)
        given = [each for one in pieces for each in one.given]
        self.local = {one.name: kind for one, kind in reversed(given)}
        before = known.meanings.items()
        changed = {name for name, target in before if self.meaning(name) != target}
        for one in pieces:
            if one.found is None or not one.asked.isdisjoint(changed):
                self.asked = one.asked = set()
                one.found = list(self.of_piece(one))
            yield from one.found
        known.meanings = self.meanings

    def of_piece(self, piece: Piece) -> Iterator[Occurrence]:
        starts = set()
        for name, kind in piece.given:
            starts.add(name.start)
            yield _at(name.start, name.name, Target(kind, name.name, self.scope), True)
        for node in piece.reading:
            for one in self.read(node):
                if one.start not in starts:
                    yield one

    def read(self, node: tree.Node) -> Iterator[Occurrence]:
        """The name that a node reads, if it is one that reads a name."""
        match node:
            case tree.Call():
                yield from self.of_call(node)
            case tree.Merge():
                yield _at(node.start, node.name, self.callee(node.name))
            case tree.Name():
                name = node.name.rstrip(".")
                yield _at(node.start, name, self.meaning(name))
            case tree.Function() if node.name in FUNCTIONS:
                yield _at(node.start, node.name, Target(FUNCTION, node.name))
            case tree.Function():
                yield from self.of_call(node.as_call)

    def of_call(self, call: tree.Call) -> Iterator[Occurrence]:
        """The name that is called, and those of its arguments."""
        target = self.callee(call.name)
        yield _at(call.start, call.name, target)
        for argument in call.arguments or ():
            if argument.name is not None:
                kind, scope = ATTRIBUTE, target.name
                if target.kind in DEFINED:
                    kind, scope = PARAMETER, f"{target.scope}#{target.name}"
                yield _at(argument.start, argument.name, Target(kind, argument.name, scope))

    def callee(self, name: str) -> Target:
        found = self.meaning(name)
        return Target(OP, name) if found.kind == WORD and name in OPS else found

    def meaning(self, name: str) -> Target:
        """What a name stands for, in an expression or a chain."""
        self.asked.add(name)
        if name not in self.meanings:
            self.meanings[name] = self._meaning(name)
        return self.meanings[name]

    def _meaning(self, name: str) -> Target:
        if name in self.local:
            return Target(self.local[name], name, self.scope)
        if self.template is not None:
            for known in (self.template.visible, self.template.pixels):
                if name in known:
                    return target_of(known[name])
        return Target(OP if name in OPS else WORD, name)


def definition_at(module: Module, offset: int) -> Template | None:
    """The definition whose text a place lies in."""
    inside = (one for one in module.definitions if one.definition.start <= offset)
    best = max(inside, key=lambda one: one.definition.start, default=None)
    return best if best is not None and offset <= best.definition.end else None


def calls_of(module: Module, template: Template) -> Iterator[Occurrence]:
    """The calls of blocks and models in a definition's body."""
    for one in _Definition(module, template).all(Pieces()):
        if one.target.kind in (BLOCK, MODEL) and not one.is_definition:
            yield one


def files_below(module: Module) -> Iterator[Module]:
    """A file and all that it imports, each once."""
    seen: dict[Module, None] = {}
    pending = [module]
    while pending:
        one = pending.pop()
        if one not in seen:
            seen[one] = None
            pending += one.imports
    return chain(seen)
