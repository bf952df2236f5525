"""Models: their input, their outputs and their budgets, around the layers between."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Rejected
from ..ir.network import Network, input_index
from ..ir.pixels import pixels_of
from ..ops.base import need_room
from ..syntax import tree
from . import bound
from .blocks import default_of, enter
from .elaborate import MOST_LAYERS, Elaborator
from .evaluate import PARTS, UNKNOWN, Budget, Exhausted, evaluate, need_shape
from .facts import FACTS, FirstFinding
from .failures import Unknown, accepted, truth
from .reporting import Context, Findings
from .scope_builder import Builder, close, known, unfinished
from .template import Template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ..ir.pixels import Pixels
    from ..syntax.tree import Expression
    from ..values import Shape, Value
    from .reporting import Key
    from .scope_builder import Shapes


class Elaboration:
    """One model with one set of values: the network, or what is found and the part before it.

    Raises nothing: what is found stands in `findings`.
    """

    def __init__(
        self,
        template: Template,
        values: Mapping[str, Value],
        check_claims: bool = True,
        input_shapes: Sequence[Shape] = (),
        distrusted: frozenset[Key] = frozenset(),
        known: Elaborator | None = None,
        budget: Budget | None = None,
        findings: Findings | None = None,
        elaborator_of: Callable[..., Elaborator] = Elaborator,
    ) -> None:
        """`input_shapes` stand in for those that the model states, `findings` collect.

        `known` has the instances of blocks that other elaborations have opened without findings,
        `budget` what they have left of the steps for the file.
        """
        self.template = template
        self.values = values
        self.check_claims = check_claims
        self.stated_shapes = tuple(input_shapes)
        budget = budget or Budget(template.source.size)
        before = budget.steps
        self.elaborator = elaborator_of(budget, check_claims, distrusted, findings=findings)
        if known is not None:
            self.elaborator.go_on_from(known)
        self.network: Network | None = None
        """Complete, whatever its budgets say; None where a part has failed."""
        self.partial: Network | None = None
        """The network up to its first error, where there is one."""
        try:
            arguments = self.arguments()
            if arguments is not None:
                self.model(arguments)
        except Exhausted as exhausted:
            self.findings.exhausted(exhausted, Context(template, {}))
        self.steps = budget.steps - before
        """What this took of the budget."""

    def again(
        self, template: Template | None = None, distrusted: frozenset[Key] = frozenset()
    ) -> Elaboration:
        """The same with another text, or with doubt in some assertions."""
        return Elaboration(
            template or self.template,
            self.values,
            self.check_claims,
            self.stated_shapes,
            distrusted,
        )

    def on(self, shapes: Sequence[Shape], budget: Budget, known: Elaboration | None) -> Elaboration:
        """The same with other inputs, up to the first finding; `known` is another such trial."""
        elaborator = known.elaborator if known is not None else None
        return Elaboration(
            self.template,
            self.values,
            False,
            shapes,
            known=elaborator,
            budget=budget,
            findings=FirstFinding(),
        )

    @property
    def budget(self) -> Budget:
        return self.elaborator.budget

    @property
    def findings(self) -> Findings:
        return self.elaborator.findings

    def arguments(self) -> dict[str, Value] | None:
        """The values of the model's parameters, or None after reporting."""
        arguments: dict[str, Value] = {}
        context = Context(self.template, arguments)
        for parameter in self.template.parameters:
            name = parameter.name
            arguments[name] = UNKNOWN
            if name not in self.values and parameter.default is None:
                missing = diagnostics.MissingParameter(self.template.name, name)
                self.findings.report(missing, parameter, context)
                continue
            try:
                given = name in self.values
                arguments[name] = (
                    self.values[name] if given else default_of(parameter, arguments, self.budget)
                )
            except Unknown as unknown:
                self.findings.explain(unknown, context, (self.template, name))
        return None if any(one is UNKNOWN for one in arguments.values()) else arguments

    def model(self, arguments: dict[str, Value]) -> None:
        template, body = self.template, self.template.body
        context = Context(template, arguments, shapes={})
        shapes = self.input_shapes(body, context)
        pixels = self.pixels(shapes, context)
        builder = Builder("model", shapes, template)
        inner = context.inner(shapes[0])
        enter(builder, inner)
        end = self.elaborator.body(body.steps, body, builder, inner)
        outputs = self.outputs(builder, context)
        layers = builder.cost.layers
        if not layers and not builder.failed:
            self.findings.report(diagnostics.EmptyModel(template.name), template.heading, context)
        if layers > MOST_LAYERS:
            self.findings.report(
                diagnostics.TooManyLayers(layers, MOST_LAYERS), template.heading, context
            )
        items = tuple(arguments.items())
        scope = close(builder, items, outputs) if not self.findings.found else None
        made = scope or unfinished(builder, items)
        if made is None:
            return
        values, training_outputs = tuple(self.values), len(body.training_outputs)
        network = Network(template.name, template, made, items, values, pixels, training_outputs)
        if scope is None:
            self.partial = network
        else:
            self.need_inputs(network, context)
            self.network = network
            self.budgets(network, end)

    def input_shapes(self, body: bound.Body, context: Context) -> Shapes:
        found = [self.input_shape(one, context) for one in body.shapes]
        missing = (None,) * ((len(body.inputs) or 1) - len(found))
        if self.stated_shapes and not missing and None not in found:
            return self.stated_shapes
        return (*found, *missing)

    def need_inputs(self, network: Network, context: Context) -> None:
        """Report each of several inputs on which no output depends."""
        inputs = self.template.body.inputs
        if len(inputs) < 2 or self.template.findings:
            return
        self.budget.spend(PARTS * network.cost.layers, self.template.body)
        inference = network.in_inference
        read = {value for _, value in inference.outputs}
        read.update(*(layer.inputs for layer in inference.needed_layers))
        for place, name in enumerate(inputs):
            if input_index(place) not in read:
                unread = diagnostics.UnreadInput(self.template.name, name)
                self.findings.report(unread, self.input_names[place], context)

    @property
    def input_names(self) -> tuple[tree.Name, ...]:
        """Where the names of the inputs stand."""
        statements = self.template.definition.body.statements
        named = (one for one in statements if isinstance(one, tree.Inputs))
        return tuple(name for one in named for name in one.names)

    def input_shape(self, expression: Expression, context: Context) -> Shape | None:
        try:
            value = evaluate(expression, context.names, None, self.budget)
            shape = need_shape(value, "input", "32x32x1", expression)
            need_room(shape)
        except Rejected as rejection:
            self.findings.report(rejection.diagnostic, expression, context)
            return None
        except Unknown as unknown:
            self.findings.explain(unknown, context)
            return None
        return shape

    def pixels(self, shapes: Shapes, context: Context) -> Pixels | None:
        """What the model states of its images' numbers, where it states anything."""
        stated = named = self.template.body.pixels
        if stated is not None and isinstance(stated.order, Template):
            named, context = stated.order.body.pixels, Context(stated.order, {})
        if stated is None or named is None or None in shapes:
            return None
        order: Any = named.order

        def read(node: Expression) -> Value:
            return evaluate(node, context.names, None, self.budget)

        try:
            values = {
                one.name: accepted(order, one.name, one.value, read(one.value))
                for one in named.arguments
            }
            pixels = pixels_of(order, values)
            pixels.check(known(shapes))
            return pixels
        except Rejected as rejection:
            self.findings.report(rejection.diagnostic, stated, Context(self.template, {}))
        except Unknown as unknown:
            self.findings.explain(unknown, context)
        return None

    def outputs(self, builder: Builder, context: Context) -> tuple[tuple[str, int], ...]:
        body, heading = self.template.body, self.template.heading
        names = (*body.outputs, *body.training_outputs)
        if not body.outputs:
            names = (tree.Name(heading.start, heading.end, "main"), *names)
        outputs: list[tuple[str, int]] = []
        for name in names:
            read = bound.ValueRead(name, name.name)
            try:
                (one,) = self.elaborator.lines.joined((read,), builder, context)
            except Unknown:  # reported
                continue
            outputs.append((name.name, one.value))
        return tuple(outputs)

    def budgets(self, network: Network, context: Context) -> None:
        """Hold what the model expects against the network, with the facts that it speaks of."""
        facts: dict[str, Value] = {}
        for expect in self.template.body.expects if self.check_claims else ():
            condition = expect.condition
            read = tree.names_of(condition)
            used = [name for name in FACTS if name in read]
            try:
                facts |= {one: FACTS[one](network, self) for one in used if one not in facts}
                names = {**context.names, **facts}
                if truth(evaluate(condition, names, context.entering, self.budget), condition):
                    continue
            except Unknown as unknown:
                self.findings.explain(unknown, context)
                continue
            except Exhausted as exhausted:
                exhausted.node = expect
                raise
            own = sorted(read & context.names.keys())
            found = tuple((name, names[name]) for name in (*used, *own))
            text = " ".join(self.template.location(condition).text.split())
            self.findings.report(diagnostics.BudgetBroken(text, found), expect, context)


class Trials:
    """What may still be spent on elaborating edited models, in steps; some 0.3 s by default."""

    def __init__(self, left: int = 20_000) -> None:
        self.left = left

    def spend(self, steps: int) -> bool:
        """Whether there is enough left for so many steps, which are then spent."""
        self.left -= steps
        return self.left >= 0
