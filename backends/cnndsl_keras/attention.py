"""How attention is written as Keras layers."""

from __future__ import annotations

from cnndsl.emit import python
from cnndsl.emit.lowering import Lowering, stored
from cnndsl.ops import attention
from cnndsl_keras.kernels import emit_layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cnndsl.emit.functions.writer import Site

BIASES = (
    *("offset_bias", "distance_bias"),
    *("mlp_kernel", "mlp_bias", "mlp_out_kernel", "mlp_out_bias"),
)
ATTENDING = "heads key_size key_heads=None window=None grid=False stride=1 bias=None hidden=512"


def channel_conv(site: Site) -> None:
    emit_layer(site, site.support("ChannelConv1D"), [site.symbol("kernel")], [])


def path_softmax(site: Site) -> None:
    emit_layer(site, site.support("PathSoftmax"), [site.symbol("paths")], [])


def multi_head_attention(site: Site) -> None:
    keywords = site.keywords(key_size="key_dim", bias="use_bias")
    emit_layer(site, site.support("PixelAttention"), [site.symbol("heads")], keywords)


def attending(site: Site) -> None:
    arguments: list[python.Value] = [site.symbol("heads"), site.symbol("key_size")]
    names = ("key_heads", "window", "grid", "stride", "bias", "hidden")
    keywords = site.keywords(**{name: name for name in names})
    emit_layer(site, site.support("SelfAttention"), arguments, keywords)


def position_embedding(site: Site) -> None:
    emit_layer(site, site.support("PositionEmbedding"), [], [])


def scalar_affine(site: Site) -> None:
    keywords = site.keywords(start="start", bias="use_bias")
    emit_layer(site, site.support("ScalarAffine"), [], keywords)


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
    Lowering(
        attention.Attention,
        attending,
        stored(*BIASES),
        reads={"SelfAttention": ATTENDING},
    ),
    Lowering(
        attention.PositionEmbedding,
        position_embedding,
        stored("embedding"),
        reads={"PositionEmbedding": ""},
    ),
    Lowering(
        attention.ScalarAffine,
        scalar_affine,
        stored("gamma", "beta"),
        reads={"ScalarAffine": "start=1.0 use_bias:bias=True"},
    ),
)
