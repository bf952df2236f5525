"""Group normalisation with a shift alone."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ShiftedGroupNorm(nn.Module):
    """Normalise groups of channels, and shift each channel (Wu and He, 2018)."""

    def __init__(self, groups: int, channels: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.groups = groups
        self.eps = eps
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        last = F.group_norm(x, self.groups, eps=self.eps).movedim(1, -1)
        return (last + self.bias).movedim(-1, 1)
