"""The names of every definition, checked without running it.

Elaboration follows one model with one set of values, so it never sees a block that nothing calls or
a branch that is not taken. This pass reads every line once: calls, attributes, names, and constant
arguments. Its findings carry the codes and places that elaboration would give them.
"""

from __future__ import annotations

import keyword

from ..diagnostics.base import Finding
from ..diagnostics.names import NameTaken, ReservedName, UnknownLayer, UnknownName, UnknownValue
from ..diagnostics.shapes import TooFewPaths
from ..diagnostics.types import (
    ArgumentTwice,
    BadOperation,
    Misplaced,
    MissingArgument,
    NoPaths,
    Recursion,
    WrongValue,
)
from ..ir.network import FACTS
from ..ops import OPS, WORDS
from ..ops.base import WrongKind
from ..syntax import tree
from ..syntax.actions import CONSTANTS
from ..values import describe
from .binding import match, op_signature, template_signature
from .evaluate import FUNCTIONS, EvaluationFailed, UnknownShape, evaluate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ..diagnostics.base import Diagnostic
    from ..ops.base import Op
    from ..values import Value
    from .template import Template

    Names = frozenset[str]
    Calls = dict[str, list[tuple[tree.Call, str]]]

UNKNOWN = object()
"""The value of an expression that depends on parameters, loop variables or the input."""

AXES = ("height", "width", "channels")
MERGES = tuple(name for name, op in OPS.items() if op.merges)


class Resolution:
    """What the pass found. `implied` are findings that elaboration need not repeat."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.implied: list[Finding] = []


class Space:
    """A namespace of values. A stage, loop or repeat is a sequence, which names none."""

    __slots__ = ("is_sequence", "named")

    def __init__(self, is_sequence: bool) -> None:
        self.is_sequence = is_sequence
        self.named: dict[str, None] = {}


class Signature:
    """What a call of an op or block takes. `text` is how messages write it."""

    __slots__ = ("known", "owner", "required", "text")

    def __init__(self, owner: str, parameters: dict[str, bool], text: str) -> None:
        self.owner = owner
        self.known = tuple(parameters)
        self.required = [name for name, is_required in parameters.items() if is_required]
        self.text = text


def resolve(templates: Iterable[Template], missing: Names = frozenset()) -> Resolution:
    """Check every definition of a file. `missing` are imports that failed and were reported."""
    resolution = Resolution()
    calls: Calls = {}
    blocks: dict[str, Template] = {}
    for template in templates:
        resolver = _Resolver(template, missing, resolution)
        resolver.definition()
        if template.visible.get(template.name) is template:
            blocks[template.name] = template
            calls[template.name] = resolver.calls
    _report_recursion(blocks, calls, resolution)
    return resolution


class _Resolver:
    """Walks one definition."""

    def __init__(self, template: Template, missing: Names, resolution: Resolution) -> None:
        self.template = template
        self.missing = missing
        self.resolution = resolution
        self.calls: list[tuple[tree.Call, str]] = []
        self.visible = template.visible
        self.signatures: dict[str, Signature] = {}

    def report(self, diagnostic: Diagnostic, node: tree.Node) -> None:
        self.resolution.findings.append(Finding(diagnostic, self.template.location(node)))

    # Definitions and statements

    def definition(self) -> None:
        definition = self.template.definition
        if keyword.iskeyword(definition.name):
            start = definition.name_start
            heading = tree.Node(start, start + len(definition.name))
            self.report(ReservedName(definition.name, "a word of Python"), heading)
        names: Names = frozenset()
        for parameter in definition.parameters:
            end = parameter.start + len(parameter.name)
            self.variable(parameter.name, tree.Node(parameter.start, end))
            if parameter.default is not None:
                reason = "a default cannot read `in`: the shape is known inside the braces"
                self.expression(parameter.default, names, reason)
            names |= {parameter.name}
        space = Space(is_sequence=False)
        for statement in definition.body.statements:
            kind = type(statement)
            if self.template.kind != "model" or kind in (tree.Chain, tree.Let, tree.Gap):
                self.statement(statement, space, names)
            else:
                self.of_model(statement, names)
        self.outputs(space)

    def variable(self, name: str, node: tree.Node) -> None:
        """A parameter or loop variable: a name that Python code can carry and nothing else has."""
        if keyword.iskeyword(name) or name == "self":
            self.report(ReservedName(name, "a word of Python"), node)
        elif name in WORDS:
            self.report(ReservedName(name, "a word that attributes take"), node)
        elif name in FUNCTIONS:
            self.report(ReservedName(name, "a function"), node)

    def of_model(self, statement: tree.Statement, names: Names) -> None:
        if isinstance(statement, tree.Input):
            self.expression(statement.shape, names, "`input` cannot read `in`: it defines it")
        elif isinstance(statement, tree.Expect):
            self.expression(statement.condition, names.union(FACTS))

    def outputs(self, space: Space) -> None:
        """Names in `output`, which sees every value of the model."""
        if self.template.kind != "model":
            return
        for statement in self.template.definition.body.statements:
            if isinstance(statement, tree.Output):
                seen = set()
                for name in statement.names:
                    if name.name in seen:
                        self.report(ArgumentTwice("output", name.name), name)
                    elif name.name not in space.named and name.name != "main":
                        self.report(UnknownValue(name.name, ("main", *space.named)), name)
                    seen.add(name.name)

    def statement(self, statement: tree.Statement, space: Space, names: Names) -> None:
        if isinstance(statement, tree.Chain):
            self.chain(statement, space, names)
        elif isinstance(statement, tree.Let):
            if space.is_sequence:
                rule = "a stage or a loop is one chain; use `let` in a block or a model"
                self.report(Misplaced("`let`", rule), statement)
            self.chain(statement.chain, space, names)
            space.named[statement.name.name] = None
        elif isinstance(statement, tree.Gap):
            space.named |= dict.fromkeys(statement.names)
        else:
            rule = "it belongs in a model, outside of all other braces"
            self.report(Misplaced(f"`{type(statement).__name__.lower()}`", rule), statement)

    def body(self, body: tree.Body, space: Space, names: Names) -> None:
        for statement in body.statements:
            self.statement(statement, space, names)

    # Chains

    def chain(self, chain: tree.Chain, space: Space, names: Names) -> None:
        is_first = True
        for element in chain.elements:
            primary = element.primary
            inner = space
            if element.repeat is not None:
                self.expression(element.repeat, names)
                is_first = False
            if element.repeat is not None or type(primary) is tree.For:
                inner = space if space.is_sequence else Space(is_sequence=True)
            if type(primary) is tree.Call:
                self.call(primary, inner, names, is_first)
            else:
                _PRIMARIES[type(primary)](self, primary, inner, names)
            if element.assertion is not None:
                self.expression(element.assertion, names)
            if not space.is_sequence:
                if element.name is not None:
                    space.named[element.name.name] = None
                if type(primary) is tree.Stage:
                    space.named[primary.name] = None
            is_first = False

    def group(self, group: tree.Group, space: Space, names: Names) -> None:
        self.chain(group.chain, space, names)

    def conditional(self, primary: tree.If, space: Space, names: Names) -> None:
        self.expression(primary.condition, names)
        self.body(primary.then, space, names)
        if primary.otherwise is not None:
            self.body(primary.otherwise, space, names)

    def loop(self, primary: tree.For, space: Space, names: Names) -> None:
        self.expression(primary.iterable, names)
        inside = names
        for target in primary.targets:
            if target.name in inside:
                self.report(NameTaken("the name", target.name), target)
            self.variable(target.name, target)
            inside |= {target.name}
        self.body(primary.body, space, inside)

    def stage(self, primary: tree.Stage, _space: Space, names: Names) -> None:
        self.body(primary.body, Space(is_sequence=True), names)

    def merge(self, merge: tree.Merge, space: Space, names: Names) -> None:
        head = tree.Node(merge.start, merge.name_end)
        if merge.name not in MERGES:
            if merge.name in OPS or merge.name in self.visible:
                rule = f"only a merge takes paths in braces ({', '.join(MERGES)})"
                self.report(Misplaced(f"`{merge.name} {{ }}`", rule), head)
            else:
                self.report(UnknownLayer(merge.name, MERGES), head)
        elif len(merge.body.statements) < 2:
            self.report(TooFewPaths(merge.name, len(merge.body.statements)), head)
        inner = Space(is_sequence=False) if space.is_sequence else space
        for statement in merge.body.statements:
            if isinstance(statement, tree.Chain):
                self.chain(statement, inner, names)
            elif isinstance(statement, tree.Gap):
                self.statement(statement, inner, names)
            else:
                self.report(NoPaths(merge.name), statement)

    # Calls

    def call(self, call: tree.Call, space: Space, names: Names, is_first: bool) -> None:
        name = call.name
        template = self.visible.get(name)
        if template is not None:
            self.calls.append((call, name))
            self.arguments(call, self.signature(name), names)
        elif name in OPS:
            if OPS[name].merges:
                self.merge_call(call, space)
            else:
                self.layer(call, OPS[name], names)
        elif call.arguments is None and name in space.named:
            if not is_first:
                rule = "a named value can only start a chain; merges join it with others"
                self.report(Misplaced(f"the value `{name}`", rule), call)
        else:
            head = tree.Node(call.start, call.name_end)
            unknown = UnknownLayer(name, (*self.visible, *OPS, *space.named))
            if name in self.missing:
                location = self.template.location(head)
                self.resolution.implied.append(Finding(unknown, location))
            else:
                self.report(unknown, head)
            for argument in call.arguments or ():
                self.expression(argument.value, names)

    def layer(self, call: tree.Call, op_class: type[Op], names: Names) -> None:
        attributes = op_class.attributes
        if not call.arguments and not attributes:
            return
        bound = self.arguments(call, self.signature(call.name), names)
        for name, (argument, value) in bound.items():
            if value is UNKNOWN:
                continue
            try:
                attributes[name].kind.accept(value)
            except WrongKind as wrong:
                what = f"{op_class.name}'s `{name}`"
                self.report(WrongValue(what, str(wrong), describe(value)), argument.value)

    def signature(self, name: str) -> Signature:
        if name not in self.signatures:
            template = self.visible.get(name)
            if template is not None:
                parameters = {one.name: one.default is None for one in template.parameters}
                self.signatures[name] = Signature(name, parameters, template_signature(template))
            else:
                op_class = OPS[name]
                parameters = {key: one.is_required for key, one in op_class.attributes.items()}
                self.signatures[name] = Signature(name, parameters, op_signature(op_class))
        return self.signatures[name]

    def arguments(
        self, call: tree.Call, signature: Signature, names: Names
    ) -> dict[str, tuple[tree.Argument, Value]]:
        """Each argument under its name, with its value where that is a constant."""
        given = [(one, self.expression(one.value, names)) for one in call.arguments or ()]
        owner, text = signature.owner, signature.text
        bound = match(owner, signature.known, text, call, given, self.report)
        if bound is None:
            return {}
        for name in signature.required:
            if name not in bound:
                self.report(MissingArgument(owner, name, text), call)
        return bound

    def merge_call(self, call: tree.Call, space: Space) -> None:
        """`concat(a, b)`: the arguments name values."""
        named = {} if space.is_sequence else space.named
        given = call.arguments or ()
        if len(given) < 2:
            self.report(TooFewPaths(call.name, len(given)), call)
        for argument in given:
            node = argument.value
            name = node.name if isinstance(node, tree.Name) and argument.name is None else None
            if name != "main" and name not in named:
                text = self.template.location(argument).text
                self.report(UnknownValue(text, ("main", *named)), argument)

    # Expressions

    def expression(self, node: tree.Expression, names: Names, no_input: str | None = None) -> Value:
        """The expression's value if it is a constant, else `UNKNOWN`. Names are checked.

        `no_input` says why the expression cannot read `in`, where it cannot.
        """
        if type(node) is tree.Literal:
            return node.value
        if type(node) is tree.Name:
            return self.name(node, names)
        constant = True
        pending: list[Any] = [node]
        while pending:
            part = pending.pop()
            kind = type(part)
            if kind is tree.Name:
                constant &= self.name(part, names) is not UNKNOWN
            elif kind is tree.InputDimension:
                constant = False
                if no_input is not None:
                    self.report(BadOperation(no_input), node)
                elif part.axis not in AXES:
                    reason = f"`in` has no `{part.axis}`"
                    self.report(BadOperation(reason, "it has height, width and channels"), part)
            elif kind is not tree.Literal:
                if kind is tree.Function and part.name not in FUNCTIONS:
                    self.report(UnknownName(part.name, tuple(FUNCTIONS)), part)
                    constant = False
                pending += _PARTS[kind](part)
        return self.constant(node) if constant else UNKNOWN

    def name(self, node: tree.Name, names: Names) -> Value:
        if node.name in names:
            return UNKNOWN
        if node.name in WORDS:
            return node.name
        known = (*sorted(names), *sorted(WORDS), *FUNCTIONS, *CONSTANTS)
        self.report(UnknownName(node.name, known), node)
        return UNKNOWN

    def constant(self, node: tree.Expression) -> Value:
        try:
            return evaluate(node, {}, None)
        except EvaluationFailed as failure:
            self.report(failure.diagnostic, failure.node)
        except UnknownShape:
            pass
        return UNKNOWN


def _report_recursion(blocks: dict[str, Template], calls: Calls, resolution: Resolution) -> None:
    """Blocks that call themselves: imports have no cycles, so a circle lies within one file."""
    found: list[Finding] = []
    finished: set[str] = set()
    for root in blocks:
        path = {root: iter(calls[root])}
        while path and root not in finished:
            name = next(reversed(path))
            for call, callee in path[name]:
                if callee in path:
                    names = [*path]
                    circle = (*names[names.index(callee) :], callee)
                    found.append(Finding(Recursion(circle), blocks[name].location(call)))
                elif callee in blocks and callee not in finished:
                    path[callee] = iter(calls[callee])
                    break
            else:
                finished.add(name)
                del path[name]
    resolution.findings += found
    if found:  # elaboration would enter the circles elsewhere and report other calls of them
        for name, block in blocks.items():
            for call, callee in calls[name]:
                again = Finding(Recursion((name, callee)), block.location(call))
                resolution.implied.append(again)


_PRIMARIES: dict[type, Callable[[_Resolver, Any, Space, Names], None]] = {
    tree.Group: _Resolver.group,
    tree.If: _Resolver.conditional,
    tree.For: _Resolver.loop,
    tree.Stage: _Resolver.stage,
    tree.Merge: _Resolver.merge,
}

_PARTS: dict[type, Callable[[Any], tuple[tree.Expression, ...]]] = {
    tree.Unary: lambda node: (node.operand,),
    tree.Binary: lambda node: (node.left, node.right),
    tree.Conditional: lambda node: (node.then, node.condition, node.otherwise),
    tree.Index: lambda node: (node.sequence, node.index),
    tree.Items: lambda node: node.items,
    tree.Function: lambda node: node.arguments,
}
