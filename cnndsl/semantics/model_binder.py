"""What definitions have besides layers, as bound trees have it: input, pixels, outputs, budgets."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Rejected
from ..ir.pixels import ORDERS, pixels_of
from ..syntax import tree
from . import bound
from .evaluate import FUNCTIONS
from .facts import FACTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..ir.pixels import ChannelOrder
    from .bound import Arguments
    from .expressions import ExpressionBinder, Names
    from .naming import Namespace
    from .template import Template

OF_MODELS = (tree.Input, tree.Inputs, tree.Pixels, tree.Defaults, tree.Output, tree.Expect)
OF_BLOCKS = (tree.Input, tree.Inputs, tree.Output)
OF_TRAINING = "what is for training alone is an output of the model"
NAMED = "`input left: 32x32x3, right: 32x32x3`"
SHAPES = f"a model states the shape of each: {NAMED}"
ONE_INPUT = f"a model has one, or a name for each: {NAMED}"
PIXELS_READ_INPUT = "`pixels` cannot read `in`: write its numbers"
INPUT_READS_INPUT = "`input` cannot read `in`: it defines it"


class ModelBinder:
    """Binds those statements of a model or block, or that of a definition of pixels."""

    def __init__(
        self,
        template: Template,
        expressions: ExpressionBinder,
        statements: Sequence[Any],
        names: Names,
    ) -> None:
        self.template = template
        self.expressions = expressions
        self.report = expressions.report
        self.statements = statements
        self.names = names

    def of_kind(self, kind: type) -> list[Any]:
        return [one for one in self.statements if type(one) is kind]

    def shapes(self) -> tuple[tree.Expression, ...]:
        """Those of a model's inputs."""
        plain, named = self.of_kind(tree.Input), self.of_kind(tree.Inputs)
        statements = self.template.definition.body.statements
        if not plain and not named and tree.Gap not in map(type, statements):
            self.report(diagnostics.MissingInput(self.template.name), self.template.heading)
        for extra in plain if named else plain[1:]:
            self.report(diagnostics.Misplaced("a second `input`", ONE_INPUT), extra)
        for one in named:
            if not one.shapes:
                self.report(diagnostics.Misplaced("names of inputs", SHAPES), one)
        shapes = [shape for one in named for shape in one.shapes]
        bound = [self.shape(one) for one in (*shapes, *(one.shape for one in plain))]
        return tuple(bound[: len(shapes) or 1])

    def shape(self, node: tree.Expression) -> tree.Expression:
        if isinstance(node, tree.Function) and node.name not in FUNCTIONS:
            return self.named_without_colon(node)
        return self.expressions.bind(node, self.names, None, INPUT_READS_INPUT)

    def named_without_colon(self, node: tree.Function) -> tree.Expression:
        """Report `input left (28, 28, 1)`, which reads as a function's call."""
        from ..diagnostics.habits import MissingColon  # deferred: for this mistake alone

        shape = self.template.location(node).text.removeprefix(node.name).strip()
        self.report(MissingColon(shape), node)
        return tree.Invalid(node.start, node.end)

    def pixels(self) -> bound.Pixels | None:
        """The statement of that name, which can name a definition of the same."""
        found = self.of_kind(tree.Pixels)
        for extra in found[1:]:
            self.report(diagnostics.Misplaced("a second `pixels`", "a model has one"), extra)
        call = found[0].call if found else None
        if call is None:
            return None
        defined, order = self.template.pixels.get(call.name), ORDERS.get(call.name)
        if order is not None:
            given = self.expressions.arguments(call, order, self.names, PIXELS_READ_INPUT)
            is_sound = given is not None and self.are_pixels(call, order, given)
            return bound.Pixels(found[0], order, given or ()) if is_sound else None
        if defined is None or self.template.kind == "pixels":
            known = (*ORDERS, *self.template.pixels)
            self.report(
                diagnostics.UnknownPixels(call.name, known), tree.Node(call.start, call.name_end)
            )
            return None
        if call.arguments is not None:
            rule = "a definition has its numbers already; write its name alone"
            self.report(diagnostics.Misplaced(f"`{call.name}( )`", rule), call)
        return bound.Pixels(found[0], defined, ())

    def are_pixels(self, call: tree.Call, order: ChannelOrder, given: Arguments) -> bool:
        """Whether pixels can be what is given, as far as that is known already; reports else."""
        values = self.expressions.constants(order, given)
        if values is not None and len(values) == len(given):
            try:
                pixels_of(order, values)
            except Rejected as rejection:
                self.report(rejection.diagnostic, call)
                return False
        return values is not None

    def outputs(
        self, namespace: Namespace, numbers: Names
    ) -> tuple[tuple[tree.Name, ...], tuple[tree.Name, ...]]:
        """The names in `output`, which sees every value, and those for training."""
        seen: dict[str, tree.Name] = {}
        found: dict[bool, tuple[tree.Name, ...]] = {}
        for output in sorted(self.of_kind(tree.Output), key=lambda one: one.is_for_training):
            if output.is_for_training and self.template.kind == "block":
                self.report(diagnostics.Misplaced("`for training`", OF_TRAINING), output)
            if output.is_for_training:
                seen = seen or {"main": output.names[0]}
            if output.is_for_training in found:
                self.report(
                    diagnostics.Misplaced("a second `output`", "list all names in one"), output
                )
                seen = {}
            listed = []
            for name in output.names:
                if name.name in seen:
                    self.report(diagnostics.ArgumentTwice("output", name.name), name)
                elif name.name in namespace.values or name.name == "main":
                    seen[name.name] = name
                    listed.append(name)
                else:
                    known = ("main",), namespace.values
                    own = self.names | numbers
                    self.expressions.unknown_value(name.name, name, *known, numbers=own)
            found.setdefault(output.is_for_training, tuple(listed))
        return found.get(False, ()), found.get(True, ())

    def expects(self, numbers: Names) -> tuple[bound.Expect, ...]:
        """The budgets, which see the model's named numbers wherever they stand."""
        own = self.names | numbers
        doubtful = own & FACTS.keys()
        found = []
        for one in self.of_kind(tree.Expect):
            for name in sorted(doubtful and tree.names_of(one.condition) & doubtful):
                self.report(diagnostics.AmbiguousFact(name, self.template.name), one.condition)
            found.append(bound.Expect(one, self.expressions.bind(one.condition, own.union(FACTS))))
        return tuple(found)
