"""Questions about drawings: what is in them, what leads where, and what lies on what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations, pairwise

from cnndsl.ir.network import Cost, Network, path_of
from cnndsl.pictures.drawing import LAYER, MERGE, Box, Chain, Drawing, chains_of
from cnndsl.pictures.figure import Figure, Label, Line, Shown, items_of
from cnndsl.pictures.graph import Cluster, Graph, Node, Port
from cnndsl.pictures.lettering import width_of
from cnndsl.pictures.measures import SMALL

EVERYTHING = 1_000
TOUCH = 1.0
"""So far, in pixels, things lie on each other that only touch."""
Area = tuple[float, float, float, float]


def drawn_layers(chain: Chain, prefix: str = "", times: int = 1) -> Iterator[tuple[str, int, Box]]:
    """All layers of a chain at any depth: the path of each, and how many like it it stands for."""
    for part in chain.parts:
        if not isinstance(part, Box):
            for one in chains_of(part):
                yield from drawn_layers(one, prefix, times)
            continue
        path = path_of(prefix, part.name)
        if part.inside is not None:
            yield from drawn_layers(part.inside, path, times * part.count)
        elif part.kind in (LAYER, MERGE):
            yield path, times * part.count, part


def cost_of_boxes(chain: Chain) -> Cost:
    """What the outermost boxes of a chain add up to."""
    total = Cost()
    for part in chain.parts:
        if isinstance(part, Box):
            total += part.cost
        else:
            total = sum(map(cost_of_boxes, chains_of(part)), total)
    return total


def all_boxes(chain: Chain) -> Iterator[Box]:
    """The boxes of a chain at any depth, those of equal instances once."""
    seen: set[int] = set()
    pending = [chain]
    while pending:
        one = pending.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        for part in one.parts:
            if isinstance(part, Box):
                yield part
                pending += [part.inside] if part.inside is not None else []
            else:
                pending += chains_of(part)


def repeats(drawing: Drawing) -> bool:
    """Whether a box of a drawing stands for several."""
    return any(box.count > 1 for box in all_boxes(drawing.chain))


# Wiring


def drawn_sources(graph: Graph) -> dict[str, list[str]]:
    """What feeds each node, by the nodes' keys, through ports."""
    feeds: dict[str, list[str]] = {}
    for link in graph.links:
        feeds.setdefault(link.target, []).append(link.source)
    ports = {one.key for one in _members(graph.members) if isinstance(one, Port)}

    def ends(key: str) -> list[str]:
        found = feeds.get(key, [])
        return [end for one in found for end in (ends(one) if one in ports else [one])]

    return {node.key: ends(node.key) for node in graph.nodes}


def has_ports(graph: Graph) -> bool:
    return any(isinstance(one, Port) for one in _members(graph.members))


def _members(members: tuple[Node | Port | Cluster, ...]) -> Iterator[Node | Port | Cluster]:
    for one in members:
        yield one
        if isinstance(one, Cluster):
            yield from _members(one.members)


def drawn_wiring(graph: Graph) -> list[tuple[str, set[tuple[str, int]]]]:
    """Each layer's path, and the layers or inputs that feed it, those of one path numbered."""
    labels: dict[str, tuple[str, int]] = {}
    seen: Counter[str] = Counter()
    for node in graph.nodes:
        name = node.path or f"{node.box.kind} {node.box.label}"
        seen[name] += 1
        labels[node.key] = name, seen[name]
    sources = drawn_sources(graph)
    return [
        (labels[node.key][0], {labels[one] for one in sources[node.key]})
        for node in graph.nodes
        if node.box.kind in (LAYER, MERGE)
    ]


def true_wiring(network: Network) -> list[tuple[str, set[tuple[str, int]]]]:
    """The same of a network."""
    labels: dict[int, tuple[str, int]] = {
        -1 - place: (f"input {name}", 1) for place, (name, _) in enumerate(network.inputs)
    }
    seen: Counter[str] = Counter()
    for layer in network.layers:
        seen[layer.path] += 1
        labels[layer.index] = layer.path, seen[layer.path]
    return [(one.path, {labels[source] for source in one.inputs}) for one in network.layers]


# Geometry


def area_of(item: Shown | Label) -> Area:
    if isinstance(item, Shown):
        return item.x, item.y, item.x + item.width, item.y + item.height
    return item.x, item.y - SMALL * 0.7, item.x + width_of(item.text, SMALL), item.y


def meet(one: Area, other: Area) -> bool:
    """Whether two areas lie on each other by more than a touch."""
    return (
        min(one[2], other[2]) - max(one[0], other[0]) > TOUCH
        and min(one[3], other[3]) - max(one[1], other[1]) > TOUCH
    )


def holds(outer: Area, inner: Area) -> bool:
    return (
        outer[0] - TOUCH < inner[0]
        and outer[1] - TOUCH < inner[1]
        and outer[2] + TOUCH > inner[2]
        and outer[3] + TOUCH > inner[3]
    )


def faults(figure: Figure) -> list[str]:
    """What is wrong with a figure, in words."""
    found: list[str] = []
    items = list(items_of(figure))
    boxes = [one for one in items if isinstance(one, Shown)]
    closed = [(one.path or one.box.label, area_of(one)) for one in boxes if one.opened is None]
    frames = [(one.path, area_of(one)) for one in boxes if one.opened is not None]
    labels = [(one.text, area_of(one)) for one in items if isinstance(one, Label)]
    whole = (0.0, 0.0, figure.width, figure.height)
    found += [f"{name} is outside" for name, one in (*closed, *frames) if not holds(whole, one)]
    for (name, one), (other, area) in combinations(closed, 2):
        if meet(one, area):
            found.append(f"{name} lies on {other}")
    for name, frame in frames:
        for other, area in (*closed, *frames):
            if meet(frame, area) and not holds(frame, area) and not holds(area, frame):
                found.append(f"{other} crosses the border of {name}")
    for text, area in labels:
        found += [f"{text} lies on {name}" for name, one in closed if meet(area, one)]
    for line in items:
        if isinstance(line, Line):
            found += _line_faults(line, closed)
    return found


def _line_faults(line: Line, closed: list[tuple[str, Area]]) -> Iterator[str]:
    for (x, y), (right, down) in pairwise(line.points):
        if x != right and y != down:
            yield f"a line is oblique at {x}, {y}"
        low, high = (min(x, right), min(y, down)), (max(x, right), max(y, down))
        for name, area in closed:
            inner = area[0] + TOUCH, area[1] + TOUCH, area[2] - TOUCH, area[3] - TOUCH
            if (
                low[0] < inner[2]
                and high[0] > inner[0]
                and low[1] < inner[3]
                and high[1] > inner[1]
            ):
                yield f"a line crosses {name}"
