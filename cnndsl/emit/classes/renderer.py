"""A network as classes: one for each block, one for the model."""

from __future__ import annotations

from ...semantics.template import SEQUENCE
from .. import python
from ..headings import camel_case, describe, documentation, place_of
from ..identifiers import Identifiers
from ..items import names_read
from ..outline import NestedItem, TurnItem
from ..renderer import Library, Renderer, Task, baked_parameters
from ..statements import reads
from ..support import carried, functions_of_the_language
from ..validation.ladder import validated
from .frame import FrameWriter
from .writer import ClassWriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ...ir.network import Network
    from ..amounts import Amount
    from ..planning import Group
    from ..support import Verbatim
    from .annotated import Annotated


class ClassDialect(Library):
    """How one framework says things."""

    base: str
    """The class of a model and of its parts."""
    module: str
    """The annotation of a module."""
    sequential: str
    """What makes a module of modules, which it runs one after the other."""
    mapping: str
    """What it takes modules with names in."""
    module_list: str
    """What keeps modules that the class around them runs."""
    module_dict: str
    """The same of modules with names."""
    attributes: frozenset[str]
    """The attributes that classes have without being given them."""
    identity: str
    """The module that passes its input on."""
    constants: str
    """The attribute of classes that names those of an instance which do not change."""
    method: str
    """The method that runs a module."""
    imports: tuple[Mapping[str, python.Statement], ...]
    """The imports that files can have, in groups, by their text."""
    brought: Mapping[str, str]
    """By a name that classes use, the text of the import that brings it."""
    facts: Callable[[Sequence[Network]], Any]
    """What emitters have to know of networks as a whole."""
    finish: Callable[[Any, python.Expression], Sequence[python.Statement]]
    """From those facts and a free variable, what the model's constructor ends with."""
    methods: Callable[[Any], Sequence[Verbatim]]
    """From those facts, the methods that the model has too."""


def class_name(network: Network, dialect: ClassDialect) -> str:
    """The name of the model's class in emitted code."""
    return Identifiers(dialect.module_names).fresh(camel_case(network.name))


def code(network: Network, dialect: ClassDialect) -> str:
    """The network's code in a dialect."""

    def make(task: Task, groups: list[Group]) -> Renderer:
        return ClassRenderer(task, groups, dialect, dialect.facts(task.networks))

    return validated(network, make, dialect.stand_ins, dialect.lowerings.backend)


class ClassRenderer(Renderer):
    """Renders a network as classes. One attempt: `Split` ends it."""

    dialect: ClassDialect

    def __init__(self, task: Task, groups: list[Group], dialect: ClassDialect, facts: Any) -> None:
        super().__init__(task, groups, camel_case, dialect.module_names)
        self.dialect = dialect
        self.facts = facts
        self.methods = dialect.methods(facts)
        self.class_names = Identifiers(self.module_names)
        self.nested_names: dict[object, str] = {}
        """The names of nested classes, by their place and text."""

    def plain_sequence(self, modules: Sequence[python.Value]) -> python.Expression:
        """A module that runs modules one after the other."""
        return python.Call(self.dialect.sequential, modules)

    def named_sequence(
        self,
        parts: python.Expression | Sequence[tuple[str, python.Expression]],
        container: str = "",
    ) -> python.Expression:
        """The same of modules with names: pairs, or a variable that holds a dictionary.

        Another `container` does not run them.
        """
        keywords: list[tuple[str, python.Value]] = []
        arguments: list[python.Value] = []
        if isinstance(parts, python.Expression):
            arguments.append(parts)
        elif all(name.isidentifier() for name, _ in parts):
            keywords = list(parts)
        else:
            items = [python.Tuple([python.string(name), module]) for name, module in parts]
            arguments.append(python.List(items))
        mapping = python.Call(self.dialect.mapping, arguments, keywords)
        return python.Call(container or self.dialect.sequential, [mapping])

    # The file

    def file(self) -> str:
        dialect, classes = self.dialect, self.definitions
        used = reads(classes)
        helpers = [*carried(dialect.support, sorted(self.support_needed)).values()]
        helpers += functions_of_the_language(used)
        texts = {dialect.brought.get(name, "") for name in used} - {""}
        texts.update(*(one.needs for one in (*helpers, *self.methods)))
        heading = python.Docstring(documentation(self.network, dialect.note))
        return python.render([heading, *self.imports(texts), *helpers, *classes])

    def imports(self, texts: set[str]) -> list[python.Statement]:
        """The imports with these texts, in their groups, with a blank line between groups."""
        statements: list[python.Statement] = []
        for known in self.dialect.imports:
            found = list(dict.fromkeys(known[text] for text in known if text in texts))
            texts = texts - known.keys()
            statements += [python.Blank(), *found] if statements and found else found
        if texts:
            raise ValueError(f"support modules import what emitted files cannot: {texts}")
        return statements

    # Classes

    def definition(self, group: Group) -> python.Definition:
        """The class of a group, after those of the merges in its sequences."""
        is_model = group.is_model
        baked = baked_parameters(group) if is_model else frozenset()
        writer = ClassWriter(self, group, self.plan.names[group], baked)
        entry: Amount = python.name(writer.in_channels)
        if is_model:
            entry, *_ = channels = [one.channels for one in self.network.input_shapes]
            writer.entering = dict(zip(group.template.body.inputs, channels, strict=False))
            self.refuse(writer)
        cursor = writer.forward.start()
        annotated = writer.annotate(group.outline.items, entry)
        if group.outline.is_sequence:
            return self.sequence_class(group, writer, annotated.items[0])
        FrameWriter(writer).body(annotated, cursor)
        outputs, more = group.outline.outputs, group.outline.training_outputs
        if len(outputs) > 1:
            writer.forward.settle(cursor)
        results = [cursor.value if one == "main" else writer.values[one] for one in outputs]
        parameters, body = self.finished(group, writer)
        methods: list[python.Statement] = []
        if is_model:
            free = python.name(writer.identifiers.fresh("module"))
            body += self.dialect.finish(self.facts, free)
            methods += self.methods
        docstring = describe(group.template, self.variant_of(group))
        members = [constructor(parameters, [START, *body]), writer.method(results, more)]
        members = [*self.constants(writer), *members, *methods]
        return self.definition_of(writer.name, docstring, members)

    def sequence_class(
        self, group: Group, writer: ClassWriter, one: Annotated
    ) -> python.Definition:
        """The class of a block that is a stage: the framework's own sequence, of its layers."""
        made = writer.visit(one.item, one)
        start = python.Call(python.Raw("super().__init__"), made.arguments)
        writer.emit(python.ExpressionStatement(start))
        parameters, body = self.finished(group, writer)
        docstring = describe(group.template, self.variant_of(group))
        base = python.name(self.dialect.sequential)
        return python.ClassDef(writer.name, [base], docstring, [constructor(parameters, body)])

    def finished(
        self, group: Group, writer: ClassWriter
    ) -> tuple[list[python.Parameter], list[python.Statement]]:
        """The parameters and the body of a group's constructor."""
        live: set[str] = set()
        body = writer.finished(live)
        told = [place for place, one in enumerate(writer.channels) if one in live]
        if group.is_model:
            told = []
        parameters = self.declared(group, writer, channels=(*told,))
        channels = [python.Parameter(writer.channels[one], python.name("int")) for one in told]
        return [*channels, *parameters], body

    def constants(self, writer: ClassWriter) -> list[python.Statement]:
        """What tells compilers that the attributes which keep conditions do not change."""
        flags = python.Tuple([python.string(flag) for flag in writer.flags])
        return [python.Assign(self.dialect.constants, flags)] if writer.flags else []

    def definition_of(
        self, name: str, docstring: str, members: Sequence[python.Statement]
    ) -> python.Definition:
        return python.ClassDef(name, [python.name(self.dialect.base)], docstring, members)

    def nested_class(
        self, owner: ClassWriter, item: NestedItem | TurnItem, one: Annotated, sequence: str
    ) -> python.Expression:
        """Write a merge or a turn within a sequence as a class; gives the call that makes one."""
        writer = ClassWriter(self, owner.group, owner.name, frozenset(), takes_inputs=False)
        writer.within(owner, one.environment, item.items)
        is_turn = isinstance(item, TurnItem)
        writer.names_read = names_read(item.items)
        writer.lists.take(item.lists if isinstance(item, TurnItem) else ())
        cursor = writer.forward.start()
        entry = python.name(writer.in_channels)
        FrameWriter(writer).body(writer.annotate(item.items, entry, is_scoped=is_turn), cursor)
        grown = getattr(item.element, "grows", ())
        live = {str(writer.lists.channels[one]) for one in grown if one in writer.lists.channels}
        body = writer.finished(live)
        used = [spec for spec in writer.parameters if spec in writer.used]
        parameters = [
            python.Parameter(
                writer.parameters[spec], python.Raw(owner.annotation_of(spec, one.environment))
            )
            for spec in used
        ]
        arguments = [writer.around[spec] for spec in used]
        for name in reversed(writer.lists.taken):
            channels = writer.lists.channels.get(name)
            if channels is not None and str(channels) in live:
                parameters.insert(0, python.Parameter(str(channels), python.Raw("list[int]")))
                arguments.insert(0, owner.lists.channels[name])
        if writer.in_channels in live:
            parameters.insert(0, python.Parameter(writer.in_channels, python.name("int")))
            arguments.insert(0, python.expression(owner.entry(item, one)))
        kind = "loop" if is_turn else item.element.syntax.primary.name
        template = owner.group.template
        has_name = sequence.rstrip("0123456789") != SEQUENCE
        where = f" in `{sequence}`" if has_name else ""
        what = f"The `{kind}`{where}"
        if is_turn:
            what = f"A turn of the loop `{sequence}`" if has_name else "A turn of the loop"
        docstring = (
            f"{what} of {template.kind} `{template.name}` "
            f"({place_of(template, item.element.start)})."
        )
        members = [constructor(parameters, [START, *body]), writer.method([cursor.value])]
        members = [*self.constants(writer), *members]
        inside = item.name or (f"{sequence}_{kind}" if has_name else kind)
        inside = sequence if is_turn and has_name else inside
        text = python.render([self.definition_of("Merge", docstring, members)])
        key = (template, item.element, text)
        if key not in self.nested_names:
            name = self.class_names.fresh(f"{camel_case(template.name)}{camel_case(inside)}")
            self.nested_names[key] = name
            self.definitions.append(self.definition_of(name, docstring, members))
        return python.Call(self.nested_names[key], arguments)


START = python.ExpressionStatement(python.Raw("super().__init__()"))


def constructor(
    parameters: Sequence[python.Parameter], body: Sequence[python.Statement]
) -> python.Statement:
    returns = python.Raw("None")
    return python.FunctionDef("__init__", ["self", *parameters], returns=returns, body=body)
