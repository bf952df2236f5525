"""Resizing to the nearest pixels by whole numbers."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class NearestResize(nn.Module):
    """Resize to the pixels at (i + 0.5) * H // h, or with `floor` at i * H // h.

    PyTorch's own takes some quotients for less than the whole number that they are.
    """

    rows: Tensor
    columns: Tensor

    def __init__(self, size: int | tuple[int, int], floor: bool = False) -> None:
        super().__init__()
        self.size = (size, size) if isinstance(size, int) else size
        self.shift = 0 if floor else 1
        for name, count in zip(("rows", "columns"), self.size, strict=True):
            self.register_buffer(name, torch.arange(count), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        height, width = self.size
        rows = (2 * self.rows + self.shift) * x.shape[2] // (2 * height)
        columns = (2 * self.columns + self.shift) * x.shape[3] // (2 * width)
        return x.index_select(2, rows).index_select(3, columns)
