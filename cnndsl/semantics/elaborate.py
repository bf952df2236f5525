"""Bound tree to network: every block opened, every shape computed, every error collected.

Only what depends on values or shapes is checked here; the binder has settled the rest.
"""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Rejected
from ..ir.network import Child, Cost, Layer, depths_behind
from ..ops.base import Integer, need_room
from ..record import Record
from ..syntax import tree
from ..values import LayerValue, whole
from . import blocks, bound
from .evaluate import PARTS, UNKNOWN, Budget, Exhausted, evaluate, need_shape
from .expressions import A_COUNT
from .failures import EvaluationFailed, Unknown, accepted, rounded, truth, wrong_value
from .lines import Lines, untaken, values_of
from .reporting import Context, Findings, JoinedValue, Rejection
from .scope_builder import Builder, Nested, finished, fold
from .turns import in_turn, items_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from ..ir.network import Scope
    from ..ops.base import Op
    from ..syntax.tree import Expression
    from ..values import Shape, Value
    from .blocks import InstanceKey
    from .bound import Argument, LayerSite, Node, Steps
    from .reporting import Key
    from .words import Owner

TURNS = Integer("an integer of at least 0", 0)
MOST_LAYERS = 131_072
MOST_IDLE = 16_384
"""The calls of blocks, stages and loops without layers, which cost time and count in no total."""
DEEPEST = 200


class Effect(Record):
    """What an op makes of its inputs. Equal layers share it, so that a deep network stays small."""

    inputs: tuple[Shape, ...]
    shape: Shape
    cost: Cost


class Elaborator:
    """Runs the steps of bound bodies; `_RULES` has the rule for each kind of node."""

    def __init__(
        self,
        budget: Budget,
        check_claims: bool = True,
        distrusted: frozenset[Key] = frozenset(),
        instances: Iterable[Scope] = (),
        findings: Findings | None = None,
    ) -> None:
        """`instances` are those of blocks that another elaboration has opened without findings."""
        self.budget = budget
        self.check_claims = check_claims
        self.distrusted = distrusted
        """The assertions that may be wrong themselves: after them the shape found goes on."""
        self.findings = findings or Findings()
        self.lines = Lines(self.findings)
        self.instances: dict[InstanceKey, Nested] = {}
        self.openings = blocks.Openings()
        self.effects: dict[tuple[Op, tuple[Shape, ...]], Effect] = {}
        self.deepest = 0
        """How deep the braces are that have been opened."""
        for scope in instances:
            values = (value for _, value in scope.arguments)
            key = blocks.instance_key(scope.template, values, scope.input_shapes)
            self.instances[key] = Nested(scope, None, scope.output_shapes)

    def go_on_from(self, other: Elaborator) -> None:
        """Know the blocks that another one knows; share what ops make of inputs."""
        self.instances = dict(other.instances)
        self.effects = other.effects

    def body(
        self, steps: Steps, braces: Node | tree.Node, builder: Builder, context: Context
    ) -> Context:
        """Run what stands in braces; the context at their end."""
        self.deepest = max(self.deepest, context.depth)
        if context.depth > DEEPEST:
            self.findings.report(diagnostics.NestedTooDeeply(DEEPEST), braces, context)
            builder.fail()
            return context
        return self.run(steps, builder, context)

    def run(self, steps: Steps, builder: Builder, context: Context) -> Context:
        """Run steps; the context behind the last, which has the numbers that they name."""
        for node in steps:
            try:
                context = _RULES[type(node)](self, node, builder, context) or context
            except Unknown as unknown:
                light = A_COUNT if type(node) is bound.Repeat else None
                self.findings.explain(unknown, context, light)
                builder.fail()
            except Exhausted as exhausted:
                self.findings.exhausted(exhausted, context)
                raise
        return context

    def count(self, node: Node | tree.Node, steps: int = 1) -> None:
        """Count a step or a loop's turn. Raises `Exhausted`."""
        self.budget.spend(PARTS * steps, node)

    def value(self, node: Expression, context: Context) -> Value:
        if type(node) is tree.Literal:
            return node.value
        names = {**context.names, **context.shapes} if context.shapes else context.names
        return evaluate(node, names, context.entering, self.budget)

    # Values

    def counted(self, node: Expression, what: str, context: Context) -> int:
        """The integer of at least 0 that an expression gives. Raises `EvaluationFailed`."""
        count = whole(self.value(node, context))
        if type(count) is not int or count < 0:
            advice = rounded(count, node, TURNS.accept)
            raise wrong_value(what, TURNS.text, count, node, advice)
        return count

    def invalid(self, node: bound.Invalid, builder: Builder, context: Context) -> None:
        """Go on after text at fault: nothing is known of its values."""
        main = builder.line
        builder.fail()
        builder.named |= dict.fromkeys(node.names, builder.line)
        for name in node.names:
            context.measure(name, None)
        if node.is_aside:
            builder.line = main

    def let(self, node: bound.Let, builder: Builder, context: Context) -> None:
        main = builder.line
        self.run(node.steps, builder, context)
        self.bind(node, builder, context)
        builder.line = main

    def number(self, node: bound.Number, builder: Builder, context: Context) -> Context:
        """The context with a named number, for the steps behind it."""
        self.budget.spend(PARTS + len(context.names) // PARTS, node)
        value = UNKNOWN
        try:
            value = self.value(node.value, context)
        except Unknown as unknown:
            self.findings.explain(unknown, context)
            builder.failed = True
        return context.replaced(names={**context.names, node.name: value})

    def bind(self, node: bound.Bind | bound.Let, builder: Builder, context: Context) -> None:
        builder.named[node.name] = builder.line
        context.measure(node.name, builder.shape)

    def read(self, node: bound.ValueRead, builder: Builder, context: Context) -> None:
        self.count(node)
        if node.name not in builder.named:
            raise EvaluationFailed(untaken(node.name), node)
        line = builder.named[node.name]
        self.lines.need(1, f"`{node.name}`", line, builder, node, context)
        builder.line = line

    def values(self, node: bound.Values, builder: Builder, context: Context) -> None:
        self.count(node)
        builder.line = values_of(self.lines.joined(node.values, builder, context))

    def assertion(self, node: bound.Assertion, builder: Builder, context: Context) -> None:
        if not self.check_claims:
            return
        self.lines.one("a shape assertion", builder, node, context)
        try:
            value = self.value(node.shape, context)
            expected = need_shape(value, "a shape assertion", "28x28x6", node.shape)
        except Unknown as unknown:
            self.findings.explain(unknown, context, A_COUNT)
            builder.failed = True
            return
        found = builder.shape
        if found is None:
            builder.fail(expected)
        elif found != expected:
            differs = diagnostics.ShapeDiffers(expected, found)
            rejected = Rejection(differs, None, node, (builder.current,), builder, context)
            key = self.findings.reject(rejected)
            builder.fail(found if key in self.distrusted else expected)

    # Sequences, loops and branches

    def branch(self, node: bound.Branch, builder: Builder, context: Context) -> None:
        self.count(node)
        value = self.value(node.condition, context)
        primary = node.syntax.primary
        if truth(value, primary.condition):
            self.body(node.then, primary.then, builder, context.inner(builder.shape))
        elif node.otherwise:
            self.body(node.otherwise, primary.otherwise, builder, context.inner(builder.shape))

    def sequence(self, node: bound.Sequence, builder: Builder, context: Context) -> None:
        if node.reads or node.grows:
            _of_lists(self, node, builder, context)
            return
        if node.is_stage:
            self.count(node)
            self.lines.one("a stage", builder, node, context)
        inner = Builder("sequence", builder.line_shapes, context.template, builder)
        entering = builder.shape if node.is_stage else context.entering
        braces = node.syntax.primary.body if node.is_stage else node
        self.body(node.body, braces, inner, context.inner(entering))
        self.add_child(node, finished(inner), builder, context)

    def repeat(self, node: bound.Repeat, builder: Builder, context: Context) -> None:
        self.count(node)
        count = self.counted(node.count, "a repeat", context)
        if count > MOST_LAYERS:
            raise EvaluationFailed(diagnostics.TooManyLayers(count, MOST_LAYERS), node.count)
        for turn in range(count):
            mark, entry, shapes = len(builder.steps), builder.line, builder.line_shapes
            before, numbered = builder.cost, builder.numbered
            known = len(self.findings.order)
            self.run(node.body, builder, context)
            if self.is_stopped(builder, known, turn == count - 1):
                return
            if builder.line_shapes == shapes:
                fold(builder, node, mark, entry, count - turn, before, numbered)
                return
            need_fewer_layers(builder, node)

    def loop(self, node: bound.Loop, builder: Builder, context: Context) -> None:
        self.count(node)
        items = items_of(self.value(node.iterable, context), node.iterable)
        for place, item in enumerate(items, 1):
            self.count(node.iterable)
            own = in_turn(node.targets, item, node.iterable)
            inner = context.inner(builder.shape, {**context.names, **own})
            known = len(self.findings.order)
            self.body(node.body, node.syntax.primary.body, builder, inner)
            if self.is_stopped(builder, known, place == len(items)):
                return
            need_fewer_layers(builder, node.iterable)

    def is_stopped(self, builder: Builder, known: int, is_last: bool) -> bool:
        """Whether a turn brought findings, so that nobody knows what the turns after it give."""
        is_stopped = builder.shape is None or len(self.findings.order) > known
        if is_stopped and not is_last:
            builder.fail()
        return is_stopped

    def name_of(self, node: bound.Named, builder: Builder, context: Context) -> str:
        """The name of a layer or scope that joins others."""
        name = node.name
        if not isinstance(name, bound.NumberedName):
            return builder.take(name)
        numbers = (self.counted(one, "a name", context) for one in name.numbers)
        written = name + "-".join(map(str, numbers))
        if written in builder.taken:
            place = node.syntax.name
            raise EvaluationFailed(diagnostics.NameTaken("the name", written), place)
        builder.taken.add(written)
        return builder.take(written)

    def add_child(
        self, node: bound.Named, nested: Nested, builder: Builder, context: Context
    ) -> None:
        """Put a finished nested scope into its parent, or the part of it that could be made."""
        name, inputs = self.name_of(node, builder, context), builder.line
        scope, part, shapes = nested.scope, nested.part, nested.output_shapes
        if scope is None:
            child = Child(name, node, part, inputs) if part is not None else None
            builder.fail(shapes[0] if len(shapes) == 1 else None, child)
            return
        if scope.idle > MOST_IDLE:
            what = "calls of what has no layers"
            found = diagnostics.TooManyLayers(scope.idle, MOST_IDLE, what)
            raise EvaluationFailed(found, node)
        layers = builder.cost.layers + scope.cost.layers
        if layers > MOST_LAYERS and len(shapes) > 1:
            raise EvaluationFailed(diagnostics.TooManyLayers(layers, MOST_LAYERS), node)
        entering = [builder.depths[value] for value in inputs]
        if len(inputs) == len(shapes) == 1:
            depths = [entering[0] + scope.depth]
        else:
            depths = depths_behind(scope, entering)
            if (
                builder.is_sequence and type(node) is not bound.Turn
            ):  # which is fed and left by as many in every turn
                what = "what follows in a stage, loop or repeat"
                line = (*inputs[:1],) * len(shapes)
                self.lines.need(len(inputs), what, line, builder, node, context)
        builder.add(Child(name, node, scope, inputs), shapes, scope.cost, depths)

    # Blocks and what is shared

    def arguments(
        self, owner: Owner, arguments: Sequence[Argument], context: Context
    ) -> dict[str, Value] | None:
        """The arguments' values, or None after reporting each that has none."""
        values: dict[str, Value] = {}
        for one in arguments:
            try:
                values[one.name] = self.value(one.value, context)
            except Unknown as unknown:
                self.findings.explain(unknown, context, (owner, one.name))
        return values if len(values) == len(arguments) else None

    def share(self, node: bound.Shared, builder: Builder, context: Context) -> None:
        from .sharing import settle  # deferred: few specs share layers

        settle(self, node, builder, context)

    def shared_call(self, node: bound.SharedCall, builder: Builder, context: Context) -> None:
        from .sharing import call_shared  # deferred: few specs share layers

        self.count(node)
        call_shared(self, node, builder, context)

    # Layers and merges

    def identity(self, node: bound.Identity, _builder: Builder, context: Context) -> None:
        self.count(node)

    def layer(self, node: bound.OpCall, builder: Builder, context: Context) -> None:
        self.count(node)
        op = node.op or self.op(node, context)
        if node.names:
            self.need_part(node, op, builder, context)
        value = self.lines.one(f"`{op.name}`", builder, node, context)
        self.apply(node, op, (value,), builder, context)

    def need_part(self, node: bound.OpCall, op: Op, builder: Builder, context: Context) -> None:
        from .parts import need_part  # deferred: few specs split

        need_part(node, op, builder.shape, context, self.findings)

    def application(self, node: bound.Application, builder: Builder, context: Context) -> None:
        """The call of the layer that a name stands for."""
        from .applications import call_of  # deferred: few specs have layers as arguments

        value = context.names[node.variable]
        if value is UNKNOWN:
            raise Unknown
        if type(value) is not LayerValue:
            what = f"`{node.variable}` in a chain"
            raise wrong_value(what, "a layer", value, node.syntax.primary)
        if value not in node.calls:
            node.calls[value] = call_of(node, value, context, self.findings)
        call = node.calls[value]
        _RULES[type(call)](self, call, builder, context)

    def op(self, node: bound.OpCall, context: Context) -> Op:
        """The op with its attributes. Raises `Unknown` after reporting."""
        others = [one for one in node.arguments if one.name not in node.known]
        values = self.arguments(node.op_class, others, context)
        if values is None:
            raise Unknown
        failed = False
        for one in others:
            try:
                values[one.name] = accepted(node.op_class, one.name, one.value, values[one.name])
            except EvaluationFailed as failure:
                self.findings.explain(failure, context)
                failed = True
        if failed:
            raise Unknown
        return node.op_class(**node.known, **values)

    def nested(self, node: bound.Nested, builder: Builder, context: Context) -> None:
        self.lines.one("a merge", builder, node, context)
        inner = Builder("merge", builder.line_shapes, context.template, builder)
        self.run((node.merge,), inner, context.inner(builder.shape))
        self.add_child(node, finished(inner), builder, context)

    def merge(self, node: bound.Merge, builder: Builder, context: Context) -> None:
        self.count(node)
        entry = self.lines.one("a merge", builder, node, context)
        within = context.inner(builder.shape)
        joined: list[JoinedValue] = []
        for path in node.paths:
            builder.current = entry
            self.run(path.steps, builder, within)
            self.lines.need(1, "a merge's path", builder.line, builder, path, within)
            end = path.syntax.elements[-1] if isinstance(path.syntax, tree.Chain) else path.syntax
            joined.append(JoinedValue(builder.current, end, path, entry))
        self.apply(node, node.op_class(), values_of(joined), builder, context, tuple(joined))

    def merge_call(self, node: bound.MergeCall, builder: Builder, context: Context) -> None:
        self.count(node)
        joined = self.lines.joined(node.values, builder, context)
        self.apply(node, node.op_class(), values_of(joined), builder, context, joined)

    def apply(
        self,
        node: LayerSite,
        op: Op,
        inputs: tuple[int, ...],
        builder: Builder,
        context: Context,
        joined: tuple[JoinedValue, ...] = (),
    ) -> None:
        """Let an op work on values of the scope."""
        shapes = tuple([builder.shapes[number] for number in inputs])
        if None in shapes:
            raise Unknown
        try:
            effect = self.effect(node, op, shapes)  # type: ignore[arg-type]  # none is None
        except Rejected as rejection:
            diagnostic = rejection.diagnostic
            self.findings.reject(Rejection(diagnostic, op, node, inputs, builder, context, joined))
            builder.fail()
            return
        depth = op.depth + max([builder.depths[number] for number in inputs])
        name, shape, cost = self.name_of(node, builder, context), effect.shape, effect.cost
        layer = Layer(name, node, op, inputs, effect.inputs, shape, cost)
        builder.add(layer, (shape,), cost, (depth,))

    def effect(self, node: LayerSite, op: Op, inputs: tuple[Shape, ...]) -> Effect:
        """What an op makes of inputs of these shapes. Raises `Rejected`.

        It is kept for calls of constants alone: the others seldom meet the same values again.
        """
        is_kept = not isinstance(node, bound.OpCall) or node.op is not None
        effect = self.effects.get((op, inputs)) if is_kept else None
        if effect is None:
            shape, weights = op.shape(inputs), op.weights(inputs)
            need_room(shape, weights)
            params = {True: 0, False: 0}
            for weight in weights:
                params[weight.trainable] += weight.size
            macs = op.macs_for(inputs, shape)
            effect = Effect(inputs, shape, Cost(1, params[True], params[False], macs))
            if is_kept:
                self.effects[op, inputs] = effect
        return effect


def need_fewer_layers(builder: Builder, node: Node | Expression) -> None:
    """Raise `EvaluationFailed` for more layers than a network can have."""
    if builder.cost.layers > MOST_LAYERS:
        raise EvaluationFailed(diagnostics.TooManyLayers(builder.cost.layers, MOST_LAYERS), node)


def _of_lists(elaborator: Elaborator, node: Node, builder: Builder, context: Context) -> None:
    from .lists import RULES  # deferred: few specs have lists of values

    RULES[type(node)](elaborator, node, builder, context)


_RULES: dict[type, Callable[[Elaborator, Any, Builder, Context], Context | None]] = {
    bound.OpCall: Elaborator.layer,
    bound.BlockCall: blocks.block,
    bound.Application: Elaborator.application,
    bound.Merge: Elaborator.merge,
    bound.MergeCall: Elaborator.merge_call,
    bound.Nested: Elaborator.nested,
    bound.Sequence: Elaborator.sequence,
    bound.Repeat: Elaborator.repeat,
    bound.Loop: Elaborator.loop,
    bound.Branch: Elaborator.branch,
    bound.Identity: Elaborator.identity,
    bound.ValueRead: Elaborator.read,
    bound.Values: Elaborator.values,
    bound.Bind: Elaborator.bind,
    bound.Names: lambda self, node, builder, context: self.lines.names(node, builder, context),
    bound.Assertion: Elaborator.assertion,
    bound.Let: Elaborator.let,
    bound.Number: Elaborator.number,
    bound.Shared: Elaborator.share,
    bound.SharedCall: Elaborator.shared_call,
    bound.Turn: _of_lists,
    bound.Grow: _of_lists,
    bound.Pick: _of_lists,
    bound.Invalid: Elaborator.invalid,
}
