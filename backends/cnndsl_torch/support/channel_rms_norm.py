"""Division of channels by the root of their mean square."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ChannelRMSNorm(nn.Module):
    """Divide a vector, or the channels of each pixel (Zhang and Sennrich, 2019)."""

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        last = x.movedim(1, -1)
        scale = torch.rsqrt(last.square().mean(dim=-1, keepdim=True) + self.eps)
        return (last * scale * self.weight).movedim(-1, 1)
