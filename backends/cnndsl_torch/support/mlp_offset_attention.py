"""Attention with a perceptron's number for each offset of two pixels."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .by_offset import by_offset
from .self_attention import SelfAttention


class MlpOffsetAttention(SelfAttention):
    """Attention within windows with a bias made of log offsets (Liu et al., 2022)."""

    def __init__(
        self,
        heads: int,
        key_size: int,
        window: tuple[int, int],
        *,
        hidden: int = 512,
        **more: Any,
    ) -> None:
        super().__init__(heads, key_size, window, **more)
        self.size = window
        self.mlp_weight = nn.Parameter(torch.empty(hidden, 2))
        self.mlp_bias = nn.Parameter(torch.zeros(hidden))
        self.mlp_out_weight = nn.Parameter(torch.empty(heads, hidden))
        self.mlp_out_bias = nn.Parameter(torch.zeros(heads))
        nn.init.xavier_uniform_(self.mlp_weight)
        nn.init.xavier_uniform_(self.mlp_out_weight)

    def bias(self) -> Tensor | None:
        height, width = self.size
        down = torch.arange(1 - height, height, device=self.mlp_bias.device)
        across = torch.arange(1 - width, width, device=self.mlp_bias.device)
        pairs = torch.cartesian_prod(down, across).to(self.mlp_bias.dtype)
        places = pairs.sign() * pairs.abs().log1p()
        units = F.relu(F.linear(places, self.mlp_weight, self.mlp_bias))
        values = F.linear(units, self.mlp_out_weight, self.mlp_out_bias)
        table = values.t().reshape(self.heads, 2 * height - 1, 2 * width - 1)
        return by_offset(table, self.size, self.stride, signed=True)
