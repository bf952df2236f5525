"""How a drawing is looked at: which boxes are open, and the words on them."""

from __future__ import annotations

from functools import lru_cache

from ..ir.network import path_of
from ..project.loading import DeepRecursion
from ..record import Record
from ..report.formats import counted, scaled
from .drawing import LOOP, MERGE, OUTPUT, REPEAT, Box, boxes_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..ir.network import Cost
    from .drawing import Chain, Drawing, Flow

MOST_BOXES = 5_000
"""What a picture can show."""
FEW_BOXES = 32
"""Boxes are opened by themselves as long as there are no more of them than this."""
SYMBOLS = {"add": "+", "multiply": "×", "subtract": "−", "scale": "×", "rescale": "×"}
"""The signs of merges; others have their name."""
DIRECTIONS = ("down", "right")
"""Where a network leads to in a picture; the first is the default."""
HEATS = {"params": "parameters", "macs": "MACs"}
"""What boxes can be coloured by, and what that is called."""


class View(Record):
    """Boxes are open down to `depth` levels; without it, as many levels as are legible.

    `heat` is one of `HEATS`, or empty, and `direction` one of `DIRECTIONS`.
    """

    depth: int | None = None
    heat: str = ""
    direction: str = DIRECTIONS[0]

    @property
    def is_lying(self) -> bool:
        """Whether the network leads from left to right."""
        return self.direction == DIRECTIONS[1]


class Opened(Record):
    """What an open box shows: a title, how often that follows itself, and a chain below a path."""

    title: str
    times: int
    path: str
    chain: Chain


def opened(box: Box, path: str) -> Opened:
    """A box as it is open; `path` is its own.

    A box that is alone in the box around it is open with that, and they have one title.
    """
    titles, count = [written(box)], box.count
    chain = inside_of(box)
    while len(chain.parts) == 1:
        (only,) = chain.parts
        if not isinstance(only, Box) or only.inside is None or min(count, only.count) > 1:
            break
        path, count, chain = path_of(path, only.name), max(count, only.count), only.inside
        titles.append(written(only))
    return Opened(": ".join(dict.fromkeys(titles)), count, path, chain)


def inside_of(box: Box) -> Chain:
    """What a box that can be open holds."""
    if box.inside is None:
        raise TypeError(f"{box.label} holds nothing")
    return box.inside


@lru_cache(maxsize=4096)
def boxes_at(chain: Chain, depth: int) -> int:
    """How many boxes show where so many levels are open."""
    return sum(
        1 + (boxes_at(opened(box, "").chain, depth - 1) if box.inside and depth else 0)
        for box in boxes_in(chain)
    )


def depth_of(drawing: Drawing, view: View) -> int:
    """How many levels are open."""
    if view.depth is not None:
        return view.depth
    depth, shown = 0, boxes_at(drawing.chain, 0)
    while (more := boxes_at(drawing.chain, depth + 1)) <= FEW_BOXES and more > shown:
        depth, shown = depth + 1, more
    return depth


def boxes_shown(drawing: Drawing, view: View) -> int:
    """How many boxes show."""
    with DeepRecursion():
        return boxes_at(drawing.chain, depth_of(drawing, view))


# Words


def caption(box: Box) -> str:
    """`conv(64, 3x3)`, `for filters in [64, 128]`."""
    if not box.detail:
        return box.label
    if box.kind == OUTPUT:
        return f"{box.label}, {box.detail}"
    return f"{box.label} {box.detail}" if box.kind == LOOP else f"{box.label}({box.detail})"


def written(box: Box) -> str:
    """The caption, of a repeat with the number of its turns: `(conv -> relu) * 2`."""
    text = caption(box)
    if box.kind != REPEAT or box.turns == 1:
        return text
    return f"({text}) * {box.turns}" if "->" in text else f"{text} * {box.turns}"


def sign(box: Box) -> str:
    """What stands in a small box: the sign of a merge or its name."""
    return SYMBOLS.get(box.label, box.label) if box.kind == MERGE else box.label


def times_of(count: int) -> str:
    return f"×{count}" if count > 1 else ""


def sizes(box: Box) -> str:
    """`12 layers, 1.20 M parameters, 3.40 GMACs`."""
    layers = counted(box.cost.layers, "layer")
    return f"{layers}, {weights(box)}, {scaled(box.cost.macs)}MACs"


def weights(box: Box) -> str:
    return "shared weights" if box.is_again else f"{scaled(box.cost.params).strip()} parameters"


def shapes(flow: Flow) -> str:
    """The shapes on a line, with the names of the values where there are any."""
    return ", ".join(f"{one.name} {one.shape}".strip() for one in flow)


def about(box: Box, path: str) -> str:
    """All that is to be said of a box, in lines."""
    lines = [caption(box), path, box.place]
    if box.inputs and box.outputs:
        lines.append(f"{shapes(box.inputs)} -> {shapes(box.outputs)}")
    if box.cost.layers:
        lines.append(sizes(box))
    return "\n".join(filter(None, lines))


def totals(cost: Cost) -> str:
    """`107 layers, 25.6 M parameters, 3.86 GMACs`."""
    macs = f"{scaled(cost.macs)}MACs"
    return f"{counted(cost.layers, 'layer')}, {scaled(cost.params).strip()} parameters, {macs}"
