"""How attention is written as Keras layers."""

from __future__ import annotations

from cnndsl.emit.lowering import Lowering, stored
from cnndsl.ops import attention
from cnndsl_keras.kernels import emit_layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cnndsl.emit.functions.site import Site


def channel_conv(site: Site) -> None:
    emit_layer(site, site.support("ChannelConv1D"), [site.symbol("kernel")], [])


def path_softmax(site: Site) -> None:
    emit_layer(site, site.support("PathSoftmax"), [site.symbol("paths")], [])


def multi_head_attention(site: Site) -> None:
    keywords = site.keywords(key_size="key_dim", bias="use_bias")
    emit_layer(site, site.support("PixelAttention"), [site.symbol("heads")], keywords)


ATTENTION = (
    Lowering(
        attention.ChannelConv, channel_conv, stored("kernel"), reads={"ChannelConv1D": "kernel"}
    ),
    Lowering(attention.PathSoftmax, path_softmax, reads={"PathSoftmax": "paths"}),
    Lowering(
        attention.MultiHeadAttention,
        multi_head_attention,
        stored("in_kernel", "in_bias", "out_kernel", "out_bias"),
        reads={"PixelAttention": "heads * key_dim:key_size=None use_bias:bias=True"},
    ),
)
