"""The parts of a split with a name for each: `split(2) as left, right`."""

from __future__ import annotations

from .. import diagnostics
from ..ops.channels import Split
from ..syntax import tree
from . import bound
from .expressions import A_COUNT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .bound import Steps
    from .expressions import ExpressionBinder, Names
    from .naming import Namespace

OF_SPLITS = "names with commas are for the parts of `split`, as in `split(2) as left, right`"
IN_SEQUENCES = "a stage or a loop is one chain; name the parts in a block or a model"
AT_THE_END = "its parts are values: start a chain with one of their names"


def named_parts(
    expressions: ExpressionBinder,
    element: tree.Element,
    is_last: bool,
    namespace: Namespace,
    names: Names,
) -> Steps:
    """A side chain for each part, of one layer. They leave the main line where it is."""
    given = tuple(name for name in (element.name, *element.others) if name is not None)
    namespace.values |= dict.fromkeys(one.name for one in given)
    invalid = (bound.Invalid(element, (), True),)
    call: Any = element.primary
    is_split = isinstance(call, tree.Call) and call.name == Split.name
    faults = (
        (not is_split or element.repeat is not None, "several names", OF_SPLITS),
        (namespace.is_sequence, "several names", IN_SEQUENCES),
        (not is_last, "a layer behind a split", AT_THE_END),
    )
    for is_fault, what, rule in faults:
        if is_fault:
            expressions.report(diagnostics.Misplaced(what, rule), element.others[0])
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
