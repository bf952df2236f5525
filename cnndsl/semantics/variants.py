"""Models that are other ones with some of their parameters given: `model small = net(width=8)`."""

from __future__ import annotations

from .. import diagnostics
from .expressions import match, signature_of
from .template import Template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..syntax.tree import Definition
    from ..text import Source
    from .expressions import Report

A_MODEL = "a variant is made of another model of its file, which is no variant itself"


def resolved(
    definition: Definition, others: Iterable[Definition], source: Source, report: Report
) -> Definition | None:
    """A definition written out: the model that it names, with the arguments for defaults.

    That is another model of the file, which is no variant itself; None where there is none.
    """
    call = definition.base
    if call is None:
        return definition
    models = {one.name: one for one in others if one.kind == "model" and one.base is None}
    if call.name not in models:
        report(diagnostics.UnknownName(call.name, tuple(models), A_MODEL), call)
        return None
    base = models[call.name]
    given = match(signature_of(Template(base, source)), call, report) or {}
    parameters = tuple(
        one.replaced(default=given[one.name].value) if one.name in given else one
        for one in base.parameters
    )
    return definition.replaced(parameters=parameters, body=base.body)
