"""A network as PyTorch modules: one class for each block, one for the model."""

from __future__ import annotations

import os
import re

from cnndsl import source
from cnndsl.emission.formulas import Identifiers, annotation
from cnndsl.emission.headings import camel_case, describe, documentation
from cnndsl.emission.planning import Plan
from cnndsl.emission.renderer import Renderer, baked_parameters
from cnndsl.emission.support import Verbatim, definition_in
from cnndsl.emission.writer import Written
from cnndsl.record import Record
from cnndsl_torch.class_writer import ClassWriter, Cursor
from cnndsl_torch.flattening import native_flattens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnndsl.emission.formulas import Amount, Environment
    from cnndsl.emission.outline import NestedItem
    from cnndsl.emission.planning import Group
    from cnndsl.network import Network

FOLDER = os.path.join(os.path.dirname(__file__), "support")
SUPPORT = {
    "FlattenChannelsLast": "flatten_channels_last",
    "PaddedAvgPool2d": "padded_avg_pool",
    "PaddedConv2d": "padded_conv",
    "SameConv2d": "same_conv",
    "Scale": "scale",
    "ScaleBatchNorm1d": "scale_batch_norm_1d",
    "ScaleBatchNorm2d": "scale_batch_norm_2d",
    "ShiftBatchNorm1d": "shift_batch_norm_1d",
    "ShiftBatchNorm2d": "shift_batch_norm_2d",
    "Subsample": "subsample",
    "prepared": "prepared",
}
"""The module that holds each helper definition."""

MODULE_NAMES = {"F", "OrderedDict", "Tensor", "nn", "torch", "math", *SUPPORT}


class WrittenClass(Record):
    """A class that has been written: how to make one."""

    call: Written
    takes_channels: bool


class ModuleRenderer(Renderer):
    """Renders a network as modules. One attempt: `Split` ends it."""

    def __init__(self, network: Network, groups: list[Group]) -> None:
        super().__init__()
        self.network = network
        self.plan = Plan(groups, camel_case, set(MODULE_NAMES))
        self.module_names = MODULE_NAMES | set(self.plan.names.values())
        self.class_names = Identifiers(self.module_names)
        self.written: dict[int, WrittenClass] = {}
        self.needed: set[str] = set()
        self.needs_ordered = False
        self.classes: list[source.Statement] = []
        self.native_flattens = native_flattens(network)
        self.common_init = common_init(network)
        self.has_penalty = any(getattr(layer.op, "l2", 0.0) for layer in network.layers)

    def support(self, name: str) -> str:
        self.needed.add(name)
        return name

    def named_sequence(self, parts: Mapping[str, source.Expression]) -> source.Expression:
        """An `nn.Sequential` whose children have names."""
        self.needs_ordered = True
        if all(part.isidentifier() for part in parts):
            ordered = source.Call("OrderedDict", [], list(parts.items()))
        else:
            pairs = [source.Tuple([source.string(name), part]) for name, part in parts.items()]
            ordered = source.Call("OrderedDict", [source.List(pairs)])
        return source.call("nn.Sequential", ordered)

    def render(self) -> str:
        for group in self.plan.groups:
            self.classes.append(self.definition(group))
        support = [definition_in(FOLDER, SUPPORT[name]) for name in sorted(self.needed)]
        note = "It needs torch alone."
        statements: list[source.Statement] = [
            source.Docstring(documentation(self.network, note)),
            *self.imports(support),
            *support,
            *self.classes,
        ]
        return source.render(statements)

    def imports(self, support: list[Verbatim]) -> list[source.Statement]:
        text = "\n".join(one.text for one in support)
        code = source.render(self.classes)
        standard: list[source.Statement] = []
        if "math." in text:
            standard.append(source.Import("math"))
        if self.needs_ordered:
            standard.append(source.ImportFrom("collections", ["OrderedDict"]))
        if standard:
            standard.append(source.Blank())
        uses_torch = "torch." in text or "torch." in code
        if uses_torch:
            standard.append(source.Import("torch"))
        if "F." in text:
            standard.append(source.Import("torch.nn.functional", "F"))
        return [*standard, source.ImportFrom("torch", ["Tensor", "nn"])]

    def definition(self, group: Group) -> source.Statement:
        is_model = group.template.kind == "model"
        baked = baked_parameters(group) if is_model else frozenset()
        writer = ClassWriter(self, group, self.plan.name(group), baked)
        x = Identifiers(writer.identifiers.taken).fresh("x")
        writer.identifiers.taken.add(x)
        entry: Amount = source.name(writer.in_channels)
        if is_model:
            entry = self.network.input_shape.channels
        cursor = Cursor(x, entry)
        writer.braces(group.outline.items, cursor)
        returned = cursor.value
        outputs = group.outline.outputs
        returns = "Tensor"
        if len(outputs) > 1 or outputs[0] != "main":
            writer.settle(cursor)
            values = [
                cursor.value if name == "main" else writer.values[name] for name in outputs
            ]
            returned = source.Raw(", ".join(map(str, values)))
            if len(values) > 1:
                returns = f"tuple[{', '.join(['Tensor'] * len(values))}]"
        writer.step(source.Return(returned))
        parameters, defaults = self.signature(group, writer)
        known = {
            parameter: python
            for parameter, python in writer.parameters.items()
            if parameter in writer.used
        }
        takes_channels = not is_model and uses(writer.bodies[0], writer.in_channels)
        call = Written(self.plan.name(group), known, defaults, "")
        self.written[id(group)] = WrittenClass(call, takes_channels)
        if takes_channels:
            channels = source.Parameter(writer.in_channels, source.name("int"))
            parameters = [channels, *parameters]
        body = list(writer.bodies[0])
        methods: list[source.Statement] = []
        if is_model:
            body += self.initialization()
            methods = self.penalty()
        return class_definition(
            self.plan.name(group),
            describe(group.template),
            parameters,
            body,
            source.FunctionDef(
                "forward",
                ["self", source.Parameter(x, source.name("Tensor"))],
                returns=source.Raw(returns),
                body=writer.forward[0],
            ),
            methods,
        )

    def nested_class(
        self,
        owner: ClassWriter,
        item: NestedItem,
        channels: Amount | None,
        environment: Environment,
        hint: str,
    ) -> source.Expression:
        """Write a merge within a sequence as a class; gives the call that makes one."""
        name = self.class_names.fresh(
            f"{owner.name}{camel_case(hint)}{camel_case(item.element.primary.name)}"  # type: ignore[union-attr]  # a merge has one
        )
        writer = ClassWriter(self, owner.group, name, frozenset())
        writer.parameters = {}
        symbols = {
            spec: source.name(writer.identifiers.fresh(spec)) for spec in environment.symbols
        }
        writer.environment = environment.extended({}).renamed(symbols)
        x = writer.identifiers.fresh("x")
        cursor = Cursor(x, source.name(writer.in_channels))
        writer.braces(item.items, cursor)
        writer.step(source.Return(cursor.value))
        used = [spec for spec in symbols if spec in writer.used]
        owner.used |= set(used)
        parameters = [
            source.Parameter(str(symbols[spec]), source.Raw(self.kind(owner, spec)))
            for spec in used
        ]
        arguments = [environment.symbols[spec] for spec in used]
        if uses(writer.bodies[0], writer.in_channels):
            parameters.insert(0, source.Parameter(writer.in_channels, source.name("int")))
            arguments.insert(0, source.expression(channels if channels is not None else 0))
        heading = f"A merge in `{hint}` of {owner.group.template.kind} `{owner.group.template.name}`."
        self.classes.append(
            class_definition(
                name,
                heading,
                parameters,
                writer.bodies[0],
                source.FunctionDef(
                    "forward",
                    ["self", source.Parameter(x, source.name("Tensor"))],
                    returns=source.name("Tensor"),
                    body=writer.forward[0],
                ),
                [],
            )
        )
        return source.Call(name, arguments)

    def kind(self, owner: ClassWriter, spec: str) -> str:
        """The annotation of a nested class's parameter: a block's own, or a loop's number."""
        values = [dict(scope.arguments).get(spec) for scope in owner.group.scopes]
        return annotation(values) if spec in owner.parameters else "int"

    def initialization(self) -> list[source.Statement]:
        """The statements that draw the model's kernels, where all are drawn alike."""
        if self.common_init is None:
            return []
        function, keywords = INITIALIZERS[self.common_init]
        module = source.name("module")
        weight, bias = source.Attribute(module, "weight"), source.Attribute(module, "bias")
        draw = source.Call(f"nn.init.{function}", [weight], list(keywords))
        clear = source.call("nn.init.zeros_", bias)
        body = [
            source.ExpressionStatement(draw),
            source.If(
                source.Compare(bias, "is not", None), [source.ExpressionStatement(clear)]
            ),
        ]
        kinds = source.Tuple([source.name("nn.Conv2d"), source.name("nn.Linear")])
        test = source.call("isinstance", module, kinds)
        return [source.For(module, source.call("self.modules"), [source.If(test, body)])]

    def penalty(self) -> list[source.Statement]:
        if not self.has_penalty:
            return []
        return [definition_in(FOLDER, "l2_penalty")]


INITIALIZERS: dict[str, tuple[str, tuple[tuple[str, source.Value], ...]]] = {
    "glorot_uniform": ("xavier_uniform_", ()),
    "glorot_normal": ("xavier_normal_", ()),
    "he_uniform": ("kaiming_uniform_", (("nonlinearity", source.string("relu")),)),
    "he_normal": ("kaiming_normal_", (("nonlinearity", source.string("relu")),)),
    "lecun_uniform": ("kaiming_uniform_", (("nonlinearity", source.string("linear")),)),
    "lecun_normal": ("kaiming_normal_", (("nonlinearity", source.string("linear")),)),
}


def common_init(network: Network) -> str | None:
    """The initialiser of all kernels, if they have one in common and no seeds; else None."""
    drawn = {
        (layer.op.init, layer.op.seed)  # type: ignore[attr-defined]  # tested for below
        for layer in network.layers
        if hasattr(layer.op, "init")
    }
    if len(drawn) != 1:
        return None
    (init, seed), = drawn
    return init if seed is None else None


def uses(body: list[source.Statement], name: str) -> bool:
    """Whether statements read a name."""
    return re.search(rf"(?<![\w.]){name}\b(?!\s*=[^=])", source.render(body)) is not None


def class_definition(
    name: str,
    docstring: str,
    parameters: list[source.Parameter],
    body: list[source.Statement],
    forward: source.Statement,
    methods: list[source.Statement],
) -> source.Statement:
    constructor = source.FunctionDef(
        "__init__",
        ["self", *parameters],
        returns=source.Raw("None"),
        body=[source.ExpressionStatement(source.Raw("super().__init__()")), *body],
    )
    return source.ClassDef(
        name,
        [source.name("nn.Module")],
        docstring=docstring,
        body=[constructor, forward, *methods],
    )
