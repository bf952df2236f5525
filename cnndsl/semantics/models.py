"""Models: their input, their outputs and their budgets, around the layers between."""

from __future__ import annotations

from ..diagnostics.base import Rejected
from ..diagnostics.budgets import BudgetBroken
from ..diagnostics.names import UnknownValue
from ..diagnostics.types import (
    BadOperation,
    EmptyModel,
    Misplaced,
    MissingInput,
    TooManyLayers,
    WrongValue,
)
from ..ir.network import FACTS, Network
from ..ops.base import need_room
from ..syntax import tree
from ..values import describe
from .elaborate import Elaborator
from .evaluate import EvaluationFailed, UnknownShape, evaluate, shape_of, truth
from .reporting import MOST_LAYERS, Context, Exhausted, Failed
from .scope_builder import Builder, close, unfinished

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..diagnostics.base import Note
    from ..values import Shape, Value
    from .template import Template


class Trials:
    """What may still be spent on trying what would mend a file, in steps of elaboration."""

    def __init__(self, left: int = 20_000) -> None:
        """Some 0.3 s by default."""
        self.left = left

    def spend(self, steps: int) -> bool:
        """Whether there is enough left for so many steps, which are then spent."""
        self.left -= steps
        return self.left >= 0


class ModelElaborator(Elaborator):
    """Elaborates one model. With `trials` it also tries what would mend it, if it fails."""

    def __init__(
        self,
        check_claims: bool = True,
        distrusted: frozenset[object] = frozenset(),
        trials: Trials | None = None,
    ) -> None:
        super().__init__(check_claims, distrusted)
        self.trials = trials
        self.partial: Network | None = None
        """The network up to its first error, where there is one."""

    def adopt(self, other: ModelElaborator) -> None:
        """Take over the findings of another elaboration of the same model."""
        self.findings, self.order, self.suggestions = other.findings, other.order, other.suggestions
        self.distrusted, self.partial = other.distrusted, other.partial

    def model(
        self,
        template: Template,
        arguments: dict[str, Value],
        overrides: tuple[str, ...],
        input_shape: Shape | None = None,
    ) -> Network | None:
        """The model's network, or None after reporting why there is none.

        `input_shape` stands in for the one that the model states.
        """
        context = Context(template, arguments)
        definition = template.definition
        inputs = [s for s in definition.body.statements if isinstance(s, tree.Input)]
        name_end = definition.name_start + len(definition.name)
        heading = tree.Node(definition.name_start, name_end)
        gaps = any(isinstance(s, tree.Gap) for s in definition.body.statements)
        if not inputs and not gaps:
            self.report(MissingInput(template.name), heading, context)
        for extra in inputs[1:]:
            self.report(Misplaced("a second `input`", "a model has one"), extra, context)
        shape = self.input_shape(inputs[0], context) if inputs else None
        if input_shape is not None and shape is not None:
            shape = input_shape
        builder = Builder("model", shape, template)
        try:
            self.statements(definition.body, builder, context.inner(shape))
        except Exhausted:
            return None
        outputs = self.outputs(definition.body, builder, context)
        if not builder.cost.layers and not builder.failed:
            self.report(EmptyModel(template.name), heading, context)
        if builder.cost.layers > MOST_LAYERS:
            self.report(TooManyLayers(builder.cost.layers, MOST_LAYERS), heading, context)
        scope = close(builder, tuple(arguments.items()), outputs)
        if scope is None or self.findings:
            part = unfinished(builder, tuple(arguments.items()))
            if part is not None:
                values = tuple(arguments.items())
                self.partial = Network(template.name, template, part, values, overrides)
            if self.trials is not None and self.suggestions:
                from ..explain.trail.trials import mend

                mend(self, template, arguments, input_shape, self.trials)
            return None
        network = Network(template.name, template, scope, tuple(arguments.items()), overrides)
        if self.check_claims:
            self.budgets(network, context)
        return None if self.findings else network

    def input_shape(self, statement: tree.Input, context: Context) -> Shape | None:
        try:
            value = evaluate(statement.shape, context.names, None)
        except EvaluationFailed as failure:
            self.report(failure.diagnostic, failure.node, context)
            return None
        except UnknownShape:
            reason = "`input` cannot read `in`: it defines it"
            self.report(BadOperation(reason), statement.shape, context)
            return None
        shape = shape_of(value)
        if shape is None:
            wanted = "a shape such as 32x32x1, or the length of a vector"
            self.report(WrongValue("input", wanted, describe(value)), statement.shape, context)
            return None
        try:
            need_room(shape)
        except Rejected as rejection:
            self.report(rejection.diagnostic, statement.shape, context)
            return None
        return shape

    def outputs(
        self, body: tree.Body, builder: Builder, context: Context
    ) -> tuple[tuple[str, int], ...]:
        statements = [s for s in body.statements if isinstance(s, tree.Output)]
        for extra in statements[1:]:
            self.report(Misplaced("a second `output`", "list all names in one"), extra, context)
        if not statements:
            return (("main", builder.current),)
        outputs = []
        for name in statements[0].names:
            if name.name == "main":
                outputs.append(("main", builder.current))
            elif name.name in builder.named:
                outputs.append((name.name, builder.named[name.name]))
            else:
                known = ("main", *builder.named)
                self.report(UnknownValue(name.name, known), name, context)
        return tuple(outputs)

    def budgets(self, network: Network, context: Context) -> None:
        scope = network.scope
        facts = {name: read(scope) for name, read in FACTS.items()}
        within = Context(context.template, {**context.names, **facts}, scope.input_shape)
        for statement in context.template.definition.body.statements:
            if isinstance(statement, tree.Expect):
                try:
                    condition = self.value(statement.condition, within)
                    holds = truth(condition, statement.condition)
                except Failed:
                    continue
                except EvaluationFailed as failure:
                    self.report(failure.diagnostic, failure.node, context)
                    continue
                if not holds:
                    text = context.template.location(statement.condition).text
                    used = _names_in(statement.condition)
                    found = tuple((name, facts[name]) for name in facts if name in used)
                    broken = BudgetBroken(" ".join(text.split()), found)
                    self.report(broken, statement, context, _largest(network, used))


def _largest(network: Network, used: set[str]) -> tuple[Note, ...]:
    """Where most of what a budget counts comes from."""
    from ..explain.trail.costs import largest

    found = largest(network, used)
    return () if found is None else (found,)


def _names_in(node: tree.Expression) -> set[str]:
    if isinstance(node, tree.Name):
        return {node.name}
    names: set[str] = set()
    for field in node.__fields__:
        part = getattr(node, field)
        for one in part if isinstance(part, tuple) else (part,):
            if isinstance(one, tree.Node):
                names |= _names_in(one)  # type: ignore[arg-type]  # nodes in expressions are those
    return names
