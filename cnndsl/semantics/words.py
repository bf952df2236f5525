"""Which words of the language a name can stand for, where it stands.

An argument is read in the light of its attribute. A parameter takes the light of the attributes
that it is handed to, in its own block or in those that it calls, and of what it is compared with.
Asked only once a name is unknown: a word that the language has is read as that word everywhere.
"""

from __future__ import annotations

from ..diagnostics.base import nearest
from ..diagnostics.names import UnknownAttribute, UnknownValue
from ..diagnostics.types import Indivisible, Misplaced, MissingArgument
from ..ops import OPS
from ..ops.base import FLAG, WrongKind
from ..ops.index import WORDS
from ..ops.vocabulary import (
    ACTIVATIONS,
    DIFFERING,
    DIFFERING_IN,
    FUNCTIONS_OF_OTHERS,
    NO_ACTIVATION,
    alike,
    answer,
    attribute_advice,
    attribute_meant,
    is_lacking,
    plain,
    said_of,
)
from ..syntax import tree
from ..syntax.actions import CONSTANTS
from .evaluate import AXES, FUNCTIONS
from .template import Template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TypeAlias

    from ..diagnostics.base import Diagnostic
    from ..ops.base import Described, Kind, Op
    from ..values import Value
    from .expressions import ExpressionBinder, Names
    from .naming import Place
    from .signatures import Signature

    Owner: TypeAlias = type[Op] | Template | Described
    Light: TypeAlias = tuple[Owner | str, str]
    """An attribute, of an op (or its name) or an order of channels, or a definition's parameter."""


def words_for(light: Light | None) -> tuple[tuple[str, ...], str | None]:
    """The words to suggest, and a sentence that says what is taken here, if that is known."""
    kinds = dict(_kinds(*light, set())) if light is not None else {}
    words = [word for kind in kinds.values() for word in kind.words]
    words += [
        word for word, one in CONSTANTS.items() if any(_takes(k, one) for k in kinds.values())
    ]
    if not kinds:
        return (*sorted(WORDS), *CONSTANTS), None
    sentences = (f"{what} takes {kind.text}" for what, kind in kinds.items() if kind.words)
    return tuple(dict.fromkeys(words)), next(sentences, None)


def _takes(kind: Kind, value: Value) -> bool:
    try:
        kind.accept(value)
    except WrongKind:
        return False
    return True


def declaration(name: str, template: Template, can_read_input: bool) -> str:
    """What to write for a name that nothing has: the input's own, or a parameter."""
    axis = plain(name).removeprefix("in").removeprefix("put")
    if axis in AXES and can_read_input:
        return f"write `in.{axis}` for that of the shape that enters"
    return f"write `{name} = ...` among the parameters of {template.kind} {template.name}"


def in_light(diagnostic: Diagnostic, light: Light | None) -> Diagnostic:
    """A division's finding, which says what to write for what is taken here."""
    if light is None or not isinstance(diagnostic, Indivisible):
        return diagnostic
    kinds = {kind.counts for _, kind in _kinds(*light, set())}
    return diagnostic.replaced(is_count=kinds.pop() if len(kinds) == 1 else None)


def behind(name: str, light: Light | None) -> str | None:
    """What to write for a layer that is given to an op; a block can take a flag."""
    if light is None or isinstance(light[0], Template):
        return None
    op = OPS[light[0]] if isinstance(light[0], str) else light[0]
    if op.attributes[light[1]].kind is FLAG:
        return f"{op.name}'s `{light[1]}` takes {FLAG.text}"
    return f"write it behind {op.name}: `-> {name}`"


def value_as_number(name: str, is_list: bool) -> Misplaced:
    """A value of a layer, or a list of values, where a number is wanted."""
    if is_list:
        rule = f"a loop counts, `for i in range(n) {{ ... }}`, and reads `{name}[i]`"
        return Misplaced(f"the list `{name}`", rule)
    rule = f"its numbers are `{name}.channels`, `{name}.height` and `{name}.width`"
    rule += f"; values are added by `add({name}, main)`, and joined by `concat({name}, main)`"
    return Misplaced(f"the value `{name}`", rule)


def no_value(
    expressions: ExpressionBinder,
    name: str,
    known: Iterable[Iterable[str]],
    numbers: Names,
    around: Place | None,
) -> Diagnostic:
    """What to say of a name that no value has: that of a list or a number, or of nothing."""
    if expressions.lists is not None and name in expressions.lists.names:
        rule = (
            f"write which of its values is meant, such as `{name}[-1]`; `concat({name})` joins all"
        )
        return Misplaced(f"the list `{name}`", rule)
    if name in numbers or not name.isidentifier():
        return Misplaced(f"`{name}`", _of_values(expressions.template, name))
    advice = _out_of_reach(expressions, name, around)
    if around is not None and (name in OPS or name in expressions.visible):
        advice = f"paths of layers stand in braces, each on its own line; or name it: `{name} as a`"
    choices = () if advice else expressions.choices.of(name, *known)
    return UnknownValue(name, choices, advice)


def _of_values(template: Template | None, name: str) -> str:
    """What stands where a value is wanted, in place of a number or parameter."""
    if template is not None and name in template.attributes:
        if template.kind == "block":
            return f"it is a parameter; what a block takes is named by `input {name}`"
        return "it is a parameter; values are named by `as` or `let`, or are the model's inputs"
    return "it is no value of a layer; those are named by `as` or `let`"


def _out_of_reach(expressions: ExpressionBinder, name: str, around: Place | None) -> str | None:
    """What to write for a value that has the name, and that the braces around cannot see."""
    namespace = None if around is None else around.namespace
    if namespace is not None and namespace.is_sequence and name in namespace.layers:
        return (
            f"here `as {name}` names a layer alone: a stage or a loop is one chain; make its body "
            "a block, where values can be joined"
        )
    if not expressions.is_outside(name):
        return None
    if namespace is not None and namespace.is_sequence and not namespace.in_turns:
        return (
            "a stage or a repeat sees no names from outside; leave its braces out, or make its "
            f"lines a block that takes the value, `input x, {name}`"
        )
    return (
        "a `for` sees no names from outside, but it reads lists: "
        f"`as {name}[]` there, and `{name}[-1]` here"
    )


def missing_argument(signature: Signature, name: str) -> MissingArgument:
    """An argument that a call leaves out; a block's parameter may be meant for what enters it."""
    callee, advice = signature.callee, None
    entering = _entering(callee) if isinstance(callee, Template) else None
    if entering is not None:
        others = [one for one in signature.required if one != entering]
        heading = f"block {callee.name}({', '.join(others)})" if others else f"block {callee.name}"
        advice = (
            f"write `{signature.text}`; or, if `{entering}` is what enters the block, it is no "
            f"parameter: `{heading} {{ input {entering} ... }}`"
        )
    return MissingArgument(signature.owner, name, signature.text, advice)


def _entering(template: Template) -> str | None:
    """The parameter without a default that starts a chain, as what enters does elsewhere."""
    firsts = [
        one.elements[0].primary
        for one in tree.parts(template.definition.body)
        if isinstance(one, tree.Chain)
    ]
    starts = {one.name for one in firsts if isinstance(one, tree.Call) and one.arguments is None}
    required = (name for name, one in template.attributes.items() if one.is_required)
    return next((name for name in required if name in starts), None)


def is_function_of_others(name: str) -> bool:
    """Whether other languages have a function of numbers of that name, and this one has not."""
    return said_of(name, FUNCTIONS_OF_OTHERS) is not None


def function_advice(name: str) -> str | None:
    """What to write for a function, unless it is a slip of one that there is."""
    known = f"the functions are {', '.join(FUNCTIONS)}"
    return said_of(name, FUNCTIONS_OF_OTHERS) or (None if nearest(name, FUNCTIONS) else known)


def _kinds(owner: Owner | str, name: str, seen: set[Light]) -> Iterator[tuple[str, Kind]]:
    """What an attribute or parameter takes, each with what it is called."""
    if (owner, name) in seen:
        return
    seen.add((owner, name))
    if isinstance(owner, str):
        owner = OPS[owner]
    if not isinstance(owner, Template):
        yield f"{owner.name}'s `{name}`", owner.attributes[name].kind
        return
    for part in tree.parts(owner.definition):
        if isinstance(part, tree.Call):
            for callee, attribute in _receivers(owner, part, name):
                yield from _kinds(callee, attribute, seen)
        elif isinstance(part, tree.Binary) and part.operator in ("==", "!="):
            yield from _compared(part, name)


def _receivers(template: Template, call: tree.Call, name: str) -> Iterator[Light]:
    """The attributes that a call gives the parameter to."""
    callee = template.visible.get(call.name) or OPS.get(call.name)
    if callee is None:
        return
    known = tuple(callee.attributes)
    for position, argument in enumerate(call.arguments or ()):
        attribute = argument.attribute(position, known)
        if attribute in known and name in tree.handed_on(argument.value):
            yield callee, attribute


def _compared(comparison: tree.Binary, name: str) -> Iterator[tuple[str, Kind]]:
    """The kinds that have the word with which the parameter is compared."""
    left, right = comparison.left, comparison.right
    for one, other in ((left, right), (right, left)):
        if name in tree.handed_on(one) and isinstance(other, tree.Name):
            for op in OPS.values():
                for attribute, declared in op.attributes.items():
                    if other.name in declared.kind.words:
                        yield f"{op.name}'s `{attribute}`", declared.kind


def _behind(value: tree.Expression) -> str:
    """What to write of an activation that is given as an argument."""
    name = value.name if isinstance(value, tree.Name | tree.Function) else ""
    if plain(name) in NO_ACTIVATION or isinstance(value, tree.Literal):
        return "leave it out: no activation is the default"
    op = answer(name)
    layer = op[0] if op is not None and not is_lacking(op[0]) else name or "relu"
    return f"write it as a layer of its own behind this one: `-> {layer}`"


def unknown_attribute(
    signature: Signature, given: set[str], argument: tree.Argument
) -> UnknownAttribute:
    """An attribute that a call does not have; `given` are those that stand in it already."""
    owner, known, word = signature.owner, signature.known, argument.name or ""
    near = alike(word, known)
    meant = near or attribute_meant(word, known)
    if plain(word) in ACTIVATIONS:
        return UnknownAttribute(owner, word, known, _behind(argument.value))
    if meant is None or meant in given:
        advice = attribute_advice(word) or (f"`{meant}` is given already" if meant else None)
        return UnknownAttribute(owner, word, known, advice)
    is_plain = isinstance(argument.value, tree.Literal | tree.Name)
    differs = plain(word) in DIFFERING or (owner, meant) in DIFFERING_IN
    differs |= meant == "epsilon" and "momentum" in given
    is_certain = near is not None or (is_plain and not differs)
    return UnknownAttribute(owner, word, known, f"write `{meant}`", meant if is_certain else None)
