"""Defaults for ops: what their attributes are where calls do not say it."""

from __future__ import annotations

from .. import diagnostics
from ..ops import OPS
from ..syntax import tree
from .bound import Argument
from .signatures import match, signature_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from .bound import Arguments
    from .expressions import ExpressionBinder


def defaults_of(
    statements: Iterable[tree.Defaults],
    expressions: ExpressionBinder,
    blocks: Container[str],
    outer: dict[str, Arguments],
) -> dict[str, Arguments]:
    """The attributes that statements give to ops, by the op; reports what they cannot.

    Those of `outer` hold where these say nothing.
    """
    found: dict[str, Arguments] = {}
    for statement in statements:
        call = statement.call
        name = tree.Node(call.start, call.name_end)
        if call.name in found:
            second, rule = f"a second `defaults {call.name}`", "give all that an op has in one"
            expressions.report(diagnostics.Misplaced(second, rule), name)
        elif call.name in OPS:
            found[call.name] = _attributes(call, expressions)
        elif call.name in blocks:
            rule = "a block has its defaults among its parameters"
            expressions.report(diagnostics.Misplaced(f"`defaults {call.name}`", rule), name)
        else:
            known = expressions.choices.of(call.name, OPS)
            expressions.report(diagnostics.UnknownLayer(call.name, known), name)
    for op in found:
        own = {one.name for one in found[op]}
        found[op] += tuple(one for one in outer.get(op, ()) if one.name not in own)
    return {**outer, **found}


def _attributes(call: tree.Call, expressions: ExpressionBinder) -> Arguments:
    op_class = OPS[call.name]
    given = match(signature_of(op_class).replaced(required=()), call, expressions.report) or {}
    found = []
    for name, argument in given.items():
        if op_class.attributes[name].is_required:
            rule = f"each {op_class.name} gives its own"
            expressions.report(diagnostics.Misplaced(f"`{name}`", rule), argument)
        else:
            value = expressions.bind(argument.value, frozenset(), (op_class, name), NO_INPUT)
            found.append(Argument(argument, name, value))
    return tuple(found) if expressions.constants(op_class, tuple(found)) is not None else ()


NO_INPUT = "a default cannot read `in`: it is for layers at many places"
