"""Normalisation by numbers found in data."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LearnedNormalize(nn.Module):
    """Subtract each channel's mean in data, and divide by its deviation there."""

    mean: Tensor
    variance: Tensor
    count: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))
        self.register_buffer("count", torch.tensor(0))

    def forward(self, x: Tensor) -> Tensor:
        deviation = self.variance.sqrt().clamp(min=1e-7)
        return ((x.movedim(1, -1) - self.mean) / deviation).movedim(-1, 1)
