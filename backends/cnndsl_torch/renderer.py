"""A network as PyTorch modules: one class for each block, one for the model."""

from __future__ import annotations

import os

from cnndsl.emit import python
from cnndsl.emit.formulas import Identifiers, annotation
from cnndsl.emit.headings import camel_case, describe, documentation, place_of, variant_of
from cnndsl.emit.planning import Plan
from cnndsl.emit.renderer import Renderer, Task, baked_parameters
from cnndsl.emit.support import Helpers, imports_in, method_in
from cnndsl.emit.writer import Written
from cnndsl.record import Record
from cnndsl.semantics.template import SEQUENCE
from cnndsl_torch.class_writer import ClassWriter
from cnndsl_torch.flattening import native_flattens
from cnndsl_torch.forward import Cursor
from cnndsl_torch.initialization import common_initializers, initialization
from cnndsl_torch.statements import reads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cnndsl.emit.formulas import Amount
    from cnndsl.emit.outline import NestedItem
    from cnndsl.emit.planning import Group
    from cnndsl.ir.network import Network

FOLDER = os.path.join(os.path.dirname(__file__), "support")
HELPERS = Helpers(FOLDER)
METHODS = os.path.join(FOLDER, "methods")
"""The folder of what a model's class carries."""

STANDARD_IMPORTS: dict[str, python.Statement] = {
    "import math": python.Import("math"),
    "from collections import OrderedDict": python.ImportFrom("collections", ["OrderedDict"]),
    "from typing import Any": python.ImportFrom("typing", ["Any"]),
}
TORCH_IMPORTS: dict[str, python.Statement] = {
    "import torch": python.Import("torch"),
    "import torch.nn.functional as F": python.Import("torch.nn.functional", "F"),
    "from torch import Tensor, nn": python.ImportFrom("torch", ["Tensor", "nn"]),
}
IMPORTED = {
    "OrderedDict": "from collections import OrderedDict",
    "torch": "import torch",
    "nn": "from torch import Tensor, nn",
}
"""The import that brings each name that classes use."""

MODULE_NAMES = {"Any", "F", "OrderedDict", "Tensor", "isinstance", "math", "nn", "torch", *HELPERS}
"""The names that an emitted file may have besides those of the spec."""


class WrittenClass(Record):
    """A class that has been written: how to make one."""

    call: Written
    takes_channels: bool


def class_name(network: Network) -> str:
    """The name of the model's class in emitted code."""
    return Identifiers(MODULE_NAMES).fresh(camel_case(network.name))


class ModuleRenderer(Renderer):
    """Renders a network as modules. One attempt: `Split` ends it."""

    def __init__(self, task: Task, groups: list[Group]) -> None:
        super().__init__(task, groups)
        self.plan = Plan(groups, camel_case, set(MODULE_NAMES))
        self.module_names = MODULE_NAMES | set(self.plan.names.values())
        self.class_names = Identifiers(self.module_names)
        self.nested_names: dict[object, str] = {}
        """The names of nested classes, by their place and text."""
        self.written: dict[int, WrittenClass] = {}
        self.support_needed: set[str] = set()
        self.imports_needed = {IMPORTED["nn"]}
        self.classes: list[python.Statement] = []
        layers = [layer for network in self.networks for layer in network.layers]
        self.native_flattens = native_flattens(self.networks)
        self.initializers = common_initializers(layers)
        self.has_bias = any(getattr(layer.op, "bias", False) for layer in layers)
        self.has_penalty = any(getattr(layer.op, "l2", 0.0) for layer in layers)

    def support(self, name: str) -> str:
        """Have a helper definition in the file. Gives its name."""
        self.support_needed.add(name)
        return name

    def needs(self, name: str) -> str:
        """Have an import in the file. Gives the name that it brings."""
        self.imports_needed.add(IMPORTED[name])
        return name

    def named_sequence(self, parts: Iterable[tuple[str, python.Expression]]) -> python.Expression:
        """An `nn.Sequential` whose children have names."""
        ordered = self.needs("OrderedDict")
        pairs: list[tuple[str, python.Value]] = list(parts)
        if all(name.isidentifier() for name, _ in pairs):
            return python.call("nn.Sequential", python.Call(ordered, [], pairs))
        items = [python.Tuple([python.string(name), module]) for name, module in pairs]
        return python.call("nn.Sequential", python.Call(ordered, [python.List(items)]))

    # The file

    def render(self) -> str:
        for group in self.plan.groups:
            self.classes.append(self.definition(group))
        helpers = sorted(self.support_needed)
        for name in helpers:
            self.imports_needed |= set(HELPERS.imports(name))
        if self.has_penalty:
            self.imports_needed |= set(imports_in(METHODS, "l2_penalty"))
        if "from torch import nn" in self.imports_needed:
            self.imports_needed.remove("from torch import nn")
        return python.render(
            [
                python.Docstring(documentation(self.network, "It needs torch alone.")),
                *self.imports(),
                *(HELPERS[name] for name in helpers),
                *self.classes,
            ]
        )

    def imports(self) -> list[python.Statement]:
        known = STANDARD_IMPORTS | TORCH_IMPORTS
        unknown = self.imports_needed - known.keys()
        if unknown:
            raise ValueError(f"support modules import what emitted files cannot: {unknown}")
        standard, framework = (
            [statement for line, statement in section.items() if line in self.imports_needed]
            for section in (STANDARD_IMPORTS, TORCH_IMPORTS)
        )
        return [*standard, python.Blank(), *framework] if standard else framework

    # Classes

    def definition(self, group: Group) -> python.Statement:
        """The class of a group, after those of the merges in its sequences."""
        is_model = group.template.kind == "model"
        name = self.plan.name(group)
        baked = baked_parameters(group) if is_model else frozenset()
        writer = ClassWriter(self, group, name, baked)
        entry: Amount = python.name(writer.in_channels)
        if is_model:
            entry = self.network.input_shape.channels
            for statement in self.refusals(writer):
                writer.emit(statement)
        cursor = Cursor(writer.forward.input, entry)
        writer.braces(group.outline.items, cursor)
        outputs = group.outline.outputs
        if len(outputs) > 1:
            writer.forward.settle(cursor)
        results = [cursor.value if one == "main" else writer.values[one] for one in outputs]
        body = writer.constructor()
        known = {spec: one for spec, one in writer.parameters.items() if reads(body, one)}
        writer.used = set(known)
        parameters, defaults = self.signature(group, writer)
        takes_channels = not is_model and reads(body, writer.in_channels)
        self.written[id(group)] = WrittenClass(Written(name, known, defaults, ""), takes_channels)
        if takes_channels:
            parameters.insert(0, python.Parameter(writer.in_channels, python.name("int")))
        methods = []
        if is_model:
            module = python.name(writer.identifiers.fresh("module"))
            body = body + initialization(self.initializers or {}, self.has_bias, module)
            methods = [method_in(METHODS, "l2_penalty")] if self.has_penalty else []
        docstring = describe(group.template, variant_of(group, self.plan.groups))
        return module_class(name, docstring, parameters, body, writer, results, methods)

    def nested_class(
        self, owner: ClassWriter, item: NestedItem, channels: Amount | None, sequence: str
    ) -> python.Expression:
        """Write a merge within a sequence as a class; gives the call that makes one."""
        environment = owner.environment
        writer = ClassWriter(self, owner.group, owner.name, frozenset())
        writer.loop_values = owner.loop_values
        writer.parameters = {
            spec: writer.parameters.get(spec) or writer.identifiers.fresh(spec)
            for spec in environment.symbols
        }
        symbols = {spec: python.name(one) for spec, one in writer.parameters.items()}
        writer.environment = environment.renamed(symbols)
        cursor = Cursor(writer.forward.input, python.name(writer.in_channels))
        writer.items(item.items, cursor)
        body = writer.constructor()
        used = [spec for spec, one in writer.parameters.items() if reads(body, one)]
        parameters = [
            python.Parameter(writer.parameters[spec], python.Raw(self.kind(owner, spec)))
            for spec in used
        ]
        arguments = [environment.symbols[spec] for spec in used]
        if reads(body, writer.in_channels):
            parameters.insert(0, python.Parameter(writer.in_channels, python.name("int")))
            arguments.insert(0, python.expression(owner.entry_of(item, channels)))
        merge = item.element.syntax.primary
        template = owner.group.template
        has_name = sequence.rstrip("0123456789") != SEQUENCE
        where = f" in `{sequence}`" if has_name else ""
        docstring = (
            f"The `{merge.name}`{where} of {template.kind} `{template.name}` "
            f"({place_of(template, item.element.start)})."
        )

        def define(name: str) -> python.Statement:
            return module_class(name, docstring, parameters, body, writer, [cursor.value])

        inside = item.name or (f"{sequence}_{merge.name}" if has_name else merge.name)
        key = (owner.name, item.element, python.render([define("Merge")]))
        if key not in self.nested_names:
            name = self.class_names.fresh(f"{owner.name}{camel_case(inside)}")
            self.nested_names[key] = name
            self.classes.append(define(name))
        return python.Call(self.nested_names[key], arguments)

    def kind(self, owner: ClassWriter, spec: str) -> str:
        """The annotation of a nested class's parameter: the owner's, or a loop's variable."""
        values = [dict(scope.arguments).get(spec) for scope in owner.group.scopes]
        if spec in owner.parameters and spec not in owner.loop_values:
            return annotation(values)
        return annotation(owner.loop_values.get(spec, [0]))


def module_class(
    name: str,
    docstring: str,
    parameters: list[python.Parameter],
    body: list[python.Statement],
    writer: ClassWriter,
    results: Sequence[python.Expression],
    methods: Iterable[python.Statement] = (),
) -> python.Statement:
    """A class with its constructor and `forward`."""
    constructor = python.FunctionDef(
        "__init__",
        ["self", *parameters],
        returns=python.Raw("None"),
        body=[python.ExpressionStatement(python.Raw("super().__init__()")), *body],
    )
    statements = writer.forward.statements(results)
    if reads(statements, "torch"):
        writer.renderer.needs("torch")
    tensor = python.name("Tensor")
    several = python.Index(python.name("tuple"), *([tensor] * len(results)))
    forward = python.FunctionDef(
        "forward",
        ["self", python.Parameter(writer.forward.input, tensor)],
        returns=tensor if len(results) == 1 else several,
        body=statements,
    )
    return python.ClassDef(
        name,
        [python.name("nn.Module")],
        docstring=docstring,
        body=[constructor, forward, *methods],
    )
