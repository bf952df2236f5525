"""Pooling by the length of a window."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class EvenLPPool2d(nn.Module):
    """`nn.LPPool2d` of an even power, whose gradient is 0 where a window is all 0."""

    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        power: int = 2,
        stride: int | tuple[int, int] | None = None,
    ) -> None:
        super().__init__()
        if isinstance(kernel_size, int):
            kernel_size = kernel_size, kernel_size
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.area = kernel_size[0] * kernel_size[1]
        self.power = power

    def forward(self, x: Tensor) -> Tensor:
        means = F.avg_pool2d(x.pow(self.power), self.kernel_size, self.stride)
        sums = means * self.area
        is_zero = sums == 0
        roots = sums.masked_fill(is_zero, 1.0).pow(1 / self.power)
        return roots.masked_fill(is_zero, 0.0)
