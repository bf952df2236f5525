"""How attention is written as Keras layers."""

from __future__ import annotations

from cnndsl.emit.lowering import Lowering, stored
from cnndsl.ops import attention
from cnndsl_keras.kernels import emit_layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cnndsl.emit.functions.writer import Site


def channel_conv(site: Site) -> None:
    emit_layer(site, site.support("ChannelConv1D"), [site.symbol("kernel")], [])


ATTENTION = (
    Lowering(
        attention.ChannelConv, channel_conv, stored("kernel"), reads={"ChannelConv1D": "kernel"}
    ),
)
