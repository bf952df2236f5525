"""What stands at a place: an op's page, a block's heading, a value's shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..ops import OPS
from ..semantics.bound import Number, nodes
from ..semantics.evaluate import FUNCTIONS, evaluate
from ..semantics.facts import FACTS
from ..semantics.failures import Unknown
from ..semantics.template import Template
from ..values import write
from . import occurrences as kinds
from . import texts
from .analysis import Analysis, Work
from .occurrences import Occurrence, Target, files_below, scope_of, target_of

if TYPE_CHECKING:
    from ..values import Value

MOST_VALUES = 5


def hover(analysis: Analysis, offset: int) -> tuple[str, Occurrence] | None:
    """What is to be said of the name at a place, in Markdown, and where the name stands."""
    one = analysis.occurrence_at(offset)
    text = TEXTS[one.target.kind](analysis, one) if one and one.target.kind in TEXTS else ""
    return (text, one) if one and text else None


def definitions(analysis: Analysis) -> Iterator[Template]:
    """Those of the file, and of the files that it imports."""
    for module in files_below(analysis.module):
        yield from module.definitions


def template_of(analysis: Analysis, target: Target) -> Template | None:
    """The definition that a target names."""
    return next((one for one in definitions(analysis) if target_of(one) == target), None)


def owner_of(analysis: Analysis, target: Target) -> Template | None:
    """The definition whose parameter or value a target is."""
    return next((one for one in definitions(analysis) if scope_of(one) == target.scope), None)


def code(text: str) -> str:
    return f"```cnn\n{text}\n```"


def listed(values: dict[str, None]) -> str:
    shown = list(values)[:MOST_VALUES] + ["..."] * (len(values) > MOST_VALUES)
    return ", ".join(shown)


def _op(analysis: Analysis, one: Occurrence) -> str:
    here = texts.works(analysis.works_at(one.start))
    page = texts.op_page(one.target.name)
    return f"{here}\n\n---\n\n{page}" if here else page


def _definition(analysis: Analysis, one: Occurrence) -> str:
    template = template_of(analysis, one.target)
    if template is None:
        return ""
    if one.is_definition:
        works = [
            Work(scope.input_shapes, scope.output_shapes, scope.cost, None)
            for scope in analysis.instances(template)
        ]
    else:
        works = analysis.works_at(one.start)
    parts = (code(texts.heading(template)), template.definition.documentation, texts.works(works))
    return "\n\n".join(filter(None, parts))


def _parameter(analysis: Analysis, one: Occurrence) -> str:
    name = one.target.name
    owner = owner_of(analysis, one.target)
    found = {p.name: p for p in owner.definition.parameters}.get(name) if owner else None
    if owner is None or found is None:
        return ""
    values = {
        write(value): None
        for scope in analysis.instances(owner)
        for parameter, value in scope.arguments
        if parameter == name
    }
    here = f": {listed(values)}" if values else ""
    return f"{code(texts.parameter(owner.source, found))}\n\nparameter of `{owner.name}`{here}"


def _value(analysis: Analysis, one: Occurrence) -> str:
    shape = texts.shapes((one,) for one in analysis.named_shapes(one.target.name, one.start))
    return code(one.target.name) + (f"\n\nvalue: **{shape}**" if shape else "\n\nvalue")


def _number(analysis: Analysis, one: Occurrence) -> str:
    owner = owner_of(analysis, one.target)
    if owner is None:
        return ""
    numbers = [node for node in nodes(owner.body.steps) if isinstance(node, Number)]
    text = next((n.syntax.value for n in numbers if n.name == one.target.name), None)
    if text is None:
        return code(one.target.name)
    values: dict[str, None] = {}
    for scope in analysis.instances(owner):
        known: dict[str, Value] = dict(scope.arguments)
        for number in numbers:
            try:
                known[number.name] = evaluate(number.value, known, scope.input_shape)
            except Unknown:
                continue
        if one.target.name in known:
            values[write(known[one.target.name])] = None
    shown = code(f"let {one.target.name} = {texts.written(owner.source, text)}")
    return shown + (f"\n\n= **{listed(values)}**" if values else "")


def _local(analysis: Analysis, one: Occurrence) -> str:
    return f"{code(one.target.name)}\n\n{one.target.kind}"


def _attribute(analysis: Analysis, one: Occurrence) -> str:
    op = OPS.get(one.target.scope)
    found = op.attributes.get(one.target.name) if op else None
    if found is None:
        return ""
    default = "required" if found.is_required else f"default `{write(found.default)}`"
    return f"{code(one.target.name)}\n\n{found.doc}\n\nTakes {found.kind.text}; {default}."


def _word(analysis: Analysis, one: Occurrence) -> str:
    name = one.target.name
    network = next(iter(analysis.networks.values()), None)
    if name not in FACTS or network is None or name not in ("params", "trainable", "macs"):
        return code(name) if name in FACTS or name in FUNCTIONS else ""
    return f"{code(name)}\n\n{getattr(network.cost, name):,} in `{network.name}`"


TEXTS: dict[str, Callable[[Analysis, Occurrence], str]] = {
    kinds.OP: _op,
    kinds.BLOCK: _definition,
    kinds.MODEL: _definition,
    kinds.PIXELS: _definition,
    kinds.PARAMETER: _parameter,
    kinds.VALUE: _value,
    kinds.NUMBER: _number,
    kinds.VARIABLE: _local,
    kinds.SHARED: _local,
    kinds.STAGE: _local,
    kinds.ATTRIBUTE: _attribute,
    kinds.WORD: _word,
}
