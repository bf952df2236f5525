"""Pooling by a low-pass filter."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class BlurPool2d(nn.Module):
    """Smooth each channel by binomial coefficients, with a stride (Zhang, 2019)."""

    kernel: Tensor

    def __init__(self, size: int = 3, stride: int | tuple[int, int] = 2) -> None:
        super().__init__()
        row = torch.tensor([math.comb(size - 1, tap) for tap in range(size)])
        kernel = torch.outer(row, row) / 4 ** (size - 1)
        self.register_buffer("kernel", kernel, persistent=False)
        before, after = (size - 1) // 2, size // 2
        self.pad = [before, after, before, after]
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        kernel = self.kernel.expand(x.shape[1], 1, -1, -1)
        x = F.pad(x, self.pad, "reflect")
        return F.conv2d(x, kernel, stride=self.stride, groups=x.shape[1])
