"""The statements and chains of a definition, as bound trees have them."""

from __future__ import annotations

from .. import diagnostics
from ..diagnostics.base import Finding
from ..ops import OPS
from ..syntax import tree
from . import bound
from .expressions import (
    A_COUNT,
    Choices,
    ExpressionBinder,
    applied_to,
    chain_of,
    may_be_value,
)
from .merge_binder import MergeBinder
from .model_binder import OF_BLOCKS
from .naming import Namespace, Place, declared
from .template import SEQUENCE, TRANSPARENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from ..diagnostics.base import Diagnostic
    from ..ops.base import Op
    from .bound import Arguments, BlockCall, Step, Steps
    from .expressions import Names
    from .template import Template

MOST_NUMBERS = 1_000
"""The named numbers of a definition: those behind one see all of them."""
NUMBER_READS_INPUT = "a number in a name cannot read `in`: names do not depend on shapes"


class Binder:
    """Binds the statements of one definition."""

    def __init__(self, template: Template, choices: Choices) -> None:
        self.template = template
        self.choices = choices
        self.visible = template.visible
        self.sure_calls: list[BlockCall] = []
        """The calls of blocks that neither a condition nor a count can leave out."""
        self.numbers_left = MOST_NUMBERS
        self.shared: set[str] = set()
        """The names of all that is shared."""
        self.ops: dict[str, Op] = {}
        """The ops of calls whose arguments are all constant, by the call's text."""
        self.expressions = ExpressionBinder(self.report, template, choices)
        self.expression = self.expressions.bind
        self.merges = MergeBinder(template, self.expressions, self.statement, self.unknown_layer)

    def report(self, diagnostic: Diagnostic, node: tree.Node | bound.Node) -> None:
        self.template.findings.append(Finding(diagnostic, self.template.location(node)))

    def unknown_layer(
        self,
        primary: tree.Call | tree.Merge,
        known: tuple[str, ...],
        may_be_number: bool = False,
    ) -> str | None:
        """Report it; the name that is meant, if one is for certain."""
        from .foreign import unknown_layer  # deferred: for an unknown name alone

        place = self.template.location(tree.Node(primary.start, primary.name_end))
        finding = unknown_layer(primary, known, self.visible, place, may_be_number)
        self.template.findings.append(finding)
        return finding.fix.edits[0][2] if finding.fix is not None else None

    # Statements

    def declare(self, what: str, name: tree.Name, names: Names) -> Names:
        """The names in reach, with that of a parameter or loop variable."""
        return names | declared(what, name, names, self.report)

    def statement(self, statement: Any, namespace: Namespace, names: Names) -> Steps:
        if isinstance(statement, tree.Chain):
            return self.chain(statement, namespace, names)
        if isinstance(statement, tree.Let):
            return (self.let(statement, namespace, names),)
        if isinstance(statement, tree.Share):
            return (self.share(statement, namespace, names),)
        if isinstance(statement, tree.Gap):
            return (self.gap(statement, namespace),)
        rule = "it belongs in a model, outside of all other braces"
        if isinstance(statement, OF_BLOCKS):
            rule = "it belongs in a block or a model, outside of all other braces"
        name = "input" if isinstance(statement, tree.Inputs) else type(statement).__name__.lower()
        self.report(diagnostics.Misplaced(f"`{name}`", rule), statement)
        return (bound.Invalid(statement, (), True),)

    def let(self, statement: tree.Let, namespace: Namespace, names: Names) -> Step:
        name = statement.name
        is_misplaced = namespace.is_sequence
        if is_misplaced:
            rule = "a stage or a loop is one chain; make its body a block, where `let` can stand"
            self.report(diagnostics.Misplaced("`let`", rule), statement)
        steps = self.chain(statement.chain, namespace, names, None if is_misplaced else name)
        namespace.values[name.name] = None
        if is_misplaced:
            return bound.Invalid(statement, (), True)
        return bound.Let(statement, name.name, steps)

    def let_value(self, statement: tree.LetValue, namespace: Namespace, names: Names) -> Step:
        """A chain of one layer or value, or else a number, by what its first name is."""
        lists = self.expressions.lists
        chain = chain_of(statement.value, () if lists is None else lists.names)
        first = chain.elements[0].primary if chain is not None else None
        is_layer = self.names_layer(statement, first)
        is_chain = not is_layer and self.is_chain(first, namespace, names)
        if chain is not None and is_chain:
            let = tree.Let(statement.start, statement.end, statement.name, chain)
            return self.let(let, namespace, names)
        name = statement.name
        self.numbers_left -= 1
        if self.numbers_left < 0:
            rule = f"a definition has at most {MOST_NUMBERS:,} named numbers"
            self.report(diagnostics.Misplaced(f"`{name.name}`", rule), statement)
            self.expressions.numbers.add(name.name)
            return bound.Invalid(statement, (), True)
        self.declare("the name", name, names.union(namespace.values))
        light = (self.template, name.name)
        is_layer = is_layer or (
            self.may_be_layer(statement.value) and self.choices.is_for_layer(light)
        )
        value = self.expression(statement.value, names, light if is_layer else None)
        return bound.Number(statement, name.name, value)

    def is_chain(self, first: tree.Primary | None, namespace: Namespace, names: Names) -> bool:
        return first is not None and self.expressions.is_chain(first, namespace.values, names)

    def names_layer(self, statement: tree.LetValue, first: tree.Primary | None) -> bool:
        """Whether what a `let` names is a layer that is used as one, and not what it gives."""
        if not isinstance(statement.value, tree.Name | tree.Function):
            return False
        is_call = isinstance(first, tree.Call) and self.layer_name(first) is not None
        return is_call and self.choices.uses.names_layer(self.template, statement.name.name)

    def may_be_layer(self, value: tree.Expression) -> bool:
        """Whether a name of an op or block stands in an expression."""
        parts = (one for one in tree.parts(value) if isinstance(one, tree.Name | tree.Function))
        return any(one.name in OPS or one.name in self.visible for one in parts)

    def share(self, statement: tree.Share, namespace: Namespace, names: Names) -> Step:
        """A layer or block whose weights several calls share."""
        from .sharing import bound_share  # deferred: few specs share layers

        return bound_share(self, statement, namespace, names)

    def gap(self, statement: tree.Gap, namespace: Namespace) -> Step:
        """Text at fault, which has been reported."""
        namespace.values |= dict.fromkeys(statement.names)
        if statement.is_aside:
            self.expressions.numbers |= {*statement.names}
        self.template.findings.append(statement.finding)
        return bound.Invalid(statement, statement.names, statement.is_aside)

    def body(
        self, statements: Sequence[tree.Statement], namespace: Namespace, names: Names
    ) -> Steps:
        """The steps of a definition's own statements."""
        return self.statements(statements, namespace, names)

    def statements(
        self, statements: Iterable[tree.Statement], namespace: Namespace, names: Names
    ) -> Steps:
        """The steps of statements, the later of which can read the numbers that others name."""
        steps: list[Step] = []
        outer = self.expressions.reach(namespace)
        for statement in statements:
            if type(statement) is tree.LetValue:
                step = self.let_value(statement, namespace, names)
                names = names | {step.name} if isinstance(step, bound.Number) else names
                steps.append(step)
            else:
                steps += self.statement(statement, namespace, names)
        self.expressions.values = outer
        return tuple(steps)

    # Chains

    def chain(
        self, chain: tree.Chain, namespace: Namespace, names: Names, let: tree.Name | None = None
    ) -> Steps:
        """The steps of a chain. `let` names the layer at its end, if that has no name itself."""
        steps: list[Step] = []
        last, lists = chain.elements[-1], self.expressions.lists
        for element in chain.elements:
            name = element.name or (let if element is last else None)
            if type(name) is tree.NumberedName:
                name = self.numbered(name, names)
            grown = name if type(name) is tree.ListName else None
            primary = element.primary
            if element.others and self.layer_name(primary) in OPS:
                steps += self.named_parts(element, element is last, namespace, names)
                continue
            name = None if element.others or grown else name
            is_first = element is chain.elements[0]
            place = Place(element, namespace, names, name, is_first)
            if element.repeat is not None or type(primary) is tree.For:
                steps += self.loop(primary, place)
            else:
                steps += _PRIMARIES[type(primary)](self, primary, place)
            if element.assertion is not None:
                shape = self.expression(element.assertion, names, A_COUNT)
                steps.append(bound.Assertion(element, shape))
            if element.others:
                steps.append(self.names_behind(element, element is last, namespace))
            elif grown is not None and lists is not None:
                steps.append(lists.growth(self, grown, place))
            elif not namespace.is_sequence:
                for value in (element.name, primary if type(primary) is tree.Stage else None):
                    if value is not None and value.name:
                        namespace.values[value.name] = None
                        steps.append(bound.Bind(element, value.name))
        return tuple(steps)

    def named_parts(
        self, element: tree.Element, is_last: bool, namespace: Namespace, names: Names
    ) -> Steps:
        """The parts of a split, each a side chain."""
        from .parts import named_parts  # deferred: few specs split channels

        return named_parts(self.expressions, element, is_last, namespace, names)

    def names_behind(self, element: tree.Element, is_last: bool, namespace: Namespace) -> Step:
        from .parts import names_behind  # deferred: few blocks have several outputs

        return names_behind(self.expressions, element, is_last, namespace)

    def values(self, values: tree.Values, place: Place) -> Steps:
        """Several values that start a chain."""
        from .parts import values as bound_values  # deferred: few blocks have several inputs

        is_misplaced = place.namespace.is_sequence or not place.is_first
        return bound_values(self.expressions, values, is_misplaced, place)

    def item(self, item: tree.Item, place: Place) -> Steps:
        """A value of a list."""
        from .lists import bound_start  # deferred: few specs have lists of values

        return bound_start(self, item, place)

    def numbered(self, name: tree.NumberedName, names: Names) -> tree.NumberedName:
        """A numbered name with its numbers bound."""
        numbers = (self.expression(one, names, A_COUNT, NUMBER_READS_INPUT) for one in name.numbers)
        return name.replaced(numbers=tuple(numbers))

    def loop(self, primary: tree.Primary, place: Place) -> Steps:
        """A loop or a repeat: a sequence of its own, or more of the sequence it stands in."""
        element, outer, names = place.element, place.namespace, place.names
        lists = self.expressions.lists
        is_line = element.repeat is None and outer.lists is not None
        if lists is not None and is_line and any(lists.within(primary)):
            return lists.loop(self, primary, place)
        count = None
        if element.repeat is not None:
            count = self.expression(element.repeat, names, A_COUNT)
        name = place.name if outer.is_sequence else None
        in_turns = count is None
        inner = Namespace(self.report, True, True, in_turns)
        if outer.is_sequence:
            inner = outer.looped(in_turns)
        within = Place(element, inner, names, name, False)
        sure = len(self.sure_calls)
        if isinstance(primary, tree.Stage) and not outer.is_sequence:
            steps: Steps = (self.stage_body(primary, within, in_loop=True),)
        else:
            steps = _PRIMARIES[type(primary)](self, primary, within)
        del self.sure_calls[sure:]
        if count is not None:
            steps = (bound.Repeat(element, count, steps),)
        if outer.is_sequence:
            return steps
        inner.assign_names()
        sequence = bound.Sequence(element, None, steps, False)
        outer.want(sequence, place.name, self.layer_name(primary) or SEQUENCE)
        return (sequence,)

    def layer_name(self, primary: tree.Primary) -> str | None:
        """The op or block behind a primary that makes a layer, or None."""
        if isinstance(primary, tree.Merge):
            return primary.name
        if not isinstance(primary, tree.Call) or primary.name == TRANSPARENT:
            return None
        can_be_called = primary.name in self.visible or primary.name in OPS
        return primary.name if primary.arguments is not None or can_be_called else None

    def not_nameable(self, place: Place) -> None:
        if place.namespace.is_sequence and place.name is not None:
            self.report(diagnostics.NotNameable(place.name.name), place.name)

    def group(self, group: tree.Group, place: Place) -> Steps:
        self.not_nameable(place)
        name = None if place.namespace.is_sequence else place.name
        return self.chain(group.chain, place.namespace, place.names, name)

    def conditional(self, primary: tree.If, place: Place) -> Steps:
        self.not_nameable(place)
        condition = self.expression(primary.condition, place.names)
        others = primary.otherwise.statements if primary.otherwise is not None else ()
        sure = len(self.sure_calls)
        then = self.statements(primary.then.statements, place.namespace, place.names)
        otherwise = self.statements(others, place.namespace, place.names)
        del self.sure_calls[sure:]
        return (bound.Branch(place.element, condition, then, otherwise),)

    def turns(self, primary: tree.For, place: Place) -> Steps:
        self.not_nameable(place)
        light = (self.template, ", ".join(target.name for target in primary.targets))
        iterable = self.expression(primary.iterable, place.names, light)
        names = place.names
        for target in primary.targets:
            names = self.declare("the name", target, names)
        targets = tuple(target.name for target in primary.targets)
        body = self.statements(primary.body.statements, place.namespace, names)
        return (bound.Loop(place.element, targets, iterable, body),)

    def stage(self, stage: tree.Stage, place: Place) -> Steps:
        sequence = self.stage_body(stage, place, in_loop=False)
        if place.namespace.in_loop:
            self.report(diagnostics.NameInLoop(stage.name), place.name or place.element)
        else:
            start = stage.name_start
            name = tree.Name(start, start + len(stage.name), stage.name)
            place.namespace.want(sequence, name, stage.name)
        self.not_nameable(place)
        return (sequence,)

    def stage_body(self, stage: tree.Stage, place: Place, in_loop: bool) -> bound.Sequence:
        inner = Namespace(self.report, True, in_loop)
        body = self.statements(stage.body.statements, inner, place.names)
        inner.assign_names()
        return bound.Sequence(place.element, None, body, True)

    # Calls

    def call(self, call: tree.Call, place: Place) -> Steps:
        if call.name in self.shared:
            return (self.shared_call(call, place),)
        template, op_class = self.visible.get(call.name), OPS.get(call.name)
        node: Step
        if call.arguments and (template or op_class):
            numbers = self.expressions.numbers
            names = place.names | numbers if numbers else place.names
            inner = applied_to(call, self.visible, place.namespace.values, names, self.choices)
            if inner is not None:
                return self.nested(call, inner, place)
        if template is not None:
            node = self.block(call, template, place)
        elif op_class is None:
            return (self.value(call, place),)
        elif op_class.merges:
            return self.merges.call(call, op_class, place)
        else:
            node = self.layer(call, op_class, place)
        if call.name != TRANSPARENT or place.namespace.is_sequence:
            named = node if isinstance(node, (bound.OpCall, bound.BlockCall)) else None
            place.namespace.want(named, place.name, call.name)
        return (node,)

    def shared_call(self, call: tree.Call, place: Place) -> Step:
        """A call of what is shared, by its name."""
        from .sharing import bound_call  # deferred: few specs share layers

        return bound_call(call, place, self.report)

    def nested(self, call: tree.Call, inner: tree.Argument, place: Place) -> Steps:
        """A layer that is called on another one, or on a value."""
        from .foreign import called_on, joined  # deferred: for what is at fault alone

        found = joined(call.name, self.template.location(inner).text)
        if type(inner.value) is tree.Name:
            found = called_on(call, self.template, ("main", *place.namespace.values))
        self.report(found, inner)
        place.namespace.want(None, place.name, call.name)
        return (bound.Invalid(place.element),)

    def value(self, call: tree.Call, place: Place) -> Step:
        """A named value at the start of a chain, or a layer that a name stands for."""
        namespace = place.namespace
        is_value = call.arguments is None and call.name in namespace.values
        if call.name in place.names and not is_value:
            return self.application(call, place)
        if call.arguments is not None or namespace.is_sequence:
            namespace.want(None, place.name, call.name)
        if is_value and not namespace.is_sequence:  # one's values are names at fault
            if place.is_first:
                return bound.ValueRead(call, call.name)
            rule = "a named value can only start a chain; merges join it with others"
            self.report(diagnostics.Misplaced(f"the value `{call.name}`", rule), call)
        elif not is_value and call.arguments is None and self.is_elsewhere(call.name, namespace):
            self.expressions.unknown_value(call.name, call, around=place)
        elif not is_value:
            known = self.choices.of(call.name, self.visible, OPS, namespace.values)
            may_be_number = self.may_be_number(call, place)
            if may_be_number and place.name is not None:
                self.expressions.numbers.add(place.name.name)
            meant = self.unknown_layer(call, known, may_be_number)
            self.arguments_of(call, meant or "", place)
        return bound.Invalid(place.element)

    def is_elsewhere(self, name: str, namespace: Namespace) -> bool:
        """Whether a name is that of a list, or of a value that cannot be seen here."""
        lists = self.expressions.lists
        is_list = lists is not None and name in lists.names
        is_layer = namespace.is_sequence and name in namespace.layers
        return is_list or is_layer or self.expressions.is_outside(name)

    def may_be_number(self, call: tree.Call, place: Place) -> bool:
        """Whether `let NAME = unknown(8 * 2)` may as well be meant for a number."""
        is_let = place.is_first and place.name is not place.element.name
        given = [one.value for one in call.arguments or () if one.name is None]
        are_numbers = not any(may_be_value(one, self.visible, place.names) for one in given)
        return is_let and bool(given) and are_numbers and len(given) == len(call.arguments or ())

    def arguments_of(self, call: tree.Call, meant: str, place: Place) -> None:
        """Report what is wrong with the arguments of a call whose name is."""
        template, op_class = self.visible.get(meant), OPS.get(meant)
        if template is not None:
            self.block(call, template, place)
        elif op_class is not None and not op_class.merges:
            self.layer(call, op_class, place)
        else:
            for one in call.arguments or ():
                if not may_be_value(one.value, self.visible, place.names):
                    self.expression(one.value, place.names)

    def application(self, call: tree.Call, place: Place) -> Step:
        """A layer that a name stands for, unless the name is that of something else for certain."""
        if self.expressions.is_layer_by_default(call.name) is False:
            name = tree.Node(call.start, call.name_end)
            self.report(diagnostics.LayerAsValue(call.name, True), name)
            return bound.Invalid(place.element)
        light = (self.template, call.name)
        arguments = tuple(
            bound.Argument(one, one.name or "", self.expression(one.value, place.names, light))
            for one in call.arguments or ()
        )
        node = bound.Application(place.element, None, arguments, call.name, {})
        place.namespace.want(node, place.name, call.name)
        return node

    def block(self, call: tree.Call, template: Template, place: Place) -> Step:
        arguments = self.expressions.arguments(call, template, place.names)
        node = bound.BlockCall(place.element, None, arguments or (), template)
        if template.kind == "model":
            self.template.inner_models.append(template)
        else:
            self.sure_calls.append(node)
        return bound.Invalid(place.element) if arguments is None else node

    def layer(self, call: tree.Call, op_class: type[Op], place: Place) -> Step:
        arguments: Arguments | None = ()
        if call.arguments or op_class.attributes:
            arguments = self.expressions.arguments(call, op_class, place.names)
        if arguments is None:
            return bound.Invalid(place.element)
        if op_class.name == TRANSPARENT:
            return bound.Identity(place.element)
        if self.template.defaults:
            arguments = self.template.with_defaults(op_class, arguments)
        text = self.template.source.text[call.start : call.end]
        op = self.ops.get(text)
        if op is not None:
            return bound.OpCall(place.element, None, arguments, op_class, op, {})
        known = self.expressions.constants(op_class, arguments)
        if known is None:
            return bound.Invalid(place.element)
        if len(known) == len(arguments):
            op = self.ops[text] = op_class(**known)
        return bound.OpCall(place.element, None, arguments, op_class, op, known)


_PRIMARIES: dict[type, Callable[[Binder, Any, Place], Steps]] = {
    tree.Call: Binder.call,
    tree.Group: Binder.group,
    tree.Values: Binder.values,
    tree.Item: Binder.item,
    tree.If: Binder.conditional,
    tree.For: Binder.turns,
    tree.Stage: Binder.stage,
    tree.Merge: lambda binder, merge, place: binder.merges.merge(merge, place),
}
