"""Scaling and shifting by constants."""

from __future__ import annotations

from torch import Tensor, nn


class Rescale(nn.Module):
    """Multiply by a constant and add another."""

    def __init__(self, factor: float, offset: float = 0.0) -> None:
        super().__init__()
        self.factor, self.offset = factor, offset

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * x + self.offset
