"""Blocks and models as written: what they can call, and the fixed names of their layers.

Names are given by the text, not by the instance: a block's layers have the same names wherever it
is called, so that each block can become one class.

In a model, a block or a merge's paths a layer is named by `as`, or after its op or block, with a
number where there are several: conv1, conv2. A stage, a loop and a repeat are sequences: their
layers are numbered from 0 in the order they run, as in a PyTorch `Sequential`, unless `as` names
them.
"""

from __future__ import annotations

import keyword

from ..diagnostics.base import Finding, Frame
from ..diagnostics.names import NameInLoop, NameTaken, NotNameable, ReservedName
from ..ops import OPS
from ..syntax import tree
from ..text import Location
from ..values import write
from .reserved import RESERVED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..diagnostics.base import Diagnostic
    from ..ir.network import Child
    from ..text import Source
    from ..values import Value

SEQUENCE = "layers"
"""The name of a loop or a repeated group that has none."""

TRANSPARENT = "identity"
"""The op that passes its input on and so makes no layer."""


class Template:
    """A definition with its file, the definitions it can call, and its layers' names."""

    def __init__(self, definition: tree.Definition, source: Source) -> None:
        self.definition = definition
        self.source = source
        self.visible: dict[str, Template] = {}
        """Blocks that the file defines or imports, by the name it calls them."""
        self.names: dict[int, str] = {}
        """The name of each nameable element, by the element's identity.

        A merge inside a sequence is a scope with a name (under the element) that holds a layer
        with a name (under the element's primary).
        """
        self.findings: list[Finding] = []

    def __repr__(self) -> str:
        return f"Template({self.kind} {self.name})"

    @property
    def kind(self) -> str:
        return self.definition.kind

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def parameters(self) -> tuple[tree.Parameter, ...]:
        return self.definition.parameters

    def location(self, node: tree.Node) -> Location:
        return Location(self.source, node.start, node.end)

    def frame(self, child: Child) -> Frame:
        """The call that made a block instance, with its values."""
        return Frame(call_text(child.site, child.scope.arguments), self.location(child.site))

    def can_call(self, name: str) -> bool:
        return name in self.visible or name in OPS

    def assign_names(self) -> None:
        """Name every layer of the body, and note names that cannot be."""
        taken: set[str] = set()
        for parameter in self.parameters:
            location = Location(self.source, parameter.start, parameter.start + len(parameter.name))
            if parameter.name in taken:
                self.findings.append(Finding(NameTaken("parameter", parameter.name), location))
            taken.add(parameter.name)
        _Naming(self).scope(self.definition.body)


class _Naming:
    """Collects the nameable elements of one namespace, then names them."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self.wanted: list[tuple[tree.Node, str, tree.Name | None]] = []

    def scope(self, body: tree.Body) -> None:
        self.body(body)
        self.resolve()

    def body(self, body: tree.Body) -> None:
        for statement in body.statements:
            if isinstance(statement, tree.Chain):
                self.chain(statement, None)
            elif isinstance(statement, tree.Let):
                self.chain(statement.chain, statement.name)

    def chain(self, chain: tree.Chain, let: tree.Name | None) -> None:
        for element in chain.elements:
            last = element is chain.elements[-1]
            self.element(element, element.name or (let if last else None))

    def element(self, element: tree.Element, name: tree.Name | None) -> None:
        primary = element.primary
        if element.repeat is not None or isinstance(primary, tree.For):
            self.want(element, name, self.callee(primary) or SEQUENCE)
            self.sequence(primary, in_loop=True)
        elif isinstance(primary, tree.Stage):
            self.stage(element, primary)
        elif isinstance(primary, tree.Merge):
            self.body(primary.body)
            self.want(element, name, primary.name)
        elif isinstance(primary, tree.Group):
            self.chain(primary.chain, name)
        elif isinstance(primary, tree.If):
            for branch in (primary.then, primary.otherwise):
                if branch is not None:
                    self.body(branch)
        elif self.callee(primary):
            self.want(element, name, primary.name)

    def callee(self, primary: tree.Primary) -> str | None:
        """The op or block behind a primary that makes a layer, or None."""
        if isinstance(primary, tree.Merge):
            return primary.name
        if not isinstance(primary, tree.Call) or primary.name == TRANSPARENT:
            return None
        is_call = primary.arguments is not None or self.template.can_call(primary.name)
        return primary.name if is_call else None

    def stage(self, element: tree.Element, stage: tree.Stage) -> None:
        name = tree.Name(stage.name_start, stage.name_start + len(stage.name), stage.name)
        self.want(element, name, stage.name)
        self.sequence(stage, in_loop=False)

    def sequence(self, primary: tree.Primary, in_loop: bool) -> None:
        """Look for namespaces and names within a stage, loop or repeat, in a naming of its own."""
        inner = _Naming(self.template)
        inner.members(primary, None, in_loop)
        inner.resolve()

    def members(self, primary: tree.Primary, element: tree.Element | None, in_loop: bool) -> None:
        name = element.name if element is not None else None
        if isinstance(primary, tree.Merge):
            inner = _Naming(self.template)
            inner.body(primary.body)
            inner.wanted.append((primary, primary.name, None))
            inner.resolve()
            if element is not None and name is not None:
                self.explicit(element, name, in_loop)
        elif isinstance(primary, tree.Stage) and element is not None:
            if in_loop:
                self.note(NameInLoop(primary.name), name or element)
            self.stage(element, primary)
        elif isinstance(primary, tree.Call):
            if primary.name in OPS and OPS[primary.name].merges:
                self.template.names[id(primary)] = primary.name
            if element is not None and name is not None:
                self.explicit(element, name, in_loop)
        elif isinstance(primary, tree.Group):
            for one in primary.chain.elements:
                self.members(one.primary, one, in_loop or one.repeat is not None)
        else:
            loop = in_loop or isinstance(primary, tree.For)
            bodies = (
                (primary.then, primary.otherwise)
                if isinstance(primary, tree.If)
                else (primary.body,)
            )
            for body in bodies:
                for statement in body.statements if body else ():
                    if isinstance(statement, tree.Chain):
                        for one in statement.elements:
                            self.members(one.primary, one, loop or one.repeat is not None)
        if name is not None and not isinstance(primary, tree.Call | tree.Merge):
            self.note(NotNameable(name.name), name)

    def explicit(self, element: tree.Element, name: tree.Name, in_loop: bool) -> None:
        if in_loop:
            self.note(NameInLoop(name.name), name)
        else:
            self.want(element, name, name.name)

    def want(self, element: tree.Element, name: tree.Name | None, default: str) -> None:
        if name is not None:
            self.check(name)
        derived = default.lstrip("_") or "block"  # Python would alter a class's `__name`
        self.wanted.append((element, name.name if name else derived, name))

    def check(self, name: tree.Name) -> None:
        text = name.name
        if keyword.iskeyword(text):
            self.note(ReservedName(text, "a word of Python"), name)
        elif text in RESERVED:
            self.note(ReservedName(text, RESERVED[text]), name)
        elif text.startswith("_"):
            self.note(ReservedName(text, "kept for the frameworks (a leading underscore)"), name)
        elif text == "main":
            self.note(ReservedName(text, "the main line"), name)

    def note(self, diagnostic: Diagnostic, node: tree.Node) -> None:
        self.template.findings.append(Finding(diagnostic, self.template.location(node)))

    def resolve(self) -> None:
        """Give every element its name: those of `as` as they are, the others numbered."""
        names = self.template.names
        explicit: set[str] = set()
        for element, name, given in self.wanted:
            if given is not None:
                if name in explicit:
                    self.note(NameTaken("the name", name), given)
                explicit.add(name)
                names[id(element)] = name
        uses: dict[str, int] = {}
        for _, name, given in self.wanted:
            if given is None:
                uses[name] = uses.get(name, 0) + 1
        taken = set(explicit)
        numbers: dict[str, int] = {}
        for element, name, given in self.wanted:
            if given is not None:
                continue
            if uses[name] == 1 and name not in taken and not _is_reserved(name):
                names[id(element)] = name
                taken.add(name)
                continue
            number = numbers.get(name, 0) + 1
            while f"{name}{number}" in taken:
                number += 1
            numbers[name] = number
            names[id(element)] = f"{name}{number}"
            taken.add(f"{name}{number}")


def call_text(site: tree.Element, arguments: tuple[tuple[str, Value], ...]) -> str:
    """A block call with the values that it gives, in the form in which it gives them."""
    values = dict(arguments)
    given: tuple[tree.Argument, ...] = getattr(site.primary, "arguments", None) or ()
    shown = [
        f"{one.name}={write(values[one.name])}" if one.name else write(value)
        for one, (_, value) in zip(given, arguments, strict=False)
    ]
    name: str = getattr(site.primary, "name", "")
    return f"{name}({', '.join(shown)})" if shown else name


def _is_reserved(name: str) -> bool:
    return keyword.iskeyword(name) or name in RESERVED
