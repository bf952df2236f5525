"""How names, values and costs are shown in an editor."""

from __future__ import annotations

from collections.abc import Iterable

from ..ir.network import Cost
from ..ops import OPS, manual
from ..report.formats import counted, scaled
from ..semantics.template import Template
from ..syntax import tree
from ..text import Source
from ..values import Shape
from .analysis import Work

MOST_SHAPES = 3
"""How many different shapes of one place are shown."""


def shapes(found: Iterable[tuple[Shape, ...]]) -> str:
    """The different shapes of a place: `56x56x64`, `28x28x128 | 14x14x256 | ...`."""
    different = list(dict.fromkeys(found))
    shown = [", ".join(map(str, one)) for one in different[:MOST_SHAPES]]
    return " | ".join(shown + ["..."] * (len(different) > MOST_SHAPES))


def cost(one: Cost) -> str:
    """`25,636,712 parameters, 3.87 GMACs`; what there is none of is left out."""
    parts = []
    if one.params:
        parts.append(counted(one.params, "parameter"))
    if one.macs:
        parts.append(f"{scaled(one.macs)}MACs")
    return ", ".join(parts) or "no parameters"


def works(found: list[Work]) -> str:
    """The ways of a link from shape to shape, each with its cost, as a list in Markdown."""
    rows = dict.fromkeys(
        f"- {shapes([one.inputs])} → **{shapes([one.outputs])}**, {cost(one.cost)}" for one in found
    )
    shown = list(rows)[:MOST_SHAPES]
    if len(rows) > MOST_SHAPES:
        shown.append(f"- and {len(rows) - MOST_SHAPES:,} more")
    return "\n".join(shown)


def written(source: Source, node: tree.Node) -> str:
    """A node's text on one line."""
    return " ".join(source.text[node.start : node.end].split())


def parameter(source: Source, one: tree.Parameter) -> str:
    """`stride=1`, as the definition has it."""
    return one.name if one.default is None else f"{one.name}={written(source, one.default)}"


def heading(template: Template) -> str:
    """`block unit(filters, stride=1)`."""
    definition = template.definition
    shown = ", ".join(parameter(template.source, one) for one in definition.parameters)
    return f"{template.kind} {template.name}" + (f"({shown})" if shown else "")


def signature(name: str, template: Template | None) -> tuple[str, list[tuple[str, str]]]:
    """How a callee is called, with what each of its arguments means."""
    if template is not None:
        arguments = [(one.name, parameter(template.source, one)) for one in template.parameters]
        shown = ", ".join(text for _, text in arguments)
        return f"{template.name}({shown})", [(one, "") for one, _ in arguments]
    op = OPS[name]
    return manual.signature(op), [
        (one, f"{attribute.doc} (takes {attribute.kind.text})")
        for one, attribute in op.attributes.items()
    ]


def op_page(name: str) -> str:
    """An op's documentation, as in the language reference, without its heading."""
    _, _, rest = manual.section(OPS[name]).partition("\n\n")
    call, _, rest = rest.partition("\n\n")
    return f"```cnn\n{call.strip('`')}\n```\n\n{rest}"
