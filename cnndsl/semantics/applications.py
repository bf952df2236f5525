"""Layers that names stand for: the calls that they come to."""

from __future__ import annotations

from .. import diagnostics
from ..syntax import tree
from . import bound
from .expressions import match, signature_of
from .failures import Unknown
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
    """The arguments, in the order in which the layer declares them."""
    signature = signature_of(value.callee)
    given = match(signature, node.syntax.primary, report)
    if given is None or not given.keys() >= set(signature.required):
        raise Unknown
    known = {one.syntax: one.value for one in node.arguments}
    return tuple(
        bound.Argument(given[name], name, known[given[name]])
        for name in signature.known
        if name in given
    )
