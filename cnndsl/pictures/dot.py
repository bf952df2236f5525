"""A drawing in the language of Graphviz."""

from __future__ import annotations

from .colors import LIGHT, color_of, heats_of, mixed
from .drawing import INPUT, MERGE, OUTPUT
from .graph import Cluster, Node, graph_of
from .view import about, caption, sign, sizes, times_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .drawing import Box, Drawing
    from .graph import Member
    from .view import View

HEADING = """\
    graph [fontname="Helvetica", fontsize=11, labeljust=l, style=rounded, color="#9aa4b2"]
    node [fontname="Helvetica", fontsize=11, shape=box, style="rounded,filled", margin="0.15,0.07"]
    edge [fontname="Helvetica", fontsize=9, color="#57606a", fontcolor="#57606a", arrowsize=0.7]"""
SHAPES = {INPUT: "oval", OUTPUT: "oval", MERGE: "circle"}


def document(drawing: Drawing, view: View) -> str:
    graph = graph_of(drawing, view)
    lines = [f"digraph {quoted(drawing.name)} {{", HEADING]
    lines += ["    rankdir=LR"] * view.is_lying
    heats = heats_of((node.box for node in graph.nodes), view.heat)
    for member in graph.members:
        lines += written(member, heats, "    ")
    lines += [
        f"    {link.source} -> {link.target} [label={quoted(link.label)}]" for link in graph.links
    ]
    return "\n".join([*lines, "}"]) + "\n"


def written(member: Member, heats: Mapping[Box, float], indent: str) -> Iterator[str]:
    """The lines of a node, or of a cluster with all that it holds."""
    if isinstance(member, Cluster):
        title = f"{member.opened.title} {times_of(member.opened.times)}".strip()
        yield f"{indent}subgraph cluster_{member.key} {{"
        yield f"{indent}    label={quoted(title)}"
        for one in member.members:
            yield from written(one, heats, indent + "    ")
        yield f"{indent}}}"
    elif isinstance(member, Node):
        yield f"{indent}{member.key} [{attributes(member.box, member.path, heats)}]"
    else:
        yield f"{indent}{member.key} [shape=point]"


def attributes(box: Box, path: str, heats: Mapping[Box, float]) -> str:
    fill, stroke = LIGHT[color_of(box)]
    fill = mixed(heats[box]) if box in heats else fill
    found = {"label": label(box), "fillcolor": fill, "color": stroke, "tooltip": about(box, path)}
    if box.kind in SHAPES:
        found["shape"] = SHAPES[box.kind]
    return ", ".join(f"{name}={quoted(value)}" for name, value in found.items())


def label(box: Box) -> str:
    if box.kind == MERGE:
        return sign(box)
    title = f"{caption(box)} {times_of(box.times)}".strip()
    return title if box.inside is None else f"{title}\n{sizes(box)}"


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
