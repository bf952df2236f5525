"""Attention among queries, keys and values that are channels of an image."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class SelfAttention(nn.Module):
    """Attention between the pixels of windows (Vaswani et al., 2017; Tu et al., 2022).

    Channels are queries, keys and values of all heads; `key_heads` are shared. A
    window is the whole image, or of a size; its pixels are spread over it for a grid.
    """

    def __init__(
        self,
        heads: int,
        key_size: int,
        window: int | tuple[int, int] | None = None,
        *,
        key_heads: int | None = None,
        grid: bool = False,
        stride: int = 1,
    ) -> None:
        super().__init__()
        self.heads = heads
        self.key_size = key_size
        self.key_heads = heads if key_heads is None else key_heads
        self.window = (window, window) if isinstance(window, int) else window
        self.grid = grid
        self.stride = stride

    def bias(self) -> Tensor | None:
        """What is added for each head, pixel that asks and pixel that is seen."""
        return None

    def by_head(self, windows: Tensor, heads: int) -> Tensor:
        """Windows (count, channels, height, width) as (count, heads, pixels, size)."""
        count, channels, height, width = windows.shape
        apart = windows.reshape(count, heads, channels // heads, height * width)
        turned = apart.transpose(2, 3)
        if heads == self.heads:
            return turned
        return turned.repeat_interleave(self.heads // heads, 1)

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        if self.window is not None:
            height, width = self.window
        down, across = x.shape[2] // height, x.shape[3] // width
        if self.grid:
            apart = x.reshape(batch, channels, height, down, width, across)
            windows = apart.permute(0, 3, 5, 1, 2, 4).flatten(0, 2)
        else:
            apart = x.reshape(batch, channels, down, height, across, width)
            windows = apart.permute(0, 2, 4, 1, 3, 5).flatten(0, 2)
        first = self.heads * self.key_size
        end = first + self.key_heads * self.key_size
        asking = windows[:, :first, :: self.stride, :: self.stride]
        found = F.scaled_dot_product_attention(
            self.by_head(asking, self.heads),
            self.by_head(windows[:, first:end], self.key_heads),
            self.by_head(windows[:, end:], self.key_heads),
            self.bias(),
        )
        rows, columns = asking.shape[2], asking.shape[3]
        joined = found.transpose(2, 3).reshape(batch, down, across, -1, rows, columns)
        order = (0, 3, 4, 1, 5, 2) if self.grid else (0, 3, 1, 4, 2, 5)
        return joined.permute(order).flatten(4, 5).flatten(2, 3)
