"""Blocks of pixels laid out as channels, column by column."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Focus(nn.Module):
    """Lay blocks out as channels, one column after the other (Ge et al., 2021)."""

    def __init__(self, block: int) -> None:
        super().__init__()
        self.block = block

    def forward(self, x: Tensor) -> Tensor:
        pixels: list[Tensor] = []
        for column in range(self.block):
            for row in range(self.block):
                pixels.append(x[:, :, row :: self.block, column :: self.block])
        return torch.cat(pixels, dim=1)
