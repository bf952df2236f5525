"""Numbers for pairs of places, read from a table."""

from __future__ import annotations

import torch
from torch import Tensor


def by_offset(
    table: Tensor, size: tuple[int, int], stride: int, signed: bool
) -> Tensor:
    """Read a table (heads, down, across) for each pixel that asks and each pixel.

    Its places are the distances of rows and columns, or the offsets from the lowest.
    """
    height, width = size
    down = torch.arange(height, device=table.device)
    across = torch.arange(width, device=table.device)
    rows = down[::stride, None] - down
    columns = across[::stride, None] - across
    if signed:
        rows, columns = rows + height - 1, columns + width - 1
    else:
        rows, columns = rows.abs(), columns.abs()
    read = table[:, rows[:, None, :, None], columns[None, :, None, :]]
    return read.flatten(3).flatten(1, 2)
