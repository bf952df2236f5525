"""Channels chosen, or exchanged for pixels, as modules of PyTorch."""

from __future__ import annotations

from cnndsl.emit import python
from cnndsl.emit.formulas import multiply, simplest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cnndsl.emit.classes.writer import Site


def channel_slice(site: Site) -> python.Expression:
    stop: list[python.Value] = [site.symbol("stop")] if site.given("stop") else []
    return python.Call(site.support("ChannelSlice"), [site.symbol("start"), *stop], [])


def depth_to_space(site: Site) -> python.Expression:
    """The module whose channels have the depth first, behind a shuffle for the other order."""
    block = site.symbol("block")
    module = python.call("nn.PixelShuffle", block)
    if site.constant("channel_order") == "crd":
        return module
    area = python.expression(multiply(simplest(block), simplest(block)))
    return python.call("nn.Sequential", python.call("nn.ChannelShuffle", area), module)


def space_to_depth(site: Site) -> python.Expression:
    """Likewise, with the shuffle behind it."""
    module = python.call("nn.PixelUnshuffle", site.symbol("block"))
    if site.constant("channel_order") == "crd":
        return module
    shuffle = python.call("nn.ChannelShuffle", site.in_channels)
    return python.call("nn.Sequential", module, shuffle)
