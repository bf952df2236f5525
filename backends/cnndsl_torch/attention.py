"""How attention is written as modules of PyTorch."""

from __future__ import annotations

from cnndsl.emit import python
from cnndsl.emit.lowering import Lowering, Stored
from cnndsl.ops import attention

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cnndsl.emit.classes.writer import Site


def channel_conv(site: Site) -> python.Expression:
    return python.call(site.support("ChannelConv1d"), site.symbol("kernel"))


def path_softmax(site: Site) -> python.Expression:
    return python.call(site.support("PathSoftmax"), site.symbol("paths"))


def multi_head_attention(site: Site) -> python.Expression:
    arguments = [site.in_channels, site.symbol("heads")]
    keywords = site.keywords(key_size="key_size", bias="bias")
    return python.Call(site.support("PixelAttention"), arguments, keywords)


ATTENTION = (
    Lowering(
        attention.ChannelConv,
        channel_conv,
        {"kernel": Stored("weight", (2, 1, 0))},
        reads={"ChannelConv1d": "kernel"},
    ),
    Lowering(attention.PathSoftmax, path_softmax, reads={"PathSoftmax": "paths"}),
    Lowering(
        attention.MultiHeadAttention,
        multi_head_attention,
        {
            "in_kernel": Stored("in_proj_weight", (1, 0)),
            "in_bias": Stored("in_proj_bias"),
            "out_kernel": Stored("out_proj_weight", (1, 0)),
            "out_bias": Stored("out_proj_bias"),
        },
        reads={"PixelAttention": "channels heads * key_size=None bias=True"},
    ),
)
