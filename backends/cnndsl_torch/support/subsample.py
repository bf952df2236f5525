"""LeNet's trainable sub-sampling."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Subsample(nn.Module):
    """Sum each window, then scale and shift it per channel (LeCun et al., 1998)."""

    def __init__(self, channels: int, size: int | tuple[int, int]) -> None:
        super().__init__()
        self.size = (size, size) if isinstance(size, int) else size
        self.area = self.size[0] * self.size[1]
        self.weight = nn.Parameter(torch.full((channels,), 1 / self.area))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        sums = F.avg_pool2d(x, self.size) * self.area
        return sums * self.weight[:, None, None] + self.bias[:, None, None]
