"""Expressions and arguments as the bound tree has them: names checked, words as literals."""

from __future__ import annotations

from operator import is_

from .. import diagnostics
from ..diagnostics.base import nearest
from ..ops import OPS
from ..ops.index import WORDS
from ..record import PLAIN
from ..syntax import tree
from ..values import LayerValue
from .bound import Argument
from .evaluate import AXES, FUNCTIONS, MOST_STEPS, Budget, Exhausted, evaluate
from .failures import EvaluationFailed, accepted
from .signatures import Signature, match, signature_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterable, Mapping
    from typing import Any, TypeAlias

    from ..diagnostics.base import Diagnostic
    from ..ops.base import Described, Op
    from ..syntax.tree import Expression
    from ..values import Value
    from .bound import Arguments, Node
    from .layer_uses import LayerUses
    from .lists import Lists
    from .naming import Namespace, Place
    from .template import Template
    from .words import Light, Owner

    Names: TypeAlias = frozenset[str]
    Report: TypeAlias = Callable[[Diagnostic, tree.Node | Node], None]

IT_HAS = "it has height, width and channels, and size for height and width"
IN_HAS = "the shape that enters is `in.height`, `in.width` and `in.channels`"
DIMENSIONS = (tree.InputDimension, tree.ValueDimension)
VARIABLE = (tree.Name, tree.NumberedName, tree.ListName, tree.InputDimension, tree.Invalid)
"""What has no value of its own, or others in other places."""
MOST_COMPARED = 20_000
"""How many words the unknown ones of a file are compared with: about a second."""
CHARACTERS_A_WORD = 20
"""How much text is searched in the time that comparing a word takes."""
CHEAPER = 40
"""How many words are looked at again in that time, for an unknown name that comes again."""
A_NUMBER: Light = ("scale", "factor")
"""The light in which operands stand: that of any attribute that takes a number."""
A_COUNT: Light = ("dense", "units")
"""That in which a repeat's count and the sides of an assertion stand."""


class Choices:
    """What a file may take while it is bound: for constants, and for what names could mean."""

    def __init__(self, size: int = 0) -> None:
        self.budget = Budget(size)
        """The steps that are left for constants; without any, they have values when it runs."""
        self.left = MOST_COMPARED
        self.compared: set[int] = set()
        """The hashes of unknown names with what each was compared with."""
        self.layer_uses: LayerUses | None = None
        self.for_layers: dict[Light, bool] = {}
        """Whether what stands in a light is called as a layer."""
        self.signatures: dict[Owner, Signature] = {}
        """What is taken by those that are called in the file."""

    def of(self, unknown: str, *names: Iterable[str]) -> tuple[str, ...]:
        """These names, or none once enough have been compared."""
        if self.left <= 0:
            return ()
        known = tuple([one for group in names for one in group])
        key = hash((unknown, known))
        self.left -= len(known) // CHEAPER if key in self.compared else len(known)
        self.compared.add(key)
        return known

    def is_for_layer(self, light: Light) -> bool:
        """Whether a parameter, or one of several loop variables, is called as a layer."""
        if light not in self.for_layers:
            self.for_layers[light] = self.uses.takes_layer(*light)
        return self.for_layers[light]

    @property
    def uses(self) -> LayerUses:
        """What the names of definitions are used for."""
        from .layer_uses import LayerUses  # deferred: for layers and unknown names alone

        if self.layer_uses is None:
            self.layer_uses = LayerUses()
        return self.layer_uses

    def takes_layer(self, template: Template | None, place: int, argument: tree.Argument) -> bool:
        """Whether the parameter of a block that an argument gives is called as a layer."""
        if template is None:
            return False
        name = argument.attribute(place, (*template.attributes,))
        return name in template.attributes and self.is_for_layer((template, name))


class ExpressionBinder:
    """Binds the expressions of one definition."""

    def __init__(
        self,
        report: Report,
        template: Template | None = None,
        choices: Choices | None = None,
        takes_layers: bool = False,
    ) -> None:
        """`takes_layers` is for values of which nobody knows yet what they are for."""
        self.report = report
        self.takes_layers = takes_layers
        self.template = template
        self.choices = choices or Choices()
        self.signatures = self.choices.signatures
        self.values: tuple[Collection[str], ...] = ()
        """The named values in reach, by scope."""
        self.measured: set[str] = set() if template is None else template.measured
        self.numbers: set[str] = set()
        """Names that a `let` at fault was to give, maybe to numbers."""
        self.lists: Lists | None = None
        """The lists of values, if the file has any."""

    def bind(
        self,
        node: tree.Expression,
        names: Names,
        light: Light | None = None,
        no_input: str | None = None,
    ) -> Expression:
        """The bound expression; `Invalid`, or with an `Invalid` inside, after reporting.

        `names` are the variables in reach, `light` is the attribute that the value is for, and
        `no_input` says why the expression cannot read `in`, where it cannot.
        """
        if no_input is not None and any(isinstance(one, DIMENSIONS) for one in tree.parts(node)):
            self.report(diagnostics.BadOperation(no_input), node)
            return tree.Invalid(node.start, node.end)
        bound: Expression = self.part(node, names, light)
        budget = self.choices.budget
        if type(bound) is not tree.Literal and is_constant(bound) and not budget.is_spent:
            try:
                evaluate(bound, {}, None, budget)
            except EvaluationFailed as failure:
                return self.without_value(node, failure, light)
            except Exhausted as exhausted:
                self.report(diagnostics.TooManySteps(MOST_STEPS), exhausted.node)
        return bound

    def without_value(
        self, node: tree.Expression, failure: EvaluationFailed, light: Light | None
    ) -> Expression:
        from .words import in_light  # deferred: for an error alone

        self.report(in_light(failure.diagnostic, light), failure.node)
        return tree.Invalid(node.start, node.end)

    def arguments(
        self, call: tree.Call, callee: Owner, names: Names, no_input: str | None = None
    ) -> Arguments | None:
        """The arguments in the order in which the callee declares them, or None after reporting.

        `no_input` is that of `bind`.
        """
        signature = self.signatures.get(callee)
        if signature is None:
            signature = self.signatures[callee] = signature_of(callee)
        given = match(signature, call, self.report)
        if given is None:
            for argument in call.arguments or ():
                if signature.known and argument.name in (None, *signature.known):
                    self.bind(argument.value, names)
            return None
        found = []
        for name in signature.known:
            if name in given:
                value = self.bind(given[name].value, names, (callee, name), no_input)
                found.append(Argument(given[name], name, value))
        return tuple(found) if all(name in given for name in signature.required) else None

    def constants(
        self, owner: type[Op] | Described, arguments: Arguments
    ) -> dict[str, Value] | None:
        """The attributes whose values are known already, or None after reporting."""
        values: dict[str, Value] = {}
        failed = False
        for one in arguments:
            if is_constant(one.value) and not self.choices.budget.is_spent:
                try:
                    value = evaluate(one.value, {}, None)
                    values[one.name] = accepted(owner, one.name, one.value, value)
                except EvaluationFailed as failure:
                    self.report(failure.diagnostic, failure.node)
                    failed = True
        return None if failed else values

    def part(self, node: Any, names: Names, light: Light | None) -> Any:
        if type(node) is tree.Literal:
            return node
        if type(node) is not tree.Name:
            return self.parts(node, names, light)
        if node.name in names:
            return node
        if node.name in WORDS:
            return tree.Literal(node.start, node.end, node.name)
        return self.unknown(node, names, light)

    def parts(self, node: Any, names: Names, light: Light | None) -> Any:
        """An expression with its parts bound; itself where that changes nothing."""
        if type(node) in DIMENSIONS:
            return self.dimension(node)
        if type(node) is tree.Comprehension:
            return self.comprehension(node, names, light)
        if type(node) is tree.Function and (node.named or node.name not in FUNCTIONS):
            return self.layer_with(node, names, light)
        before, after = [], []
        for field in node.__fields__:
            value = getattr(node, field)
            before.append(value)
            if type(value) not in PLAIN and isinstance(value, tree.Node):
                value = self.part(value, names, self.light_of(node, field, light))
            elif type(value) is tuple:
                inner = light if light is not None and self.is_of_block(light) else None
                items = tuple(self.part(one, names, inner) for one in value)
                value = value if all(map(is_, items, value)) else items
            after.append(value)
        return node if all(map(is_, before, after)) else type(node)(*after)

    def comprehension(self, node: tree.Comprehension, names: Names, light: Light | None) -> Any:
        from .comprehensions import bound_comprehension  # deferred: few specs have any

        return bound_comprehension(self, node, names, light)

    def layer_with(self, node: tree.Function, names: Names, light: Light | None) -> Expression:
        """A layer with arguments as a value, or a call of what is no function."""
        from .layer_binder import bound_layer, no_function  # deferred: few specs have either

        bound = bound_layer(self, node, names, light)
        if bound is not None:
            return bound
        self.report(no_function(self, node, names, light), node)
        for argument in node.as_call.arguments or ():
            self.part(argument.value, names, None)
        return tree.Invalid(node.start, node.end)

    def is_for_layer(self, light: Light | None) -> bool:
        """Whether what stands in a light is called as a layer."""
        return self.takes_layers or (light is not None and self.choices.is_for_layer(light))

    def layers(self, light: Light | None) -> dict[str, Template]:
        """The blocks that can be given in a light."""
        template = self.template or (light[0] if light is not None else None)
        return getattr(template, "blocks", {})

    @property
    def visible(self) -> dict[str, Template]:
        return self.template.visible if self.template is not None else {}

    def text(self, node: tree.Node) -> str:
        """What is written there."""
        return "" if self.template is None else self.template.location(node).text

    def unknown_value(
        self,
        name: str,
        node: tree.Node,
        *known: Iterable[str],
        numbers: Names = frozenset(),
        around: Place | None = None,
    ) -> None:
        """Report a name that no value has: that of a list or a number, or of nothing."""
        from .words import no_value  # deferred: for an unknown name alone

        self.report(no_value(self, name, known, numbers, around), node)

    def is_outside(self, name: str) -> bool:
        """Whether a value has that name outside of the braces that cannot see it."""
        return any(name in one for one in self.values)

    def reach(self, namespace: Namespace) -> tuple[Collection[str], ...]:
        """Let expressions measure the values of a namespace; what they could before."""
        outer = self.values
        if not namespace.is_sequence and (not outer or outer[0] is not namespace.values):
            self.values = (namespace.values, *outer)
        return outer

    def is_chain(self, call: Any, values: Container[str], names: Names) -> bool:
        """Whether a name, called or not, is that of a layer or value; a number has it, if both."""
        if isinstance(call, tree.Item):
            return True
        callee = self.visible.get(call.name) or OPS.get(call.name)
        if call.name in values:
            return True
        is_name = call.arguments is None
        if callee is None and call.name in names and self.is_layer_by_default(call.name):
            return True
        if callee is None and is_name:
            known = self.choices.of(call.name, names)
            return call.name not in names.union(WORDS) and nearest(call.name, known) is None
        if callee is None:
            given = [one.value for one in call.arguments or ()]
            are_numbers = not any(may_be_value(one, self.visible, names) for one in given)
            return not is_function(call.name, are_numbers)
        needs_arguments = any(one.is_required for one in callee.attributes.values())
        return not (is_name and call.name in names and needs_arguments)

    def is_layer_by_default(self, name: str) -> bool | None:
        """Whether a parameter's default is a layer; None where it has none that is plain."""
        parameter = self.template.attributes.get(name) if self.template is not None else None
        default = None if parameter is None else parameter.default
        return isinstance(default.value, LayerValue) if isinstance(default, tree.Literal) else None

    @staticmethod
    def is_of_block(light: Light) -> bool:
        """Whether something is for a block's parameter, or for loop variables."""
        return not isinstance(light[0], type | str)

    def light_of(self, node: Any, field: str, light: Light | None) -> Light | None:
        """What a part of an expression is for: a choice is for what the whole is for."""
        if type(node) is tree.Conditional and field != "condition":
            return light
        if type(node) is not tree.Binary or node.operator in ("and", "or"):
            return None
        other = node.right if field == "left" else node.left
        if node.operator not in ("==", "!=") or _is_number(other):
            return A_NUMBER
        if self.template:
            known = {parameter.name for parameter in self.template.parameters}
            if type(other) is tree.Name and other.name in known:
                return self.template, other.name
        return None

    def unknown(self, node: tree.Name, names: Names, light: Light | None) -> Expression:
        from . import words  # deferred: for layers and unknown names alone

        if node.name in self.numbers:
            return tree.Invalid(node.start, node.end)
        is_list = self.lists is not None and node.name in self.lists.names
        if is_list or self.is_outside(node.name):
            self.report(words.value_as_number(node.name, is_list), node)
            return tree.Invalid(node.start, node.end)
        blocks = self.layers(light)
        callee = blocks.get(node.name) or OPS.get(node.name)
        is_for_layer = self.is_for_layer(light)
        if callee is not None and is_for_layer:
            return tree.Literal(node.start, node.end, LayerValue(node.name, callee))
        if callee is not None:
            self.report(
                diagnostics.LayerAsValue(node.name, False, words.behind(node.name, light)), node
            )
            return tree.Invalid(node.start, node.end)
        known_words, expected = words.words_for(light if self.choices.left > 0 else None)
        variables = sorted(names) if self.choices.left > 0 else ()
        layers = (*OPS, *blocks) if is_for_layer else ()
        known = self.choices.of(node.name, variables, known_words, layers)
        if self.template is not None:
            self.choices.left -= self.template.source.size // CHARACTERS_A_WORD
            if expected is None:
                is_default = light is not None and light[0] is self.template
                expected = words.declaration(node.name, self.template, not is_default)
        self.report(diagnostics.UnknownName(node.name, known, expected), node)
        return tree.Invalid(node.start, node.end)

    def dimension(self, node: tree.InputDimension | tree.ValueDimension) -> Expression:
        name = node.value.name[:-1] if isinstance(node, tree.ValueDimension) else "in"
        is_known = name == "in" or self.is_outside(name)
        if node.axis not in AXES:
            reason = f"`{name}` has no `{node.axis}`"
            self.report(diagnostics.BadOperation(reason, IT_HAS if is_known else IN_HAS), node)
        elif not is_known:
            self.unknown_value(name, node, *self.values)
        else:
            self.measured.add(name)
            return node
        return tree.Invalid(node.start, node.end)


def _is_number(node: tree.Expression) -> bool:
    return type(node) is tree.Literal and type(node.value) in (int, float)


def is_constant(expression: Expression) -> bool:
    """Whether an expression has the same value everywhere."""
    if type(expression) is tree.Literal:
        return True
    kinds = {type(part) for part in tree.parts(expression)}
    if tree.Comprehension in kinds:  # whose own names are no variables around it
        return tree.Invalid not in kinds and not tree.names_of(expression)
    return kinds.isdisjoint(VARIABLE)


def applied_to(
    call: tree.Call,
    visible: Mapping[str, Template],
    values: Container[str],
    names: Container[str],
    choices: Choices,
) -> tree.Argument | None:
    """An argument that is a layer where none is taken, or a named value where it joins none.

    So is that of `relu(conv(8, 3x3))`.
    """
    is_merge = call.name in OPS and OPS[call.name].merges
    for place, one in enumerate(call.arguments or ()):
        node = one.value
        is_layer = type(node) is tree.Function and (node.name in OPS or node.name in visible)
        if (
            is_layer
            and one.name is None
            and not choices.takes_layer(visible.get(call.name), place, one)
        ):
            return one
        name = node.name if type(node) is tree.Name and node.name not in names else None
        is_value = name is not None and (name == "main" or name in values)
        if is_value and not is_merge:
            return one
    return None


def chain_of(value: Any, lists: Container[str] = ()) -> tree.Chain | None:
    """The chain that an expression may as well be: of one call or name, or a repeat of it."""
    call: tree.Call | tree.Item
    repeat = None
    if isinstance(value, tree.Binary) and value.operator == "*":
        value, repeat = value.left, value.right
    place = value.start, value.end
    if isinstance(value, tree.Name):
        call = tree.Call(*place, value.name, None, value.end)
    elif isinstance(value, tree.Function):
        call = value.as_call
    elif (
        isinstance(value, tree.Index)
        and isinstance(value.sequence, tree.Name)
        and value.sequence.name in lists
    ):
        call = tree.Item(*place, value.sequence, value.index)
    else:
        return None
    end = value.end if repeat is None else repeat.end
    element = tree.Element(value.start, end, call, repeat, None, None)
    return tree.Chain(value.start, end, (element,))


def is_function(name: str, of_numbers: bool) -> bool:
    """Whether an unknown call is that of a function, of this language or of others."""
    from .words import is_function_of_others  # deferred: for an unknown name alone

    return name in FUNCTIONS or (of_numbers and is_function_of_others(name))


def may_be_value(node: tree.Expression, visible: Container[str], names: Names) -> bool:
    """Whether an argument of an unknown layer may be a layer or names of values."""
    if isinstance(node, tree.Items):
        return all(may_be_value(one, visible, names) for one in node.items)
    if isinstance(node, tree.Function):
        return node.name in OPS or node.name in visible
    return isinstance(node, tree.Name) and node.name not in names
