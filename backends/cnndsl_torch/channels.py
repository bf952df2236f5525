"""Channels chosen, scaled, or exchanged for pixels, in PyTorch."""

from __future__ import annotations

from itertools import accumulate
from operator import attrgetter

from cnndsl.emit import python
from cnndsl.emit.amounts import add, divide, multiply, simplest
from cnndsl.emit.kinds import INTEGER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cnndsl.emit.amounts import Amount
    from cnndsl.emit.classes.writer import Site


def channel_slice(site: Site) -> python.Expression:
    stop: list[python.Value] = [site.symbol("stop")] if site.given("stop") else []
    return python.Call(site.support("ChannelSlice"), [site.symbol("start"), *stop], [])


def channel_part(site: Site) -> python.Expression:
    """A part of the channels as a slice of them."""
    part = site.constant("part")
    start, stop, is_last = bounds_of_size(site, part) or bounds_of_equals(site, part)
    bounds = [python.expression(one) for one in ([start] if is_last else [start, stop])]
    return python.Call(site.support("ChannelSlice"), bounds, [])


def bounds_of_size(site: Site, part: int) -> tuple[Amount, Amount, bool] | None:
    """Where one of several parts of given sizes begins and ends, and whether it is the last."""
    sizes = site.amounts_in("parts")
    if sizes is None:
        parts = None if is_count(site) else site.constant("parts")
        if not isinstance(parts, tuple):
            return None
        sizes = [*parts]
    ends = [*accumulate(sizes, add)]
    return ends[part - 1] if part else 0, ends[part], part == len(ends) - 1


def bounds_of_equals(site: Site, part: int) -> tuple[Amount, Amount, bool]:
    """The same of equal parts."""
    parts = simplest(site.symbol("parts"))
    each = divide(site.in_amount, parts)
    return multiply(part, each) if part else 0, multiply(part + 1, each), parts == part + 1


def is_count(site: Site) -> bool:
    """Whether parts are an expression that says how many they are."""
    return site.is_symbolic("parts") and site.kind("parts") == INTEGER


def channel_parts(site: Site) -> python.Expression | None:
    """All parts by a method of the tensor, where the text says how many there are."""
    sizes = site.amounts_in("parts")
    if sizes is None:
        if site.is_symbolic("parts"):
            return None
        parts = site.constant("parts")
        if not isinstance(parts, tuple):
            return python.call(python.Attribute(site.operands[0], "chunk"), parts, dim=1)
        sizes = [*parts]
    listed: python.Expression = python.List([*map(python.expression, sizes)])
    if not all(isinstance(one, int) for one in sizes):
        listed = site.kept("sizes", listed)
    return python.call(python.Attribute(site.operands[0], "split"), listed, dim=1)


def scaling_parameter(site: Site) -> python.Expression:
    """What `layer_scale` multiplies by, as a parameter of its class."""
    ones = [1, 1] if site.measure(lambda layer: layer.shape.is_image) else []
    shape = python.Tuple([site.in_channels, *map(python.number, ones)])
    return python.call("nn.Parameter", python.call("torch.full", shape, site.symbol("start")))


def depth_to_space(site: Site) -> python.Expression:
    """The module whose channels have the depth first, behind a shuffle for another order."""
    block = site.symbol("block")
    if site.constant("channel_order") == "drc":
        return python.call(site.support("ColumnsToSpace"), block)
    module = python.call("nn.PixelShuffle", block)
    if site.constant("channel_order") == "crd":
        return module
    area = python.expression(multiply(simplest(block), simplest(block)))
    return python.call("nn.Sequential", python.call("nn.ChannelShuffle", area), module)


def space_to_depth(site: Site) -> python.Expression:
    """Likewise, with the shuffle behind it."""
    if site.constant("channel_order") == "drc":
        return python.call(site.support("Focus"), site.symbol("block"))
    module = python.call("nn.PixelUnshuffle", site.symbol("block"))
    if site.constant("channel_order") == "crd":
        return module
    shuffle = python.call("nn.ChannelShuffle", site.in_channels)
    return python.call("nn.Sequential", module, shuffle)


def permute(site: Site) -> python.Expression:
    """The module that takes PyTorch's own axes, of which channels stand first behind the batch."""
    height, width, channels = ((2, 3, 1)[axis] for axis in site.measure(attrgetter("op.taken")))
    axes = [python.number(axis) for axis in (0, channels, height, width)]
    return python.call(site.support("Permute"), python.Tuple(axes))
