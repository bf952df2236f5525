"""Attention between the pixels of an image."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class PixelAttention(nn.Module):
    """Multi-head attention between all pixels (Vaswani et al., 2017).

    The weights are in the layout of `nn.MultiheadAttention`.
    """

    def __init__(
        self,
        channels: int,
        heads: int,
        *,
        key_size: int | None = None,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.heads = heads
        self.size = channels // heads if key_size is None else key_size
        width = heads * self.size
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, channels))
        self.out_proj_weight = nn.Parameter(torch.empty(channels, width))
        if bias:
            self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
            self.out_proj_bias = nn.Parameter(torch.zeros(channels))
        else:
            self.register_parameter("in_proj_bias", None)
            self.register_parameter("out_proj_bias", None)
        nn.init.xavier_uniform_(self.in_proj_weight)
        nn.init.xavier_uniform_(self.out_proj_weight)

    def forward(self, x: Tensor) -> Tensor:
        pixels = x.flatten(2).transpose(1, 2)
        entering = F.linear(pixels, self.in_proj_weight, self.in_proj_bias)
        by_head = entering.reshape(x.shape[0], -1, 3, self.heads, self.size)
        query, key, value = by_head.permute(2, 0, 3, 1, 4).unbind(0)
        found = F.scaled_dot_product_attention(query, key, value)
        joined = found.transpose(1, 2).flatten(2)
        leaving = F.linear(joined, self.out_proj_weight, self.out_proj_bias)
        return leaving.transpose(1, 2).reshape(x.shape)
