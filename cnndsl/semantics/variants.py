"""Models that are other ones with some of their parameters given: `model small = net(width=8)`."""

from __future__ import annotations

from .. import diagnostics
from .signatures import match, signature_of
from .template import Template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..syntax.tree import Call, Definition
    from ..text import Source
    from .expressions import Report

A_MODEL = "a variant is made of another model of its file; another variant stands above it"


def resolved(
    definitions: Sequence[Definition], source: Source, report: Report
) -> Iterator[Definition]:
    """The definitions of a file, with variants written out."""
    models = {one.name: one for one in definitions if one.kind == "model" and one.base is None}
    for definition in definitions:
        call = definition.base
        if call is None:
            yield definition
        elif call.name in models:
            models[definition.name] = varied(definition, call, models[call.name], source, report)
            yield models[definition.name]
        else:
            report(diagnostics.UnknownName(call.name, tuple(models), A_MODEL), call)


def varied(
    definition: Definition, call: Call, base: Definition, source: Source, report: Report
) -> Definition:
    """The model that a variant calls, with the arguments for defaults, and with its own comment."""
    given = match(signature_of(Template(base, source)), call, report) or {}
    parameters = tuple(
        one.replaced(default=given[one.name].value) if one.name in given else one
        for one in base.parameters
    )
    said = definition.documentation or base.documentation
    return definition.replaced(parameters=parameters, body=base.body, documentation=said)
