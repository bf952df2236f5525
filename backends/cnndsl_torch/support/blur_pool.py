"""Pooling by a low-pass filter."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class BlurPool2d(nn.Module):
    """Smooth each channel by binomial coefficients, with a stride (Zhang, 2019).

    They are those of means of two pixels, taken again and again.
    """

    def __init__(self, size: int = 3, stride: int | tuple[int, int] = 2) -> None:
        super().__init__()
        before, after = (size - 1) // 2, size // 2
        self.pad = [before, after, before, after]
        self.size = size
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        x = F.pad(x, self.pad, "reflect")
        for _ in range(self.size - 2):
            x = F.avg_pool2d(x, 2, stride=1)
        return F.avg_pool2d(x, min(self.size, 2), stride=self.stride)
