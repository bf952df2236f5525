"""A learned factor for each channel."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LayerScale(nn.Module):
    """Scale each channel (Touvron et al., 2021)."""

    def __init__(self, channels: int, start: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), start))

    def forward(self, x: Tensor) -> Tensor:
        return (x.movedim(1, -1) * self.weight).movedim(-1, 1)
