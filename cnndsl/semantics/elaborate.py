"""Syntax to network: every block opened, every shape computed, every error collected."""

from __future__ import annotations

from ..diagnostics.names import UnknownLayer, UnknownValue
from ..diagnostics.shapes import ShapeDiffers
from ..diagnostics.syntax import NestedTooDeeply
from ..diagnostics.types import Misplaced, NoPaths, Recursion, TooManyLayers, WrongValue
from ..ir.network import Child
from ..ops import OPS
from ..record import Record
from ..syntax import tree
from ..values import describe, write
from .binding import bind_op, bind_template
from .evaluate import EvaluationFailed, shape_of, truth
from .placing import Failure, Path, Placer
from .reporting import MOST_LAYERS, Context, Failed, key_of
from .scope_builder import Builder, close, fold, unfinished
from .template import TRANSPARENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..ir.network import Scope
    from ..ops.base import Op
    from ..values import Shape, Value
    from .binding import Arguments
    from .template import Template

STEPS_FOR_BLOCK = 16
"""What a block's first opening with new values counts, as it takes that much more time."""
DEEPEST = 200


class Opened(Record):
    """A block instance, or the part before its error; `findings` are those of its inside."""

    scope: Scope | None
    part: Scope | None
    output_shape: Shape | None
    findings: tuple[object, ...]


def instance_key(template: Template, values: Iterable[Value], shape: Shape | None) -> object:
    """What tells one instance of a block from another."""
    return id(template), tuple(map(write, values)), shape


class Elaborator(Placer):
    """Elaborates chains: layers, blocks, merges, loops and branches."""

    def __init__(
        self, check_claims: bool = True, distrusted: frozenset[object] = frozenset()
    ) -> None:
        super().__init__()
        self.check_claims = check_claims
        self.distrusted = distrusted
        """The assertions that may be wrong themselves: after them the shape found goes on."""
        self.opened: dict[object, Opened] = {}
        self.opening: list[Template] = []

    def take_over(self, instances: Iterable[Scope]) -> None:
        """Open no block anew that another elaboration has opened without findings."""
        for scope in instances:
            values = (value for _, value in scope.arguments)
            key = instance_key(scope.template, values, scope.input_shape)
            self.opened[key] = Opened(scope, None, scope.output_shape, ())

    # Statements

    def statements(self, body: tree.Body, builder: Builder, context: Context) -> None:
        if context.depth > DEEPEST:
            self.report(NestedTooDeeply(DEEPEST), body, context)
            builder.fail()
            return
        in_model = builder.kind == "model" and body is context.template.definition.body
        for statement in body.statements:
            if isinstance(statement, tree.Chain):
                self.chain(statement, builder, context)
            elif isinstance(statement, tree.Let):
                self.let(statement, builder, context)
            elif isinstance(statement, tree.Gap):
                self.gap(statement, builder)
            elif not in_model:
                what = f"`{type(statement).__name__.lower()}`"
                rule = "it belongs in a model, outside of all other braces"
                self.report(Misplaced(what, rule), statement, context)

    def gap(self, gap: tree.Gap, builder: Builder) -> None:
        """Go on after a statement that could not be read: nothing is known of its values."""
        key = ("gap", id(gap))
        self.findings[key] = gap.finding
        self.order.append(key)
        main = builder.current
        builder.fail()
        builder.named |= dict.fromkeys(gap.names, builder.current)
        if gap.is_aside:
            builder.current = main

    def let(self, statement: tree.Let, builder: Builder, context: Context) -> None:
        if builder.is_sequence:
            rule = "a stage or a loop is one chain; use `let` in a block or a model"
            self.report(Misplaced("`let`", rule), statement, context)
            return
        main = builder.current
        self.chain(statement.chain, builder, context)
        builder.named[statement.name.name] = builder.current
        builder.current = main

    def chain(self, chain: tree.Chain, builder: Builder, context: Context) -> None:
        for element in chain.elements:
            self.step(element, context)
            is_first = element is chain.elements[0]
            if element.repeat is not None or isinstance(element.primary, tree.For):
                self.repeated(element, builder, context)
            else:
                self.primary(element, element.primary, builder, context, is_first)
            if element.assertion is not None:
                self.assertion(element, element.assertion, builder, context)
            if not builder.is_sequence:
                if element.name is not None:
                    builder.named[element.name.name] = builder.current
                if isinstance(element.primary, tree.Stage):
                    builder.named[element.primary.name] = builder.current

    def assertion(
        self,
        element: tree.Element,
        expression: tree.Expression,
        builder: Builder,
        context: Context,
    ) -> None:
        if not self.check_claims:
            return
        try:
            value = self.value(expression, context)
        except Failed:
            builder.failed = True
            return
        expected = shape_of(value)
        if expected is None:
            wanted = "a shape such as 28x28x6, or the length of a vector"
            wrong = WrongValue("a shape assertion", wanted, describe(value))
            self.report(wrong, expression, context)
            builder.failed = True
        elif builder.shape is None:
            builder.fail(expected)
        elif builder.shape != expected:
            found = builder.shape
            differs = ShapeDiffers(expected, found)
            self.reject(Failure(differs, None, element, (builder.current,), builder, context))
            key = key_of(differs, expression, context)
            builder.fail(found if key in self.distrusted else expected)

    # Elements

    def primary(
        self,
        element: tree.Element,
        primary: tree.Primary,
        builder: Builder,
        context: Context,
        is_first: bool,
    ) -> None:
        if isinstance(primary, tree.Call):
            self.call(element, primary, builder, context, is_first)
        elif isinstance(primary, tree.Group):
            self.chain(primary.chain, builder, context.inner(context.entering))
        elif isinstance(primary, tree.If):
            self.conditional(primary, builder, context)
        elif isinstance(primary, tree.Stage):
            self.stage(element, primary, builder, context)
        elif isinstance(primary, tree.Merge):
            self.merge(element, primary, builder, context)
        else:
            self.loop(primary, builder, context)

    def conditional(self, primary: tree.If, builder: Builder, context: Context) -> None:
        try:
            condition = self.value(primary.condition, context)
            holds = truth(condition, primary.condition)
        except Failed:
            builder.fail()
            return
        except EvaluationFailed as failure:
            self.report(failure.diagnostic, failure.node, context)
            builder.fail()
            return
        body = primary.then if holds else primary.otherwise
        if body is not None:
            self.statements(body, builder, context.inner(builder.shape))

    def stage(
        self, element: tree.Element, stage: tree.Stage, builder: Builder, context: Context
    ) -> None:
        inner = Builder("sequence", builder.shape, context.template, builder)
        self.statements(stage.body, inner, context.inner(builder.shape))
        name = self.name(builder, element, context)
        self.nest(element, name, inner, builder, context)

    def repeated(self, element: tree.Element, builder: Builder, context: Context) -> None:
        """A loop or a repeat: a sequence of its own, or more of the sequence it stands in."""
        if builder.is_sequence:
            self.turns(element, builder, context)
            return
        inner = Builder("sequence", builder.shape, context.template, builder)
        self.turns(element, inner, context.inner(context.entering))
        name = context.template.names[id(element)]
        self.nest(element, name, inner, builder, context)

    def turns(self, element: tree.Element, builder: Builder, context: Context) -> None:
        if element.repeat is None:
            self.primary(element, element.primary, builder, context, False)
            return
        try:
            count = self.value(element.repeat, context)
        except Failed:
            builder.fail()
            return
        if type(count) is not int or count < 0:
            wanted = "an integer of at least 0"
            self.report(WrongValue("a repeat", wanted, describe(count)), element.repeat, context)
            builder.fail()
            return
        if count > MOST_LAYERS:
            self.report(TooManyLayers(count, MOST_LAYERS), element.repeat, context)
            builder.fail()
            return
        for turn in range(count):
            mark, entry = len(builder.steps), builder.current
            before, numbered = builder.cost, builder.numbered
            self.primary(element, element.primary, builder, context, False)
            if builder.failed:
                return
            if builder.shape == builder.shapes[entry]:
                fold(builder, element, mark, entry, count - turn, before, numbered)
                return
            if self.too_many(builder, element, context):
                return

    def too_many(self, builder: Builder, node: tree.Node, context: Context) -> bool:
        if builder.cost.layers > MOST_LAYERS:
            self.report(TooManyLayers(builder.cost.layers, MOST_LAYERS), node, context)
            builder.fail()
            return True
        return False

    def loop(self, primary: tree.For, builder: Builder, context: Context) -> None:
        try:
            items = self.value(primary.iterable, context)
        except Failed:
            builder.fail()
            return
        if not isinstance(items, tuple):
            found = describe(items)
            wanted = "a list, such as [64, 128] or range(3)"
            self.report(WrongValue("`for`", wanted, found), primary.iterable, context)
            builder.fail()
            return
        targets = primary.targets
        for item in items:
            self.step(primary.iterable, context)
            values = (item,) if len(targets) == 1 else item
            if not isinstance(values, tuple) or len(values) != len(targets):
                wanted = f"items of {len(targets)} values"
                found = describe(item)
                self.report(WrongValue("this `for`", wanted, found), primary.iterable, context)
                builder.fail()
                return
            turn = {target.name: value for target, value in zip(targets, values, strict=True)}
            inner = context.inner(builder.shape, {**context.names, **turn})
            self.statements(primary.body, builder, inner)
            if builder.failed or self.too_many(builder, primary.iterable, context):
                return

    def call(
        self,
        element: tree.Element,
        call: tree.Call,
        builder: Builder,
        context: Context,
        is_first: bool,
    ) -> None:
        template = context.template.visible.get(call.name)
        head = tree.Node(call.start, call.name_end)
        if template is not None:
            self.block(element, call, template, builder, context)
        elif call.name in OPS:
            op_class = OPS[call.name]
            if op_class.merges:
                self.merge_call(element, call, builder, context)
            else:
                self.layer(element, call, op_class, builder, context)
        elif call.arguments is None and call.name in builder.named:
            if is_first:
                builder.current = builder.named[call.name]
            else:
                rule = "a named value can only start a chain; merges join it with others"
                self.report(Misplaced(f"the value `{call.name}`", rule), head, context)
                builder.fail()
        else:
            known = (*context.template.visible, *OPS, *builder.named)
            self.report(UnknownLayer(call.name, known), head, context)
            builder.fail()

    def arguments(self, call: tree.Call, context: Context) -> Arguments | None:
        """The call's arguments with their values, or None after reporting."""
        given: Arguments = []
        failed = False
        for argument in call.arguments or ():
            try:
                value = self.value(argument.value, context)
            except Failed:
                failed = True
                continue
            given.append((argument, value))
        return None if failed else given

    def layer(
        self,
        element: tree.Element,
        call: tree.Call,
        op_class: type[Op],
        builder: Builder,
        context: Context,
    ) -> None:
        given = self.arguments(call, context)
        if given is None:
            builder.fail()
            return
        op = bind_op(op_class, call, given, lambda what, node: self.report(what, node, context))
        if op is None:
            builder.fail()
        elif call.name != TRANSPARENT:
            self.apply(element, op, (builder.current,), builder, context)

    def block(
        self,
        element: tree.Element,
        call: tree.Call,
        template: Template,
        builder: Builder,
        context: Context,
    ) -> None:
        given = self.arguments(call, context)
        if given is None:
            builder.fail()
            return
        try:
            bound = bind_template(
                template, call, given, lambda what, node: self.report(what, node, context)
            )
        except EvaluationFailed as failure:
            inside = Context(template, {})
            self.report(failure.diagnostic, failure.node, inside)
            bound = None
        if bound is None:
            builder.fail()
            return
        if template in self.opening:
            names = [one.name for one in self.opening[self.opening.index(template) :]]
            self.report(Recursion((*names, template.name)), call, context)
            builder.fail()
            return
        opened = self.open(element, template, bound, builder, context)
        name = self.name(builder, element, context)
        if opened.scope is None:
            part = opened.part
            child = Child(name, element, part, (builder.current,)) if part is not None else None
            builder.fail(opened.output_shape, child)
            return
        step = Child(name, element, opened.scope, (builder.current,))
        depth = builder.depths[builder.current] + opened.scope.depth
        builder.add(step, opened.scope.output_shape, opened.scope.cost, depth)

    def open(
        self,
        element: tree.Element,
        template: Template,
        arguments: dict[str, Value],
        outer: Builder,
        context: Context,
    ) -> Opened:
        """The block's instance for these arguments and this input, made once."""
        shape = outer.shape
        key = instance_key(template, arguments.values(), shape)
        if key in self.opened:
            opened = self.opened[key]
            for found in opened.findings:
                self.order.append(found)
                self.recount(found)
            return opened
        self.step(element, context, STEPS_FOR_BLOCK)
        items = tuple(arguments.items())
        callers = ((context.template, element, items), *context.callers)
        inner = Context(template, arguments, shape, callers, context.depth + 1)
        builder = Builder("block", shape, template, outer)
        mark = len(self.order)
        self.opening.append(template)
        self.statements(template.definition.body, builder, inner)
        self.opening.pop()
        scope = close(builder, items, (("main", builder.current),))
        part = unfinished(builder, items) if scope is None else None
        opened = Opened(scope, part, builder.shape, tuple(self.order[mark:]))
        self.opened[key] = opened
        return opened

    # Merges

    def merge_call(
        self,
        element: tree.Element,
        call: tree.Call,
        builder: Builder,
        context: Context,
        key: tree.Node | None = None,
    ) -> None:
        """`concat(a, b)`: the arguments are names of values, `main` the line's own."""
        if builder.is_sequence:
            inner = Builder("merge", builder.shape, context.template, builder)
            self.merge_call(element, call, inner, context.inner(builder.shape), call)
            self.nest_merge(element, inner, builder, context)
            return
        paths: list[Path] = []
        failed = False
        for argument in call.arguments or ():
            node = argument.value
            name = node.name if isinstance(node, tree.Name) and argument.name is None else None
            if name == "main":
                paths.append(Path(builder.current, argument, None, None))
            elif name in builder.named:
                paths.append(Path(builder.named[name], argument, None, None))
            else:
                failed = True
                text = context.template.location(argument).text
                known = ("main", *builder.named)
                self.report(UnknownValue(text, known), argument, context)
        if failed:
            builder.fail()
            return
        inputs = tuple(path.value for path in paths)
        self.apply(element, OPS[call.name](), inputs, builder, context, tuple(paths), key)

    def merge(
        self,
        element: tree.Element,
        merge: tree.Merge,
        builder: Builder,
        context: Context,
        key: tree.Node | None = None,
    ) -> None:
        op_class = OPS.get(merge.name)
        head = tree.Node(merge.start, merge.name_end)
        if op_class is None or not op_class.merges:
            merges = tuple(name for name, op in OPS.items() if op.merges)
            if op_class is not None or merge.name in context.template.visible:
                rule = f"only a merge takes paths in braces ({', '.join(merges)})"
                self.report(Misplaced(f"`{merge.name} {{ }}`", rule), head, context)
            else:
                self.report(UnknownLayer(merge.name, merges), head, context)
            builder.fail()
            return
        if builder.is_sequence:
            inner = Builder("merge", builder.shape, context.template, builder)
            self.merge(element, merge, inner, context.inner(builder.shape), merge)
            self.nest_merge(element, inner, builder, context)
            return
        entry = builder.current
        within = context.inner(builder.shape)
        paths: list[Path] = []
        for statement in merge.body.statements:
            if isinstance(statement, tree.Gap):
                builder.current = entry
                self.gap(statement, builder)
                paths.append(Path(builder.current, statement, None, None))
                continue
            if not isinstance(statement, tree.Chain):
                self.report(NoPaths(merge.name), statement, context)
                continue
            builder.current = entry
            self.chain(statement, builder, within)
            paths.append(Path(builder.current, statement.elements[-1], statement, entry))
        if len(paths) < len(merge.body.statements):
            builder.fail()
            return
        inputs = tuple(path.value for path in paths)
        self.apply(element, op_class(), inputs, builder, context, tuple(paths), key)

    def nest_merge(
        self, element: tree.Element, inner: Builder, builder: Builder, context: Context
    ) -> None:
        name = self.name(builder, element, context)
        self.nest(element, name, inner, builder, context)
