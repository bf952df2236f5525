"""Division of channels by their length."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class L2Normalize(nn.Module):
    """Divide a vector, or the channels of each pixel, by their length."""

    def __init__(self, eps: float = 1e-12) -> None:
        super().__init__()
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.square().sum(dim=1, keepdim=True) + self.eps)
