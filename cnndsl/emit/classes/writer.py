"""The body of one emitted class: what its constructor makes, and what runs it."""

from __future__ import annotations

from ...ops.base import Number
from ...syntax.tree import Name
from .. import python
from ..channels import Flow, Place
from ..environment import Inexpressible, entering
from ..formulas import literal
from ..identifiers import Identifiers
from ..items import shapes_read, value_sized
from ..kinds import NOTHING, python_type
from ..outline import LayerItem
from ..writer import BaseSite, Writer
from .annotated import Variables
from .annotation import Annotator
from .beginnings import begun
from .forward import Forward
from .lists import Lists
from .measures import channels_before, measured
from .sequences import SequenceWriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...values import Value
    from .. import outline
    from ..amounts import Amount
    from ..environment import Environment
    from ..outline import Item, Items
    from ..planning import Group
    from .annotated import Annotated, Body
    from .renderer import ClassRenderer


class Site(BaseSite):
    """A layer to write as a module, or a merge to write as an expression of its operands."""

    writer: ClassWriter

    def __init__(
        self,
        writer: ClassWriter,
        item: LayerItem | outline.MergeItem,
        one: Annotated,
        operands: Sequence[python.Expression] = (),
    ) -> None:
        super().__init__(writer, item, one.environment)
        self.one = one
        self.operands = operands
        self.facts = writer.renderer.facts
        """What the dialect has to know of the network."""

    @property
    def in_channels(self) -> python.Expression:
        """The channels that enter."""
        return python.expression(self.in_amount)

    @property
    def in_amount(self) -> Amount:
        """The channels that enter, as a number where they are known."""
        return self.writer.entry(self.item, self.one)

    def symbol(self, attribute: str) -> python.Expression:
        """The attribute as written; a number is a float, which compilers of modules insist on."""
        written = super().symbol(attribute)
        is_number = isinstance(self.item.op_class.attributes[attribute].kind, Number)
        if not (is_number and "int" in self.kind(attribute)):
            return written
        if self.is_symbolic(attribute):
            return python.call("float", written)
        return literal(self.constant(attribute))

    def kept(self, name: str, value: python.Expression) -> python.Expression:
        """A value that the method reads, in an attribute."""
        attribute = python.Attribute(python.name("self"), self.writer.attributes.fresh(name))
        self.writer.emit(python.Assign(attribute, value))
        return attribute

    def value_sized(self, attribute: str) -> python.Expression | None:
        """The value whose size an attribute is as written, in the method; None for other ones."""
        name = value_sized(self.item.attributes.get(attribute))
        return None if name is None else self.writer.values.get(name)

    def named_sequence(self, parts: list[tuple[str, python.Expression]]) -> python.Expression:
        """A module that runs named modules one after the other."""
        return self.writer.renderer.named_sequence(parts)

    def is_integer(self, attribute: str) -> bool:
        """Whether a size is written as one integer, for type checkers too."""
        if not self.is_symbolic(attribute):
            return True
        node = self.item.attributes[attribute].node
        return (
            isinstance(node, Name)
            and self.kind(attribute) <= {"int", "size"}
            and self.writer.annotation_of(node.name, self.environment) == "int"
        )


class ClassWriter(Writer):
    """Writes one emitted class: `bodies` are the constructor's. A visit gives a module."""

    renderer: ClassRenderer

    def __init__(
        self,
        renderer: ClassRenderer,
        group: Group,
        name: str,
        baked: frozenset[str],
        takes_inputs: bool = True,
    ) -> None:
        """`takes_inputs` says that the class is that of the group's definition itself."""
        super().__init__(renderer, group, Identifiers((), renderer.module_names), baked)
        self.dialect = renderer.dialect
        self.name = name
        inputs = group.template.body.inputs if takes_inputs else ()
        self.forward = Forward(renderer.module_names, self.names_read, inputs)
        self.values: dict[str, python.Expression] = dict(
            zip(inputs, self.forward.inputs, strict=False)
        )
        """The expressions of named values."""
        outline = group.outline
        self.lists = Lists(self)
        """The lists of values."""
        self.training_values = outline.outputs[len(outline.outputs) - outline.training_outputs :]
        """The named values that are outputs in training alone."""
        self.attributes = Identifiers(self.dialect.attributes | group.template.layer_names)
        self.flags: list[str] = []
        """The attributes that keep conditions."""
        self.loop_values: dict[str, list[Value]] = {}
        """The values of the loops' variables, as far as they are known."""
        self.around: dict[str, python.Expression] = {}
        """What the parameters of a class within a sequence are given."""
        is_taken = "in_channels" in self.identifiers.taken
        self.in_channels = self.identifiers.fresh("input_channels" if is_taken else "in_channels")
        beside = [self.identifiers.fresh(f"{one}_channels") for one in inputs[1:]]
        self.channels = (self.in_channels, *beside)
        """What the constructor calls the channels of each input."""
        self.entering: dict[str, Amount] = dict(
            zip(inputs, map(python.name, self.channels), strict=False)
        )

    def within(self, owner: ClassWriter, environment: Environment, items: Items) -> None:
        """Take over what the names in a sequence stand for: all of them may be parameters.

        So may be the channels of values that items in it read.
        """
        self.loop_values = owner.loop_values
        read = {f"{name}.channels" for name in shapes_read(items)}
        amounts = {one: known for one in read if (known := entering(environment, one)) is not None}
        self.around = {
            **environment.symbols,
            **{one: known for one, known in amounts.items() if not isinstance(known, int)},
        }
        self.parameters = {
            spec: self.parameters.get(spec) or self.identifiers.fresh(spec.replace(".", "_"))
            for spec in self.around
        }
        inside = {spec: python.name(one) for spec, one in self.parameters.items()}

        def dimension(axis: str) -> Amount:
            if axis not in amounts:
                raise Inexpressible
            return inside.get(axis, amounts[axis])

        symbols = {spec: inside[spec] for spec in environment.symbols}
        self.environment = environment.replaced(symbols=symbols, entering=dimension)

    def annotation_of(self, spec: str, environment: Environment) -> str:
        """The type of a parameter of the class, of a loop's variable or of a named number."""
        values = self.loop_values.get(spec)
        if values is None and spec in self.group.template.attributes:
            values = self.renderer.values_of(self.group, spec)
        if values:
            return self.renderer.annotation(values)
        return python_type(environment.kinds.get(spec, NOTHING))

    def method(self, results: Sequence[python.Expression], more: int = 0) -> python.Statement:
        """The method that runs the modules, from its input to these results.

        The last of them, `more`, are for training alone.
        """
        kind = python.name(self.dialect.tensor)
        taken = self.lists.parameters()
        lists = [self.lists.variables[one] for one in self.lists.taken]
        counts = dict.fromkeys((len(results) - more, len(results)))
        kinds = [kind if n == 1 else python.Index("tuple", *[kind] * n) for n in counts]
        return python.FunctionDef(
            self.dialect.method,
            [
                "self",
                *[python.Parameter(str(one), kind) for one in self.forward.inputs],
                *taken,
            ],
            returns=kinds[0] if not kinds[1:] else python.Raw(" | ".join(map(str, kinds))),
            body=self.forward.statements(results, more, lists),
        )

    def annotate(self, items: Items, channels: Amount, is_scoped: bool = True) -> Body:
        """The items of the class, which these channels enter."""
        flow = Flow(self.renderer.plan, self.group, (), self.lists.channels)
        names = self.names_read | self.group.template.measured
        annotator = Annotator(flow, Variables(self.identifiers), names)
        place = Place(channels, self.environment, dict(self.entering))
        return (annotator.scoped if is_scoped else annotator.body)(items, place)

    # Modules

    def layer(self, item: LayerItem, one: Annotated) -> python.Expression:
        return self.lowered(Site(self, item, one))

    def lowered(self, site: Site) -> python.Expression:
        """A layer's module, or a merge's expression."""
        written: python.Expression = self.dialect.lowerings[site.item.op_class].emit(site)
        return written

    def call(self, item: outline.CallItem, one: Annotated) -> python.Expression:
        written = self.callee(item)
        positional, keywords = self.call_arguments(item, written, one.environment)
        told = [python.expression(self.entry(item, one, place)) for place in written.channels]
        return python.Call(written.name, [*told, *positional], keywords)

    def sequence(self, item: outline.SequenceItem, one: Annotated) -> python.Expression:
        return SequenceWriter(self, item, one).write()

    def entry(self, item: Item, one: Annotated, place: int = 0) -> Amount:
        """The channels of an item's input: as symbols say, or as all instances have them."""
        known = (one.before, *one.beside)[place : place + 1]
        if known and known[0] is not None:
            return known[0]
        return measured(self.group, item, lambda instance: channels_before(instance, place))

    # Variables

    def finished(self, live: set[str]) -> list[python.Statement]:
        return begun(super().finished(live))

    def assign(self, variable: str | None, value: Amount | None) -> None:
        """Have channels in a variable, if there is one."""
        if variable is not None and str(value) != variable:
            self.emit(python.Assign(variable, python.expression(value)))

    def assign_each(self, pairs: Sequence[tuple[str | None, Amount | None]]) -> None:
        """Have channels in several variables, all at once where one of them is read of another."""
        moves = [
            (one, python.expression(value))
            for one, value in pairs
            if one is not None and str(value) != one
        ]
        targets = [one for one, _ in moves]
        if any(value.names & {*targets[:place]} for place, (_, value) in enumerate(moves)):
            self.emit(python.Assign(targets, python.Tuple([value for _, value in moves])))
            return
        for one, value in moves:
            self.emit(grown(one, value))


def grown(variable: str, value: python.Expression) -> python.Statement:
    """An assignment, with `+=` where it adds to what the variable holds."""
    if isinstance(value, python.Binary) and value.operator == "+":
        first, *others = value.operands
        if str(first) == variable and len(others) == 1:
            return python.AugmentedAssign(variable, "+", others[0])
    return python.Assign(variable, value)
