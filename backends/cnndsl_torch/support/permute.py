"""Axes in another order."""

from __future__ import annotations

from torch import Tensor, nn


class Permute(nn.Module):
    """Put the axes in another order, as `Tensor.permute` does."""

    def __init__(self, dims: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(self.dims)
