"""Attention with a learned number for each offset of two pixels."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from .by_offset import by_offset
from .self_attention import SelfAttention


class OffsetAttention(SelfAttention):
    """Attention within windows with a bias by offset (Liu et al., 2021)."""

    def __init__(
        self, heads: int, key_size: int, window: tuple[int, int], **more: Any
    ) -> None:
        super().__init__(heads, key_size, window, **more)
        self.size = window
        height, width = window
        table = torch.zeros(heads, 2 * height - 1, 2 * width - 1)
        self.offset_bias = nn.Parameter(table)

    def bias(self) -> Tensor | None:
        return by_offset(self.offset_bias, self.size, self.stride, signed=True)
