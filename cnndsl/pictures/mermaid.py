"""A drawing as a Mermaid flowchart, which GitHub and GitLab draw in Markdown."""

from __future__ import annotations

import re

from .colors import LIGHT, color_of, heats_of, mixed
from .drawing import INPUT, MERGE, OUTPUT
from .graph import Cluster, Node, graph_of
from .view import caption, sign, sizes, times_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .drawing import Box, Drawing
    from .graph import Member
    from .view import View

PLAIN = re.compile(r"[^\w .,=()\[\]x*/+:-]", re.ASCII)
"""What stands in labels by its number alone."""
FORMS = {INPUT: ("([", "])"), OUTPUT: ("([", "])"), MERGE: ("((", "))")}


def document(drawing: Drawing, view: View) -> str:
    graph = graph_of(drawing, view)
    lines = ["flowchart LR" if view.is_lying else "flowchart TB"]
    for member in graph.members:
        lines += written(member, "    ")
    for link in graph.links:
        lines.append(f'    {link.source} -->|"{quoted(link.label)}"| {link.target}')
    used = {one for line in lines for one in re.findall(r":::(\w+)$", line)}
    lines += [
        f"    classDef {name} fill:{fill},stroke:{stroke},color:#1b1f24"
        for name, (fill, stroke) in LIGHT.items()
        if name in used
    ]
    heats = heats_of((node.box for node in graph.nodes), view.heat)
    lines += [
        f"    style {node.key} fill:{mixed(heats[node.box])}"
        for node in graph.nodes
        if node.box in heats
    ]
    return "\n".join(lines) + "\n"


def written(member: Member, indent: str) -> Iterator[str]:
    """The lines of a node, or of a cluster with all that it holds."""
    if isinstance(member, Cluster):
        title = f"{member.opened.title} {times_of(member.opened.times)}".strip()
        yield f'{indent}subgraph {member.key}["{quoted(title)}"]'
        for one in member.members:
            yield from written(one, indent + "    ")
        yield f"{indent}end"
    elif isinstance(member, Node):
        start, end = FORMS.get(member.box.kind, ("[", "]"))
        yield f'{indent}{member.key}{start}"{label(member.box)}"{end}:::{color_of(member.box)}'
    else:
        yield f'{indent}{member.key}((" "))'


def label(box: Box) -> str:
    if box.kind == MERGE:
        return quoted(sign(box))
    lines = [f"{caption(box)} {times_of(box.times)}".strip()]
    if box.inside is not None:
        lines.append(sizes(box))
    return "<br>".join(map(quoted, lines))


def quoted(text: str) -> str:
    """Text as a label has it in quotes."""
    return PLAIN.sub(lambda found: f"#{ord(found[0])};", text)
