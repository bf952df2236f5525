"""How a drawing is looked at: which boxes are open, and the words on them."""

from __future__ import annotations

from ..ir.network import path_of
from ..record import Record
from ..report.formats import counted, scaled
from .drawing import LOOP, MERGE, Box, boxes_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .drawing import Chain, Drawing, Flow

FEW_BOXES = 32
"""Boxes are opened by themselves as long as there are no more of them than this."""
SYMBOLS = {"add": "+", "multiply": "×", "subtract": "−", "scale": "×", "rescale": "×"}
"""The signs of merges; others have their name."""
HEATS = ("params", "macs")
"""What boxes can be coloured by."""


class View(Record):
    """Boxes are open down to `depth` levels; without it, as many levels as are legible.

    `heat` is one of `HEATS`, or empty.
    """

    depth: int | None = None
    heat: str = ""


class Opened(Record):
    """What an open box shows: a title, the number beside it, and a chain below a path."""

    title: str
    times: int
    path: str
    chain: Chain


def opened(box: Box, path: str) -> Opened:
    """A box as it is open; `path` is its own.

    A box that is alone in the box around it is open with that, and they have one title.
    """
    titles, times = [caption(box)], box.times
    chain = inside_of(box)
    while len(chain.parts) == 1:
        (only,) = chain.parts
        if (
            not isinstance(only, Box)
            or only.inside is None
            or times * only.times > max(times, only.times)
        ):
            break
        path, times, chain = path_of(path, only.name), max(times, only.times), only.inside
        titles.append(caption(only))
    return Opened(": ".join(dict.fromkeys(titles)), times, path, chain)


def inside_of(box: Box) -> Chain:
    """What a box that can be open holds."""
    if box.inside is None:
        raise TypeError(f"{box.label} holds nothing")
    return box.inside


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


# Words


def caption(box: Box) -> str:
    """`conv(64, 3x3)`, `for filters in [64, 128]`."""
    if not box.detail:
        return box.label
    return f"{box.label} {box.detail}" if box.kind == LOOP else f"{box.label}({box.detail})"


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
