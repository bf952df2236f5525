"""Files to checked networks: reading, imports, the choice of a model, and its parameters."""

from __future__ import annotations

import os
import sys

from . import syntax
from .binding import default_of
from .build import ExpressionTooDeep
from .diagnostics.base import Finding, Rejected
from .diagnostics.imports import ImportCycle, NotExported, Unreadable
from .diagnostics.names import NameTaken, ReservedName, UnknownModel, UnknownParameter
from .diagnostics.types import MissingParameter, NoModel, WhichModel
from .elaborate import Context, Elaborator
from .evaluate import EvaluationFailed
from .ops import OPS
from .parse import SyntaxFailure, parse
from .sources import Location, Source
from .template import Template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .network import Network
    from .values import Value

LARGEST_FILE = 32 * 2**20
SUFFIX = ".cnn"
RECURSION_LIMIT = 20_000


class SpecError(Exception):
    """A spec that does not hold; `findings` say where and why."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        first = findings[0]
        location = first.location
        place = f"{location.source.name}:{location.row}:{location.column}"
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        super().__init__(f"{place}: {first.diagnostic.code} {first.diagnostic.message}{more}")
        self.findings = findings


class Module:
    """A parsed file: its source and the definitions that others can name."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.templates: dict[str, Template] = {}
        self.findings: list[Finding] = []

    @property
    def models(self) -> list[Template]:
        return [one for one in self.templates.values() if one.kind == "model"]

    @property
    def blocks(self) -> list[Template]:
        return [one for one in self.templates.values() if one.kind == "block"]


def read_source(path: str, name: str | None = None) -> Source:
    """The text of a file. Raises `Rejected`."""
    shown = name or path
    try:
        if os.path.getsize(path) > LARGEST_FILE:
            raise Rejected(Unreadable(shown, f"it is larger than {LARGEST_FILE // 2**20} MiB"))
        with open(path, "rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Rejected(Unreadable(shown, reason)) from None
    except ValueError as error:  # a NUL in the path
        raise Rejected(Unreadable(shown, str(error))) from None
    return source_of(data, shown, path)


def source_of(data: bytes, name: str, path: str | None = None) -> Source:
    """A source of bytes, which must be UTF-8. Raises `Rejected`."""
    if len(data) > LARGEST_FILE:
        raise Rejected(Unreadable(name, f"it is larger than {LARGEST_FILE // 2**20} MiB"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Rejected(Unreadable(name, f"not UTF-8 text (byte {error.start})")) from None
    return Source(name, text, path)


class Loader:
    """Reads modules, each file once, and follows their imports."""

    def __init__(self) -> None:
        self.modules: dict[str, Module] = {}
        self.loading: list[str] = []

    def module(self, source: Source) -> Module:
        """The module of a source, with its imports resolved and its layers named."""
        module = Module(source)
        try:
            tree = parse(source)
        except SyntaxFailure as failure:
            module.findings += failure.findings
            return module
        except ExpressionTooDeep as failure:
            module.findings.append(failure.finding)
            return module
        imported = dict(self.imported(tree, module))
        for definition in tree.definitions:
            self.define(definition, module, imported)
        for template in module.templates.values():
            template.visible = {**imported, **{one.name: one for one in module.blocks}}
            template.assign_names()
            module.findings += template.findings
        return module

    def define(
        self, definition: syntax.Definition, module: Module, imported: dict[str, Template]
    ) -> None:
        name, start = definition.name, definition.name_start
        location = Location(module.source, start, start + len(name))
        if name in module.templates or (definition.kind == "block" and name in imported):
            module.findings.append(Finding(NameTaken(definition.kind, name), location))
            return
        if name in OPS and definition.kind == "block":
            module.findings.append(Finding(ReservedName(name, "an op of the language"), location))
            return
        module.templates[name] = Template(definition, module.source)

    def imported(
        self, tree: syntax.File, module: Module
    ) -> Iterator[tuple[str, Template]]:
        for statement in tree.imports:
            location = Location(module.source, statement.path.start, statement.path.end)
            try:
                other = self.follow(statement.path.value, module.source)
            except Rejected as rejection:
                module.findings.append(Finding(rejection.diagnostic, location))
                continue
            module.findings += other.findings
            blocks = {one.name: one for one in other.blocks}
            for name in statement.names:
                if name.name in blocks:
                    yield name.name, blocks[name.name]
                elif not other.findings:
                    place = Location(module.source, name.start, name.end)
                    known = tuple(blocks)
                    missing = NotExported(name.name, statement.path.value, known)
                    module.findings.append(Finding(missing, place))

    def follow(self, written: str, importer: Source) -> Module:
        """The module that an import's path names, relative to the importing file."""
        if not written.endswith(SUFFIX):
            raise Rejected(Unreadable(written, f"imports name files that end in {SUFFIX}"))
        folder = os.path.dirname(importer.path) if importer.path else ""
        path = os.path.realpath(os.path.join(folder, written))
        if not self.loading and importer.path:
            self.loading.append(os.path.realpath(importer.path))
        if path in self.loading:
            circle = [*self.loading[self.loading.index(path) :], path]
            raise Rejected(ImportCycle(tuple(map(os.path.basename, circle))))
        if path not in self.modules:
            shown = os.path.normpath(os.path.join(os.path.dirname(importer.name), written))
            source = read_source(path, shown)
            source.path = path
            self.loading.append(path)
            self.modules[path] = self.module(source)
            self.loading.pop()
        return self.modules[path]


def choose_model(module: Module, name: str | None) -> Template:
    """The model to work on. Raises `Rejected`."""
    models = {one.name: one for one in module.models}
    if not models:
        raise Rejected(NoModel(len(module.blocks)))
    if name is not None:
        if name not in models:
            raise Rejected(UnknownModel(name, tuple(models)))
        return models[name]
    if len(models) > 1:
        raise Rejected(WhichModel(tuple(models)))
    return next(iter(models.values()))


def elaborate_model(
    template: Template, values: Mapping[str, Value], check_claims: bool = True
) -> Network:
    """The model's network with these parameter values. Raises `SpecError`."""
    elaborator = Elaborator(check_claims)
    arguments: dict[str, Value] = {}
    context = Context(template, arguments, (), 0)
    known = tuple(parameter.name for parameter in template.parameters)
    whole = Location(template.source, template.definition.name_start, template.definition.end)
    for name in values:
        if name not in known:
            heading = _heading(template)
            raise SpecError((Finding(UnknownParameter(template.name, name, known), heading),))
    for parameter in template.parameters:
        if parameter.name in values:
            arguments[parameter.name] = values[parameter.name]
        elif parameter.default is None:
            elaborator.report(MissingParameter(template.name, parameter.name), parameter, context)
        else:
            try:
                arguments[parameter.name] = default_of(parameter, arguments)
            except EvaluationFailed as failure:
                elaborator.report(failure.diagnostic, failure.node, context)
    network = None
    if not elaborator.findings:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, RECURSION_LIMIT))
        try:
            network = elaborator.model(template, arguments, tuple(values))
        finally:
            sys.setrecursionlimit(limit)
    if network is None:
        if not elaborator.findings:
            raise RuntimeError(f"{whole.source.name}: no network and no reason why")
        raise SpecError(in_order(elaborator.findings.values()))
    return network


def _heading(template: Template) -> Location:
    start = template.definition.name_start
    return Location(template.source, start, start + len(template.name))


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings by file and place."""

    def place(one: Finding) -> tuple[str, int, str]:
        return one.location.source.name, one.location.start, one.diagnostic.code

    return tuple(sorted(findings, key=place))


def check_module(module: Module) -> tuple[Finding, ...]:
    """All findings of a file: its syntax, names, imports, and every model with its defaults."""
    found = list(module.findings)
    if not found:
        for template in module.models:
            try:
                elaborate_model(template, {})
            except SpecError as error:
                found += error.findings
    return in_order(dict.fromkeys(found))
