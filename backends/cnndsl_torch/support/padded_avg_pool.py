"""Average pooling with any padding and any divisor."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class PaddedAvgPool2d(nn.Module):
    """Average pooling of a padded image, whose divisor counts the cells of `counted`.

    Both are (left, right, top, bottom): the zeros around the image, and those among
    them that count as cells of a window.
    """

    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] | None = None,
        *,
        pad: tuple[int, int, int, int],
        counted: tuple[int, int, int, int],
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.counted = counted
        self.beyond = [pad[side] - counted[side] for side in range(4)]

    def forward(self, x: Tensor) -> Tensor:
        x = F.pad(x, self.counted)
        cells = F.pad(torch.ones_like(x[:1, :1]), self.beyond)
        total = F.avg_pool2d(F.pad(x, self.beyond), self.kernel_size, self.stride)
        return total / F.avg_pool2d(cells, self.kernel_size, self.stride)
