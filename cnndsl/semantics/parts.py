"""Several values with a name for each: the parts of a split, and what blocks take and give."""

from __future__ import annotations

from .. import diagnostics
from ..ops.channels import Split
from ..syntax import tree
from . import bound
from .evaluate import Unknown
from .expressions import A_COUNT
from .naming import check_layer_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ..ops.base import Op
    from ..values import Shape
    from .bound import Steps
    from .expressions import ExpressionBinder, Names, Report
    from .naming import Namespace
    from .reporting import Context, Findings

OF_SEVERAL = (
    "names with commas are for the parts of `split`, as in `split(2) as left, right`, and for "
    "blocks with several outputs"
)
IN_SEQUENCES = "a stage or a loop is one chain; name the parts in a block or a model"
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
    expressions: ExpressionBinder, node: tree.Values, is_misplaced: bool, namespace: Namespace
) -> bound.Values | bound.Invalid:
    """`(a, b)` at the start of a chain."""
    known = ("main", *namespace.values)
    if is_misplaced:
        expressions.report(diagnostics.Misplaced("values in brackets", AT_THE_START), node)
        return bound.Invalid(node)
    unknown = [one for one in node.names if one.name not in known]
    for one in unknown:
        choices = expressions.choices.of(one.name, known)
        expressions.report(diagnostics.UnknownValue(one.name, choices), one)
    if unknown:
        return bound.Invalid(node)
    return bound.Values(node, tuple(bound.ValueRead(one, one.name) for one in node.names))


def inputs_of(
    statements: Iterable[Any], report: Report, names: Names, namespace: Namespace
) -> tuple[str, ...]:
    """The names that a block gives to what it takes."""
    found: list[tree.Name] = []
    for statement in statements:
        given = statement.names if isinstance(statement, tree.Inputs) else (statement.shape,)
        if not isinstance(given[0], tree.Name):
            report(diagnostics.Misplaced("a shape", OF_BLOCKS), statement)
        elif found:
            report(diagnostics.Misplaced("a second `input`", "list all names in one"), statement)
        else:
            found += given
    for place, one in enumerate(found):
        if one.name in names or any(one.name == other.name for other in found[:place]):
            report(diagnostics.NameTaken("the name", one.name), one)
        check_layer_name(one, report)
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
        node = bound.OpCall(element, None, own, Split, op, len(given))
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
