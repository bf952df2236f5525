"""How attention is written as Keras layers."""

from __future__ import annotations

from cnndsl.emit.lowering import stored
from cnndsl.ops import attention
from cnndsl_keras.kernels import as_layer

BIASES = (
    *("offset_bias", "distance_bias"),
    *("mlp_kernel", "mlp_bias", "mlp_out_kernel", "mlp_out_bias"),
)
ATTENDING = "heads key_size * key_heads=None window=None grid=False stride=1 bias=None hidden=512"
ATTENTION = (
    as_layer(attention.ChannelConv, "ChannelConv1D", "kernel", stored("kernel")),
    as_layer(attention.PathSoftmax, "PathSoftmax", "paths"),
    as_layer(
        attention.MultiHeadAttention,
        "PixelAttention",
        "heads * key_dim:key_size=None use_bias:bias=True",
        stored("in_kernel", "in_bias", "out_kernel", "out_bias"),
    ),
    as_layer(attention.Attention, "SelfAttention", ATTENDING, stored(*BIASES)),
    as_layer(attention.PositionEmbedding, "PositionEmbedding", "", stored("embedding")),
    as_layer(
        attention.ScalarAffine,
        "ScalarAffine",
        "* start=1.0 use_bias:bias=True",
        stored("gamma", "beta"),
    ),
)
