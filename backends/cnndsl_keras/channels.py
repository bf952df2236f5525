"""Channels chosen, dealt out or exchanged for pixels, as Keras layers."""

from __future__ import annotations

from cnndsl_keras.kernels import emit_layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cnndsl.emit.functions.site import Site
    from cnndsl.emit.python import Value


def channel_slice(site: Site) -> None:
    stop: list[Value] = [site.symbol("stop")] if site.given("stop") else []
    emit_layer(site, site.support("ChannelSlice"), [site.symbol("start"), *stop], [])


def channel_part(site: Site) -> None:
    emit_layer(site, site.support("ChannelPart"), [site.symbol("parts"), site.symbol("part")], [])


def channel_shuffle(site: Site) -> None:
    emit_layer(site, site.support("ChannelShuffle"), [site.symbol("groups")], [])


def depth_to_space(site: Site) -> None:
    blocks(site, site.support("DepthToSpace"))


def space_to_depth(site: Site) -> None:
    blocks(site, site.support("SpaceToDepth"))


def blocks(site: Site, layer: str) -> None:
    emit_layer(site, layer, [site.symbol("block"), site.symbol("channel_order")], [])
