"""Files to checked networks: imports, the choice of a model, and its parameters."""

from __future__ import annotations

import os
import sys

from .. import diagnostics
from ..diagnostics.base import Finding, Rejected, SpecError, nearest
from ..ops import OPS
from ..semantics.definitions import bind
from ..semantics.evaluate import Budget
from ..semantics.models import Elaboration, Trials
from ..semantics.template import Template
from ..syntax import tree
from ..syntax.lexer import SyntaxFailure
from ..syntax.parser import parse, parse_parts
from ..text import Location, Source
from .module import Module
from .regular import LINKS_ELSEWHERE, SUFFIX, read_source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..diagnostics.base import Diagnostic
    from ..ir.network import Network
    from ..semantics.bound import Node
    from ..semantics.expressions import Report
    from ..values import Shape, Value
    from .memory import Memory

ZOO = "zoo:"
"""What stands before the name of a zoo's file in an import."""
IS_NO_SPEC = "it is no spec; check it by itself to see why"
LONGEST_IMPORTS = 1_000
"""How many files can import each other in a row."""
RECURSION_LIMIT = 20_000
TRIALS_OF_BROKEN = 2_000
"""The steps for trials of edits in a text with syntax errors, which takes long to be read."""


class DeepRecursion:
    """Let Python recurse as deep as the language nests, for the time of a `with`."""

    def __enter__(self) -> None:
        self.limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(self.limit, RECURSION_LIMIT))

    def __exit__(self, *_error: object) -> None:
        sys.setrecursionlimit(self.limit)


class Loader:
    """Reads modules, each file once, and follows their imports.

    `edited` has the texts that stand in for those of files, by their paths, `memory` what is known
    of an earlier version of the first.
    """

    def __init__(
        self, edited: Mapping[str, str] | None = None, memory: Memory | None = None
    ) -> None:
        self.edited = edited or {}
        self.memory = memory
        self.modules: dict[str, Module] = {}
        self.loading: list[str] = []

    def module(self, source: Source) -> Module:
        """The module of a source, with its imports resolved and its layers named."""
        with DeepRecursion():
            module = self.read(source, self.memory)
        if self.memory is not None:
            self.memory.learn(module, self.modules)
            module.memory = self.memory
        return module

    def read(self, source: Source, memory: Memory | None = None) -> Module:
        module = Module(source)
        try:
            file = parse(source) if memory is None else parse_parts(source, memory.parts)
        except SyntaxFailure as failure:
            module.own += failure.findings
            file = failure.tree or tree.File(0, 0, (), ())
            module.is_spec = bool(file.definitions or file.imports or file.recipes)
            if not module.is_spec:
                return module
            module.doubtful = file.doubtful
            module.reported = frozenset(
                (one.location.start, one.location.end) for one in failure.findings
            )
        module.file = file
        imported = self.imported(file, module)

        def report(diagnostic: Diagnostic, node: tree.Node | Node) -> None:
            module.own.append(Finding(diagnostic, Location(source, node.start, node.end)))

        definitions = file.definitions
        if any(one.base is not None for one in definitions):
            definitions = _written_out(definitions, source, report)
        kept = memory.kept(source, file, definitions, imported) if memory is not None else {}
        for definition in definitions:
            template = kept.get(definition.start) or Template(definition, source)
            self.define(template, module, imported)
        missing = {name.name for one in file.imports for name in one.names} | {*file.missing}
        slips = (one.diagnostic for one in module.findings)
        meant = (
            nearest(one.name, one.known)
            for one in slips
            if isinstance(one, diagnostics.NotExported)
        )
        missing |= {name for name in meant if name is not None}
        missing -= imported.keys()
        module.recipes = file.recipes
        module.trainable = {
            name: one
            for name, one in {**imported, **module.templates}.items()
            if one.kind == "model"
        }
        own = module.templates.items()
        models = {name: one for name, one in own if one.kind == "model" and name not in OPS}
        known = {**models, **imported, **{name: one for name, one in own if one.kind != "model"}}
        pixels = {name: one for name, one in known.items() if one.kind == "pixels"}
        callees = {name: one for name, one in known.items() if one.kind != "pixels"}
        blocks = {name: one for name, one in callees.items() if one.kind != "model"}
        for template in module.definitions:
            template.visible, template.pixels, template.blocks = callees, pixels, blocks
            template.file_defaults = file.defaults
            template.source = source
        new = [one for one in module.definitions if one.definition.start not in kept]
        if memory is None:
            bind(new)
        else:
            memory.bind(new)
        for template in module.definitions:
            for one in template.findings:
                unknown = one.diagnostic
                is_missing = (
                    isinstance(unknown, diagnostics.UnknownLayer) and unknown.name in missing
                )
                if not is_missing and not module.is_doubtful(one):
                    module.own.append(one)
        module.is_whole = not module.own and all(one.is_whole for one in module.imports)
        return module

    def define(self, template: Template, module: Module, imported: dict[str, Template]) -> None:
        name, definition = template.name, template.definition
        location = Location(module.source, template.heading.start, template.heading.end)
        module.definitions.append(template)
        if name in module.templates or (definition.kind != "model" and name in imported):
            module.own.append(Finding(diagnostics.NameTaken(definition.kind, name), location))
        elif name in OPS and definition.kind == "block":
            module.own.append(
                Finding(diagnostics.ReservedName(name, "an op of the language"), location)
            )
        else:
            module.templates[name] = template

    def imported(self, file: tree.File, module: Module) -> dict[str, Template]:
        """The blocks and definitions of pixels that the file imports, by name."""
        found: dict[str, Template] = {}
        for statement in file.imports:
            location = Location(module.source, statement.path.start, statement.path.end)
            try:
                other = self.follow(statement.path.value, module.source)
            except Rejected as rejection:
                module.own.append(Finding(rejection.diagnostic, location))
                continue
            module.imports[other] = None
            exports = other.exports
            for name in statement.names:
                place = Location(module.source, name.start, name.end)
                if found.get(name.name, exports.get(name.name)) is not exports.get(name.name):
                    module.own.append(Finding(diagnostics.NameTaken("block", name.name), place))
                elif name.name in exports:
                    found[name.name] = exports[name.name]
                elif other.is_whole:
                    missing = diagnostics.NotExported(
                        name.name, statement.path.value, tuple(exports)
                    )
                    module.own.append(Finding(missing, place))
        return found

    def follow(self, written: str, importer: Source) -> Module:
        """The module that an import's path names. Raises `Rejected`."""
        path, shown = place_of(written, importer)
        if not self.loading and importer.path:
            self.loading.append(os.path.realpath(importer.path))
        if path in self.loading:
            circle = [*self.loading[self.loading.index(path) :], path]
            raise Rejected(diagnostics.ImportCycle(tuple(map(os.path.basename, circle))))
        if len(self.loading) > LONGEST_IMPORTS:
            raise Rejected(
                diagnostics.Unreadable(written, f"more than {LONGEST_IMPORTS:,} imports lead here")
            )
        if path not in self.modules:
            text = self.edited.get(path)
            source = read_source(path, shown) if text is None else Source(shown, text, path)
            known = self.memory.modules.get(path) if self.memory is not None else None
            if known is None or not self.is_current(known, source):
                self.loading.append(path)
                known = self.read(source)
                self.loading.pop()
            self.modules[path] = known
        module = self.modules[path]
        if not module.is_spec:  # and may be anybody's secret, of which findings would show a line
            raise Rejected(diagnostics.Unreadable(module.source.name, IS_NO_SPEC))
        return module

    def is_current(self, known: Module, source: Source) -> bool:
        """Whether a module that an earlier version has read is still what a source comes to."""
        own = known.source
        if not known.is_whole or (own.name, own.text) != (source.name, source.text):
            return False
        paths = [one.path.value for one in known.file.imports]
        try:
            return all(self.follow(one, own) in known.imports for one in paths)
        except Rejected:
            return False


def _written_out(
    definitions: tuple[tree.Definition, ...], source: Source, report: Report
) -> tuple[tree.Definition, ...]:
    from ..semantics.variants import resolved  # deferred: few files have variants of models

    return tuple(resolved(definitions, source, report))


def place_of(written: str, importer: Source) -> tuple[str, str]:
    """The file that an import names, relative to the importing file, and what messages call it.

    Behind `zoo:` stands a file of the zoo, wherever that lies. Raises `Rejected`.
    """
    if "\0" in written:
        raise Rejected(diagnostics.Unreadable(written, "a path has no NUL character"))
    if written.startswith(ZOO):
        return path_in_zoo(written.removeprefix(ZOO)), written
    if not written.endswith(SUFFIX):
        raise Rejected(diagnostics.Unreadable(written, f"imports name files that end in {SUFFIX}"))
    folder = os.path.dirname(importer.path) if importer.path else ""
    path = os.path.realpath(os.path.join(folder, written))
    if not path.endswith(SUFFIX):
        raise Rejected(diagnostics.Unreadable(written, LINKS_ELSEWHERE))
    prefix = ZOO if importer.name.startswith(ZOO) else ""
    near = os.path.dirname(importer.name.removeprefix(prefix))
    return path, prefix + os.path.normpath(os.path.join(near, written))


def path_in_zoo(name: str) -> str:
    from .zoo import file_of  # deferred: most specs import no file of the zoo

    return os.path.realpath(file_of(name))


class Editor:
    """Reads a model anew with another text for one of its files."""

    def __init__(self, template: Template, known: int | None = None) -> None:
        """`known` is how many findings the file has before it is elaborated, if that is known."""
        self.template = template
        self.known = known

    def __call__(self, edited: Source, text: str) -> Template | None:
        """The edited model, or None if its file then has more findings of its own than before."""
        main = self.template.source
        if self.known is None:
            self.known = len(Loader().module(main).findings)
        if edited is main:
            module = Loader().module(main.edited(text))
        elif edited.path is None:
            return None
        else:
            module = Loader({os.path.realpath(edited.path): text}).module(main)
        is_worse = len(module.findings) > self.known
        return None if is_worse else module.templates.get(self.template.name)


def choose_model(module: Module, name: str | None) -> Template:
    """The model to work on. Raises `Rejected`."""
    name = name or module.source.model
    models = {one.name: one for one in module.models or module.trained}
    if not models:
        raise Rejected(diagnostics.NoModel(len(module.blocks)))
    if name is not None:
        if name not in models:
            raise Rejected(diagnostics.UnknownModel(name, tuple(models)))
        return models[name]
    if len(models) > 1:
        raise Rejected(diagnostics.WhichModel(tuple(models)))
    return next(iter(models.values()))


def elaborate_model(
    template: Template,
    values: Mapping[str, Value],
    check_claims: bool = True,
    input_shapes: Sequence[Shape] = (),
    trials: Trials | None = None,
) -> Network:
    """The model's network with these parameter values. Raises `SpecError`.

    `check_claims` tells whether assertions and budgets apply. `input_shapes` stand in for the
    model's own. `trials` bounds the search for what would mend the model.
    """
    trials = trials if trials is not None else Trials()
    network, partial, found = _attempt(template, values, trials, check_claims, input_shapes)
    if network is None:
        raise SpecError(in_order(found or static_findings(template)), partial)
    return network


def _attempt(
    template: Template,
    values: Mapping[str, Value],
    trials: Trials,
    check_claims: bool = True,
    input_shapes: Sequence[Shape] = (),
    budget: Budget | None = None,
    known: int | None = None,
) -> tuple[Network | None, Network | None, tuple[Finding, ...]]:
    """The model's network, or else its part up to the first error, and what elaboration finds.

    Nothing is found where the text alone is at fault. `known` is how much is found in that.
    """
    names = tuple(parameter.name for parameter in template.parameters)
    for name in values:
        if name not in names:
            unknown = diagnostics.UnknownParameter(template.name, name, names)
            return None, None, (Finding(unknown, template.location(template.heading)),)
    with DeepRecursion():
        elaboration = Elaboration(template, values, check_claims, input_shapes, budget=budget)
        if not elaboration.findings.found:
            return elaboration.network, elaboration.partial, ()
        return None, elaboration.partial, _explained(elaboration, Editor(template, known), trials)


def _explained(elaboration: Elaboration, edited: Editor, trials: Trials) -> tuple[Finding, ...]:
    """The findings of an elaboration, with what led to each and what would mend it."""
    from ..explain.trail.trials import Mender  # deferred: for what fails alone

    return tuple(Mender(elaboration, edited, trials).mend())


def static_findings(template: Template) -> Iterable[Finding]:
    """What is wrong with the text of a definition, of the blocks in its reach and models in it."""
    reached: dict[Template, None] = {}
    files: set[Source] = set()
    pending = [template]
    while pending:
        one = pending.pop()
        if one in reached:
            continue
        reached[one] = None
        if one.source not in files:  # all definitions of a file see the same
            files.add(one.source)
            pending += one.blocks.values()
        pending += one.inner_models
    return [finding for one in reached for finding in one.findings]


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings by file and place."""

    def place(one: Finding) -> tuple[str, int, str]:
        return one.location.source.name, one.location.start, one.diagnostic.code

    return tuple(sorted(findings, key=place))


def check_module(module: Module) -> tuple[Finding, ...]:
    """All findings of a file: its syntax, names, imports, and every model with its defaults."""
    return check_models(module, module.models, {})[0]


def check_models(
    module: Module, models: Iterable[Template], values: Mapping[str, Value]
) -> tuple[tuple[Finding, ...], tuple[Network, ...]]:
    """All findings of a file and of these of its models, and the networks of those that hold."""
    findings, networks, _ = examine(module, models, values)
    return findings, networks


def examine(
    module: Module, models: Iterable[Template], values: Mapping[str, Value]
) -> tuple[tuple[Finding, ...], tuple[Network, ...], tuple[Network, ...]]:
    """As `check_models`, with the models that do not hold up to their first errors."""
    known, memory = None, module.memory
    of_text = module.findings
    if memory is not None and not values:
        with DeepRecursion():
            known = memory.elaborated(models, Budget(module.source.size), of_text)
    found = list(dict.fromkeys(of_text))
    reported = {(one.diagnostic.code, one.location) for one in found}
    networks: list[Network] = []
    partial: list[Network] = []
    trials = Trials(TRIALS_OF_BROKEN) if module.reported else Trials()
    if memory is not None:
        trials = memory.interruptible(trials)
    budget = Budget(module.source.size)
    for template in models:
        if budget.is_spent:
            break
        if known is not None:
            network, part = known[template].network, known[template].partial
            more: tuple[Finding, ...] = ()
        else:
            own = len(of_text) if template.source is module.source else None
            network, part, more = _attempt(template, values, trials, budget=budget, known=own)
        networks += [network] if network is not None else []
        partial += [part] if part is not None else []
        for one in more:
            key = (one.diagnostic.code, one.location)
            if key not in reported and not module.is_doubtful(one):
                reported.add(key)
                found.append(one)
    if module.recipes:
        found += _faults_of_recipes(module, networks, values)
    return _fixed(found) if found else (), tuple(networks), tuple(partial)


def _faults_of_recipes(
    module: Module, networks: Iterable[Network], values: Mapping[str, Value]
) -> list[Finding]:
    from .recipes import checked_recipes  # deferred: few files have any

    def elaborated(template: Template) -> Network | None:
        known = {one.name for one in template.parameters}
        return _attempt(template, {k: v for k, v in values.items() if k in known}, Trials(0))[0]

    return checked_recipes(module, networks, elaborated)[1]


def _fixed(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings in order, each with its fix where there is a certain one."""
    from ..explain.fixes import with_fixes  # deferred: for what fails alone

    return in_order(with_fixes(findings))
