"""How attention is written as Keras layers."""

from __future__ import annotations

from cnndsl.emit.lowering import stored
from cnndsl.ops import attention
from cnndsl_keras.kernels import as_layer

ATTENTION = (
    as_layer(attention.ChannelConv, "ChannelConv1D", "kernel", stored("kernel")),
    as_layer(attention.PathSoftmax, "PathSoftmax", "paths"),
    as_layer(
        attention.MultiHeadAttention,
        "PixelAttention",
        "heads * key_dim:key_size=None use_bias:bias=True",
        stored("in_kernel", "in_bias", "out_kernel", "out_bias"),
    ),
)
