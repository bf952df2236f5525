"""Channels laid out as blocks of pixels, column by column."""

from __future__ import annotations

from torch import Tensor, nn


class ColumnsToSpace(nn.Module):
    """Lay channels out as blocks, which they hold one column after the other."""

    def __init__(self, block: int) -> None:
        super().__init__()
        self.block = block

    def forward(self, x: Tensor) -> Tensor:
        samples, _, height, width = x.shape
        parts = x.reshape(samples, self.block, self.block, -1, height, width)
        blocks = parts.permute(0, 3, 4, 2, 5, 1)
        return blocks.reshape(samples, -1, height * self.block, width * self.block)
