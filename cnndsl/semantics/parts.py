"""Several values with a name for each: the parts of a split, and what blocks take and give."""

from __future__ import annotations

from .. import diagnostics
from ..ops.channels import Split
from ..syntax import tree
from . import bound
from .expressions import A_COUNT
from .failures import Unknown
from .naming import check_layer_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ..ops.base import Op
    from ..values import Shape
    from .bound import Steps
    from .expressions import ExpressionBinder, Names, Report
    from .naming import Namespace, Place
    from .reporting import Context, Findings
    from .template import Template

OF_SEVERAL = (
    "names with commas are for the parts of `split`, as in `split(2) as left, right`, and for "
    "blocks with several outputs"
)
OF_LISTS = "name the values, and add one: `as a, b`, then `a -> identity as list[]`"
IN_SEQUENCES = "a stage or a loop is one chain; make its body a block, where parts can be named"
AT_THE_END = "its parts are values: start a chain with one of their names"
AT_THE_START = "values in brackets start a chain, in a block or a model"
OF_BLOCKS = "a block names what it takes, as in `input a, b`; its shape is that of the call"


def misplaced(
    expressions: ExpressionBinder,
    element: tree.Element,
    gives_several: bool,
    is_last: bool,
    namespace: Namespace,
) -> bool:
    """Whether several names cannot stand behind an element, which is then reported."""
    faults = (
        (isinstance(element.name, tree.ListName), "a list beside names", OF_LISTS),
        (not gives_several, "several names", OF_SEVERAL),
        (namespace.is_sequence, "several names", IN_SEQUENCES),
        (not is_last, "a layer behind several names", AT_THE_END),
    )
    for is_fault, what, rule in faults:
        if is_fault:
            expressions.report(diagnostics.Misplaced(what, rule), element.others[0])
            return True
    return False


def names_behind(
    expressions: ExpressionBinder, element: tree.Element, is_last: bool, namespace: Namespace
) -> bound.Names | bound.Invalid:
    """The names of the several values that an element gives. Its layer has a name of its own."""
    given = element.names
    names = tuple(one.name for one in given)
    namespace.values |= dict.fromkeys(names)
    if misplaced(expressions, element, True, is_last, namespace):
        return bound.Invalid(element, names)
    for place, one in enumerate(given):
        if one.name in names[:place]:
            expressions.report(diagnostics.NameTaken("the name", one.name), one)
        check_layer_name(one, expressions.report)
    return bound.Names(element, names)


def values(
    expressions: ExpressionBinder, node: tree.Values, is_misplaced: bool, place: Place
) -> Steps:
    """`(a, b)` at the start of a chain."""
    known = ("main", *place.namespace.values)
    if is_misplaced:
        expressions.report(diagnostics.Misplaced("values in brackets", AT_THE_START), node)
        return (bound.Invalid(node),)
    picks: list[bound.Pick] = []
    reads: list[bound.ValueRead] = []
    for one in node.names:
        if isinstance(one, tree.Item):
            found = picked(expressions, one, place)
            picks += found
            reads += (bound.ValueRead(one, pick.name) for pick in found)
        elif one.name in known:
            reads.append(bound.ValueRead(one, one.name))
        else:
            expressions.unknown_value(one.name, one, known, numbers=place.names)
    if len(reads) < len(node.names):
        return (bound.Invalid(node),)
    return (*picks, bound.Values(node, tuple(reads)))


def picked(expressions: ExpressionBinder, item: tree.Item, place: Place) -> list[bound.Pick]:
    """A value of a list; none after reporting."""
    from .lists import bound_item  # deferred: few specs have lists of values

    found = bound_item(expressions, item, place.namespace, place.names)
    return [] if found is None else [found]


def inputs_of(
    template: Template,
    statements: Iterable[Any],
    report: Report,
    names: Names,
    namespace: Namespace,
) -> tuple[str, ...]:
    """The names that a definition gives to what it takes. A model's are names of layers, too."""
    found: list[tree.Name] = []
    is_model = template.kind == "model"
    for statement in statements:
        given = statement.names if isinstance(statement, tree.Inputs) else (statement.shape,)
        has_shape = bool(getattr(statement, "shapes", not isinstance(given[0], tree.Name)))
        if not is_model and has_shape:
            report(diagnostics.Misplaced("a shape", OF_BLOCKS), statement)
        elif not is_model and found:
            report(diagnostics.Misplaced("a second `input`", "list all names in one"), statement)
        found += [one for one in given if isinstance(one, tree.Name)]
    for place, one in enumerate(found):
        if one.name in names or any(one.name == other.name for other in found[:place]):
            report(diagnostics.NameTaken("the name", one.name), one)
        check_layer_name(one, report)
        if is_model:
            namespace.want(None, one, one.name)
    namespace.values |= dict.fromkeys(one.name for one in found)
    return tuple(one.name for one in found)


def named_parts(
    expressions: ExpressionBinder,
    element: tree.Element,
    is_last: bool,
    namespace: Namespace,
    names: Names,
) -> Steps:
    """A side chain for each part, of one layer. They leave the main line where it is."""
    given = element.names
    namespace.values |= dict.fromkeys(one.name for one in given)
    invalid = (bound.Invalid(element, (), True),)
    call: Any = element.primary
    is_split = isinstance(call, tree.Call) and call.name == Split.name
    if misplaced(expressions, element, is_split and element.repeat is None, is_last, namespace):
        return invalid
    places = [tree.Literal(call.end, call.end, place) for place in range(len(given))]
    part = tree.Argument(call.end, call.end, "part", places[0])
    whole = call.replaced(arguments=(*(call.arguments or ()), part))
    arguments = expressions.arguments(whole, Split, names)
    values = None if arguments is None else expressions.constants(Split, arguments)
    if arguments is None or values is None:
        return invalid
    *sizes, _ = arguments
    claims: Steps = ()
    if element.assertion is not None:
        shape = expressions.bind(element.assertion, names, A_COUNT)
        claims = (bound.Assertion(element, shape),)
    steps = []
    for name, place in zip(given, places, strict=True):
        op = Split(**{**values, "part": place.value}) if len(values) > 1 else None
        own = (*sizes, bound.Argument(part, "part", place))
        node = bound.OpCall(element, None, own, Split, op, {}, len(given))
        namespace.want(node, name, Split.name)
        steps.append(bound.Let(name, name.name, (node, *claims)))
    return tuple(steps)


def need_part(
    node: bound.OpCall, op: Op, shape: Shape | None, context: Context, findings: Findings
) -> None:
    """Raise `Unknown` for a named part of what is no split; the first part reports it."""
    if not isinstance(op, Split):
        return
    if op.count != node.names:
        if op.part == 0:
            findings.report(diagnostics.PartsNamed(node.names, op.count), node, context)
        raise Unknown
    if op.part and shape is not None and not op.is_whole(shape.channels):
        raise Unknown
