"""Layers that names stand for: the calls that they come to."""

from __future__ import annotations

from .. import diagnostics
from ..syntax import tree
from . import bound
from .failures import Unknown
from .layer_values import given_twice
from .signatures import match, need, signature_of
from .template import TRANSPARENT, Template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..diagnostics.base import Diagnostic
    from ..values import LayerValue
    from .expressions import Report
    from .reporting import Context, Findings


def call_of(
    node: bound.Application, value: LayerValue, context: Context, findings: Findings
) -> bound.OpCall | bound.BlockCall | bound.Identity:
    """What an application comes to for a layer. Raises `Unknown` after reporting."""
    callee = value.callee

    def report(diagnostic: Diagnostic, place: tree.Node | bound.Node) -> None:
        findings.report(diagnostic, place, context)

    if not isinstance(callee, Template) and callee.merges:
        report(diagnostics.TooFewPaths(value.name, 1), node)
        raise Unknown
    arguments = _arguments(node, value, report)
    if isinstance(callee, Template):
        return bound.BlockCall(node.syntax, node.name, arguments, callee)
    if callee.name == TRANSPARENT:
        return bound.Identity(node.syntax)
    arguments = context.template.with_defaults(callee, arguments)
    return bound.OpCall(node.syntax, node.name, arguments, callee, None, {})


def _arguments(node: bound.Application, value: LayerValue, report: Report) -> bound.Arguments:
    """The arguments, in the order in which the layer declares them.

    Those that it has already stand where it is called, whose place is one in this text.
    """
    signature, call = signature_of(value.callee), node.syntax.primary
    given = match(signature, call, report, needs_all=False)
    if given is None:
        raise Unknown
    known = {one.syntax: one.value for one in node.arguments}
    found = {name: bound.Argument(one, name, known[one]) for name, one in given.items()}
    for name, one in value.arguments:
        if name in found:
            report(given_twice(value, name), given[name])
            raise Unknown
        literal = tree.Literal(call.start, call.end, one)
        written = tree.Argument(call.start, call.end, name, literal)
        found[name] = bound.Argument(written, name, literal)
    need(signature, found, call, report)
    if not found.keys() >= set(signature.required):
        raise Unknown
    return tuple(found[name] for name in signature.known if name in found)
