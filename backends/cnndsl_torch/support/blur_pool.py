"""Pooling by a low-pass filter."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class BlurPool2d(nn.Module):
    """Smooth each channel by binomial coefficients, with a stride (Zhang, 2019)."""

    def __init__(self, size: int = 3, stride: int | tuple[int, int] = 2) -> None:
        super().__init__()
        self.taps = [math.comb(size - 1, tap) / 2 ** (size - 1) for tap in range(size)]
        before, after = (size - 1) // 2, size // 2
        self.pad = [before, after, before, after]
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        row = torch.tensor(self.taps, dtype=torch.float64).to(x)
        planes = F.pad(x, self.pad, "reflect").flatten(0, 1).unsqueeze(1)
        planes = F.conv2d(planes, torch.outer(row, row)[None, None], stride=self.stride)
        return planes.reshape(x.shape[0], -1, planes.shape[2], planes.shape[3])
