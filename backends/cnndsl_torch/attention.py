"""How attention is written as modules of PyTorch."""

from __future__ import annotations

from cnndsl.emit.lowering import Stored
from cnndsl.ops import attention
from cnndsl_torch.kernels import as_module

ATTENTION = (
    as_module(
        attention.ChannelConv, "ChannelConv1d", "kernel", {"kernel": Stored("weight", (2, 1, 0))}
    ),
    as_module(attention.PathSoftmax, "PathSoftmax", "paths"),
    as_module(
        attention.MultiHeadAttention,
        "PixelAttention",
        "channels heads * key_size=None bias=True",
        {
            "in_kernel": Stored("in_proj_weight", (1, 0)),
            "in_bias": Stored("in_proj_bias"),
            "out_kernel": Stored("out_proj_weight", (1, 0)),
            "out_bias": Stored("out_proj_bias"),
        },
    ),
)
