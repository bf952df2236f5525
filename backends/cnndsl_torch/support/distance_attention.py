"""Attention with a learned number for each distance of two pixels."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from .by_offset import by_offset
from .self_attention import SelfAttention


class DistanceAttention(SelfAttention):
    """Attention within windows with a bias by distance (Graham et al., 2021)."""

    def __init__(
        self, heads: int, key_size: int, window: tuple[int, int], **more: Any
    ) -> None:
        super().__init__(heads, key_size, window, **more)
        self.size = window
        self.distance_bias = nn.Parameter(torch.zeros(heads, *window))

    def bias(self) -> Tensor | None:
        return by_offset(self.distance_bias, self.size, self.stride, signed=False)
