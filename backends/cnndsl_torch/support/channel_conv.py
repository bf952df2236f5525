"""Convolution along the channels."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class ChannelConv1d(nn.Conv1d):
    """Convolve the channels of a vector or of each pixel (Wang et al., 2020)."""

    def __init__(self, kernel_size: int) -> None:
        super().__init__(1, 1, kernel_size, padding=kernel_size // 2, bias=False)
        nn.init.xavier_uniform_(self.weight)

    def forward(self, input: Tensor) -> Tensor:
        last = input.movedim(1, -1)
        lines = last.reshape(-1, 1, last.shape[-1])
        lines = F.conv1d(lines, self.weight, padding=self.kernel_size[0] // 2)
        return lines.view(last.shape).movedim(-1, 1)
